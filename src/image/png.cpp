// PNG by libpng directly: OpenCV hides its warnings, and libpng reports a wrong checksum of the image data
// only as a warning.
#include "image/decoders.hpp"

#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace alexnet::image {
namespace {

// State that libpng's callbacks can reach. They leave libpng's C functions with longjmp, so nothing on the
// stack between setjmp and a callback may have a destructor that matters.
struct PngState {
  Bytes rest;
  char message[160] = "";
};

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  PngState& state = *static_cast<PngState*>(png_get_error_ptr(png));
  std::snprintf(state.message, sizeof state.message, "%s", text);
  png_longjmp(png, 1);
}

void on_warning(png_structp png, png_const_charp text) {
  // Warnings about the image data ("IDAT: incorrect data check") mean that it is corrupt, except for extra
  // bytes after its end. Warnings about other chunks do not concern the pixels.
  if (std::strncmp(text, "IDAT: ", 6) == 0 && std::strcmp(text, "IDAT: Extra compressed data") != 0) {
    on_error(png, text);
  }
}

void on_read(png_structp png, png_bytep out, std::size_t size) {
  PngState& state = *static_cast<PngState*>(png_get_io_ptr(png));
  if (size > state.rest.size()) on_error(png, "the file ends too early");
  std::memcpy(out, state.rest.data(), size);
  state.rest = state.rest.subspan(size);
}

bool read_header(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  // Keep only the chunks that define the pixels, so that no profile or text is decompressed, however large it
  // claims to be. A wrong checksum of such a chunk is still an error. check_size() checks the sides, so
  // libpng's own limits are off.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_chunk_malloc_max(png, 0);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, info);
  return true;
}

// Output form of a pixel: palette index, R G B, or R G B A. The value is its number of bytes.
enum class Pixel { index = 1, rgb = 3, rgba = 4 };

bool read_pixels(png_structp png, png_infop info, Pixel pixel, std::uint8_t* pixels) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  if (pixel == Pixel::index) {
    png_set_packing(png);
  } else {
    const bool grey = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0;
    png_set_expand(png);  // 1, 2 and 4 bits, and tRNS
    png_set_strip_16(png);
    if (grey) png_set_gray_to_rgb(png);
    if (pixel == Pixel::rgb) png_set_strip_alpha(png);
    if (pixel == Pixel::rgba) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  }
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t step = png_get_rowbytes(png, info);
  if (step != std::size_t{png_get_image_width(png, info)} * static_cast<std::size_t>(pixel)) {
    png_error(png, "an unexpected kind of pixel");
  }
  for (int pass = 0; pass < passes; ++pass) {
    for (png_uint_32 y = 0; y < png_get_image_height(png, info); ++y) {
      png_read_row(png, pixels + y * step, nullptr);
    }
  }
  png_read_end(png, nullptr);
  return true;
}

class PngReader {
 public:
  explicit PngReader(Bytes file) {
    state.rest = file;
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
    if (png != nullptr) info = png_create_info_struct(png);
    png_set_read_fn(png, &state, on_read);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }

  [[noreturn]] void fail() const { refuse(Format::png, state.message); }

  std::vector<std::uint8_t> pixels(Pixel pixel) const {
    std::vector<std::uint8_t> all =
        pixel_buffer(std::size_t{png_get_image_width(png, info)} * png_get_image_height(png, info) *
                     static_cast<std::size_t>(pixel));
    if (!read_pixels(png, info, pixel, all.data())) fail();
    return all;
  }

  PngState state;
  png_structp png = nullptr;
  png_infop info = nullptr;
};

// Looks the indices up in the palette ourselves: libpng paints an index past its end black without a warning.
Image paint(png_structp png, png_infop info, int width, int height, const std::vector<std::uint8_t>& indices,
            std::optional<Rgb> background) {
  png_colorp colours = nullptr;
  png_bytep alphas = nullptr;
  int count = 0, alpha_count = 0;
  png_get_PLTE(png, info, &colours, &count);
  png_get_tRNS(png, info, &alphas, &alpha_count, nullptr);
  std::vector<std::uint8_t> rgba;
  for (int i = 0; i < count; ++i) {
    const png_color& colour = colours[i];
    const std::uint8_t alpha = i < alpha_count ? alphas[i] : std::uint8_t{255};
    rgba.insert(rgba.end(), {colour.red, colour.green, colour.blue, alpha});
  }
  const Image palette = flatten(std::move(rgba), count, 1, background);
  Image image = blank(width, height);
  std::uint8_t* to = image.rgb.data();
  for (const std::uint8_t index : indices) {
    if (index >= count) refuse(Format::png, "a pixel is of a colour that the palette does not have");
    to = std::copy_n(&palette.rgb[std::size_t{3} * index], 3, to);
  }
  return image;
}

}  // namespace

Image decode_png(Bytes file, std::optional<Rgb> background) {
  if (has_text_at(file, 12, "IHDR")) check_size(Format::png, big32(file, 16), big32(file, 20));
  PngReader reader(file);
  if (reader.info == nullptr) refuse(Format::png, "libpng cannot be set up");
  if (!read_header(reader.png, reader.info)) reader.fail();
  const std::size_t width = png_get_image_width(reader.png, reader.info);
  const std::size_t height = png_get_image_height(reader.png, reader.info);
  check_size(Format::png, static_cast<std::int64_t>(width), static_cast<std::int64_t>(height));
  // One compressed byte expands to at most 1032 (zlib's technical notes), so a header that claims more is
  // wrong.
  if (file.size() * 1032 < png_get_rowbytes(reader.png, reader.info) * height) {
    refuse(Format::png,
           "the file is too short for " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
  }
  const int w = static_cast<int>(width);
  const int h = static_cast<int>(height);
  if (png_get_color_type(reader.png, reader.info) == PNG_COLOR_TYPE_PALETTE) {
    return paint(reader.png, reader.info, w, h, reader.pixels(Pixel::index), background);
  }
  if (background) return flatten(reader.pixels(Pixel::rgba), w, h, background);
  return {w, h, reader.pixels(Pixel::rgb)};
}

}  // namespace alexnet::image
