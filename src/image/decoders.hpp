// The decoders, one per format, and helpers that they share. Each decoder returns the image as stored;
// decode() applies the orientation of EXIF afterwards. Only decode_jpeg() and libheif return it upright. All
// throw ImageError (stage "decode") with a reason that begins with the format's name, and std::bad_alloc.
#pragma once

#include <optional>
#include <string>

#include "image/bytes.hpp"
#include "image/format.hpp"
#include "image/load.hpp"

namespace alexnet::image {

inline constexpr std::int64_t kMaxSide = 65535;
inline constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

[[noreturn]] void refuse(Format format, const std::string& reason);

// Throws ImageError unless both sides are 1 to kMaxSide and the image has at most kMaxPixels. Call it before
// allocating.
void check_size(Format format, std::int64_t width, std::int64_t height);

// Value of new pixels until a decoder writes them. A test decodes with two values: pixels that differ were
// not written.
extern std::uint8_t unwritten_byte;
std::vector<std::uint8_t> pixel_buffer(std::size_t bytes);

// Returns an image filled with unwritten_byte. The caller has checked the size.
Image blank(std::int64_t width, std::int64_t height);

// Divides the colours by the alpha and rounds down, as Pillow does. rgba: pixels of 4 bytes.
void undo_premultiplication(std::vector<std::uint8_t>& rgba);

// Blends the pixels over the background (8 bits, rounded to nearest), or drops the alpha if there is no
// background. Works in place. rgba: height x width x 4 bytes.
Image flatten(std::vector<std::uint8_t> rgba, int width, int height, std::optional<Rgb> background);

// Maps a pixel of the stored image to the upright one: its address is first + row * down + column * right.
struct Placement {
  std::uint8_t* first;
  std::ptrdiff_t down;
  std::ptrdiff_t right;
};

// Returns the mapping into `upright`, which has its final size. orientation: 1 to 8 as in EXIF; 5 to 8 swap
// rows and columns.
Placement placement(int orientation, Image& upright);
// Returns the stored image turned and mirrored to be upright. orientation: 1 to 8 as in EXIF.
Image upright(Image stored, int orientation);

// Returns the image upright: rotating it afterwards would hold a large photo twice. min_size: see load(). The
// note says so if the file lacks its end marker alone.
NotedImage decode_jpeg(Bytes file, int orientation, std::optional<Size2> min_size);
Image decode_png(Bytes file, std::optional<Rgb> background);
Image decode_pnm(Bytes file);
Image decode_bmp(Bytes file, std::optional<Rgb> background);
Image decode_webp(Bytes file, std::optional<Rgb> background);

// Returns R, G or B as ink * key / 255, rounded as Pillow does. `ink` and `key` (black) are complements, as
// Adobe writes them in JPEG.
std::uint8_t without_ink(int ink, int key);

// TIFF, decoded by libtiff. Open it with module<TiffModule>("tiff").
struct TiffModule {
  Image (*decode)(Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

// GIF, decoded by giflib. Open it with module<GifModule>("gif").
struct GifModule {
  Image (*decode)(Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

// HEIC and AVIF, decoded by libheif and turned upright as the file's own transformations say. Open it with
// module<HeifModule>("heif").
struct HeifModule {
  Image (*decode)(Format format, Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

// JPEG 2000, PFM, Radiance HDR and Sun raster, decoded by OpenCV's imgcodecs, which loads some 140 libraries.
// Open it with module<ImgcodecsModule>("imgcodecs").
struct ImgcodecsModule {
  Image (*decode)(Format format, Bytes file, std::optional<Rgb> background);
  std::uint8_t* unwritten_byte;  // the module's own copy
};

}  // namespace alexnet::image
