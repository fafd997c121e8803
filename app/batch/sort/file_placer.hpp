// How an image comes to its place in another folder. Nothing that is there is ever overwritten, and a place holds the whole
// of an image or nothing, whenever the process ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace alexnet::app {

enum class Placing { link, copy, move };

// What is to be placed.
struct Source {
  std::filesystem::path file;
  std::string target;  // of the link that takes its place; "": its contents do
  bool moves = false;
  std::uint64_t fingerprint = 0;  // of the target, or else the number of bytes

  // Throws ImageError, stage "sort", where the file has vanished, and where it is to move and may not.
  Source(std::filesystem::path image, Placing how);
};

// False where the place is taken. parts: the folder, on the same file system, where a copy grows. To move is to give the
// file a second name, or a copy where it cannot have one, as on another file system; remove_moved() ends it. Throws
// ImageError where the source cannot be read and OutputError where the place cannot be written.
bool put(const Source& source, const std::filesystem::path& place, const std::filesystem::path& parts);

// Throws OutputError where the place cannot be asked.
bool is_taken(const std::filesystem::path& place);
// Whether the place holds that very thing: a link to the same target, the same file, or a copy with the same bytes and,
// where the source moves, from the same time.
bool holds(const std::filesystem::path& place, const Source& source);
bool same(const Source& a, const Source& b);
// Of what is there. Where it differs from the source's, the place holds something else.
std::uint64_t fingerprint_of(const std::filesystem::path& place);

// Removes the copies that no run makes any more.
void remove_parts(const std::filesystem::path& folder);
// Onto the disk with all that was placed in the file system of `folder`. Throws OutputError.
void sync(const std::filesystem::path& folder);
// The first name of what was moved. Throws OutputError.
void remove_moved(const Source& source);

}  // namespace alexnet::app
