#include "classifier/photo_input.hpp"

#include <new>

#include "alexnet/error.hpp"

namespace alexnet {

std::optional<Size2> decode_size(const image::Preprocess& input, const Reading& how) {
  return how.exact ? std::nullopt : image::min_decode_size(input, how.crops);
}

PhotoInput make_input(const image::Image& photo, const image::Preprocess& input, int count, float* out) {
  try {
    PhotoInput made{count == 1 ? std::vector{image::resize_and_crop(photo, input)}
                               : image::resize_and_ten_crops(photo, input),
                    photo.reduction ? 1.0 / photo.reduction->denominator : 1.0};
    for (const image::Image& crop : made.crops) {
      image::normalise(crop, input, out);
      out += crop.rgb.size() / 3 * static_cast<std::size_t>(image::channels(input));
    }
    return made;
  } catch (const std::bad_alloc&) {
    throw ImageError(Stage::preprocess, "not enough memory");
  }
}

}  // namespace alexnet
