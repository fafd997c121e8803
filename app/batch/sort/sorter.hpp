// Images into folders for their labels: DIR/LABEL/NAME.
//
// LABEL is the best answer's label up to its first comma, made safe as a name; where two classes would share it, their ids,
// or else their numbers, are added. It is "unsure" where a filter left the best answer out. Where NAME is taken it becomes
// NAME-2, NAME-3 and so on, unless what is there is that very thing, as place.hpp says.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "batch/list/listing.hpp"
#include "batch/sort/file_placer.hpp"
#include "run/record.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace alexnet::app {

struct SortOptions {
  std::string into;  // "": images are not sorted
  Placing how = Placing::link;
  bool dry_run = false;

  bool sorts() const { return !into.empty(); }
  bool moves() const { return sorts() && how == Placing::move && !dry_run; }
};

// --sort-into, which is returned, --link, --copy, --move and --dry-run.
CLI::Option* add_sort_options(CLI::App& command, SortOptions& options);

// Throws std::runtime_error where a run could list what it put there itself, and for standard input.
void refuse_to_sort(const ListingOptions& listing, const std::string& into);

class Sorter {
 public:
  // Throws OutputError where the folder cannot be made.
  Sorter(SortOptions options, const Model& model);

  // Places the image, or, in a dry run, finds its place, and says so in the record. `best`: the answer before the filters,
  // which went over the record. To be called in the list's order before the record is written, so that a run that is
  // resumed finds the same place again. An image that cannot be read or may not be moved fails, at the stage "sort". Throws
  // OutputError where the folder cannot be written.
  void place(Record& record, const std::optional<Prediction>& best);

  // Ends the moves, after the records were written. Throws OutputError.
  void remove_moved();

 private:
  // What has the names that are one but for their numbers, so that none of them need be looked at again.
  struct Taken {
    int next = 1;
    std::unordered_set<std::uint64_t> fingerprints;
  };

  std::string folder_of(const Record& record, const std::optional<Prediction>& best) const;
  std::string put(const Source& source, const std::filesystem::path& folder);
  std::filesystem::path choose(const Source& source, const std::filesystem::path& folder);
  std::uint64_t fingerprint_at(const std::filesystem::path& place) const;
  bool try_put(const Source& source, const std::filesystem::path& place);

  SortOptions options_;
  std::vector<std::string> folders_;  // by class; none where there are no labels
  std::vector<Source> moved_;
  bool copied_ = false;                              // some of them
  std::unordered_set<std::string> given_;            // places of this run's moves: each is one image's own
  std::unordered_map<std::string, Taken> taken_;     // by the first place, where that was taken
  std::unordered_map<std::string, Source> planned_;  // by place, in a dry run
};

}  // namespace alexnet::app
