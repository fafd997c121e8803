#include "written_gif.hpp"

#include <bit>

namespace alexnet::image {
namespace {

void put16(FileBytes& to, int value) {
  to.push_back(static_cast<std::uint8_t>(value & 255));
  to.push_back(static_cast<std::uint8_t>(value >> 8));
}

int log2_of(const std::vector<Rgb>& palette) { return static_cast<int>(std::bit_width(palette.size())) - 1; }

void put_palette(FileBytes& to, const std::vector<Rgb>& palette) {
  for (const Rgb& colour : palette) to.insert(to.end(), colour.begin(), colour.end());
}

// Clears the table so often that no code is longer than the first one.
FileBytes codes_of(const FileBytes& indices, int bits) {
  FileBytes bytes;
  unsigned pending = 0, count = 0;
  const auto put = [&](unsigned code) {
    pending |= code << count;
    for (count += static_cast<unsigned>(bits) + 1; count >= 8; count -= 8, pending >>= 8)
      bytes.push_back(static_cast<std::uint8_t>(pending));
  };
  const unsigned clear = 1U << bits;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (i % (clear - 2) == 0) put(clear);
    put(indices[i]);
  }
  put(clear + 1);
  if (count > 0) bytes.push_back(static_cast<std::uint8_t>(pending));
  return bytes;
}

}  // namespace

FileBytes written_gif(const GifPicture& picture) {
  const auto has = [](const std::vector<Rgb>& palette) {
    return palette.empty() ? 0 : 0x80 | (log2_of(palette) - 1);
  };
  FileBytes file = from_text("GIF89a");
  put16(file, picture.width);
  put16(file, picture.height);
  for (const int value : {has(picture.palette), picture.background, 0})
    file.push_back(static_cast<std::uint8_t>(value));
  put_palette(file, picture.palette);
  for (const GifFrame& frame : picture.frames) {
    if (frame.transparent)
      for (const int value : {0x21, 0xf9, 4, 1, 0, 0, *frame.transparent, 0})
        file.push_back(static_cast<std::uint8_t>(value));
    file.push_back(',');
    for (const int value : {frame.left, frame.top, frame.width, frame.height}) put16(file, value);
    file.push_back(static_cast<std::uint8_t>(has(frame.palette) | (frame.interlaced ? 0x40 : 0)));
    put_palette(file, frame.palette);
    constexpr int kBits = 8;
    file.push_back(kBits);
    const FileBytes codes = codes_of(frame.indices, kBits);
    for (std::size_t at = 0; at < codes.size(); at += 255) {
      const std::size_t size = std::min<std::size_t>(255, codes.size() - at);
      file.push_back(static_cast<std::uint8_t>(size));
      const auto begin = codes.begin() + static_cast<std::ptrdiff_t>(at);
      file.insert(file.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    }
    file.push_back(0);
  }
  file.push_back(';');
  return file;
}

}  // namespace alexnet::image
