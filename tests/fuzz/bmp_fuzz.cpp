#include <cstdlib>

#include "alexnet/error.hpp"
#include "image/decoders.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace alexnet::image;
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 24;  // a few bytes of runs may expand to 2^28
  const Bytes file(bytes, size);
  const bool core = little32(file, 14) == 12;
  const std::int64_t width = core ? little16(file, 18) : little32(file, 18);
  const std::int64_t height = core ? std::int64_t{little16(file, 20)}
                                   : std::abs(std::int64_t{static_cast<std::int32_t>(little32(file, 22))});
  if (width > 65535 || height > 65535 || width * height > kMostPixels) return 0;
  for (const std::optional<Rgb> background : {std::optional<Rgb>(), std::optional<Rgb>({1, 2, 3})}) {
    try {
      decode_bmp(file, background);
    } catch (const alexnet::ImageError&) {
    }
  }
  return 0;
}
