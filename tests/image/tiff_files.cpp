#include "tiff_files.hpp"

#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "image/exif.hpp"

namespace alexnet::image {
namespace {

struct Memory {
  FileBytes bytes;
  std::size_t at = 0;
  int errors = 0;
  char first[256] = "";
};

int on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  Memory& memory = *static_cast<Memory*>(user);
  if (memory.errors++ == 0) std::vsnprintf(memory.first, sizeof memory.first, format, arguments);
  return 1;
}
int on_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

tmsize_t read_bytes(thandle_t client, void* to, tmsize_t size) {
  Memory& memory = *static_cast<Memory*>(client);
  const std::size_t left = memory.at < memory.bytes.size() ? memory.bytes.size() - memory.at : 0;
  const std::size_t count = std::min(left, static_cast<std::size_t>(size));
  if (count > 0) std::memcpy(to, &memory.bytes[memory.at], count);
  memory.at += count;
  return static_cast<tmsize_t>(count);
}
tmsize_t write_bytes(thandle_t client, void* from, tmsize_t size) {
  Memory& memory = *static_cast<Memory*>(client);
  const auto count = static_cast<std::size_t>(size);
  if (memory.at + count > memory.bytes.size()) memory.bytes.resize(memory.at + count);
  if (count > 0) std::memcpy(&memory.bytes[memory.at], from, count);
  memory.at += count;
  return size;
}
toff_t seek(thandle_t client, toff_t offset, int whence) {
  Memory& memory = *static_cast<Memory*>(client);
  memory.at = (whence == SEEK_CUR ? memory.at : whence == SEEK_END ? memory.bytes.size() : 0) + offset;
  return memory.at;
}
int close(thandle_t) { return 0; }
toff_t size_of(thandle_t client) { return static_cast<Memory*>(client)->bytes.size(); }

TIFF* open(Memory& memory, const char* mode) {
  TIFFOpenOptions* const options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &memory);
  TIFF* const tiff = TIFFClientOpenExt("test", mode, &memory, read_bytes, write_bytes, seek, close, size_of,
                                       nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

void set_tags(TIFF* tiff, const TiffSpec& spec) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, spec.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, spec.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, spec.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, spec.samples);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, spec.photometric);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, spec.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, spec.compression);
  if (spec.predictor != PREDICTOR_NONE) TIFFSetField(tiff, TIFFTAG_PREDICTOR, spec.predictor);
  if (spec.fax_options != 0) TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, spec.fax_options);
  if (spec.compression == COMPRESSION_WEBP) TIFFSetField(tiff, TIFFTAG_WEBP_LOSSLESS, 1);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, spec.fill_order);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, spec.orientation);
  if (!spec.extra.empty()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, spec.extra.size(), spec.extra.data());
  if (!spec.palette.empty()) {
    const std::uint16_t* const reds = spec.palette.data();
    TIFFSetField(tiff, TIFFTAG_COLORMAP, reds, reds + (1 << spec.bits), reds + (2 << spec.bits));
  }
  if (spec.photometric == PHOTOMETRIC_YCBCR) {
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, spec.subsampling[0], spec.subsampling[1]);
  }
  if (spec.tile_width > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, spec.tile_width);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, spec.tile_height);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, spec.rows);
  }
}

struct Part {
  std::uint32_t x, y, width, height;
  unsigned first, count;  // range of samples
};

// Packs the samples of a part as libtiff expects them: 16 bits in native byte order, fewer bits from the high
// bits on.
FileBytes pack(const TiffSpec& spec, const Part& part, const TiffValue& value) {
  FileBytes bytes;
  for (std::uint32_t y = 0; y < part.height; ++y) {
    unsigned pending = 0, bits = 0;
    for (std::uint32_t x = 0; x < part.width; ++x) {
      for (unsigned c = part.first; c < part.first + part.count; ++c) {
        const unsigned sample =
            value(std::min(part.x + x, spec.width - 1), std::min(part.y + y, spec.height - 1), c);
        if (spec.bits == 16) {
          const auto native = static_cast<std::uint16_t>(sample);
          bytes.resize(bytes.size() + 2);
          std::memcpy(&bytes[bytes.size() - 2], &native, 2);
          continue;
        }
        pending = pending << spec.bits | sample;
        for (bits += spec.bits; bits >= 8; bits -= 8) {
          bytes.push_back(static_cast<std::uint8_t>(pending >> (bits - 8)));
        }
      }
    }
    if (bits > 0) bytes.push_back(static_cast<std::uint8_t>(pending << (8 - bits)));
  }
  return bytes;
}

FileBytes pack_blocks(const TiffSpec& spec, const Part& part, const TiffValue& value) {
  FileBytes bytes;
  const auto at = [&](std::uint32_t x, std::uint32_t y, unsigned c) {
    return static_cast<std::uint8_t>(value(std::min(x, spec.width - 1), std::min(y, spec.height - 1), c));
  };
  const std::uint32_t width = spec.subsampling[0], height = spec.subsampling[1];
  for (std::uint32_t top = part.y; top < part.y + part.height; top += height) {
    for (std::uint32_t left = part.x; left < part.x + part.width; left += width) {
      for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) bytes.push_back(at(left + x, top + y, 0));
      }
      bytes.push_back(at(left, top, 1));
      bytes.push_back(at(left, top, 2));
    }
  }
  return bytes;
}

void write_parts(TIFF* tiff, const TiffSpec& spec, const TiffValue& value) {
  const bool tiled = spec.tile_width > 0;
  const std::uint32_t step_x = tiled ? spec.tile_width : spec.width;
  const std::uint32_t step_y = tiled ? spec.tile_height : spec.rows;
  for (unsigned plane = 0; plane < (spec.planar ? spec.samples : 1); ++plane) {
    for (std::uint32_t y = 0; y < spec.height; y += step_y) {
      for (std::uint32_t x = 0; x < spec.width; x += step_x) {
        const Part part{x,      y,
                        step_x, tiled ? step_y : std::min(step_y, spec.height - y),
                        plane,  spec.planar ? 1 : spec.samples};
        const bool blocks = spec.subsampling[0] * spec.subsampling[1] > 1;
        FileBytes bytes = blocks ? pack_blocks(spec, part, value) : pack(spec, part, value);
        const auto size = static_cast<tmsize_t>(bytes.size());
        const auto sample = static_cast<std::uint16_t>(plane);
        if (tiled) {
          TIFFWriteEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample), bytes.data(), size);
        } else {
          TIFFWriteEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), bytes.data(), size);
        }
      }
    }
  }
}

template <class Write>
FileBytes write_with(const TiffSpec& spec, Write write) {
  Memory memory;
  TIFF* const tiff = open(memory, spec.mode);
  set_tags(tiff, spec);
  write(tiff);
  TIFFClose(tiff);
  if (memory.errors > 0) throw std::runtime_error(memory.first);
  return memory.bytes;
}

}  // namespace

FileBytes write_tiff(const TiffSpec& spec, const TiffValue& value) {
  return write_with(spec, [&](TIFF* tiff) { write_parts(tiff, spec, value); });
}

FileBytes write_raw_tiff(const TiffSpec& spec, const FileBytes& packed) {
  return write_with(spec, [&](TIFF* tiff) {
    FileBytes copy = packed;
    TIFFWriteRawStrip(tiff, 0, copy.data(), static_cast<tmsize_t>(copy.size()));
  });
}

TiffValue pattern(unsigned bits) {
  return [bits](std::uint32_t x, std::uint32_t y, unsigned c) {
    const unsigned value = x * 1777 + y * 3331 + c * 20011 + x * y % 11 * 997;  // 16 bits are used
    return (value & 0xffff) >> (16 - bits);
  };
}

FileBytes with_tag(FileBytes file, std::uint32_t tag, std::uint32_t value) {
  const auto field = TiffDirectory(file).find(tag);
  if (!field) throw std::runtime_error("there is no tag " + std::to_string(tag));
  for (std::size_t i = 0; i < field->width; ++i) {
    file[field->at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return file;
}

int count_libtiff_errors(const FileBytes& file) {
  Memory memory{.bytes = file};
  TIFF* const tiff = open(memory, "rmc");
  if (tiff == nullptr) return std::max(memory.errors, 1);
  memory.errors = 0;  // ignore errors about tags
  const bool tiled = TIFFIsTiled(tiff) != 0;
  FileBytes part(static_cast<std::size_t>(tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff)));
  const auto size = static_cast<tmsize_t>(part.size());
  for (std::uint32_t i = 0; i < (tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff)); ++i) {
    const tmsize_t got = tiled ? TIFFReadEncodedTile(tiff, i, part.data(), size)
                               : TIFFReadEncodedStrip(tiff, i, part.data(), size);
    if (got < 0) ++memory.errors;
  }
  TIFFClose(tiff);
  return memory.errors;
}

}  // namespace alexnet::image
