#include <png.h>

#include "core/error.hpp"
#include "core/new_file.hpp"
#include "image/image.hpp"

namespace alexnet::image {

std::vector<std::uint8_t> encode_png(const std::string& file, const Image& image) {
  if (image.width <= 0 || image.height <= 0) throw OutputError(file, "the image has no pixels");
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::uint8_t> bytes(size);
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr) == 0) {
    throw OutputError(file, png.message);
  }
  bytes.resize(size);
  return bytes;
}

void save_png(const std::filesystem::path& file, const Image& image) {
  const std::vector<std::uint8_t> bytes = encode_png(file.string(), image);
  NewFile png(file);
  png.write_all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  png.finish();
}

}  // namespace alexnet::image
