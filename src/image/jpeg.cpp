// JPEG by libjpeg-turbo directly: its warnings are the only sign that a scan is truncated or corrupt, but
// OpenCV only prints them and returns a half-grey picture.
#include "image/decoders.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <utility>
#include <vector>

// jpeglib.h needs size_t and FILE before it.
#include <jerror.h>
#include <jpeglib.h>

namespace alexnet::image {
namespace {

constexpr int kMaxScans = 100;

// State that libjpeg's callbacks can reach. They leave libjpeg's C functions with longjmp, so everything on
// the stack between setjmp and the callback must be trivially destructible. The callers of read_header() and
// read_pixels() own everything else.
struct JpegState {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf jump{};
  bool in_pixels = false;
  bool ended = false;  // the bytes ended within the pixels
  char message[JMSG_LENGTH_MAX] = "";
};

JpegState& state_of(j_common_ptr common) { return *static_cast<JpegState*>(common->client_data); }

[[noreturn]] void on_error(j_common_ptr common) {
  JpegState& state = state_of(common);
  // After the end of the bytes every error is a consequence of it: keep the first message.
  if (!state.ended) common->err->format_message(common, state.message);
  std::longjmp(state.jump, 1);
}

// The bytes have ended without an end marker. Many files lack only that marker, and some cameras write a
// trailer instead, so continue. If bits of the scan are missing as well, the scan's decoder warns next; if
// scans are missing, read_pixels() detects it. Arithmetic decoding shows neither, because it takes missing
// bits as zeros.
void on_end_of_bytes(JpegState& state) {
  auto* const common = reinterpret_cast<j_common_ptr>(&state.info);
  if (!state.in_pixels || state.info.arith_code) on_error(common);
  if (!state.ended) state.errors.format_message(common, state.message);
  state.ended = true;
}

void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;  // trace message
  switch (common->err->msg_code) {
    // These do not concern the pixels: extra bytes before a marker, which many cameras write; an unknown
    // colour transform or JFIF revision; and spectral limits that some writers of sequential files leave at
    // 0.
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
      return;
    case JWRN_JPEG_EOF:
      on_end_of_bytes(state_of(common));
      return;
    // All others are signs of corruption.
    default:
      on_error(common);
  }
}

void on_progress(j_common_ptr common) {
  // Each scan of a progressive file covers the whole image, so a small file with thousands of scans takes
  // hours.
  if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number <= kMaxScans) return;
  JpegState& state = state_of(common);
  std::snprintf(state.message, sizeof state.message, "more than %d scans", kMaxScans);
  std::longjmp(state.jump, 1);
}

bool read_header(JpegState& state, const unsigned char* data, unsigned long size) {
  state.info.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = on_error;
  state.errors.emit_message = on_message;
  state.info.client_data = &state;
  if (setjmp(state.jump) != 0) return false;
  jpeg_create_decompress(&state.info);
  state.progress.progress_monitor = on_progress;
  state.info.progress = &state.progress;
  jpeg_mem_src(&state.info, data, size);
  jpeg_read_header(&state.info, TRUE);
  return true;
}

// Returns true if there was a scan for each component.
bool has_every_component(const jpeg_decompress_struct& info) {
  return std::all_of(info.comp_info, info.comp_info + info.num_components,
                     [](const jpeg_component_info& component) { return component.quant_table != nullptr; });
}

// Returns true if the scans gave every bit of every coefficient. A sequential scan gives all.
bool has_every_bit(const jpeg_decompress_struct& info) {
  if (!info.progressive_mode) return true;
  return std::all_of(info.coef_bits, info.coef_bits + info.num_components, [](const int(&bits)[DCTSIZE2]) {
    return std::all_of(bits, bits + DCTSIZE2, [](int missing) { return missing == 0; });
  });
}

// Reads the pixels, scaled by 1 / denominator, to their upright positions. line: buffer for a row of four
// components. Returns false on error.
bool read_pixels(JpegState& state, unsigned denominator, Placement to, std::uint8_t* line) {
  jpeg_decompress_struct& info = state.info;
  if (setjmp(state.jump) != 0) return false;
  state.in_pixels = true;
  const bool cmyk = info.num_components == 4;
  const bool in_place = !cmyk && to.right == 3;
  info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  info.scale_num = 1;
  info.scale_denom = denominator;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    std::uint8_t* pixel = to.first + info.output_scanline * to.down;
    JSAMPROW into = in_place ? pixel : line;
    jpeg_read_scanlines(&info, &into, 1);
    if (in_place) continue;
    const std::uint8_t* from = line;
    for (JDIMENSION x = 0; x < info.output_width; ++x, pixel += to.right, from += info.output_components) {
      for (std::size_t c = 0; c < 3; ++c) pixel[c] = cmyk ? without_ink(from[c], from[3]) : from[c];
    }
  }
  if (!has_every_component(info)) {
    if (!state.ended) std::snprintf(state.message, sizeof state.message, "a component has no scan");
    return false;
  }
  if (state.ended && !has_every_bit(info)) return false;
  jpeg_finish_decompress(&info);  // reads up to the end marker
  return true;
}

// Rounds up, as libjpeg does.
int reduced(int side, int denominator) { return (side + denominator - 1) / denominator; }

int denominator_for(Size2 photo, Size2 min_size) {
  for (const int denominator : {8, 4, 2}) {
    if (reduced(photo.h, denominator) >= min_size.h && reduced(photo.w, denominator) >= min_size.w) {
      return denominator;
    }
  }
  return 1;
}

class JpegReader {
 public:
  JpegReader() = default;
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  // Does nothing if nothing was created.
  ~JpegReader() { jpeg_destroy_decompress(&state.info); }

  [[noreturn]] void fail() const {
    if (state.errors.msg_code != JERR_BAD_PRECISION) refuse(Format::jpeg, state.message);
    refuse(Format::jpeg,
           std::to_string(state.info.data_precision) + " bits per sample are not supported, only 8");
  }

  JpegState state;
};

}  // namespace

NotedImage decode_jpeg(Bytes file, int orientation, std::optional<Size2> min_size) {
  JpegReader reader;
  if (!read_header(reader.state, file.data(), file.size())) reader.fail();
  const jpeg_decompress_struct& info = reader.state.info;
  check_size(Format::jpeg, info.image_width, info.image_height);
  // Later releases of libjpeg-turbo read the headers of these.
  if (info.data_precision != 8) {
    refuse(Format::jpeg, std::to_string(info.data_precision) + " bits per sample are not supported, only 8");
  }
  if (info.num_components != 1 && info.num_components != 3 && info.num_components != 4) {
    refuse(Format::jpeg, std::to_string(info.num_components) + " components are not supported");
  }
  Size2 photo{static_cast<int>(info.image_height), static_cast<int>(info.image_width)};
  if (orientation >= 5) std::swap(photo.h, photo.w);
  const int denominator = min_size ? denominator_for(photo, *min_size) : 1;
  Image image = blank(reduced(photo.w, denominator), reduced(photo.h, denominator));
  const Placement to = placement(orientation, image);
  if (denominator > 1) {
    const bool from_right = (orientation >= 5 ? to.down : to.right) < 0;
    const bool from_below = (orientation >= 5 ? to.right : to.down) < 0;
    image.reduction = {denominator, photo,
                       from_right ? image.width - static_cast<double>(photo.w) / denominator : 0.0,
                       from_below ? image.height - static_cast<double>(photo.h) / denominator : 0.0};
  }
  std::vector<std::uint8_t> line(
      static_cast<std::size_t>(reduced(static_cast<int>(info.image_width), denominator)) * 4);
  if (!read_pixels(reader.state, static_cast<unsigned>(denominator), to, line.data())) {
    reader.fail();
  }
  if (reader.state.ended) return {std::move(image), "JPEG: its end marker is missing; all pixels are there"};
  return {std::move(image)};
}

}  // namespace alexnet::image
