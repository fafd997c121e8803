// The records that an earlier run left in an output, which is resumed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch/list/path_set.hpp"

namespace alexnet::app {

// Holds the images of the records and their positions in the list. Files that were added or removed since the earlier run
// change the positions, which must be those of one list when shards are merged.
class KeptRecords {
 public:
  void add(const std::string& path, std::uint64_t index);
  std::size_t size() const { return paths_.size(); }

  // Whether there is a record of the image. `index`: its position in the list of this run, which is kept from now on.
  bool find(const std::string& path, std::uint64_t index);
  // Whether find() was given another position than add() for any image.
  bool moved() const { return moved_; }
  // The position of an image that was added; none for others.
  std::optional<std::uint64_t> index_of(const std::string& path);

 private:
  using Entry = std::pair<std::uint64_t, std::uint64_t>;  // hash64 of a path's key, position

  Entry* entry_of(const std::string& path);  // null if the image was not added

  SeenPaths paths_;
  std::vector<Entry> indices_;
  bool sorted_ = false;
  bool moved_ = false;
};

}  // namespace alexnet::app
