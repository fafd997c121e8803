#include <algorithm>
#include <cstdint>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "image/decoders.hpp"

extern "C" const alexnet::image::HeifModule alexnet_heif;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace alexnet::image;
  const Bytes file(bytes, size);
  Format format = Format::heic;
  try {
    format = recognise(file);
  } catch (const alexnet::ImageError&) {
    return 0;
  }
  if (format != Format::heic && format != Format::avif) return 0;
  // A few bytes may expand to many pixels, which take time and memory but find no bugs.
  constexpr std::uint32_t kLongest = 1024;
  for (std::size_t at = 0; at + 16 <= size; ++at)
    if (has_text_at(file, at, "ispe") && std::max(big32(file, at + 8), big32(file, at + 12)) > kLongest)
      return 0;
  unsigned sum = 0;
  for (const std::optional<Rgb> background : {std::optional<Rgb>(), std::optional<Rgb>({1, 2, 3})}) {
    try {
      for (const std::uint8_t value : alexnet_heif.decode(format, file, background).rgb) sum += value;
    } catch (const alexnet::ImageError&) {
    } catch (const std::bad_alloc&) {
    }
  }
  [[maybe_unused]] volatile unsigned used = sum;
  return 0;
}
