// Images in memory and on disk.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace alexnet::image {

// height x width x 3 bytes, row-major, R G B.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

using Rgb = std::array<std::uint8_t, 3>;

// Reads a JPEG, PNG, BMP, WebP, TIFF or PNM file (its content tells which), upright as its EXIF orientation
// says. Grey becomes R = G = B; CMYK is read as Adobe writes it; 16 bits become 8 by dropping the low byte;
// alpha is dropped, or blended over `background` where one is given. Of several pages the first is read. At
// most 512 MiB, 65,535 pixels a side and 2^28 pixels. A truncated or corrupt image is refused, not read in
// part; so are animated WebP, other formats and a BMP stored from the top down, each by name. Throws
// ImageError (stages "read" and "decode").
Image load(const std::filesystem::path& file, std::optional<Rgb> background = std::nullopt);

// The same for the bytes of a file.
Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background = std::nullopt);

// Throws OutputError.
void save_png(const std::filesystem::path& file, const Image& image);

// "4.6.0"
std::string opencv_version();

}  // namespace alexnet::image
