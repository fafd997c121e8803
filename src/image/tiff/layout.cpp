#include "image/tiff/layout.hpp"

#include <algorithm>
#include <string>

#include "image/decoders.hpp"
#include "image/exif.hpp"

namespace alexnet::image::tiff {
namespace {

constexpr std::uint64_t kMaxPartBytes = std::uint64_t{1} << 30;

struct Name {
  std::uint32_t number;
  const char* name;
};

// Supported compressions. Left out: NeXT and ThunderScan, for which libtiff 4.5 returns success although data
// are missing; PixarLog, whose tiles it cannot read; JBIG, whose decoder allocates whatever the data's own
// header says; SGILog, which stores no 8- or 16-bit samples.
constexpr std::uint32_t kCompressions[] = {
    COMPRESSION_NONE,      COMPRESSION_CCITTRLE,      COMPRESSION_CCITTRLEW, COMPRESSION_CCITTFAX3,
    COMPRESSION_CCITTFAX4, COMPRESSION_LZW,           COMPRESSION_OJPEG,     COMPRESSION_JPEG,
    COMPRESSION_DEFLATE,   COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS,  COMPRESSION_LZMA,
    COMPRESSION_LERC,      COMPRESSION_ZSTD,          COMPRESSION_WEBP};

constexpr Name kOtherCompressions[] = {
    {COMPRESSION_NEXT, "NeXT"},        {COMPRESSION_THUNDERSCAN, "ThunderScan"},
    {COMPRESSION_JBIG, "JBIG"},        {COMPRESSION_PIXARLOG, "PixarLog"},
    {COMPRESSION_SGILOG, "SGILog"},    {COMPRESSION_SGILOG24, "SGILog"},
    {COMPRESSION_JP2000, "JPEG 2000"}, {COMPRESSION_JXL, "JPEG XL"}};

constexpr Name kPhotometrics[] = {{PHOTOMETRIC_MASK, "transparency mask"},
                                  {PHOTOMETRIC_ICCLAB, "ICC L*a*b*"},
                                  {PHOTOMETRIC_ITULAB, "ITU L*a*b*"},
                                  {PHOTOMETRIC_CFA, "colour filter array"},
                                  {PHOTOMETRIC_LOGL, "LogL"},
                                  {PHOTOMETRIC_LOGLUV, "LogLuv"},
                                  {34892, "linear raw"}};

std::string numbered(std::uint32_t number, std::span<const Name> names) {
  const auto found = std::ranges::find(names, number, &Name::number);
  return std::to_string(number) + (found == names.end() ? "" : std::string(" (") + found->name + ")");
}

[[noreturn]] void refuse_unsupported(const std::string& what) {
  refuse(Format::tiff, what + " not supported");
}

Colours read_colours(const File& file, std::uint16_t compression) {
  std::uint16_t photometric = 0;
  if (TIFFGetField(file.handle(), TIFFTAG_PHOTOMETRIC, &photometric) == 0) {
    refuse(Format::tiff, "it has no photometric interpretation");
  }
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
      return Colours::inverted_grey;
    case PHOTOMETRIC_MINISBLACK:
      return Colours::grey;
    case PHOTOMETRIC_RGB:
      return Colours::rgb;
    case PHOTOMETRIC_PALETTE:
      return Colours::palette;
    case PHOTOMETRIC_SEPARATED:
      if (file.field<std::uint16_t>(TIFFTAG_INKSET) != INKSET_CMYK)
        refuse_unsupported("inks other than CMYK are");
      return Colours::cmyk;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG ||
          file.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) != PLANARCONFIG_CONTIG) {
        return Colours::ycbcr;
      }
      TIFFSetField(file.handle(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      return Colours::rgb;
    case PHOTOMETRIC_CIELAB:
      return Colours::lab;
    default:
      refuse_unsupported("photometric interpretation " + numbered(photometric, kPhotometrics) + " is");
  }
}

struct Model {
  const char* name;
  unsigned samples;
  unsigned max_bits;
};

Model model_of(Colours colours) {
  switch (colours) {
    case Colours::grey:
    case Colours::inverted_grey:
      return {"grey", 1, 16};
    case Colours::palette:
      return {"a palette", 1, 8};
    case Colours::rgb:
      return {"RGB", 3, 16};
    case Colours::cmyk:
      return {"CMYK", 4, 16};
    case Colours::ycbcr:
      return {"YCbCr", 3, 8};
    case Colours::lab:
      return {"CIELAB", 3, 8};
  }
  return {};
}

void read_samples_of_pixel(const File& file, bool blended, Layout& layout) {
  const Model model = model_of(layout.colours);
  layout.samples = file.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
  layout.kept = model.samples;
  if (layout.samples < layout.kept) {
    refuse_unsupported(std::string(model.name) + " with " + std::to_string(layout.samples) +
                       " samples per pixel is");
  }
  // CIELAB and YCbCr are converted with tables of bytes.
  const bool bytes_only = model.samples == 3 && model.max_bits == 8;
  if (layout.bits > model.max_bits || (bytes_only && layout.bits != 8)) {
    refuse_unsupported(std::string(model.name) + " with " + std::to_string(layout.bits) +
                       " bits per sample is");
  }
  std::uint16_t extra = 0;
  const std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(file.handle(), TIFFTAG_EXTRASAMPLES, &extra, &kinds);
  // The bands of a satellite are stored as grey, and are not one picture of grey.
  const bool is_grey = layout.colours == Colours::grey || layout.colours == Colours::inverted_grey;
  if (is_grey && layout.samples > 2) {
    refuse_unsupported("grey with " + std::to_string(layout.samples) + " channels is");
  }
  if (extra == 0 || layout.samples == layout.kept || kinds[0] == EXTRASAMPLE_UNSPECIFIED) return;
  layout.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  if (layout.premultiplied && layout.colours != Colours::rgb && layout.colours != Colours::grey) {
    refuse_unsupported(std::string(model.name) + " with premultiplied alpha is");
  }
  layout.alpha = layout.premultiplied || blended;
  if (layout.alpha) ++layout.kept;
}

void read_blocks(const File& file, Layout& layout) {
  if (layout.colours != Colours::ycbcr) return;
  std::uint16_t width = 1, height = 1;
  TIFFGetFieldDefaulted(file.handle(), TIFFTAG_YCBCRSUBSAMPLING, &width, &height);
  layout.block_width = width;
  layout.block_height = height;
  const auto is_one_of_124 = [](unsigned n) { return n == 1 || n == 2 || n == 4; };
  if (!is_one_of_124(width) || !is_one_of_124(height) ||
      (width * height > 1 && (layout.planar || layout.samples != 3))) {
    refuse_unsupported(
        "YCbCr subsampling of " + std::to_string(width) + " x " + std::to_string(height) +
        (layout.planar ? " in planes is" : " with " + std::to_string(layout.samples) + " samples is"));
  }
}

void read_parts(const File& file, Layout& layout) {
  layout.tiled = TIFFIsTiled(file.handle()) != 0;
  if (layout.tiled) {
    layout.part_width = file.field<std::uint32_t>(TIFFTAG_TILEWIDTH);
    layout.part_height = file.field<std::uint32_t>(TIFFTAG_TILELENGTH);
    check_size(Format::tiff, layout.part_width, layout.part_height);
  } else {
    layout.part_width = layout.width;
    layout.part_height = std::min(file.field<std::uint32_t>(TIFFTAG_ROWSPERSTRIP), layout.height);
  }
  const std::uint64_t bytes = layout.tiled ? TIFFTileSize64(file.handle()) : TIFFStripSize64(file.handle());
  file.check();
  if (layout.part_height == 0 || bytes == 0) refuse(Format::tiff, "its strips or tiles have no rows");
  if (bytes > kMaxPartBytes) {
    refuse(Format::tiff, "one of its strips or tiles has " + std::to_string(bytes) + " bytes; at most " +
                             std::to_string(kMaxPartBytes) + " are read");
  }
}

// Returns the maximum number of bytes that one compressed byte can expand to; 0 if there is no limit.
// Deflate: zlib's technical notes. LZW: 12 bits for at most 4094 bytes.
std::uint64_t max_ratio(std::uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
      return 1;
    case COMPRESSION_PACKBITS:
      return 64;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
      return 1032;
    case COMPRESSION_LZW:
      return 4096;
    default:
      return 0;
  }
}

// Refuses a file that is too short for its pixels before memory is allocated for them.
void check_parts(const File& file, std::size_t file_size, const Layout& layout) {
  // libtiff has other ways to find the data of old-style JPEGs.
  if (layout.compression == COMPRESSION_OJPEG) return;
  TIFF* const tiff = file.handle();
  const std::uint32_t count = layout.tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const std::uint32_t per_plane = (layout.height + layout.part_height - 1) / layout.part_height;
  const std::uint64_t ratio = max_ratio(layout.compression);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t offset = TIFFGetStrileOffset(tiff, i);
    const std::uint64_t bytes = TIFFGetStrileByteCount(tiff, i);
    file.check();
    if (offset == 0 || bytes == 0)
      refuse(Format::tiff, "truncated or corrupt: it does not say where its pixels are");
    if (offset > file_size || bytes > file_size - offset) {
      refuse(Format::tiff, "truncated: its pixels end past the file");
    }
    const std::uint32_t rows =
        std::min(layout.part_height, layout.height - i % per_plane * layout.part_height);
    const std::uint64_t wanted = layout.tiled ? TIFFTileSize64(tiff) : TIFFVStripSize64(tiff, rows);
    if (ratio != 0 && bytes * ratio < wanted) {
      refuse(Format::tiff, "truncated or corrupt: " + std::to_string(bytes) +
                               " bytes of a strip or tile cannot hold " + std::to_string(wanted));
    }
  }
}

}  // namespace

void check_directory(Bytes file) {
  const TiffDirectory directory(file);
  check_size(Format::tiff, directory.first(TIFFTAG_IMAGEWIDTH, 0), directory.first(TIFFTAG_IMAGELENGTH, 0));
  const std::uint32_t compression = directory.first(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (std::ranges::find(kCompressions, compression) == std::end(kCompressions) ||
      TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression)) == 0) {
    refuse_unsupported("compression " + numbered(compression, kOtherCompressions) + " is");
  }
  const bool bytes_only = compression == COMPRESSION_JPEG || compression == COMPRESSION_WEBP;
  const std::uint32_t bits = directory.first(TIFFTAG_BITSPERSAMPLE, 1);
  const std::uint32_t kind = directory.first(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (kind != SAMPLEFORMAT_UINT && kind != SAMPLEFORMAT_VOID) {
    refuse_unsupported((kind == SAMPLEFORMAT_IEEEFP ? "floating-point"
                        : kind == SAMPLEFORMAT_INT  ? "signed"
                                                    : "complex") +
                       std::string(" samples of ") + std::to_string(bits) + " bits are");
  }
  if (bits == 0 || bits > 16) refuse_unsupported(std::to_string(bits) + " bits per sample are");
  if (bytes_only && bits != 8) {
    refuse(Format::tiff, std::to_string(bits) + " bits per sample are not supported in compression " +
                             std::to_string(compression) + ", only 8");
  }
  // Without a palette libtiff would treat the indices as grey levels.
  if (directory.first(TIFFTAG_PHOTOMETRIC, 0) == PHOTOMETRIC_PALETTE && !directory.find(TIFFTAG_COLORMAP)) {
    refuse(Format::tiff, "truncated or corrupt: it has no palette");
  }
  const auto each = directory.find(TIFFTAG_BITSPERSAMPLE);
  for (std::size_t i = 1; each && i < each->count; ++i) {
    if (directory.value(*each, i) != bits) refuse_unsupported("samples of different numbers of bits are");
  }
}

Layout read_layout(const File& file, std::size_t file_size, bool blended) {
  Layout layout;
  layout.width = file.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH);
  layout.height = file.field<std::uint32_t>(TIFFTAG_IMAGELENGTH);
  check_size(Format::tiff, layout.width, layout.height);
  layout.compression = file.field<std::uint16_t>(TIFFTAG_COMPRESSION);
  layout.bits = file.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
  layout.colours = read_colours(file, layout.compression);
  read_samples_of_pixel(file, blended, layout);
  layout.planar =
      layout.samples > 1 && file.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  read_blocks(file, layout);
  read_parts(file, layout);
  check_parts(file, file_size, layout);
  return layout;
}

}  // namespace alexnet::image::tiff
