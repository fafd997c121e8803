// The records of an earlier run that a resumed output keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch/list/path_set.hpp"

namespace alexnet::app {

// Maps the images of the records to their positions in the list. Positions change if files were added or
// removed since the earlier run, and they must be updated, because shards can only be merged if all positions
// are of one list.
class KeptRecords {
 public:
  void add(const std::string& path, std::uint64_t index);
  std::size_t size() const { return paths_.size(); }

  // Returns true if there is a record of the image. index: its position in the list of this run, which
  // replaces the stored one.
  bool find(const std::string& path, std::uint64_t index);
  // Returns true if find() changed the position of an image.
  bool moved() const { return moved_; }
  // Returns the position of an image, or none if it was not added.
  std::optional<std::uint64_t> index_of(const std::string& path);

 private:
  using Entry = std::pair<std::uint64_t, std::uint64_t>;  // hash64 of the path's key; position

  Entry* entry_of(const std::string& path);  // null if the image was not added

  PathSet paths_;
  std::vector<Entry> indices_;
  bool sorted_ = false;
  bool moved_ = false;
};

}  // namespace alexnet::app
