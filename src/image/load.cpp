#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "core/error.hpp"
#include "core/module.hpp"
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
  try {
    return module<ImgcodecsModule>("imgcodecs").decode(format, bytes, background);
  } catch (const ModelError& error) {  // the module is missing: of these formats alone nothing can be read
    refuse(format, error.what());
  }
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
