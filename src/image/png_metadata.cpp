#include "image/png_metadata.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace alexnet::image {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxText = std::size_t{1} << 20;

struct Text {
  Bytes bytes;
  bool packed = false;  // compressed by zlib
};

// Returns the text of a chunk if it has this name. The data are the name, NUL, and fields that depend on the
// kind.
std::optional<Text> text_of(std::string_view kind, Bytes data, std::string_view name) {
  if (!has_text_at(data, 0, name) || data.size() <= name.size() || data[name.size()] != 0)
    return std::nullopt;
  const Bytes rest = part(data, name.size() + 1);
  if (kind == "tEXt"sv) return Text{rest};
  if (kind == "zTXt"sv) {  // the compression method; 0 (Deflate) is the only one
    if (byte_at(rest, 0) != 0) return std::nullopt;
    return Text{part(rest, 1), true};
  }
  if (kind != "iTXt"sv) return std::nullopt;
  // Compression flag, compression method, language, NUL, translated name, NUL.
  const bool packed = byte_at(rest, 0) != 0;
  if (packed && byte_at(rest, 1) != 0) return std::nullopt;
  std::size_t at = 2;
  for (int i = 0; i < 2; ++i) {
    while (at < rest.size() && rest[at] != 0) ++at;
    if (at >= rest.size()) return std::nullopt;
    ++at;
  }
  return Text{part(rest, at), packed};
}

std::string unpacked(const Text& text) {
  const Bytes bytes = text.bytes;
  if (!text.packed) {
    const Bytes first = part(bytes, 0, kMaxText);
    return {first.begin(), first.end()};
  }
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  std::string out(kMaxText, '\0');
  stream.next_in = const_cast<Bytef*>(bytes.data());  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(bytes.size());  // a file has at most 512 MiB
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool sound = status == Z_STREAM_END || (status == Z_BUF_ERROR && stream.avail_out == 0);
  out.resize(sound ? out.size() - stream.avail_out : 0);
  inflateEnd(&stream);
  return out;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Parses an empty line, a line with the profile's name, one with its length, and lines of hexadecimal digits.
// Returns nothing if the text is malformed.
std::vector<std::uint8_t> bytes_of_profile(const std::string& text) {
  std::size_t at = 0;
  for (int line = 0; line < 3; ++line) {
    at = text.find('\n', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  std::vector<std::uint8_t> bytes;
  int high = -1;
  for (const char c : std::string_view(text).substr(at)) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    const int digit = digit_of(c);
    if (digit < 0) return {};
    if (high >= 0) bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return high >= 0 ? std::vector<std::uint8_t>{} : bytes;
}

}  // namespace

PngMetadata png_metadata(Bytes file) {
  std::optional<Bytes> exif;
  std::optional<Text> profile, xmp;
  // A chunk is length, kind, data, CRC. Chunks after the image data count, too.
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = big32(file, at);
    const std::string kind(file.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                           file.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    const Bytes data = part(file, at + 8, length);
    if (kind == "IEND"sv) break;
    if (kind == "eXIf"sv) exif = data;
    if (const auto text = text_of(kind, data, "exif"sv); text && kind == "tEXt"sv) exif = text->bytes;
    if (const auto text = text_of(kind, data, "Raw profile type exif"sv)) profile = text;
    if (const auto text = text_of(kind, data, "XML:com.adobe.xmp"sv)) xmp = text;
    at += 12 + length;
  }
  PngMetadata metadata;
  if (exif) {
    metadata.exif.assign(exif->begin(), exif->end());
  } else if (profile) {
    metadata.exif = bytes_of_profile(unpacked(*profile));
  }
  if (xmp) metadata.xmp = unpacked(*xmp);
  return metadata;
}

}  // namespace alexnet::image
