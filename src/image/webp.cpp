// WebP by libwebp itself: OpenCV 4.6 hides its errors, and refuses files of fewer than 32 bytes, which an image of one
// colour may have.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <new>
#include <utility>

#include "image/decoders.hpp"

namespace alexnet::image {
namespace {

// what: is corrupt if the status says so.
void check(VP8StatusCode status, const std::string& what) {
  switch (status) {
    case VP8_STATUS_OK:
      return;
    case VP8_STATUS_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      refuse(Format::webp, "it needs a feature that libwebp does not support");
    default:
      refuse(Format::webp, what + " is corrupt");
  }
}

// Returns the chunks of the image. All other chunks must be whole too. The decoder gets these alone: it would read on in the
// next chunk if they are corrupt.
WebPData image_of(Bytes file) {
  const WebPData data{file.data(), file.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemuxPartial(&data, &state),
                                                                         WebPDemuxDelete);
  if (state == WEBP_DEMUX_PARSE_ERROR) refuse(Format::webp, "its chunks are corrupt");
  WebPIterator frame;
  if (state != WEBP_DEMUX_DONE || WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) {
    refuse(Format::webp, "truncated");
  }
  const WebPData image = frame.fragment;  // part of the file
  WebPDemuxReleaseIterator(&frame);
  return image;
}

}  // namespace

Image decode_webp(Bytes file, std::optional<Rgb> background) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) refuse(Format::webp, "libwebp is of another version");
  const VP8StatusCode status = WebPGetFeatures(file.data(), file.size(), &config.input);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) refuse(Format::webp, "truncated");
  check(status, "its header");
  if (config.input.has_animation != 0) {
    refuse(Format::webp, "animated images are not supported; convert it to PNG or JPEG");
  }
  const int width = config.input.width;
  const int height = config.input.height;
  check_size(Format::webp, width, height);
  const WebPData image = image_of(file);

  const bool blend = background && config.input.has_alpha != 0;
  const int channels = blend ? 4 : 3;
  std::vector<std::uint8_t> pixels =
      pixel_buffer(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                   static_cast<std::size_t>(channels));
  config.output.colorspace = blend ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {pixels.data(), width * channels, pixels.size()};
  check(WebPDecode(image.bytes, image.size, &config), "its image data");
  if (config.output.width != width || config.output.height != height) {
    refuse(Format::webp, "the image is not of the size that the header says");
  }
  if (blend) return flatten(std::move(pixels), width, height, background);
  return {width, height, std::move(pixels)};
}

}  // namespace alexnet::image
