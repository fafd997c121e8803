// TIFF by libtiff directly: OpenCV prints the library's errors and returns black or uninitialised pixels.
#include "image/decoders.hpp"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "core/module.hpp"
#include "image/tiff/samples.hpp"

namespace alexnet::image::tiff {
namespace {

// Converts each pixel with pixel(in, out), which writes R, G and B to `out`; `out` may equal `in`. Copies the
// alpha.
template <class Pixel>
std::vector<std::uint8_t> convert(const Layout& layout, std::vector<std::uint8_t> kept, Pixel&& pixel) {
  const std::size_t step = layout.alpha ? 4 : 3;
  const std::size_t pixels = kept.size() / layout.kept;
  std::vector<std::uint8_t> wider(layout.kept < step ? pixels * step : 0);
  std::uint8_t* const to = wider.empty() ? kept.data() : wider.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* const in = &kept[i * layout.kept];
    const std::uint8_t alpha = in[layout.kept - 1];
    pixel(in, to + i * step);
    if (layout.alpha) to[i * step + 3] = alpha;
  }
  if (!wider.empty()) return wider;
  kept.resize(pixels * step);
  return kept;
}

// Returns R, G and B of each palette index.
std::vector<std::uint8_t> read_palette(const File& file, const Layout& layout) {
  std::array<const std::uint16_t*, 3> channels{};
  if (TIFFGetField(file.handle(), TIFFTAG_COLORMAP, channels.data(), &channels[1], &channels[2]) == 0) {
    file.fail("it has no palette");
  }
  const std::size_t size = std::size_t{1} << layout.bits;
  // Some writers give 8 bits instead of 16.
  bool bytes = true;
  for (const std::uint16_t* channel : channels)
    bytes = bytes && std::all_of(channel, channel + size, [](unsigned v) { return v < 256; });
  std::vector<std::uint8_t> palette;
  for (std::size_t i = 0; i < size; ++i) {
    for (const std::uint16_t* channel : channels)
      palette.push_back(static_cast<std::uint8_t>(bytes ? channel[i] : channel[i] >> 8));
  }
  return palette;
}

// Converts with libtiff's tables.
class YcbcrToRgb {
 public:
  explicit YcbcrToRgb(const File& file) {
    float* weights = nullptr;
    float* range = nullptr;
    TIFFGetFieldDefaulted(file.handle(), TIFFTAG_YCBCRCOEFFICIENTS, &weights);
    TIFFGetFieldDefaulted(file.handle(), TIFFTAG_REFERENCEBLACKWHITE, &range);
    const auto is_sane = [](float value) { return std::isfinite(value) && std::abs(value) < 1e9F; };
    if (!std::all_of(weights, weights + 3, is_sane) || weights[1] == 0.0F ||
        !std::all_of(range, range + 6, is_sane)) {
      file.fail("its YCbCr coefficients are invalid");
    }
    TIFFYCbCrToRGBInit(tables(), weights, range);
  }

  void operator()(const std::uint8_t* in, std::uint8_t* out) {
    std::uint32_t r = 0, g = 0, b = 0;
    TIFFYCbCrtoRGB(tables(), in[0], in[1], in[2], &r, &g, &b);
    out[0] = static_cast<std::uint8_t>(r);
    out[1] = static_cast<std::uint8_t>(g);
    out[2] = static_cast<std::uint8_t>(b);
  }

 private:
  TIFFYCbCrToRGB* tables() { return reinterpret_cast<TIFFYCbCrToRGB*>(memory_.data()); }

  // TIFFYCbCrToRGBInit writes 6 KiB of tables behind the structure.
  std::vector<std::max_align_t> memory_{16384 / sizeof(std::max_align_t)};
};

// Converts with Little CMS from Lab with white point D50 to sRGB, as Pillow does.
void lab_to_rgb(const Layout& layout, std::vector<std::uint8_t>& kept) {
  using Profile = std::unique_ptr<void, decltype(&cmsCloseProfile)>;
  const Profile lab(cmsCreateLab2Profile(nullptr), cmsCloseProfile);
  const Profile srgb(cmsCreate_sRGBProfile(), cmsCloseProfile);
  const cmsUInt32Number shape = CHANNELS_SH(3) | BYTES_SH(1) | EXTRA_SH(layout.alpha ? 1U : 0U);
  const std::unique_ptr<void, decltype(&cmsDeleteTransform)> transform(
      cmsCreateTransform(lab.get(), COLORSPACE_SH(PT_LabV2) | shape, srgb.get(),
                         COLORSPACE_SH(PT_RGB) | shape, INTENT_PERCEPTUAL, 0),
      cmsDeleteTransform);
  if (!transform) throw std::bad_alloc();
  // In the file a and b are signed.
  for (std::size_t i = 0; i < kept.size(); i += layout.kept) {
    kept[i + 1] ^= 0x80;
    kept[i + 2] ^= 0x80;
  }
  cmsDoTransform(transform.get(), kept.data(), kept.data(),
                 static_cast<cmsUInt32Number>(kept.size() / layout.kept));
}

std::vector<std::uint8_t> to_rgb(const File& file, const Layout& layout, std::vector<std::uint8_t> kept) {
  switch (layout.colours) {
    case Colours::grey:
      return convert(layout, std::move(kept),
                     [](const std::uint8_t* in, std::uint8_t* out) { std::fill_n(out, 3, *in); });
    case Colours::inverted_grey:
      return convert(layout, std::move(kept), [](const std::uint8_t* in, std::uint8_t* out) {
        std::fill_n(out, 3, static_cast<std::uint8_t>(255 - *in));
      });
    case Colours::palette:
      return convert(layout, std::move(kept),
                     [palette = read_palette(file, layout)](const std::uint8_t* in, std::uint8_t* out) {
                       std::copy_n(&palette[std::size_t{3} * *in], 3, out);
                     });
    case Colours::cmyk:
      return convert(layout, std::move(kept), [](const std::uint8_t* in, std::uint8_t* out) {
        const int key = 255 - in[3];
        for (std::size_t c = 0; c < 3; ++c) out[c] = without_ink(255 - in[c], key);
      });
    case Colours::ycbcr:
      return convert(layout, std::move(kept), YcbcrToRgb(file));
    case Colours::lab:
      lab_to_rgb(layout, kept);
      return kept;
    case Colours::rgb:
      return kept;
  }
  return kept;
}

Image decode_tiff(Bytes bytes, std::optional<Rgb> background) {
  check_directory(bytes);
  const File file(bytes);
  const Layout layout = read_layout(file, bytes.size(), background.has_value());
  std::vector<std::uint8_t> pixels = to_rgb(file, layout, read_samples(file, layout));
  file.check();
  const int width = static_cast<int>(layout.width);
  const int height = static_cast<int>(layout.height);
  if (!layout.alpha) return {width, height, std::move(pixels)};
  if (layout.premultiplied) undo_premultiplication(pixels);
  return flatten(std::move(pixels), width, height, background);
}

}  // namespace
}  // namespace alexnet::image::tiff

extern "C" ALEXNET_MODULE const alexnet::image::TiffModule alexnet_tiff{alexnet::image::tiff::decode_tiff,
                                                                        &alexnet::image::unwritten_byte};
