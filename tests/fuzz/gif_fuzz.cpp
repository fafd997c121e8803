#include <algorithm>
#include <cstdint>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "image/decoders.hpp"

extern "C" const alexnet::image::GifModule alexnet_gif;

namespace {

using namespace alexnet::image;

// Returns the offset of the first frame's header, or the end.
std::size_t frame_of(Bytes file) {
  const auto palette = [](std::uint32_t flags) {
    return (flags & 0x80) != 0 ? std::size_t{6} << (flags & 7) : 0;
  };
  std::size_t at = 13 + palette(byte_at(file, 10));
  while (at < file.size() && file[at] == '!') {
    at += 2;
    while (byte_at(file, at) != 0) at += 1 + byte_at(file, at);
    ++at;
  }
  return at;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes file(bytes, size);
  // A few bytes may expand to many pixels, which take time and memory but find no bugs.
  const std::size_t frame = frame_of(file);
  const auto far_side = [&](std::size_t screen, std::size_t i) {
    return std::max(little16(file, screen), little16(file, frame + 1 + i) + little16(file, frame + 5 + i));
  };
  if (std::uint64_t{far_side(6, 0)} * far_side(8, 2) > std::uint64_t{1} << 20) return 0;
  unsigned sum = 0;
  for (const std::optional<Rgb> background : {std::optional<Rgb>(), std::optional<Rgb>({1, 2, 3})}) {
    try {
      for (const std::uint8_t value : alexnet_gif.decode(file, background).rgb) sum += value;
    } catch (const alexnet::ImageError&) {
    }
  }
  [[maybe_unused]] volatile unsigned used = sum;
  return 0;
}
