#include <cstdint>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "image/decoders.hpp"
#include "image/exif.hpp"

extern "C" const alexnet::image::TiffModule alexnet_tiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace alexnet::image;
  const Bytes file(bytes, size);
  // A few bytes may expand to many pixels, which take time and memory but find no bugs.
  const TiffDirectory directory(file);
  const auto product = [&](std::uint32_t a, std::uint32_t b) {
    return std::uint64_t{directory.first(a, 1)} * directory.first(b, 1);
  };
  constexpr std::uint32_t kWidth = 256, kHeight = 257, kSamples = 277, kTileWidth = 322, kTileHeight = 323;
  constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 20;
  if (product(kWidth, kHeight) > kMostPixels || product(kTileWidth, kTileHeight) > kMostPixels) return 0;
  if (directory.first(kSamples, 1) > 16) return 0;
  unsigned sum = 0;
  for (const std::optional<Rgb> background : {std::optional<Rgb>(), std::optional<Rgb>({1, 2, 3})}) {
    try {
      for (const std::uint8_t value : alexnet_tiff.decode(file, background).rgb) sum += value;
    } catch (const alexnet::ImageError&) {
    }
  }
  [[maybe_unused]] volatile unsigned used = sum;
  return 0;
}
