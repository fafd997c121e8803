#include "image/load.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <new>
#include <system_error>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "core/module.hpp"
#include "image/decoders.hpp"
#include "image/exif.hpp"

namespace alexnet::image {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;

File open_image(const std::filesystem::path& path) {
  // System calls would stop at the NUL byte and open another file.
  if (path.native().find('\0') != std::string::npos)
    throw ImageError(Stage::read, "the name contains a NUL byte");
  // O_NONBLOCK: opening a FIFO without a writer would block forever.
  return File::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
                    [](int error) { throw ImageError(Stage::read, std::generic_category().message(error)); });
}

const char* what_else(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory";
  if (S_ISFIFO(mode)) return "it is a FIFO";
  if (S_ISCHR(mode)) return "it is a character device";
  if (S_ISBLK(mode)) return "it is a block device";
  return "it is not a regular file";
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  const File file = open_image(path);
  const struct stat status = file.status();
  if (!S_ISREG(status.st_mode)) throw ImageError(Stage::read, what_else(status.st_mode));
  if (status.st_size == 0) throw ImageError(Stage::read, "the file is empty");
  if (static_cast<std::uintmax_t>(status.st_size) > kMaxFileBytes) {
    throw ImageError(Stage::read, "the file has " + std::to_string(status.st_size) +
                                      " bytes, more than the " + std::to_string(kMaxFileBytes) +
                                      " that are read");
  }
  // If the file grows meanwhile, only its initial size is read. If it shrinks, the decoder gets a truncated
  // image.
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return bytes;
}

Image decode_stored(Format format, Bytes bytes, std::optional<Rgb> background) {
  switch (format) {
    case Format::png:
      return decode_png(bytes, background);
    case Format::pnm:
      return decode_pnm(bytes);
    case Format::bmp:
      return decode_bmp(bytes, background);
    case Format::webp:
      return decode_webp(bytes, background);
    default:
      break;
  }
  try {
    if (format == Format::gif) return module<GifModule>("gif").decode(bytes, background);
    if (format == Format::heic || format == Format::avif)
      return module<HeifModule>("heif").decode(format, bytes, background);
    if (format == Format::tiff) return module<TiffModule>("tiff").decode(bytes, background);
    return module<ImgcodecsModule>("imgcodecs").decode(format, bytes, background);
    // The module is missing: only its formats cannot be read.
  } catch (const ModelError& error) {
    refuse(format, error.what());
  }
}

}  // namespace

NotedImage decode_noted(std::span<const std::uint8_t> bytes, std::optional<Rgb> background,
                        std::optional<Size2> min_size) {
  try {
    const Format format = recognise(bytes);
    const int orientation = orientation_of(format, bytes);
    if (format == Format::jpeg) return decode_jpeg(bytes, orientation, min_size);
    return {upright(decode_stored(format, bytes, background), orientation)};
  } catch (const std::bad_alloc&) {
    throw ImageError(Stage::decode, "not enough memory for its pixels");
  }
}

NotedImage load_noted(const std::filesystem::path& file, std::optional<Rgb> background,
                      std::optional<Size2> min_size) {
  try {
    return decode_noted(read_file(file), background, min_size);
  } catch (const std::bad_alloc&) {
    throw ImageError(Stage::read, "not enough memory for the file");
  }
}

Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background,
             std::optional<Size2> min_size) {
  return decode_noted(bytes, background, min_size).image;
}

Image load(const std::filesystem::path& file, std::optional<Rgb> background, std::optional<Size2> min_size) {
  return load_noted(file, background, min_size).image;
}

bool is_image(const std::filesystem::path& file) {
  constexpr std::size_t kEnough = 64;
  try {
    std::array<std::uint8_t, kEnough> bytes{};
    const std::size_t got = open_image(file).read(bytes.data(), bytes.size());
    recognise(std::span(bytes).first(got));
    return true;
  } catch (const ImageError&) {
    return false;
  }
}

}  // namespace alexnet::image
