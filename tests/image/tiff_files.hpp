// TIFF files that tests write with libtiff.
#pragma once

#include <tiffio.h>

#include <array>
#include <functional>
#include <initializer_list>

#include "image_files.hpp"

namespace alexnet::image {

// Tag values.
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
  std::uint32_t rows = 7;  // per strip
  std::uint32_t tile_width = 0;
  std::uint32_t tile_height = 0;
  std::uint16_t predictor = PREDICTOR_NONE;
  std::uint16_t fill_order = FILLORDER_MSB2LSB;
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  std::uint32_t fax_options = 0;
  std::vector<std::uint16_t> extra{};              // kinds of the samples after the colours
  std::vector<std::uint16_t> palette{};            // all reds, all greens, all blues
  std::array<std::uint16_t, 2> subsampling{1, 1};  // for YCbCr; a block takes Cb and Cr of its first pixel
};

inline TiffSpec rgb_spec() { return {.samples = 3, .photometric = PHOTOMETRIC_RGB}; }

// value(x, y, sample)
using TiffValue = std::function<unsigned(std::uint32_t, std::uint32_t, unsigned)>;

inline FileBytes tiff_fixture(const std::string& name) {
  return bytes_of(kRoot / "tests/fixtures/tiff" / name);
}

// Writes a TIFF in memory. Throws std::runtime_error with libtiff's message.
FileBytes write_tiff(const TiffSpec& spec, const TiffValue& value);
// Writes a TIFF with one strip that holds `packed` unchanged.
FileBytes write_raw_tiff(const TiffSpec& spec, const FileBytes& packed);

// Returns a pattern that changes from pixel to pixel, with samples of at most `bits` bits.
TiffValue pattern(unsigned bits);

// Returns the little-endian file with the first value (16 or 32 bits) of a tag replaced.
FileBytes with_tag(FileBytes file, std::uint32_t tag, std::uint32_t value);

// Returns the number of errors that libtiff reports while it decodes the whole file.
int count_libtiff_errors(const FileBytes& file);

}  // namespace alexnet::image
