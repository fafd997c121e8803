#include "import/numpy.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::test;

namespace {

using NumpyMean = std::array<double, 3>;

template <class T>
std::string bytes_of_numbers(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

// Writes what numpy.save() writes: version 1 has two bytes for the length of the header, 2 and 3 have four.
std::string npy(const std::string& descr, const std::string& shape, const std::string& data, int version = 1,
                const std::string& order = "False") {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header += std::string(64 - (header.size() + 11) % 64, ' ') + "\n";
  std::string file = std::string("\x93NUMPY", 6) + static_cast<char>(version) + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(header.size() >> (8 * i));
  return file + header + data;
}

std::string numpy_error(const TempDir& folder, const std::string& bytes, int channels = 3) {
  const auto file = folder.write("m.npy", bytes);
  const std::string message = message_of<ModelError>([&] { read_numpy_mean(file, channels); });
  return message.starts_with(file.string() + ": ") ? message.substr(file.string().size() + 2) : message;
}

}  // namespace

TEST_CASE("a NumPy mean has a number for each channel, or an image whose mean is taken") {
  const TempDir folder;
  const auto mean = [&](const std::string& bytes, int channels = 3) {
    return read_numpy_mean(folder.write("m.npy", bytes), channels);
  };
  const std::string floats = bytes_of_numbers<float>({104, 117, 123});
  for (const char* shape : {"(3,)", "(1, 3)", "(3, 1, 1)", "(1, 3, 1, 1)"})
    CHECK(mean(npy("<f4", shape, floats)) == NumpyMean{104, 117, 123});
  for (const int version : {1, 2, 3})
    CHECK(mean(npy("<f4", "(3,)", floats, version)) == NumpyMean{104, 117, 123});
  CHECK(mean(npy("<f8", "(3, 1, 2)", bytes_of_numbers<double>({1, 3, 10, 20, 100, 101}))) ==
        NumpyMean{2, 15, 100.5});
  CHECK(mean(npy("|u1", "(3, 2, 1)", bytes_of_numbers<std::uint8_t>({0, 255, 7, 7, 1, 2}))) ==
        NumpyMean{127.5, 7, 1.5});
  for (const char* shape : {"(2, 2)", "(1, 2, 2)", "(1, 1, 2, 2)"})
    CHECK(mean(npy("<f4", shape, bytes_of_numbers<float>({1, 2, 3, 6})), 1) == NumpyMean{3, 3, 3});
  CHECK(mean(npy("<f4", "(1,)", bytes_of_numbers<float>({33})), 1) == NumpyMean{33, 33, 33});
}

TEST_CASE("a NumPy file that is not the mean of photos is refused with the field") {
  const TempDir folder;
  const std::string floats = bytes_of_numbers<float>({104, 117, 123});
  const std::string other = "; the mean of photos is 3 or 3 x height x width";
  CHECK(numpy_error(folder, npy("<f4", "(1, 1, 3)", floats)) == "no error");  // ones may stand in front
  CHECK(numpy_error(folder, npy("<f4", "(2, 2, 3)", std::string(48, '\0'))) == "shape: is 2 x 2 x 3" + other);
  CHECK(numpy_error(folder, npy("<f4", "(2,)", floats)) == "shape: is 2" + other);
  CHECK(numpy_error(folder, npy("<f4", "()", floats)) == "shape: is scalar" + other);
  CHECK(numpy_error(folder, npy("<f4", "(3,)", floats), 1) ==
        "shape: is 3; the mean of photos is 1 or 1 x height x width");
  for (const char* shape : {"3", "(3, x)", "(-3,)", "(0,)", "(99999999999999999999,)"})
    CHECK(numpy_error(folder, npy("<f4", shape, floats)).ends_with(", not a tuple of sizes"));
  CHECK(
      numpy_error(folder, npy("<f4", "(3, 9223372036854775807, 9223372036854775807)", floats)) ==
      "data: has 12 bytes, which is not what the shape 3 x 9223372036854775807 x 9223372036854775807 takes");
  CHECK(numpy_error(folder, npy("<f4", "(3,)", floats + "x")).starts_with("data: has 13 bytes"));
  CHECK(numpy_error(folder, npy("<f4", "(3,)", "")).starts_with("data: has 0 bytes"));
  CHECK(numpy_error(folder, npy(">f4", "(3,)", floats)).starts_with("descr: is ''>f4''; float32"));
  CHECK(
      numpy_error(folder, npy("<f4", "(3,)", floats, 1, "True")).starts_with("fortran_order: must be False"));
  CHECK(numpy_error(folder, npy("<f4", "(3,)", floats, 4)) == "version: is 4; 1 to 3 are read");
  CHECK(numpy_error(folder, npy("<f4", "(3,)", bytes_of_numbers<float>({1, 1 / 0.0F, 2}))) ==
        "data: its mean is not a finite number");
  CHECK(numpy_error(folder, "PK\3\4 an .npz file") == "is not a NumPy file");
  const std::string whole = npy("<f4", "(3,)", floats);
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(numpy_error(folder, whole.substr(0, size)) != "no error");
}
