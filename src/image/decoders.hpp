// One decoder for each format, and what they share. But for JPEG the result is as stored: orientations are applied
// afterwards. All throw ImageError (stage "decode") whose reason begins with the format's name.
#pragma once

#include <optional>
#include <string>

#include "image/bytes.hpp"
#include "image/format.hpp"
#include "image/image.hpp"

namespace alexnet::image {

inline constexpr std::int64_t kMaxSide = 65535;
inline constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

[[noreturn]] void refuse(Format format, const std::string& reason);

// To be called before anything is allocated.
void check_size(Format format, std::int64_t width, std::int64_t height);

// Byte that new pixels have until a decoder writes them. A test decodes with two values: pixels that differ were not written.
extern std::uint8_t unwritten_byte;
std::vector<std::uint8_t> pixel_buffer(std::size_t bytes);

// An image of the size that was checked, not written yet.
Image blank(std::int64_t width, std::int64_t height);

// Without its alpha, or blended over the background (8 bits, rounded to nearest), in place. rgba: height x width x 4.
Image flatten(std::vector<std::uint8_t> rgba, int width, int height, std::optional<Rgb> background);

// Where the pixel of a stored image's row and column is in the upright one: at first + row * down + column * right.
struct Placement {
  std::uint8_t* first;
  std::ptrdiff_t down;
  std::ptrdiff_t right;
};

// upright: of its size already, to be filled. orientation: 1 to 8 as in EXIF; 5 to 8 exchange rows and columns, and
// each may run backwards.
Placement placement(int orientation, Image& upright);

// Upright at once, for a large photo would be held twice otherwise. enough: see load().
Image decode_jpeg(Bytes file, int orientation, std::optional<Size2> enough);
Image decode_png(Bytes file, std::optional<Rgb> background);
Image decode_pnm(Bytes file);
Image decode_bmp(Bytes file, std::optional<Rgb> background);
Image decode_webp(Bytes file, std::optional<Rgb> background);

// Returns R, G or B for the complements of an ink and of the key (black), as Adobe writes them in JPEGs, in Pillow's
// rounding: ink * key / 255.
std::uint8_t without_ink(int ink, int key);

// The module: module<TiffModule>("tiff"). TIFF, by libtiff.
struct TiffModule {
  Image (*decode)(Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

// The module: module<ImgcodecsModule>("imgcodecs"). JPEG 2000, PFM, Radiance HDR and Sun raster, by OpenCV's imgcodecs,
// which brings some 140 libraries with it.
struct ImgcodecsModule {
  Image (*decode)(Format format, Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

}  // namespace alexnet::image
