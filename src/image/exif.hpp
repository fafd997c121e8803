// The orientation that a camera wrote into the file, and the directory of a TIFF file, which has the same
// form.
#pragma once

#include <optional>

#include "image/bytes.hpp"
#include "image/format.hpp"

namespace alexnet::image {

inline constexpr std::uint32_t kTiffOrientation = 274;

// The first directory of a TIFF block (TIFF 6.0, section 2). Every read is checked against the block.
class TiffDirectory {
 public:
  explicit TiffDirectory(Bytes block);

  // One entry whose values are unsigned integers of 1, 2 or 4 bytes.
  struct Field {
    std::size_t at = 0;     // of the first value, in the block
    std::size_t width = 0;  // of one value, in bytes
    std::size_t count = 0;  // not more than the block holds
  };
  // The first entry with this tag, as libtiff takes it.
  std::optional<Field> find(std::uint32_t tag) const;

  std::uint32_t value(const Field& field, std::size_t index) const;
  std::uint32_t first(std::uint32_t tag, std::uint32_t otherwise) const;

 private:
  Bytes block_;
  bool big_ = false;
  std::size_t entries_at_ = 0;
  std::size_t entries_ = 0;
};

// Returns 1 to 8 (EXIF 2.3, tag 274): what the rows and columns of the stored image mean. 1, "as stored", if the file
// does not say, or says anything else. Reads what ImageOps.exif_transpose of Pillow 9.4 reads: EXIF, and in PNG alone XMP
// if there is no orientation in EXIF.
int orientation_of(Format format, Bytes file);

}  // namespace alexnet::image
