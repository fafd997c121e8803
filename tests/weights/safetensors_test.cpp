#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include "alexnet/error.hpp"
#include "temp_dir.hpp"
#include "weights/weights.hpp"

using alexnet::Dims;
using alexnet::ModelError;
using alexnet::open_weights;

namespace {

std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 255);
  return bytes;
}

std::string file_text(const std::string& header, std::string_view data) {
  return little_endian(header.size()) + header + std::string(data);
}

// Returns the header entry `"name":{...},`.
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  std::uint64_t begin, std::uint64_t end) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]},";
}

std::string object(std::string entries) {
  if (!entries.empty()) entries.pop_back();
  return "{" + entries + "}";
}

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(std::data(values)), values.size() * sizeof(T)};
}

const std::string kMostElements = std::to_string(alexnet::kMaxElements);
const std::string kFour(4, '\0');
const std::string kEight(8, '\0');

}  // namespace

TEST_CASE("tiny-alexnet's weights equal those that NumPy reads") {
  struct Golden {
    const char* name;
    Dims dims;
    std::array<float, 4> values;  // first, second, middle and last
    double sum;                   // exact: in any order, so short a sum loses no bit
  };
  const Golden goldens[] = {
      {"conv1.weight", {64, 3, 5, 5}, {-0x1.0bp-5F, -0x1.384p-13F, 0x1.b2cp-5F, -0x1.8p-3F}, -0x1.a72d00cp+3},
      {"conv1.bias",
       {64},
       {-0x1.280772p+1F, -0x1.80b392p+1F, 0x1.45a67p-6F, -0x1.1662fap+2F},
       -0x1.41c8bd6bp+5},
      {"conv5.weight",
       {192, 256, 3, 3},
       {0x1.2fp-7F, 0x1.134p-7F, -0x1.c84p-6F, -0x1.c68p-7F},
       -0x1.6e743088cp+11},
      {"fc6.weight",  // I8 with a scale per row
       {384, 12288},
       {-0x1.c2fdb4p-10F, 0x1.90e184p-11F, -0x1.85f78cp-12F, 0x1.d1346cp-8F},
       -0x1.40c4e5338b7cp+10},
      {"fc8.bias", {200}, {0x1.4p-4F, -0x1.298p-2F, 0x1.998p-2F, -0x1.d48p-3F}, 0x1.df8c98p+0},
  };
  const auto weights = open_weights(ALEXNET_SOURCE_DIR "/models/tiny-alexnet/weights.safetensors");
  for (const Golden& golden : goldens) {
    CAPTURE(golden.name);
    const auto values = weights->fetch({golden.name, golden.dims});
    CHECK(values[0] == golden.values[0]);
    CHECK(values[1] == golden.values[1]);
    CHECK(values[values.size() / 2] == golden.values[2]);
    CHECK(values.back() == golden.values[3]);
    double sum = 0;
    for (const float value : values) sum += value;
    CHECK(sum == golden.sum);
  }
  CHECK(weights->shapes().size() == 16);
  CHECK(weights->metadata().at("name") == "tiny-alexnet");
  CHECK(weights->stored_bytes() == 8'027'584);
}

TEST_CASE("every float dtype is returned as float32, at any alignment") {
  const TempDir dir;
  const std::string data = bytes_of<std::uint8_t>({9}) + bytes_of<std::uint16_t>({0x3C00, 0x8001}) +
                           bytes_of<std::uint16_t>({0x3F80, 0xFF80}) +
                           bytes_of<float>({1.5F, -2.25F, 1e-40F});
  const std::string header =
      object(entry("u8", "U8", "[1]", 0, 1) + entry("f16", "F16", "[2]", 1, 5) +
             entry("bf16", "BF16", "[1,2]", 5, 9) + entry("f32", "F32", "[3,1]", 9, 21));
  // With the header padded by 0 to 3 spaces, the float32 tensor begins at each of the four alignments.
  for (std::size_t padding = 0; padding < 4; ++padding) {
    CAPTURE(padding);
    const auto weights =
        open_weights(dir.write("w.safetensors", file_text(header + std::string(padding, ' '), data)));
    const auto f32 = weights->fetch({"f32", {3, 1}});
    REQUIRE(f32.size() == 3);
    CHECK(reinterpret_cast<std::uintptr_t>(f32.data()) % alignof(float) == 0);
    CHECK(f32[0] == 1.5F);
    CHECK(f32[1] == -2.25F);
    CHECK(f32[2] == 1e-40F);
    const auto f16 = weights->fetch({"f16", {2}});
    CHECK(f16[0] == 1.0F);
    CHECK(f16[1] == -0x1p-24F);
    const auto bf16 = weights->fetch({"bf16", {1, 2}});
    CHECK(bf16[0] == 1.0F);
    CHECK(bf16[1] == -std::numeric_limits<float>::infinity());
    CHECK(weights->fetch({"f32", {3, 1}}).data() == f32.data());
    CHECK(weights->fetch({"f16", {2}}).data() == f16.data());
    CHECK(weights->fetch({"bf16", {1, 2}}).data() == bf16.data());
  }
}

TEST_CASE("tensors of other dtypes are allowed in the file, but cannot be fetched") {
  const TempDir dir;
  const std::pair<const char*, std::uint64_t> dtypes[] = {
      {"I64", 8}, {"I32", 4}, {"I16", 2},  {"I8", 1},      {"U64", 8},    {"U32", 4},
      {"U16", 2}, {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
  std::string entries;
  std::uint64_t end = 0;
  for (const auto& [name, bytes] : dtypes) {
    entries += entry(name, name, "[3]", end, end + 3 * bytes);
    end += 3 * bytes;
  }
  const auto file = dir.write("w.safetensors", file_text(object(entries), std::string(end, 'x')));
  const auto weights = open_weights(file);
  CHECK(weights->shapes().size() == 11);
  for (const auto& dtype : dtypes) {
    const std::string name = dtype.first;
    CHECK(message_of<ModelError>([&] {
            weights->fetch({name, {3}});
          }) == file.string() + ": " + name + ": " +
                    (name == "I8" ? "is I8 without scales; expected I8_scale, F32 of 3"
                                  : "dtype " + name + " cannot be used; expected F32, F16, BF16, F64 or I8"));
  }
}

TEST_CASE("an I8 tensor is its integers times the scales of its rows") {
  const TempDir dir;
  const std::string data =
      bytes_of<std::int8_t>({1, -127, 0, 127, 5, -6, 9, 9}) + bytes_of<float>({0.5F, 0.0F});
  const std::string header =
      object(entry("w", "I8", "[2,2,2]", 0, 8) + entry("w_scale", "F32", "[2]", 8, 16));
  for (std::size_t padding = 0; padding < 4; ++padding) {  // the scales begin at each of the four alignments
    CAPTURE(padding);
    const auto weights =
        open_weights(dir.write("w.safetensors", file_text(header + std::string(padding, ' '), data)));
    CHECK(weights->shapes() == std::map<std::string, Dims>{{"w", {2, 2, 2}}});
    CHECK(weights->stored_bytes() == 16);
    const auto view = weights->view({"w", {2, 2, 2}});
    CHECK(view.storage == alexnet::Storage::i8);
    CHECK(std::memcmp(view.data, data.data(), 8) == 0);
    CHECK(std::vector<float>(view.scales.begin(), view.scales.end()) == std::vector<float>{0.5F, 0.0F});
    const auto floats = weights->fetch({"w", {2, 2, 2}});
    CHECK(std::vector<float>(floats.begin(), floats.end()) ==
          std::vector<float>{0.5F, -63.5F, 0.0F, 63.5F, 0.0F, 0.0F, 0.0F, 0.0F});
  }
}

TEST_CASE("unused scales are refused, and other names that end in _scale are accepted") {
  const TempDir dir;
  const auto complaint = [&](const std::string& entries) {
    const auto file = dir.write("w.safetensors", file_text(object(entries), kEight));
    const std::string said = message_of<ModelError>([&] { open_weights(file); });
    return said.starts_with(file.string()) ? said.substr(file.string().size()) : said;
  };
  CHECK(complaint(entry("a", "F16", "[2]", 0, 4) + entry("a_scale", "F32", "[1]", 4, 8)) ==
        ": a_scale: scales a, which is F16, not I8");
  CHECK(complaint(entry("fc.weight_scale", "F32", "[2]", 0, 8)) ==
        ": fc.weight_scale: scales fc.weight, which is missing");
  CHECK(complaint(entry("logit_scale", "F32", "[2]", 0, 8)) == "no error");
}

TEST_CASE("a file without tensors, with metadata and padding, is valid") {
  const TempDir dir;
  const auto file =
      dir.write("w.safetensors", file_text(R"({"__metadata__":{"format":"pt","x":"y"}}    )", ""));
  const auto weights = open_weights(file);
  CHECK(weights->metadata() == std::map<std::string, std::string>{{"format", "pt"}, {"x", "y"}});
  CHECK(weights->shapes().empty());
  CHECK(weights->stored_bytes() == 0);
}

TEST_CASE("a missing tensor or one of another shape is refused with the expected shape") {
  const TempDir dir;
  const auto file =
      dir.write("w.safetensors", file_text(object(entry("conv1.weight", "F32", "[2,1]", 0, 8)), kEight));
  const auto weights = open_weights(file);
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"conv1.weight", {96, 3, 11, 11}});
        }) == file.string() + ": conv1.weight: expected 96 x 3 x 11 x 11, found 2 x 1");
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"conv1.weight", {2}});
        }) == file.string() + ": conv1.weight: expected 2, found 2 x 1");
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"fc8.bias", {1000}});
        }) == file.string() + ": fc8.bias: is missing; expected a tensor of 1000");
}

TEST_CASE("a malformed safetensors file is refused with the reason") {
  struct Case {
    const char* what;
    std::string text;
    std::string message;
  };
  const auto one = [](const std::string& dtype, const std::string& shape, std::uint64_t begin,
                      std::uint64_t end, std::string_view data) {
    return file_text(object(entry("a", dtype, shape, begin, end)), data);
  };
  const auto with = [](const std::string& value) { return file_text(R"({"a":)" + value + "}", kFour); };
  const Case cases[] = {
      {"an empty file", "", "header: the file has 0 bytes, fewer than the 8 that give the header's length"},
      {"7 bytes", "1234567", "header: the file has 7 bytes, fewer than the 8 that give the header's length"},
      {"a header length over the cap", little_endian(100'000'001) + "{}",
       "header: length 100000001 is more than the allowed 100000000"},
      {"the greatest header length", little_endian(~std::uint64_t{0}) + "{}",
       "header: length 18446744073709551615 is more than the allowed 100000000"},
      {"a header length past the end of the file", little_endian(3) + "{}",
       "header: length 3 runs past the end of the file, which has 10 bytes"},
      {"an empty header", little_endian(0) + "{}", "header: is empty"},
      {"a header that begins with a space", file_text(" {}", ""), "header: begins with ' ', not with '{'"},
      {"a header that is a list", file_text("[]", ""), "header: begins with '[', not with '{'"},
      {"a header that is not UTF-8", file_text("{\"\xFF\":1}", ""),
       "header: line 1, column 3: invalid string: ill-formed UTF-8 byte, near "
       "'{\"\\xff'"},
      {"a header with junk behind it", file_text("{}x", ""),
       "header: line 1, column 3: invalid literal, near '{}x'"},
      {"a header padded with NULs", file_text(std::string("{}\0\0", 4), ""),
       "header: line 1, column 3: NUL byte"},
      {"a name given twice",
       file_text(object(entry("a", "F32", "[1]", 0, 4) + entry("a", "F32", "[1]", 4, 8)), kEight),
       "header: line 1, column 57: duplicate key 'a'"},
      {"a key of a tensor given twice",
       with(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"),
       "header: line 1, column 27: duplicate key 'dtype'"},
      {"deep nesting", file_text(R"({"a":)" + std::string(100'000, '['), ""),
       "header: line 1, column 69: nested deeper than 64 levels"},
      {"a hole in front", one("F32", "[1]", 4, 8, kEight),
       "a: data begins at byte 4 and leaves a hole from 0"},
      {"a hole between two tensors",
       file_text(object(entry("a", "F32", "[1]", 0, 4) + entry("b", "F32", "[1]", 5, 9)), kEight + "x"),
       "b: data begins at byte 5 and leaves a hole from 4"},
      {"an overlap",
       file_text(object(entry("a", "F32", "[1]", 0, 4) + entry("b", "F32", "[1]", 3, 7)), "1234567"),
       "b: data begins at byte 3 and overlaps a, which ends at 4"},
      {"two tensors in the same place",
       file_text(object(entry("a", "F32", "[1]", 0, 4) + entry("b", "F32", "[1]", 0, 4)), kFour),
       "b: data begins at byte 0 and overlaps a, which ends at 4"},
      {"offsets that end before they begin", one("F32", "[1]", 4, 0, kFour),
       "a: data_offsets [4, 0) end before they begin"},
      {"offsets past the end", one("F32", "[2]", 0, 8, kFour),
       "a: data_offsets [0, 8) run past the end of the data, which has 4 bytes"},
      {"huge offsets", one("U8", "[1]", 18446744073709551614U, 18446744073709551615U, "x"),
       "a: data_offsets [18446744073709551614, 18446744073709551615) run past the end of the data, which has "
       "1 bytes"},
      {"trailing bytes", one("F32", "[1]", 0, 4, kFour + "x"),
       "header: the tensors cover 4 bytes, but the file holds 5 bytes of data"},
      {"data without tensors", file_text("{}", "x"),
       "header: the tensors cover 0 bytes, but the file holds 1 bytes of data"},
      {"a product that overflows 64 bits to 0", one("F32", "[65536,65536,65536,65536]", 0, 4, kFour),
       "a: shape 65536 x 65536 x 65536 x 65536 has more than " + kMostElements + " elements"},
      {"a product that overflows 64 bits to 1", one("F32", "[1431655765,1431655765,3,3]", 0, 4, kFour),
       "a: shape 1431655765 x 1431655765 x 3 x 3 has more than " + kMostElements + " elements"},
      {"a dimension over 63 bits", one("F32", "[9223372036854775809]", 0, 4, kFour),
       "a: dimension 9223372036854775809 is more than the " + kMostElements +
           " elements that a tensor may have"},
      {"a dimension over 64 bits", one("F32", "[18446744073709551617]", 0, 4, kFour),
       "a: shape is not a list of whole numbers"},
      {"a shape smaller than its data", one("F32", "[1]", 0, 8, kEight),
       "a: data_offsets [0, 8) hold 8 bytes, but 1 of F32 takes 4"},
      {"a shape larger than its data", one("F16", "[3,1]", 0, 4, kFour),
       "a: data_offsets [0, 4) hold 4 bytes, but 3 x 1 of F16 takes 6"},
      {"a scalar of the wrong size", one("F64", "[]", 0, 4, kFour),
       "a: data_offsets [0, 4) hold 4 bytes, but scalar of F64 takes 8"},
      {"a zero dimension", one("F32", "[4,0]", 0, 0, ""), "a: shape 4 x 0 has a dimension below 1"},
      {"a negative dimension", one("F32", "[-1,-1]", 0, 4, kFour),
       "a: shape -1 x -1 has a dimension below 1"},
      {"a fractional dimension", one("F32", "[1.0]", 0, 4, kFour), "a: shape is not a list of whole numbers"},
      {"a shape of strings", one("F32", "[\"1\"]", 0, 4, kFour), "a: shape is not a list of whole numbers"},
      {"a shape that is no list", one("F32", "1", 0, 4, kFour), "a: shape is not a list of whole numbers"},
      {"an unknown dtype", one("F31", "[1]", 0, 4, kFour), "a: unknown dtype 'F31'"},
      {"a dtype in lower case", one("f32", "[1]", 0, 4, kFour), "a: unknown dtype 'f32'"},
      {"an unknown dtype with an escape sequence", one("\\u001b[2J", "[1]", 0, 4, kFour),
       "a: unknown dtype '\\x1b[2J'"},
      {"a dtype that is no string", with(R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})"),
       "a: dtype is not a string"},
      {"a tensor that is no object", with("[]"), "a: is not an object with dtype, shape and data_offsets"},
      {"no dtype", with(R"({"shape":[1],"data_offsets":[0,4]})"), "a: dtype is missing"},
      {"no shape", with(R"({"dtype":"F32","data_offsets":[0,4]})"), "a: shape is missing"},
      {"no offsets", with(R"({"dtype":"F32","shape":[1]})"), "a: data_offsets is missing"},
      {"an unknown key", with(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]})"),
       "a: unknown key 'strides'"},
      {"one offset", with(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})"),
       "a: data_offsets is not a pair of whole numbers of 64 bits"},
      {"three offsets", with(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,4]})"),
       "a: data_offsets is not a pair of whole numbers of 64 bits"},
      {"a negative offset", with(R"({"dtype":"F32","shape":[1],"data_offsets":[-4,0]})"),
       "a: data_offsets is not a pair of whole numbers of 64 bits"},
      {"a fractional offset", with(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4.0]})"),
       "a: data_offsets is not a pair of whole numbers of 64 bits"},
      {"metadata that is no object", file_text(R"({"__metadata__":[]})", ""),
       "__metadata__: is not an object"},
      {"metadata that is not strings", file_text(R"({"__metadata__":{"epoch":3}})", ""),
       "__metadata__: the value of 'epoch' is not a string"},
      {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 9040672\n",
       "is a Git LFS pointer, not the data itself; `git lfs pull` fetches the data"},
  };
  for (const Case& c : cases) {
    SUBCASE(c.what) {
      const TempDir dir;
      const auto file = dir.write("w.safetensors", c.text);
      CHECK(message_of<ModelError>([&] { open_weights(file); }) == file.string() + ": " + c.message);
    }
  }
}

TEST_CASE("a tensor with more than 64 dimensions is refused") {
  const TempDir dir;
  std::string shape = "[1";
  for (int i = 1; i < 65; ++i) shape += ",1";
  const auto file =
      dir.write("w.safetensors", file_text(object(entry("a", "F32", shape + "]", 0, 4)), kFour));
  CHECK(message_of<ModelError>([&] { open_weights(file); }) ==
        file.string() + ": a: has 65 dimensions, more than 64");
}

TEST_CASE("a file with 100,000 tensors is opened") {
  const TempDir dir;
  std::string entries;
  std::uint64_t offset = 0;
  for (int i = 0; i < 100'000; ++i, offset += 4) {
    entries += entry(std::to_string(i), "F32", "[1]", offset, offset + 4);
  }
  const auto file = dir.write("w.safetensors", file_text(object(entries), std::string(offset, 'x')));
  CHECK(open_weights(file)->shapes().size() == 100'000);
}

TEST_CASE("a missing weights file, a folder or a device is refused with the reason") {
  const TempDir dir;
  const auto missing = dir.path() / "w.safetensors";
  CHECK(message_of<ModelError>([&] { open_weights(missing); }) ==
        missing.string() + ": cannot be opened: No such file or directory; check the name");
  CHECK(message_of<ModelError>([&] { open_weights(dir.path()); }) ==
        dir.path().string() + ": is a folder; name a file");
  CHECK(message_of<ModelError>([&] { open_weights("/dev/zero"); }) == "/dev/zero: is not a regular file");
}
