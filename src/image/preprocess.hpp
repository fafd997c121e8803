// From a photo to what a network was trained on: resize, crop, channel order, mean and scale.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/shape.hpp"
#include "image/image.hpp"

namespace alexnet::image {

enum class ResizeRule {
  shorter_side,  // the shorter side becomes resize.h (= resize.w); the longer one is truncated, as
                 // torchvision does
  squash,        // to resize.h x resize.w, whatever the aspect
};

enum class Filter {
  pillow_bilinear,  // Pillow's antialiased bilinear, to the bit
  opencv_bilinear,  // cv::resize INTER_LINEAR, which does not antialias
};

enum class ChannelOrder { rgb, bgr };

struct Preprocess {
  Size2 size{0, 0};  // what the network sees; cut from the centre of the resized image
  ResizeRule rule = ResizeRule::squash;
  Size2 resize{0, 0};  // at least `size`
  Filter filter = Filter::pillow_bilinear;
  ChannelOrder order = ChannelOrder::rgb;
  // value = (pixel * scale - mean) / std, each step in float32; pixel is 0..255; mean and std are in the network's
  // channel order.
  double scale = 1.0;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
};

// What a photo must be decoded to at least (see load()) to be prepared well: twice what it is resized to, for one crop
// or ten. None for opencv_bilinear: it takes two pixels of the photo a side and leaves those between them out, while a
// reduced photo is made of them all.
std::optional<Size2> enough_for(const Preprocess& how, int crops = 1);

// Resizes and crops. A photo that was decoded at a scale becomes as large as it would have without.  The offset of the crop is (side - size) / 2 rounded half to even, as torchvision does.
// Throws ImageError (stage "preprocess") where `size` is larger than the resized image, or where more than
// 2^28 pixels would have to be held: pillow_bilinear holds those of the crop alone, opencv_bilinear the whole
// resized image.
Image resize_and_crop(const Image& image, const Preprocess& how);

// Ten crops of one resized image, each of `size`: its corners (top left, top right, bottom left, bottom right), its
// centre, then the same five of its mirror image, as torchvision's TenCrop. Where an odd number of pixels is left
// over, the mirrored centre is therefore one pixel beside the mirror of the centre.
// Squashing straight to `size` would leave no margin to crop from: the image is then squashed to 256/227 of `size`,
// rounded (227: 256, 224: 253), as AlexNet's training and Caffe's classify.py do. A shorter side resized to `size`
// itself stays: the crops then differ along the longer side, and for a square image in the mirroring alone.
// Throws like resize_and_crop; both filters hold the whole resized image.
std::vector<Image> resize_and_ten_crops(const Image& image, const Preprocess& how);

// Writes 3 x size.h x size.w floats (CHW, in the network's channel order).
void normalise(const Image& cropped, const Preprocess& how, float* out);

}  // namespace alexnet::image
