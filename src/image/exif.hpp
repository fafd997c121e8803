// Image orientation from EXIF or XMP, and a reader for TIFF directories: EXIF is stored as one.
#pragma once

#include <optional>

#include "image/bytes.hpp"
#include "image/format.hpp"

namespace alexnet::image {

inline constexpr std::uint32_t kTiffOrientation = 274;

// Reads the first directory of a TIFF block (TIFF 6.0, section 2). Keeps a view of `block`, which must
// outlive it. No read goes past the block; a block that is not TIFF has no entries.
class TiffDirectory {
 public:
  explicit TiffDirectory(Bytes block);

  // One entry whose values are unsigned integers of 1, 2 or 4 bytes.
  struct Field {
    std::size_t at = 0;     // offset of the first value in the block
    std::size_t width = 0;  // bytes per value
    std::size_t count = 0;  // number of values, at most what the block holds
  };
  // Returns the first entry with this tag; libtiff uses the first, too. Returns none if there is none, if
  // its type is not one of the above, or if it has no values inside the block.
  std::optional<Field> find(std::uint32_t tag) const;

  std::uint32_t value(const Field& field, std::size_t index) const;
  std::uint32_t first(std::uint32_t tag, std::uint32_t fallback) const;

 private:
  Bytes block_;
  bool big_ = false;
  std::size_t entries_at_ = 0;
  std::size_t entries_ = 0;
};

// Returns the EXIF orientation, 1 to 8 (EXIF 2.3, tag 274). Returns 1, "as stored", if the file gives none or
// an invalid one, and for HEIC and AVIF, which libheif turns. Reads what ImageOps.exif_transpose of Pillow
// 9.4 reads: EXIF and, in PNG only, XMP if EXIF has no orientation.
int orientation_of(Format format, Bytes file);

}  // namespace alexnet::image
