#include "image/format.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "alexnet/error.hpp"

namespace alexnet::image {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t at;
  std::string_view text;
  std::string_view name;
};

// Known formats that are not supported. The specific brands of ISO media files ("ftyp...") come before plain
// "ftyp"; recognise_media() has found those of images.
constexpr Magic kUnsupported[] = {
    {0, "NITF"sv, "NITF"},
    {0, "NSIF"sv, "NITF"},
    {128, "DICM"sv, "DICOM"},
    {0, "\x76\x2f\x31\x01"sv, "OpenEXR"},
    {4, "ftypcrx "sv, "Canon CR3"},
    {4, "ftypqt  "sv, "QuickTime"},
    {4, "ftyp"sv, "MP4"},
    {0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL"},
    {0, "\xff\x0a"sv, "JPEG XL"},
    {0, "II\xbc"sv, "JPEG XR"},
    {0, "8BPS"sv, "PSD"},
    {0, "II\x2b\0"sv, "BigTIFF"},
    {0, "MM\0\x2b"sv, "BigTIFF"},
    {8, "CR\x02"sv, "Canon CR2"},
    {0, "FUJIFILMCCD-RAW"sv, "Fujifilm RAF"},
    {0, "\0\0\x01\0"sv, "ICO"},
    {0, "P7\n"sv, "PAM"},
    {0, "\x8aMNG\r\n\x1a\n"sv, "MNG"},
    {0, "SIMPLE  ="sv, "FITS"},
    {0, "DDS "sv, "DDS"},
    {0, "qoif"sv, "QOI"},
    {0, "%PDF-"sv, "PDF"},
    {0, "<svg"sv, "SVG"},
};

// Files that are not images but often stand in for one.
constexpr Magic kNotImages[] = {
    {0, "version https://git-lfs"sv, "it is a Git LFS pointer, whose content has not been fetched"},
    {0, "<!DOCTYPE html"sv, "it is an HTML page"},
    {0, "<!doctype html"sv, "it is an HTML page"},
    {0, "<html"sv, "it is an HTML page"},
    {0, "\0\x05\x16\x07"sv, "it is an AppleDouble file, which holds only metadata of the file without '._'"},
    {0, "\0\0\0\1Bud1"sv, "it is a .DS_Store, the settings of a folder"},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "it is an OLE file, such as Thumbs.db"},
    {0, "[.ShellClassInfo]"sv, "it is a desktop.ini, the settings of a folder"},
};

std::string unknown(Bytes bytes) {
  const Bytes first = part(bytes, 0, 512);
  const auto is_text = [](std::uint8_t c) { return (c >= 0x20 && c < 0x7f) || (c >= '\t' && c <= '\r'); };
  if (std::all_of(first.begin(), first.end(), is_text)) return "not an image: it is text";
  std::string reason = "not an image: no known format begins with";
  for (const std::uint8_t byte : part(first, 0, 8)) {
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), " %02x", static_cast<unsigned>(byte));
    reason += hex.data();
  }
  return reason;
}

bool is_pnm(Bytes bytes) {
  const std::uint32_t kind = byte_at(bytes, 1);
  const std::uint32_t next = byte_at(bytes, 2);
  return has_text_at(bytes, 0, "P") && kind >= '1' && kind <= '6' &&
         (next == ' ' || (next >= '\t' && next <= '\r') || next == '#');
}

// Returns the format of an ISO media file by its brands (ISO/IEC 23008-12), or nothing if it is not an image.
// "mif1" and "msf1" leave the codec to the compatible brands.
std::optional<Format> recognise_media(Bytes bytes) {
  constexpr std::size_t kMajor = 8, kCompatible = 16, kMost = 32;
  if (!has_text_at(bytes, 4, "ftyp"sv)) return std::nullopt;
  const auto is_avif = [&](std::size_t at) {
    return has_text_at(bytes, at, "avif"sv) || has_text_at(bytes, at, "avis"sv);
  };
  if (is_avif(kMajor)) return Format::avif;
  if (has_text_at(bytes, kMajor, "hei"sv) || has_text_at(bytes, kMajor, "hev"sv)) return Format::heic;
  if (!has_text_at(bytes, kMajor, "mif1"sv) && !has_text_at(bytes, kMajor, "msf1"sv)) return std::nullopt;
  const std::size_t end = std::min<std::size_t>(big32(bytes, 0), kCompatible + 4 * kMost);
  for (std::size_t at = kCompatible; at < end; at += 4)
    if (is_avif(at)) return Format::avif;
  return Format::heic;
}

}  // namespace

const char* name_of(Format format) {
  switch (format) {
    case Format::jpeg:
      return "JPEG";
    case Format::png:
      return "PNG";
    case Format::bmp:
      return "BMP";
    case Format::webp:
      return "WebP";
    case Format::tiff:
      return "TIFF";
    case Format::pnm:
      return "PNM";
    case Format::jpeg2000:
      return "JPEG 2000";
    case Format::pfm:
      return "PFM";
    case Format::hdr:
      return "Radiance HDR";
    case Format::sun:
      return "Sun raster";
    case Format::gif:
      return "GIF";
    case Format::heic:
      return "HEIC";
    case Format::avif:
      return "AVIF";
  }
  return "";
}

Format recognise(Bytes bytes) {
  if (bytes.empty()) throw ImageError(Stage::decode, "the file is empty");
  if (const std::optional<Format> media = recognise_media(bytes)) return *media;
  for (const Magic& magic : kUnsupported) {
    if (!has_text_at(bytes, magic.at, magic.text)) continue;
    throw ImageError(Stage::decode,
                     std::string(magic.name) + " images are not supported; convert it to PNG or JPEG");
  }
  if (has_text_at(bytes, 0, "\xff\xd8\xff"sv)) return Format::jpeg;
  if (has_text_at(bytes, 0, "GIF87a"sv) || has_text_at(bytes, 0, "GIF89a"sv)) return Format::gif;
  if (has_text_at(bytes, 0, "\x89PNG\r\n\x1a\n"sv)) return Format::png;
  if (has_text_at(bytes, 0, "RIFF"sv) && has_text_at(bytes, 8, "WEBP"sv)) return Format::webp;
  if (has_text_at(bytes, 0, "II*\0"sv) || has_text_at(bytes, 0, "MM\0*"sv)) return Format::tiff;
  if (is_pnm(bytes)) return Format::pnm;
  if (has_text_at(bytes, 0, "\0\0\0\x0cjP  \r\n\x87\n"sv) || has_text_at(bytes, 0, "\xff\x4f\xff\x51"sv)) {
    return Format::jpeg2000;
  }
  if (has_text_at(bytes, 0, "PF\n"sv) || has_text_at(bytes, 0, "Pf\n"sv)) return Format::pfm;
  if (has_text_at(bytes, 0, "#?RADIANCE"sv) || has_text_at(bytes, 0, "#?RGBE"sv)) return Format::hdr;
  if (has_text_at(bytes, 0, "\x59\xa6\x6a\x95"sv)) return Format::sun;
  // "BM" alone is weak evidence, so check the size of the information header too (12 to 124).
  if (has_text_at(bytes, 0, "BM"sv) && (bytes.size() < 18 || little32(bytes, 14) < 256)) return Format::bmp;
  for (const Magic& magic : kNotImages) {
    if (has_text_at(bytes, 0, magic.text)) {
      throw ImageError(Stage::decode, "not an image: " + std::string(magic.name));
    }
  }
  throw ImageError(Stage::decode, unknown(bytes));
}

}  // namespace alexnet::image
