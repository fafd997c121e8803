#include "image/decoders.hpp"

#include <algorithm>
#include <utility>

#include "alexnet/error.hpp"

namespace alexnet::image {

void refuse(Format format, const std::string& reason) {
  throw ImageError(Stage::decode,
                   std::string(name_of(format)) + ": " + (reason.empty() ? "cannot be read" : reason));
}

void check_size(Format format, std::int64_t width, std::int64_t height) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width <= 0 || height <= 0) refuse(format, "its size is " + size + ", or its header is truncated");
  if (width > kMaxSide || height > kMaxSide) {
    refuse(format,
           "its size is " + size + "; a side may have " + std::to_string(kMaxSide) + " pixels at most");
  }
  if (width * height > kMaxPixels) {
    refuse(format,
           "its size is " + size + "; an image may have " + std::to_string(kMaxPixels) + " pixels at most");
  }
}

std::uint8_t unwritten_byte = 0;

std::vector<std::uint8_t> pixel_buffer(std::size_t bytes) {
  return std::vector<std::uint8_t>(bytes, unwritten_byte);
}

Image blank(std::int64_t width, std::int64_t height) {
  return {static_cast<int>(width), static_cast<int>(height),
          pixel_buffer(static_cast<std::size_t>(width * height) * 3)};
}

void undo_premultiplication(std::vector<std::uint8_t>& rgba) {
  for (std::size_t i = 0; i < rgba.size(); i += 4) {
    const unsigned alpha = rgba[i + 3];
    for (std::size_t c = i; c < i + 3; ++c)
      rgba[c] =
          alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255U, rgba[c] * 255 / alpha));
  }
}

Image flatten(std::vector<std::uint8_t> rgba, int width, int height, std::optional<Rgb> background) {
  const std::size_t pixels = rgba.size() / 4;
  for (std::size_t i = 0; i < pixels; ++i) {
    const unsigned alpha = background ? rgba[4 * i + 3] : 255U;
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned below = background ? (*background)[c] : 0U;
      rgba[3 * i + c] =
          static_cast<std::uint8_t>((rgba[4 * i + c] * alpha + below * (255 - alpha) + 127) / 255);
    }
  }
  rgba.resize(pixels * 3);
  return {width, height, std::move(rgba)};
}

std::uint8_t without_ink(int ink, int key) {
  const int product = (255 - ink) * key + 128;
  return static_cast<std::uint8_t>(key - ((product + (product >> 8)) >> 8));
}

Placement placement(int orientation, Image& upright) {
  const bool exchanged = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const std::ptrdiff_t step = std::ptrdiff_t{upright.width} * 3;
  // Indices in the stored image.
  const std::ptrdiff_t last_row = (exchanged ? upright.width : upright.height) - 1;
  const std::ptrdiff_t last_column = (exchanged ? upright.height : upright.width) - 1;
  const std::ptrdiff_t down = exchanged ? 3 : step;
  const std::ptrdiff_t right = exchanged ? step : 3;
  return {upright.rgb.data() + (from_below ? last_row * down : 0) + (from_right ? last_column * right : 0),
          from_below ? -down : down, from_right ? -right : right};
}

Image upright(Image stored, int orientation) {
  if (orientation == 1) return stored;
  const bool exchanged = orientation >= 5;
  Image image = exchanged ? blank(stored.height, stored.width) : blank(stored.width, stored.height);
  const Placement to = placement(orientation, image);
  const std::uint8_t* from = stored.rgb.data();
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column, from += 3) {
      std::copy_n(from, 3, to.first + row * to.down + column * to.right);
    }
  }
  return image;
}

}  // namespace alexnet::image
