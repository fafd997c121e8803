// Prepares a photo as network input: resize, crop, channel order, mean and scale.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/shape.hpp"
#include "image/image.hpp"

namespace alexnet::image {

enum class ResizeRule {
  // The shorter side becomes resize.h (= resize.w); the longer side keeps the aspect and is truncated, as in
  // torchvision.
  shorter_side,
  // Resizes to resize.h x resize.w and ignores the aspect.
  squash,
};

enum class Filter {
  pillow_bilinear,  // Pillow's antialiased bilinear, bit for bit
  opencv_bilinear,  // cv::resize INTER_LINEAR, which does not antialias
};

enum class ChannelOrder { rgb, bgr };

struct Preprocess {
  Size2 size{0, 0};  // input size of the network, cropped from the centre of the resized image
  ResizeRule rule = ResizeRule::squash;
  Size2 resize{0, 0};  // at least `size`
  Filter filter = Filter::pillow_bilinear;
  ChannelOrder order = ChannelOrder::rgb;
  // value = (pixel * scale - mean) / std, each step in float32. pixel is 0 to 255; mean and std are in the
  // network's channel order.
  double scale = 1.0;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
};

// Returns the minimum decode size (see load()): twice the size that the photo is resized to, for one crop or
// ten. Returns nothing for opencv_bilinear: it samples two pixels per side and skips those between them, but
// a reduced photo averages all pixels.
std::optional<Size2> enough_for(const Preprocess& how, int crops = 1);

// Resizes the image and crops its centre. A photo that was decoded at a reduced scale is resized to the same
// size as the full photo. The offset of the crop is (side - size) / 2, rounded half to even as in
// torchvision.
// Throws ImageError (stage "preprocess") if the image is empty, if a size is not positive, if `size` is
// larger than the resized image, or if more than 2^28 pixels would have to be held. pillow_bilinear holds the
// width of the crop times the larger of the crop's height and the image's; opencv_bilinear holds the whole
// resized image.
Image resize_and_crop(const Image& image, const Preprocess& how);

// Returns ten crops of one resized image, each of `size`, in the order of torchvision's TenCrop: the corners
// (top left, top right, bottom left, bottom right), the centre, then the same five of the mirrored image. If
// the margin is an odd number of pixels, the mirrored centre crop is therefore one pixel off the mirror of
// the centre crop.
// Squashing straight to `size` would leave no margin, so the image is squashed to 256/227 of `size`, rounded
// (227: 256, 224: 253), as in AlexNet's training and Caffe's classify.py. With shorter_side, `resize` is not
// enlarged: if it equals `size`, the crops differ along the longer side only, and for a square image only by
// the mirroring.
// Throws like resize_and_crop(); both filters hold the whole resized image.
std::vector<Image> resize_and_ten_crops(const Image& image, const Preprocess& how);

// Writes 3 x size.h x size.w floats to `out` (CHW, in the network's channel order).
void normalise(const Image& cropped, const Preprocess& how, float* out);

}  // namespace alexnet::image
