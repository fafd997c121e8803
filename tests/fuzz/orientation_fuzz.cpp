#include "image/exif.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace alexnet::image;
  for (const Format format : {Format::jpeg, Format::png, Format::webp, Format::tiff}) {
    [[maybe_unused]] volatile int used = orientation_of(format, {bytes, size});
  }
  return 0;
}
