#include "image/exif.hpp"

#include <algorithm>

#include "image/png_metadata.hpp"

namespace alexnet::image {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExifMark = "Exif\0\0"sv;

// Returns the content of the first APP1 segment that begins with the mark, before the first scan.
Bytes exif_of_jpeg(Bytes file) {
  std::size_t at = 2;
  while (at + 4 <= file.size() && file[at] == 0xff) {
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;
    const std::size_t length = big16(file, at + 2);  // includes its own two bytes
    if (marker == 0xe1 && length >= 8 && has_text_at(file, at + 4, kExifMark)) {
      return part(file, at + 4 + kExifMark.size(), length - 2 - kExifMark.size());
    }
    if (length < 2) break;
    at += 2 + length;
  }
  return {};
}

// Some writers put JPEG's mark before the block in other formats, too.
Bytes without_mark(Bytes block) {
  return has_text_at(block, 0, kExifMark) ? part(block, kExifMark.size()) : block;
}

// Reads RIFF chunks: kind, length, data, padded to an even length.
Bytes exif_of_webp(Bytes file) {
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length = little32(file, at + 4);
    if (has_text_at(file, at, "EXIF"sv)) return without_mark(part(file, at + 8, length));
    at += 8 + length + length % 2;
  }
  return {};
}

Bytes exif_of(Format format, Bytes file) {
  switch (format) {
    case Format::jpeg:
      return exif_of_jpeg(file);
    case Format::webp:
      return exif_of_webp(file);
    case Format::tiff:
      return file;
    default:  // PNG is read by png_metadata()
      break;
  }
  return {};
}

// Returns the first orientation in an XMP text, written as an attribute or an element. Returns 1 if there is
// none.
std::uint32_t orientation_of_xmp(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != std::string_view::npos; at = xmp.find(kName, at + 1)) {
    std::string_view rest = xmp.substr(at + kName.size());
    if (!rest.starts_with(R"(=")"sv) && !rest.starts_with('>')) continue;
    rest.remove_prefix(rest.front() == '>' ? 1 : 2);
    if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      return static_cast<std::uint32_t>(rest.front() - '0');
    }
  }
  return 1;
}

}  // namespace

TiffDirectory::TiffDirectory(Bytes block) : block_(block) {
  big_ = has_text_at(block, 0, "MM\0*"sv);
  if (!big_ && !has_text_at(block, 0, "II*\0"sv)) return;
  const std::size_t at = big_ ? big32(block, 4) : little32(block, 4);
  if (at < 8 || at + 2 > block.size()) return;
  const std::size_t said = big_ ? big16(block, at) : little16(block, at);
  entries_at_ = at + 2;
  entries_ = std::min(said, (block.size() - entries_at_) / 12);
}

std::optional<TiffDirectory::Field> TiffDirectory::find(std::uint32_t tag) const {
  for (std::size_t i = 0; i < entries_; ++i) {
    // An entry is: tag, type, count, then the values if they fit into four bytes, or their offset if not.
    const std::size_t at = entries_at_ + 12 * i;
    if ((big_ ? big16(block_, at) : little16(block_, at)) != tag) continue;
    const std::uint32_t type = big_ ? big16(block_, at + 2) : little16(block_, at + 2);
    Field field;
    field.width = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
    if (field.width == 0) return std::nullopt;
    const std::size_t count = big_ ? big32(block_, at + 4) : little32(block_, at + 4);
    const std::size_t elsewhere = big_ ? big32(block_, at + 8) : little32(block_, at + 8);
    field.at = count * field.width <= 4 ? at + 8 : elsewhere;
    if (field.at >= block_.size()) return std::nullopt;
    field.count = std::min(count, (block_.size() - field.at) / field.width);
    if (field.count == 0) return std::nullopt;
    return field;
  }
  return std::nullopt;
}

std::uint32_t TiffDirectory::value(const Field& field, std::size_t index) const {
  const std::size_t at = field.at + index * field.width;
  switch (field.width) {
    case 1:
      return byte_at(block_, at);
    case 2:
      return big_ ? big16(block_, at) : little16(block_, at);
    default:
      return big_ ? big32(block_, at) : little32(block_, at);
  }
}

std::uint32_t TiffDirectory::first(std::uint32_t tag, std::uint32_t fallback) const {
  const std::optional<Field> field = find(tag);
  return field ? value(*field, 0) : fallback;
}

int orientation_of(Format format, Bytes file) {
  const PngMetadata png = format == Format::png ? png_metadata(file) : PngMetadata{};
  const TiffDirectory exif(format == Format::png ? without_mark(png.exif) : exif_of(format, file));
  const auto field = exif.find(kTiffOrientation);
  const std::uint32_t value = field ? exif.value(*field, 0) : orientation_of_xmp(png.xmp);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

}  // namespace alexnet::image
