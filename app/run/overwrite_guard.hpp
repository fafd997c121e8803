// Guards against overwriting: decides which files a command may write.
#pragma once

#include <string>
#include <vector>

#include "alexnet/model.hpp"
#include "network/model.hpp"

namespace alexnet::app {

// Kinds of files that a command writes beside its results. Each kind has a mark at a fixed offset, by which
// OverwriteGuard recognises files that this program wrote.
enum class FileKind { page, svg, trace, picture, matrix, input };

class OverwriteGuard {
 public:
  // Adds a file that is written beside the results; "" means none. It may replace only an empty file or a
  // file of the same kind that this program wrote. Throws UsageError for:
  // - any other file, and the output of a batch run;
  // - standard output: "-" or the file that it is redirected to;
  // - a file that was added already;
  // - a name reserved for files kept beside an output: FILE.journal, FILE-wal and so on;
  // - a name without an extension of this kind, unless it is a device or a pipe.
  void add_side_file(const std::string& file, FileKind kind);

  // Adds the file of the results; "-" is standard output. Throws UsageError if it is an image or was
  // added already, or if its name is reserved. The caller decides what to do with results that the file
  // holds.
  void add_results(const std::string& file);

  // Throws UsageError if `file`, which the command reads, is also an output or a file kept beside the
  // results. "" means none; "-" is standard input.
  void check_input(const std::string& file) const;
  // Checks all files of a model, and the files that `options` name.
  void check_input(const Model& model, const ImportOptions& options = {}) const;

 private:
  void add(const std::string& file);

  std::vector<std::string> outputs_;
  std::vector<std::string> companions_;  // kept beside the results: FILE.journal and so on
};

// Throws UsageError if the file exists and is not empty, unless `overwrite` is true. Always throws
// for the output of a batch run: its journal would describe another file.
void check_replaceable(const std::string& file, bool overwrite);

}  // namespace alexnet::app
