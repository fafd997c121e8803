// Which paths came already, in at most 64 bytes each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

namespace alexnet::app {

// Equal for a.jpg, ./a.jpg and .//a.jpg. What lies above a link is for the disk to say, so ".." stays.
std::string path_key(const std::string& path);

// Holds 128 bits for a path: two of a million differ in all but 1 of 10^26 cases.
class SeenPaths {
 public:
  // Whether it is new.
  bool insert(std::string_view key);
  bool contains(std::string_view key) const;
  std::size_t size() const { return used_; }

 private:
  std::size_t place_of(const Hash128& hash) const;  // where it is, or where it would go

  std::vector<Hash128> table_;  // open addressing; {0, 0} is empty
  std::size_t used_ = 0;
};

}  // namespace alexnet::app
