#include <fcntl.h>
#include <png.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/error.hpp"
#include "image/image.hpp"

namespace alexnet::image {
namespace {

// 0, or the errno of what failed.
int write_all(int descriptor, const std::vector<std::uint8_t>& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno != EINTR) return errno;
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
  return 0;
}

}  // namespace

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
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) throw OutputError(file.string(), std::generic_category().message(errno));
  int error = write_all(descriptor, bytes);
  // Some file systems report a full disk only here.
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error != 0) throw OutputError(file.string(), std::generic_category().message(error));
}

}  // namespace alexnet::image
