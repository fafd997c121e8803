// PBM, PGM and PPM (netpbm's manual, "pbm", "pgm", "ppm"). A decoder of our own: OpenCV 4.6 treats a maximum
// other than 255 as 255 (P6) or 65535 (P5) and so returns a nearly black picture.
#include "image/decoders.hpp"

#include <cmath>

namespace alexnet::image {
namespace {

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

class PnmReader {
 public:
  explicit PnmReader(Bytes file) : file_(file) {}

  // Returns the next decimal number; skips spaces and comments before it.
  std::uint32_t number(const char* what) {
    skip_space(what);
    if (!is_digit(file_[at_])) refuse(Format::pnm, std::string(what) + " is not a number");
    std::uint32_t value = 0;
    for (; at_ < file_.size() && is_digit(file_[at_]); ++at_) {
      value = value * 10 + (file_[at_] - std::uint32_t{'0'});
      if (value > 1'000'000'000) refuse(Format::pnm, std::string(what) + " is too large");
    }
    return value;
  }

  // Returns the next pixel of P1: a single digit, with or without space between them.
  std::uint32_t bit() {
    skip_space("a pixel");
    const std::uint8_t c = file_[at_++];
    if (c != '0' && c != '1') refuse(Format::pnm, "a pixel is neither 0 nor 1");
    return c - std::uint32_t{'0'};
  }

  // Returns the bytes after the single space that ends the header.
  Bytes raster() {
    if (at_ >= file_.size() || !is_space(file_[at_])) refuse(Format::pnm, "no space ends the header");
    return part(file_, at_ + 1);
  }

  std::size_t left() const { return file_.size() - at_; }

 private:
  void skip_space(const char* what) {
    for (bool comment = false; at_ < file_.size(); ++at_) {
      const std::uint8_t c = file_[at_];
      if (comment) {
        comment = c != '\n' && c != '\r';
      } else if (c == '#') {
        comment = true;
      } else if (!is_space(c)) {
        return;
      }
    }
    refuse(Format::pnm, std::string("truncated: ") + what + " is missing");
  }

  Bytes file_;
  std::size_t at_ = 2;  // after "P" and the kind
};

// Scales so that `largest` becomes 255, rounded half to even as Pillow does. For 65535 the low byte is
// dropped, as for every other 16-bit image.
std::uint8_t to_byte(std::uint32_t sample, std::uint32_t largest) {
  if (sample > largest) refuse(Format::pnm, "a sample exceeds the maximum in the header");
  if (largest == 65535) return static_cast<std::uint8_t>(sample >> 8);
  return static_cast<std::uint8_t>(std::nearbyint(static_cast<double>(sample) / largest * 255));
}

}  // namespace

Image decode_pnm(Bytes file) {
  const std::uint32_t kind = byte_at(file, 1) - std::uint32_t{'0'};
  const bool bits = kind == 1 || kind == 4;
  const bool ascii = kind <= 3;
  const std::size_t channels = kind == 3 || kind == 6 ? 3 : 1;
  PnmReader reader(file);
  const std::size_t width = reader.number("the width");
  const std::size_t height = reader.number("the height");
  check_size(Format::pnm, static_cast<std::int64_t>(width), static_cast<std::int64_t>(height));
  const std::uint32_t largest = bits ? 1 : reader.number("the largest value");
  if (largest < 1 || largest > 65535) refuse(Format::pnm, "the largest value is not within 1 to 65535");

  const std::size_t sample_size = largest > 255 ? 2 : 1;
  const std::size_t step = bits ? (width + 7) / 8 : width * channels * sample_size;
  const Bytes raster = ascii ? Bytes{} : reader.raster();
  // A sample written as text takes at least one byte.
  if ((ascii ? reader.left() : raster.size()) < (ascii ? width * height * channels : step * height)) {
    refuse(Format::pnm, "truncated: there are fewer pixels than the header says");
  }
  const auto sample = [&](std::size_t y, std::size_t i) {
    if (kind == 1) return 1 - reader.bit();  // in PBM 1 is black
    if (kind == 4) return 1 - (raster[y * step + i / 8] >> (7 - i % 8) & 1U);
    if (ascii) return reader.number("a sample");
    return sample_size == 2 ? big16(raster, y * step + 2 * i) : std::uint32_t{raster[y * step + i]};
  };
  Image image = blank(static_cast<std::int64_t>(width), static_cast<std::int64_t>(height));
  std::size_t to = 0;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < width * channels; ++i) {
      const std::uint8_t value = to_byte(sample(y, i), largest);
      for (std::size_t copy = 0; copy < 3 / channels; ++copy) image.rgb[to++] = value;
    }
  }
  return image;
}

}  // namespace alexnet::image
