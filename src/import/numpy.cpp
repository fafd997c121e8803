#include "import/numpy.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"
#include "core/shape.hpp"

namespace alexnet {
namespace {

constexpr std::string_view kNumpyMagic("\x93NUMPY", 6);

class NumpyReader {
 public:
  NumpyReader(std::string file, std::string_view bytes) : file_(std::move(file)), rest_(bytes) {
    if (take(kNumpyMagic.size(), "magic") != kNumpyMagic) fail("", "is not a NumPy file");
    const auto version = static_cast<unsigned char>(take(2, "version")[0]);
    if (version < 1 || version > 3) fail("version", "is " + std::to_string(version) + "; 1 to 3 are read");
    const std::string_view size = take(version == 1 ? 2 : 4, "header length");
    std::uint32_t length = 0;
    std::memcpy(&length, size.data(), size.size());  // little-endian
    header_ = take(length, "header");
  }

  // Returns the text of a member of the header, a dictionary such as "{'descr': '<f4', ...}".
  std::string_view member(const std::string& name) const {
    const std::string key = std::string("'").append(name).append("':");
    const std::size_t at = header_.find(key);
    if (at == std::string_view::npos) fail(name, "is missing in the header");
    std::string_view value = header_.substr(at + key.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    const char end = value.starts_with('(') ? ')' : ',';
    return value.substr(0, std::min(value.find(end), value.size()));
  }

  Dims shape() const {
    Dims dims;
    std::string_view numbers = member("shape");
    const auto wrong = [&] { fail("shape", "is " + in_quotes(numbers) + ", not a tuple of sizes"); };
    if (!numbers.starts_with('(')) wrong();
    const char* at = numbers.data() + 1;
    const char* const end = numbers.data() + numbers.size();
    while (at != end) {
      std::int64_t size = 0;
      const auto [stop, error] = std::from_chars(at, end, size);
      if (error != std::errc() || size < 1 || dims.size() == 8) wrong();
      dims.push_back(size);
      at = stop;
      while (at != end && (*at == ',' || *at == ' ')) ++at;
    }
    return dims;
  }

  std::string_view data() const { return rest_; }

  [[noreturn]] void fail(const std::string& field, const std::string& reason) const {
    throw ModelError(file_, field, reason);
  }

 private:
  std::string_view take(std::size_t count, const char* what) {
    if (count > rest_.size()) fail(what, "is truncated");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string file_;
  std::string_view header_;
  std::string_view rest_;
};

template <class T>
double mean_of(std::string_view bytes) {
  double sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    sum += static_cast<double>(value);
  }
  const std::size_t count = bytes.size() / sizeof(T);
  return sum / static_cast<double>(count);
}

}  // namespace

std::array<double, 3> read_numpy_mean(const std::filesystem::path& file, int channels) {
  const MappedFile mapped(file);
  const NumpyReader reader(file.string(), mapped.text());
  const std::string_view type = reader.member("descr");
  const std::size_t bytes = type == "'<f4'" ? 4 : type == "'<f8'" ? 8 : type == "'|u1'" ? 1 : 0;
  if (bytes == 0)
    reader.fail("descr",
                "is " + in_quotes(type) + "; float32, float64 and uint8 are read: '<f4', '<f8', '|u1'");
  if (reader.member("fortran_order") != "False")
    reader.fail("fortran_order",
                "must be False; save it again: numpy.save(\"mean.npy\", numpy.ascontiguousarray(mean))");
  const Dims stored = reader.shape();
  Dims dims = stored;
  while (dims.size() > 1 && dims.front() == 1) dims.erase(dims.begin());
  const bool fits = dims.empty()    ? false
                    : channels == 1 ? dims.size() == 2 || dims == Dims{1}
                                    : dims.front() == channels && (dims.size() == 1 || dims.size() == 3);
  if (!fits)
    reader.fail("shape", "is " + to_string(stored) + "; the mean of photos is " + std::to_string(channels) +
                             " or " + std::to_string(channels) + " x height x width");
  std::uint64_t left = reader.data().size();
  bool exact = left % bytes == 0;
  left /= bytes;
  for (const std::int64_t size : stored) {
    exact = exact && left % static_cast<std::uint64_t>(size) == 0;
    left /= static_cast<std::uint64_t>(size);
  }
  if (!exact || left != 1)
    reader.fail("data", "has " + std::to_string(reader.data().size()) +
                            " bytes, which is not what the shape " + to_string(stored) + " takes");
  const std::size_t plane = reader.data().size() / static_cast<std::size_t>(channels);
  std::array<double, 3> mean{};
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(channels); ++channel) {
    const std::string_view numbers = reader.data().substr(channel * plane, plane);
    mean[channel] = bytes == 4   ? mean_of<float>(numbers)
                    : bytes == 8 ? mean_of<double>(numbers)
                                 : mean_of<std::uint8_t>(numbers);
    if (!std::isfinite(mean[channel])) reader.fail("data", "its mean is not a finite number");
  }
  if (channels == 1) mean.fill(mean[0]);
  return mean;
}

}  // namespace alexnet
