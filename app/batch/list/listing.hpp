// Which images a batch run works through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batch/list/shard.hpp"

namespace CLI {
class App;
}

namespace alexnet::app {

// An image to classify or, if there is a reason, a path that could not be listed.
struct Listed {
  std::string path;
  std::string reason;
  std::uint64_t index = 0;  // in the whole list, of all shards
};

// natural: a folder's files in natural order (img2 before img10), the whole list read before the first is taken.
// none: as the system has them, each taken as soon as it is found.
enum class Order { natural, none };

struct ListingOptions {
  std::vector<std::string> places;  // folders, files, or - for an image on standard input
  bool recursive = false;
  std::string files_from;  // a file with names, - for standard input; "": none
  bool null = false;       // names end in NUL, not in a line feed
  Order order = Order::natural;
  bool may_be_empty = false;
  Shard shard;
};

// PLACE, -r, --files-from, -0, --order and --shard.
void add_listing_options(CLI::App& command, ListingOptions& options);

class Walk;

// Folders give the files whose names end as images do; links to folders are followed, once. Places and names keep their
// order; a path that comes twice is listed once.
class Listing {
 public:
  // Throws std::runtime_error if files_from cannot be read or is no list (names.hpp), and if no shard has anything to
  // list, unless that may be.
  explicit Listing(const ListingOptions& options);
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  ~Listing();

  // Returns nothing at the end, and if `stop` is requested or a signal comes while it waits for names. A name with a NUL
  // byte has a reason. Throws std::runtime_error if files_from cannot be read on.
  std::optional<Listed> next(const std::stop_token& stop = {});
  // Number of images that were listed so far, of all shards.
  std::uint64_t listed() const;
  // How many there are in all, where that is known.
  std::optional<std::size_t> total() const { return total_; }

 private:
  std::optional<Listed> stored();

  std::unique_ptr<Walk> walk_;
  std::optional<Listed> first_;  // taken already, to see whether there is one
  std::optional<std::size_t> total_;
  // The whole list in natural order. One string for all paths takes much less memory than one for each.
  std::string paths_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint64_t> indices_;
  std::map<std::size_t, std::string> reasons_;  // of the few that could not be listed
  std::size_t returned_ = 0;
  std::size_t at_ = 0;  // in paths_
};

// Numbers inside names compare by value.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace alexnet::app
