// A set of paths that takes at most 64 bytes per path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

namespace alexnet::app {

// Returns the key of a path, which is equal for a.jpg, ./a.jpg and .//a.jpg. Returns a path with ".."
// unchanged, because its meaning depends on symbolic links.
std::string path_key(const std::string& path);

// Stores a 128-bit hash per path. The probability that two of a million paths have the same hash is below
// 10^-26.
class PathSet {
 public:
  // Returns true if the key is new.
  bool insert(std::string_view key);
  bool contains(std::string_view key) const;
  std::size_t size() const { return used_; }

 private:
  // Returns the index in table_ of the hash or, if it is absent, of the empty entry where it belongs.
  std::size_t place_of(const Hash128& hash) const;

  std::vector<Hash128> table_;  // open addressing; {0, 0} marks an empty entry
  std::size_t used_ = 0;
};

}  // namespace alexnet::app
