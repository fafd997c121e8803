#include "image/imgcodecs/headers.hpp"

#include "image/decoders.hpp"
#include "image/exif.hpp"

namespace alexnet::image {
namespace {

constexpr std::uint32_t kWidth = 256, kHeight = 257, kBits = 258, kStripOffsets = 273, kStripSizes = 279,
                        kTileWidth = 322, kTileHeight = 323, kTileOffsets = 324, kTileSizes = 325,
                        kExtraSamples = 338;

std::string counted(std::uint32_t number, const char* what) { return std::to_string(number) + " " + what; }

// OpenCV takes a strip that ends past the file for a whole one when its compression does not notice.
void check_parts_within(const TiffDirectory& directory, Bytes file, std::uint32_t offsets_tag,
                        std::uint32_t sizes_tag) {
  const auto offsets = directory.find(offsets_tag);
  const auto sizes = directory.find(sizes_tag);
  if (!offsets || !sizes || offsets->count != sizes->count) {
    refuse(Format::tiff, "it does not say where its pixels are");
  }
  for (std::size_t i = 0; i < offsets->count; ++i) {
    const std::size_t end = std::size_t{directory.value(*offsets, i)} + directory.value(*sizes, i);
    if (end > file.size()) refuse(Format::tiff, "truncated: its pixels end past the file");
  }
}

}  // namespace

Header read_tiff_header(Bytes file) {
  const TiffDirectory directory(file);
  Header header;
  header.width = directory.first(kWidth, 0);
  header.height = directory.first(kHeight, 0);
  check_size(Format::tiff, header.width, header.height);
  const std::uint32_t bits = directory.first(kBits, 1);
  if (bits > 16) refuse(Format::tiff, counted(bits, "bits per sample are not supported"));
  if (directory.find(kTileWidth)) {
    // OpenCV holds a whole tile in memory, whatever the image's size.
    check_size(Format::tiff, directory.first(kTileWidth, 0), directory.first(kTileHeight, 0));
    check_parts_within(directory, file, kTileOffsets, kTileSizes);
  } else {
    check_parts_within(directory, file, kStripOffsets, kStripSizes);
  }
  const std::uint32_t extra = directory.first(kExtraSamples, 0);
  header.alpha = extra == 1 ? Alpha::premultiplied : extra == 2 ? Alpha::straight : Alpha::none;
  return header;
}

}  // namespace alexnet::image
