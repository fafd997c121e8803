#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "core/error.hpp"
#include "image/decoders.hpp"
#include "image/exif.hpp"

namespace alexnet::image {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;

class File {
 public:
  // O_NONBLOCK: a FIFO without a writer would otherwise block here for ever.
  explicit File(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0) throw ImageError("read", std::generic_category().message(errno));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

const char* what_else(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory";
  if (S_ISFIFO(mode)) return "it is a FIFO";
  if (S_ISCHR(mode)) return "it is a character device";
  if (S_ISBLK(mode)) return "it is a block device";
  return "it is not a regular file";
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  const File file(path);
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0)
    throw ImageError("read", std::generic_category().message(errno));
  if (!S_ISREG(status.st_mode)) throw ImageError("read", what_else(status.st_mode));
  if (status.st_size == 0) throw ImageError("read", "the file is empty");
  if (static_cast<std::uintmax_t>(status.st_size) > kMaxFileBytes) {
    throw ImageError("read", "the file has " + std::to_string(status.st_size) + " bytes, more than the " +
                                 std::to_string(kMaxFileBytes) + " that are read");
  }
  // A file that grows meanwhile is read to the size it had, one that shrinks to its end: the decoder then
  // sees a truncated image.
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.descriptor(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ImageError("read", std::generic_category().message(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Image decode_stored(Format format, Bytes bytes, std::optional<Rgb> background) {
  switch (format) {
    case Format::jpeg:
      return decode_jpeg(bytes);
    case Format::png:
      return decode_png(bytes, background);
    case Format::pnm:
      return decode_pnm(bytes);
    case Format::bmp:
    case Format::webp:
    case Format::tiff:
      break;
  }
  return decode_with_opencv(format, bytes, background);
}

// EXIF's eight orientations: 5 to 8 exchange rows and columns, and each may run backwards.
Image upright(Image stored, int orientation) {
  if (orientation == 1) return stored;
  const bool exchanged = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image image = exchanged ? blank(stored.height, stored.width) : blank(stored.width, stored.height);
  std::uint8_t* to = image.rgb.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      // Where the pixel is in the stored image.
      int column = exchanged ? y : x;
      int row = exchanged ? x : y;
      if (from_right) column = stored.width - 1 - column;
      if (from_below) row = stored.height - 1 - row;
      const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(stored.width) +
                             static_cast<std::size_t>(column);
      for (std::size_t c = 0; c < 3; ++c) *to++ = stored.rgb[3 * at + c];
    }
  }
  return image;
}

}  // namespace

void refuse(Format format, const std::string& reason) {
  throw ImageError("decode",
                   std::string(name_of(format)) + ": " + (reason.empty() ? "cannot be read" : reason));
}

void check_size(Format format, std::int64_t width, std::int64_t height) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width <= 0 || height <= 0) refuse(format, "its size is " + size + ", or its header is truncated");
  if (width > kMaxSide || height > kMaxSide) {
    refuse(format,
           "its size is " + size + "; a side may have " + std::to_string(kMaxSide) + " pixels at most");
  }
  if (width * height > kMaxPixels) {
    refuse(format,
           "its size is " + size + "; an image may have " + std::to_string(kMaxPixels) + " pixels at most");
  }
}

Image blank(std::int64_t width, std::int64_t height) {
  return {static_cast<int>(width), static_cast<int>(height),
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height) * 3)};
}

Image flatten(const std::uint8_t* rgba, int width, int height, std::optional<Rgb> background) {
  Image image = blank(width, height);
  for (std::size_t i = 0; i < image.rgb.size() / 3; ++i) {
    const unsigned alpha = background ? rgba[4 * i + 3] : 255U;
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned below = background ? (*background)[c] : 0U;
      image.rgb[3 * i + c] =
          static_cast<std::uint8_t>((rgba[4 * i + c] * alpha + below * (255 - alpha) + 127) / 255);
    }
  }
  return image;
}

Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background) {
  try {
    const Format format = recognise(bytes);
    return upright(decode_stored(format, bytes, background), orientation_of(format, bytes));
  } catch (const std::bad_alloc&) {
    throw ImageError("decode", "not enough memory for its pixels");
  }
}

Image load(const std::filesystem::path& file, std::optional<Rgb> background) {
  try {
    return decode(read_file(file), background);
  } catch (const std::bad_alloc&) {
    throw ImageError("read", "not enough memory for the file");
  }
}

}  // namespace alexnet::image
