// HEIC and AVIF by libheif: the primary image. Thumbnails, depth maps, other images and sequences are
// ignored.
#include "image/decoders.hpp"

#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "core/module.hpp"

namespace alexnet::image {
namespace {

// libheif limits sides only. The square of this one has kMaxPixels.
constexpr int kMaxHeifSide = 1 << 14;
// Encoders fill a small image up to a tile of at most this side.
constexpr int kTile = 512;

struct Free {
  void operator()(heif_context* context) const { heif_context_free(context); }
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
  void operator()(heif_image* image) const { heif_image_release(image); }
  void operator()(heif_decoding_options* options) const { heif_decoding_options_free(options); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void check(Format format, const heif_error& error) {
  if (error.code == heif_error_Ok) return;
  if (error.code == heif_error_Memory_allocation_error &&
      error.subcode != heif_suberror_Security_limit_exceeded)
    throw std::bad_alloc();
  std::string reason = error.message != nullptr ? error.message : "unknown error";
  while (reason.ends_with('\n')) reason.pop_back();  // libheif ends some messages so
  if (error.subcode == heif_suberror_Security_limit_exceeded) refuse(format, "too large: " + reason);
  const bool unsupported =
      error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype;
  refuse(format, (unsupported ? "not supported: " : "truncated or corrupt: ") + reason);
}

// libheif 1.15 refuses a side that equals its limit.
void limit_sides(heif_context* context, int longest) {
  heif_context_set_maximum_image_size_limit(context, longest + 1);
}

Owned<heif_image> decode_primary(Format format, const heif_image_handle* handle, bool alpha) {
  const Owned<heif_decoding_options> options(heif_decoding_options_alloc());
  if (!options) throw std::bad_alloc();
  options->convert_hdr_to_8bit = 1;
  options->strict_decoding = 1;
  heif_image* decoded = nullptr;
  const heif_error error =
      heif_decode_image(handle, &decoded, heif_colorspace_RGB,
                        alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options.get());
  Owned<heif_image> image(decoded);
  check(format, error);
  heif_error warning{};
  if (heif_image_get_decoding_warnings(image.get(), 0, &warning, 1) > 0) check(format, warning);
  return image;
}

Image decode_heif(Format format, Bytes file, std::optional<Rgb> background) {
  const Owned<heif_context> context(heif_context_alloc());
  if (!context) throw std::bad_alloc();
  limit_sides(context.get(), kMaxHeifSide);
  heif_context_set_max_decoding_threads(context.get(), 0);  // batch decodes an image per thread
  check(format, heif_context_read_from_memory_without_copy(context.get(), file.data(), file.size(), nullptr));
  heif_image_handle* found = nullptr;
  check(format, heif_context_get_primary_image_handle(context.get(), &found));
  const Owned<heif_image_handle> handle(found);
  const int stored_width = heif_image_handle_get_ispe_width(found);
  const int stored_height = heif_image_handle_get_ispe_height(found);
  check_size(format, stored_width, stored_height);
  check_size(format, heif_image_handle_get_width(found), heif_image_handle_get_height(found));
  // A grid of tiles has a size of its own, which may be larger.
  limit_sides(context.get(), std::max({stored_width, stored_height, kTile}));

  const bool premultiplied = heif_image_handle_is_premultiplied_alpha(found) != 0;
  const bool alpha = heif_image_handle_has_alpha_channel(found) != 0 && (background || premultiplied);
  const Owned<heif_image> image = decode_primary(format, found, alpha);
  const int width = heif_image_get_primary_width(image.get());
  const int height = heif_image_get_primary_height(image.get());
  check_size(format, width, height);
  int stride = 0;
  const std::uint8_t* const plane =
      heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  const std::size_t row_bytes = static_cast<std::size_t>(width) * (alpha ? 4 : 3);
  if (plane == nullptr || static_cast<std::size_t>(stride) < row_bytes)
    refuse(format, "libheif has not decoded it to RGB");
  std::vector<std::uint8_t> pixels = pixel_buffer(row_bytes * static_cast<std::size_t>(height));
  for (std::size_t row = 0; row < static_cast<std::size_t>(height); ++row)
    std::copy_n(plane + row * static_cast<std::size_t>(stride), row_bytes, &pixels[row * row_bytes]);
  if (!alpha) return {width, height, std::move(pixels)};
  if (premultiplied) undo_premultiplication(pixels);
  return flatten(std::move(pixels), width, height, background);
}

}  // namespace
}  // namespace alexnet::image

extern "C" ALEXNET_MODULE const alexnet::image::HeifModule alexnet_heif{alexnet::image::decode_heif,
                                                                        &alexnet::image::unwritten_byte};
