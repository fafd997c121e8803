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

// How a JPEG was reduced when it was decoded at 1/2, 1/4 or 1/8 of its size, each side rounded up.
struct Reduction {
  int denominator = 1;
  Size2 photo;  // size of the full photo, upright
  // Position of the photo's left and top edge in the image, 0 to 7/8 pixels. Rounding up leaves the last
  // column and row partly empty; above 0 if the orientation moves them to the front.
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

// Reads a JPEG, PNG, BMP, WebP, TIFF, PNM, JPEG 2000, PFM, Radiance HDR or Sun raster file and turns it
// upright as its EXIF orientation says. The content, not the name, tells the format. Grey becomes R = G = B.
// CMYK is converted without a profile; in JPEG it is inverted, as Adobe writes it. 16 bits become 8 by
// dropping the low byte. Floats from 0 to 1 become 0 to 255. Alpha is blended over `background`, or dropped
// if there is none. The first of several pages is read.
// Limits: 512 MiB, 65,535 pixels per side, 2^28 pixels (JPEG 2000: 2^26).
// A JPEG is decoded at the smallest of libjpeg's DCT scales 1/8, 1/4 and 1/2 whose upright image is at least
// as high and as wide as `enough`; without `enough`, or if no scale fits, at full size.
// Throws ImageError: stage "read" if the file cannot be read, is empty or has more than 512 MiB; stage
// "decode" if the image is truncated, corrupt, too large, animated (WebP) or in another format. Never returns
// part of an image.
Image load(const std::filesystem::path& file, std::optional<Rgb> background = std::nullopt,
           std::optional<Size2> enough = std::nullopt);

// Decodes the bytes of a file like load(). Throws ImageError (stage "decode").
Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background = std::nullopt,
             std::optional<Size2> enough = std::nullopt);

// Returns true if the file can be read and its first 64 bytes are those of a format that load() reads.
bool is_image(const std::filesystem::path& file);

// Returns the bytes of a PNG file. An image without colours is written as grey, which is a third smaller.
// `file` is the name for error messages. Throws OutputError.
std::vector<std::uint8_t> encode_png(const std::string& file, const Image& image);
// Writes a PNG file, whole or not at all. Throws OutputError.
void save_png(const std::filesystem::path& file, const Image& image);

// Returns the version of OpenCV at compile time, such as "4.6.0".
std::string opencv_version();

}  // namespace alexnet::image
