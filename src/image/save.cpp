#include "image/save.hpp"

#include <png.h>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "core/file.hpp"
#include "image/png_mark.hpp"

namespace alexnet::image {
namespace {

// Returns one byte per pixel, or nothing if the image has colours.
std::vector<std::uint8_t> grey_of(const Image& image) {
  std::vector<std::uint8_t> grey;
  grey.reserve(image.rgb.size() / 3);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    if (image.rgb[i] != image.rgb[i + 1] || image.rgb[i] != image.rgb[i + 2]) return {};
    grey.push_back(image.rgb[i]);
  }
  return grey;
}

}  // namespace

std::vector<std::uint8_t> encode_png(const std::string& file, const Image& image) {
  if (image.width <= 0 || image.height <= 0) throw OutputError(file, "the image has no pixels");
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  const std::vector<std::uint8_t> grey = grey_of(image);
  const std::uint8_t* const pixels = grey.empty() ? image.rgb.data() : grey.data();
  png.format = grey.empty() ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::uint8_t> bytes(size);
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, pixels, 0, nullptr) == 0) {
    throw OutputError(file, png.message);
  }
  bytes.resize(size);
  bytes.insert(bytes.begin() + kPngMarkOffset, kPngMark.begin(), kPngMark.end());
  return bytes;
}

void save_png(const std::filesystem::path& file, const Image& image) {
  const std::vector<std::uint8_t> bytes = encode_png(file.string(), image);
  AtomicFile png(file);
  png.write_all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  png.finish();
}

}  // namespace alexnet::image
