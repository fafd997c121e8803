// Sorts images into one folder per label: DIR/LABEL/NAME.
//
// LABEL is the best prediction's label up to its first comma, made valid as a file name. If two classes would
// share a folder, their ids are added or, if that is not enough, their indices. LABEL is "unsure" if a filter
// removed the best prediction, and "class INDEX" if the model has no labels. If NAME exists, the image
// becomes NAME-2, NAME-3 and so on, unless that file is the image itself (see holds() in file_placer.hpp).
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
  std::string into;  // DIR; "": do not sort
  Placing how = Placing::link;
  bool dry_run = false;

  bool sorts() const { return !into.empty(); }
  bool moves() const { return sorts() && how == Placing::move && !dry_run; }
};

// Adds --sort-into, --link, --copy, --move and --dry-run. Returns --sort-into.
CLI::Option* add_sort_options(CLI::App& command, SortOptions& options);

// Throws UsageError if the run could list its own sorted images, or if it reads an image from
// standard input.
void refuse_to_sort(const ListingOptions& listing, const std::string& into);

class Sorter {
 public:
  // Creates the folder, except in a dry run. Throws OutputError if that fails.
  Sorter(SortOptions options, const Model& model);

  // Places the image and stores its new path in the record; in a dry run, stores the path only. Skips records
  // that failed or were left out. best: the best prediction before the filters were applied to the record.
  // Call it in list order and before the record is written, so that a resumed run chooses the same path
  // again. If the image cannot be read or moved, the record fails at Stage::sort. Throws OutputError if the
  // folder cannot be written.
  void place(Record& record, const std::optional<Prediction>& best);

  // Removes the originals of moved images. Call it after the records were written. Throws OutputError.
  void remove_moved();

 private:
  // The files NAME, NAME-2, NAME-3 and so on that exist, so that none of them is checked again.
  struct Taken {
    int next = 1;  // first number that was not tried
    std::unordered_set<std::uint64_t> fingerprints;
  };

  std::string folder_of(const Record& record, const std::optional<Prediction>& best) const;
  std::string put(const Source& source, const std::filesystem::path& folder);
  std::filesystem::path choose(const Source& source, const std::filesystem::path& folder);
  std::uint64_t fingerprint_at(const std::filesystem::path& place) const;
  bool try_put(const Source& source, const std::filesystem::path& place);

  SortOptions options_;
  std::vector<std::string> folders_;                 // by class index; empty if the model has no labels
  std::vector<Source> moved_;                        // whose originals are still to be removed
  bool copied_ = false;                              // a file in moved_ was copied
  std::unordered_set<std::string> given_;            // paths of this run's moves: one image each
  std::unordered_map<std::string, Taken> taken_;     // by the path without a number, if that existed
  std::unordered_map<std::string, Source> planned_;  // by path, in a dry run
};

}  // namespace alexnet::app
