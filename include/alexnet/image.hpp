// Photos in memory and on disk, and their preparation as the input of a network.
//
//   #include <alexnet/model.hpp>
//   namespace image = alexnet::image;
//   const image::Image photo = image::load("cat.jpg");
//   const image::Preprocess& how = model.description.input;
//   image::normalise(image::resize_and_crop(photo, how), how, workspace.input().data());
//
// All functions may be called from several threads at the same time.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alexnet/shape.hpp"

#pragma GCC visibility push(default)
namespace alexnet::image {

// How a JPEG was reduced when it was decoded at 1/2, 1/4 or 1/8 of its size, each side rounded up.
struct Reduction {
  int denominator = 1;
  Size2 photo;  // size of the full photo, upright
  // Position of the photo's left and top edge in the image, 0 to 7/8 pixels. Rounding up leaves the last
  // column and row partly empty; above 0 if the orientation moves them to the front.
  double left = 0.0, top = 0.0;
};

// height x width x 3 bytes, row-major, R G B.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
  std::optional<Reduction> reduction = std::nullopt;
};

using Rgb = std::array<std::uint8_t, 3>;

// Reads a JPEG, PNG, BMP, WebP, TIFF, PNM, GIF, HEIC, AVIF, JPEG 2000, PFM, Radiance HDR or Sun raster file,
// upright by EXIF, or by the transformations of HEIC and AVIF. The content, not the name, tells the format.
// Grey becomes R = G = B. CMYK is converted without a profile; in JPEG it is inverted, as Adobe writes it.
// 16 bits become 8 by dropping the low byte. Floats from 0 to 1 become 0 to 255. Alpha is blended over
// `background`, or dropped if there is none. The first of several pages or frames is read, and the primary
// image of HEIC and AVIF.
// Limits: 512 MiB, 65,535 pixels per side, 2^28 pixels (JPEG 2000: 2^26).
// A JPEG is decoded at the smallest of libjpeg's DCT scales 1/8, 1/4 and 1/2 whose upright image is at least
// as high and as wide as `min_size`; without `min_size`, or if no scale fits, at full size.
// Throws ImageError: stage "read" if the file cannot be read, is empty or has more than 512 MiB; stage
// "decode" if the image is truncated, corrupt, too large, animated (WebP) or in another format. Never returns
// part of an image.
Image load(const std::filesystem::path& file, std::optional<Rgb> background = std::nullopt,
           std::optional<Size2> min_size = std::nullopt);

// Decodes the bytes of a file like load(). Throws ImageError (stage "decode").
Image decode(std::span<const std::uint8_t> bytes, std::optional<Rgb> background = std::nullopt,
             std::optional<Size2> min_size = std::nullopt);

// Returns true if the file can be read and its first 64 bytes are those of a format that load() reads.
bool is_image(const std::filesystem::path& file);

// Writes a PNG file, whole or not at all. Throws OutputError.
void save_png(const std::filesystem::path& file, const Image& image);

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

// grey: the network has one channel. The photo becomes grey before it is resized: as Pillow's "L" if the
// filter is pillow_bilinear, as OpenCV does if it is opencv_bilinear.
enum class ChannelOrder { rgb, bgr, grey };

struct Preprocess {
  Size2 size{0, 0};  // input size of the network, cropped from the centre of the resized image
  ResizeRule rule = ResizeRule::squash;
  Size2 resize{0, 0};  // at least `size`
  Filter filter = Filter::pillow_bilinear;
  ChannelOrder order = ChannelOrder::rgb;
  // value = (pixel * scale - mean) / std, each step in float32. pixel is 0 to 255; mean and std are in the
  // network's channel order; grey uses the first of each.
  double scale = 1.0;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
};

// Returns the minimum height and width at which a photo is decoded for this preparation (`min_size` of
// load()): twice the size that it is resized to, for one crop or ten. Returns none for opencv_bilinear: it
// samples two pixels per side and skips those between them, but a reduced photo averages all pixels.
std::optional<Size2> min_decode_size(const Preprocess& how, int crops = 1);

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
// If the rule is squash and `resize` equals `size`, there would be no margin, so the image is squashed to
// 256/227 of `size`, rounded
// (227: 256, 224: 253), as in AlexNet's training and Caffe's classify.py. With shorter_side, `resize` is not
// enlarged: if it equals `size`, the crops differ along the longer side only, and for a square image only by
// the mirroring.
// Throws like resize_and_crop(); both filters hold the whole resized image.
std::vector<Image> resize_and_ten_crops(const Image& image, const Preprocess& how);

// Returns the number of channels of the network's input, 3 or 1.
inline int channels(const Preprocess& how) { return how.order == ChannelOrder::grey ? 1 : 3; }

// Writes channels(how) x cropped.height x cropped.width floats to `out`, which must have room for them: CHW,
// in the network's channel order. `cropped` must have the size how.size if `out` is a network's input. The
// scale and the std must not be 0. For grey, `cropped` must be grey, R = G = B, as resize_and_crop() returns
// it. Throws nothing.
void normalise(const Image& cropped, const Preprocess& how, float* out);

}  // namespace alexnet::image
#pragma GCC visibility pop
