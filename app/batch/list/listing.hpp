// The list of images of a batch run.
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
#include "run/record.hpp"

namespace CLI {
class App;
}

namespace alexnet::app {

// natural: the files of each folder in natural order (img2 before img10); the whole list is read first.
// none: files in the order in which the system returns them, each as soon as it is found.
enum class Order { natural, none };

struct ListingOptions {
  std::vector<std::string> paths;  // folders, files, or "-" for an image on standard input
  bool recursive = false;
  std::string files_from;  // a file with names, "-" for standard input; "": none
  bool null = false;       // names end in NUL instead of a line feed
  Order order = Order::natural;
  bool may_be_empty = false;  // an empty list is not an error
  Shard shard;
};

// Adds PATH, -r, --files-from, -0, --order and --shard.
void add_listing_options(CLI::App& command, ListingOptions& options);

class Walk;

// Lists `paths` first, then the names in files_from, each in the given order. A folder yields its files with
// an image extension, except those of macOS that begin with "._". Links to folders are followed, once per
// folder. A repeated path is listed once.
class Listing {
 public:
  // Reads the whole list in natural order; if a signal arrives meanwhile, the list is incomplete. Throws
  // UsageError if files_from cannot be read or is not a list of names (see names.hpp), and unless
  // may_be_empty is set also if one of `paths` does not exist, or if the list is empty across all shards.
  explicit Listing(const ListingOptions& options);
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  ~Listing();

  // Returns the next image of the shard. Paths that cannot be listed, and names with a NUL byte, have failed
  // at Stage::list. Returns none at the end, and if `stop` is requested or a signal arrives while it walks
  // folders or waits for names. Throws UsageError if reading files_from fails.
  std::optional<Record> next(const std::stop_token& stop = {});
  // Number of images listed so far, across all shards.
  std::uint64_t listed() const;
  // Number of images of this shard, or none in order none, which does not know it in advance.
  std::optional<std::size_t> total() const { return total_; }

 private:
  std::optional<Record> stored();

  std::unique_ptr<Walk> walk_;
  std::optional<Record> first_;  // read by the constructor to check that the list is not empty
  std::optional<std::size_t> total_;
  // The whole list in natural order. One string for all paths takes much less memory than one per path.
  std::string paths_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint64_t> indices_;
  std::map<std::size_t, std::string> reasons_;  // by position, for the few paths that could not be listed
  std::size_t returned_ = 0;
  std::size_t at_ = 0;  // offset in paths_
};

// Returns true if a comes before b in natural order: numbers inside names compare by value.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace alexnet::app
