// TIFF files that tests write with libtiff.
#pragma once

#include <tiffio.h>

#include <array>
#include <functional>
#include <initializer_list>

#include "image_files.hpp"

namespace alexnet::image {

// Values of tags.
using TiffValues = std::initializer_list<std::uint16_t>;

struct TiffSpec {
  std::uint32_t width = 37;
  std::uint32_t height = 23;
  unsigned bits = 8;
  unsigned samples = 1;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  std::uint16_t compression = COMPRESSION_NONE;
  const char* mode = "wl";  // "wb": big endian
  bool planar = false;
  std::uint32_t rows = 7;  // in a strip
  std::uint32_t tile_width = 0;
  std::uint32_t tile_height = 0;
  std::uint16_t predictor = PREDICTOR_NONE;
  std::uint16_t fill_order = FILLORDER_MSB2LSB;
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  std::uint32_t fax_options = 0;
  std::vector<std::uint16_t> extra{};              // kinds of the samples behind the colours
  std::vector<std::uint16_t> palette{};            // all reds, all greens, all blues
  std::array<std::uint16_t, 2> subsampling{1, 1};  // of YCbCr; the first pixel of a block gives Cb and Cr
};

inline TiffSpec rgb_spec() { return {.samples = 3, .photometric = PHOTOMETRIC_RGB}; }

// value(x, y, sample)
using TiffValue = std::function<unsigned(std::uint32_t, std::uint32_t, unsigned)>;

inline FileBytes tiff_fixture(const std::string& name) {
  return bytes_of(kRoot / "tests/fixtures/tiff" / name);
}

// Throws std::runtime_error with libtiff's reason.
FileBytes write_tiff(const TiffSpec& spec, const TiffValue& value);
// One strip of `packed` bytes, which are stored as they are.
FileBytes write_raw_tiff(const TiffSpec& spec, const FileBytes& packed);

// Samples that change from pixel to pixel, of at most `bits` bits.
TiffValue pattern(unsigned bits);

// Returns a copy in which the first value of a tag of a little-endian file, of 16 or 32 bits, is another.
FileBytes with_tag(FileBytes file, std::uint32_t tag, std::uint32_t value);

// Returns how many errors libtiff reports when it decodes the whole file.
int count_libtiff_errors(const FileBytes& file);

}  // namespace alexnet::image
