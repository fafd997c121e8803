// Header checks for PFM and Radiance HDR. OpenCV 4.6 reads files correctly that pass them; it would leave a
// corrupt HDR file open.
#include "image/imgcodecs/headers.hpp"

#include <charconv>

#include "image/decoders.hpp"

namespace alexnet::image {
namespace {

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Returns the text before the first of the `ends` characters and removes both from `rest`. Throws ImageError
// if none follows within 4096 bytes.
std::string_view take_until(Format format, std::string_view& rest, std::string_view ends) {
  const std::size_t size = rest.substr(0, 4096).find_first_of(ends);
  if (size == std::string_view::npos) refuse(format, "its header is truncated or corrupt");
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size + 1);
  return text;
}

template <class Number>
Number parse(Format format, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(format, "a number of its header is malformed");
  }
  return number;
}

// A run or a literal range of one channel: bytes in the file, and values that they decode to (new RLE: G.
// Ward, "Real Pixels", Graphics Gems II).
struct Run {
  std::size_t bytes;
  std::size_t values;
};
Run run_at(Bytes data, std::size_t at) {
  const std::size_t code = byte_at(data, at);
  return code > 128 ? Run{2, code - 128} : Run{1 + code, code};
}

void check_radiance_pixels(Bytes data, std::size_t width, std::size_t height) {
  const auto refuse_truncated = [] { refuse(Format::hdr, "truncated: its pixels end past the file"); };
  const auto is_run_length = [&](std::size_t at) {
    return width >= 8 && width <= 0x7fff && big16(data, at) == 0x0202 && byte_at(data, at + 2) < 128;
  };
  std::size_t at = 0;
  for (std::size_t y = 0; y < height; ++y) {
    // This row and all that follow are not compressed.
    if (!is_run_length(at)) {
      if (data.size() < at || data.size() - at < (height - y) * width * 4) refuse_truncated();
      return;
    }
    if (big16(data, at + 2) != width)
      refuse(Format::hdr, "corrupt: a row does not have the width of the image");
    at += 4;
    for (int channel = 0; channel < 4; ++channel) {
      for (std::size_t x = 0; x < width;) {
        const Run run = run_at(data, at);
        if (at + run.bytes > data.size()) refuse_truncated();
        if (run.values == 0 || run.values > width - x)
          refuse(Format::hdr, "corrupt: a run goes past its row");
        at += run.bytes;
        x += run.values;
      }
    }
  }
}

}  // namespace

// Format: "PF" or "Pf", width, height and scale, each followed by one space or line feed; then rows of
// floats, the last row first.
Header read_pfm_header(Bytes file) {
  std::string_view rest = text_of(file);
  const bool grey = take_until(Format::pfm, rest, "\n") == "Pf";
  const std::string_view width = take_until(Format::pfm, rest, " \n");
  const std::string_view height = take_until(Format::pfm, rest, " \n");
  const std::string_view scale = take_until(Format::pfm, rest, " \n");
  const Header header{.width = parse<std::int32_t>(Format::pfm, width),
                      .height = parse<std::int32_t>(Format::pfm, height)};
  check_size(Format::pfm, header.width, header.height);
  if (!(parse<double>(Format::pfm, scale) != 0.0)) refuse(Format::pfm, "its scale is 0 or not a number");
  if (static_cast<std::int64_t>(rest.size()) < header.width * header.height * (grey ? 4 : 12)) {
    refuse(Format::pfm, "truncated: its pixels end past the file");
  }
  return header;
}

// Format: text lines up to an empty one, a line with the size, then rows of R, G, B and exponent.
Header read_radiance_header(Bytes file) {
  std::string_view rest = text_of(file);
  bool has_format = false;
  for (std::string_view line = "#"; !line.empty();) {
    line = take_until(Format::hdr, rest, "\n");
    if (line.size() > 120) refuse(Format::hdr, "a line of its header has more than 120 bytes");
    if (line.starts_with("FORMAT=") && line != "FORMAT=32-bit_rle_rgbe") {
      refuse(Format::hdr, "its FORMAT is not supported, only 32-bit_rle_rgbe");
    }
    has_format = has_format || line.starts_with("FORMAT=");
  }
  if (!has_format) refuse(Format::hdr, "its header is truncated or corrupt: it has no FORMAT");
  std::string_view size = take_until(Format::hdr, rest, "\n");
  if (size.substr(0, 3) != "-Y " || size.find(" +X ") == std::string_view::npos) {
    refuse(Format::hdr, "an image that does not start at the top left is not supported");
  }
  const std::size_t middle = size.find(" +X ");
  const Header header{.width = parse<std::int32_t>(Format::hdr, size.substr(middle + 4)),
                      .height = parse<std::int32_t>(Format::hdr, size.substr(3, middle - 3))};
  check_size(Format::hdr, header.width, header.height);
  check_radiance_pixels(part(file, file.size() - rest.size()), static_cast<std::size_t>(header.width),
                        static_cast<std::size_t>(header.height));
  return header;
}

}  // namespace alexnet::image
