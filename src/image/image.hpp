// Images in memory and on disk.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/shape.hpp"

namespace alexnet::image {

// What a JPEG went through that was decoded at 1/2, 1/4 or 1/8 of its size, each side rounded up.
struct Reduction {
  int denominator = 1;
  Size2 photo;  // the size of the photo itself, upright
  // Where the photo begins in the image, in pixels: after 0 to 7/8 of one where the column or row that rounding up
  // completed has become the first.
  double left = 0.0, top = 0.0;
};

// height x width x 3 bytes, row-major, R G B.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
  std::optional<Reduction> reduction = std::nullopt;
};

using Rgb = std::array<std::uint8_t, 3>;

// Reads a JPEG, PNG, BMP, WebP, TIFF, PNM, JPEG 2000, PFM, Radiance HDR or Sun raster file (its content tells which),
// upright as its EXIF orientation says. Grey becomes R = G = B; CMYK is read as Adobe writes it; 16 bits become 8 by
// dropping the low byte; floats from 0 to 1 become 0 to 255; alpha is dropped, or blended over `background` where one is
// given. Of several pages the first is read. At most 512 MiB, 65,535 pixels a side and 2^28 pixels. A truncated or corrupt
// image is refused, not read in part. So are animated WebP and other formats, each by name. Throws ImageError (stages
// "read" and "decode").
// A JPEG is decoded at the smallest of the scales 1/8, 1/4 and 1/2 (libjpeg's, in the DCT) whose image, upright, is at
// least as high and as wide as `enough`; without one, or where there is no such scale, at its full size.
Image load(const std::filesystem::path& file, std::optional<Rgb> background = std::nullopt,
           std::optional<Size2> enough = std::nullopt);

// The same for the bytes of a file.
Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background = std::nullopt,
             std::optional<Size2> enough = std::nullopt);

// Whether a file can be read and begins as an image of a format that load() reads.
bool is_image(const std::filesystem::path& file);

// The bytes of a PNG file, a grey one where the image has no colours, which is a third smaller; `file` is named in
// errors. Throws OutputError.
std::vector<std::uint8_t> encode_png(const std::string& file, const Image& image);
// Writes it whole or not at all. Throws OutputError.
void save_png(const std::filesystem::path& file, const Image& image);

// "4.6.0"
std::string opencv_version();

}  // namespace alexnet::image
