// WebP by libwebp directly: OpenCV 4.6 hides its errors and refuses files of fewer than 32 bytes, which is
// enough for an image of one colour.
#include "image/decoders.hpp"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <new>
#include <utility>

namespace alexnet::image {
namespace {

// Throws if the status is not OK. what: the part that an error message calls corrupt.
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

// Returns the chunks of the image, without the others: the decoder would continue into the next chunk if the
// image is corrupt. Refuses a file with any incomplete chunk.
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
  const WebPData image = frame.fragment;  // points into the file
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
