// Draws an occlusion map.
#pragma once

#include "alexnet/analysis.hpp"

namespace alexnet::app {

// Draws the drops over the photo in dimmed grey: image::heat() of each drop above 0 divided by the largest,
// interpolated between the centres of the squares. If largest_drop() is empty, draws the photo alone with the
// reason below. `photo` is the crop that the network sees, at any scale.
image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo);

}  // namespace alexnet::app
