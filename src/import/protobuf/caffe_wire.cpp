#include "import/protobuf/caffe_file.hpp"

#include <cstdint>

#include "alexnet/error.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kMaxFields = 100'000;  // a network of a thousand layers has a tenth of this

enum Wire : unsigned { kVarint = 0, kEightBytes = 1, kLength = 2, kFourBytes = 5 };

class WireCheck {
 public:
  WireCheck(std::span<const std::byte> bytes, CaffeMessage message, const std::string& file)
      : bytes_(bytes), message_(message), file_(file) {}

  void fields(std::size_t end, bool inside_layer) {
    while (at_ < end) {
      const std::size_t begin = at_;
      if (++count_ > kMaxFields)
        fail(begin, "has more than " + std::to_string(kMaxFields) + " fields, too many for a network");
      const std::uint64_t tag = varint(end);
      const std::uint64_t number = tag >> 3U;
      if (number == 0) fail(begin, "is not a field of a Caffe file");
      switch (tag & 7U) {
        case kVarint:
          varint(end);
          break;
        case kEightBytes:
          skip(8, end, begin);
          break;
        case kFourBytes:
          skip(4, end, begin);
          break;
        case kLength: {
          const std::uint64_t length = varint(end);
          const std::size_t inside = at_;
          skip(length, end, begin);
          if (inside_layer || message_ != CaffeMessage::net || !is_layer(number)) break;
          const std::size_t after = at_;
          at_ = inside;
          fields(after, true);
          break;
        }
        default:
          fail(begin, "is not a field of a Caffe file");
      }
    }
  }

 private:
  static bool is_layer(std::uint64_t number) {
    return number == caffe::NetParameter::kLayerFieldNumber ||
           number == caffe::NetParameter::kLayersFieldNumber;
  }

  std::uint64_t varint(std::size_t end) {
    const std::size_t begin = at_;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == end) fail(begin, "a number is truncated");
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    fail(begin, "a number has more than the 10 bytes that one may have");
  }

  void skip(std::uint64_t length, std::size_t end, std::size_t begin) {
    if (length > end - at_)
      fail(begin, "a field of " + std::to_string(length) + " bytes runs past the end of " +
                      (end == bytes_.size() ? "the file" : "its layer") + ", where " +
                      std::to_string(end - at_) + " are left");
    at_ += static_cast<std::size_t>(length);
  }

  [[noreturn]] void fail(std::size_t byte, const std::string& reason) const {
    throw ModelError(file_, "byte " + std::to_string(byte), reason);
  }

  std::span<const std::byte> bytes_;
  CaffeMessage message_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

void check_wire_format(std::span<const std::byte> bytes, CaffeMessage message, const std::string& file) {
  WireCheck(bytes, message, file).fields(bytes.size(), false);
}

}  // namespace alexnet
