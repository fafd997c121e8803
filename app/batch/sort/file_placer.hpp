// Places images in another folder by link, copy or move. Never overwrites a file. A placed file is always
// whole, even if the process is killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace alexnet::app {

enum class Placing { link, copy, move };

// An image to place.
struct Source {
  std::filesystem::path file;
  std::string target;  // absolute target of the symbolic link; "": the contents are copied or moved
  bool moves = false;
  // Hash of the target or, if that is "", the file size in bytes. Sources with different fingerprints are
  // different.
  std::uint64_t fingerprint = 0;

  // Throws ImageError at Stage::sort if the file does not exist, or if it is to be moved and is a link or
  // its folder is not writable.
  Source(std::filesystem::path image, Placing how);
};

// Places the image at `place`. Returns false if `place` exists. parts: folder for the temporary copy, on the
// same file system as `place`. A move creates a hard link or, if that is impossible (for example on another
// file system), a copy; remove_moved() completes it. Throws ImageError if the source cannot be read, and
// OutputError if `place` cannot be written.
bool put(const Source& source, const std::filesystem::path& place, const std::filesystem::path& parts);

// Returns true if `place` exists; a dangling link exists. Throws OutputError if that cannot be determined.
bool is_taken(const std::filesystem::path& place);
// Returns true if `place` holds the image already: a link to the same target, the same file, or a copy with
// the same bytes and, if the source moves, the same modification time. Returns false if a file cannot be
// read.
bool holds(const std::filesystem::path& place, const Source& source);
// Returns true if both sources would place the same link or the same bytes. Throws ImageError if a file
// cannot be read.
bool same(const Source& a, const Source& b);
// Returns the fingerprint of the link or file at `place`, or 0 if nothing is there. If it differs from a
// source's fingerprint, `place` does not hold that source.
std::uint64_t fingerprint_of(const std::filesystem::path& place);

// Removes temporary copies in `folder` that interrupted runs left.
void remove_parts(const std::filesystem::path& folder);
// Flushes the file system of `folder` to disk. Throws OutputError.
void sync(const std::filesystem::path& folder);
// Removes the original of a moved image. Does nothing if it is gone already. Throws OutputError.
void remove_moved(const Source& source);

}  // namespace alexnet::app
