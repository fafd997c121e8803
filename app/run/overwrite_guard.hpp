// Guards against overwriting: decides which files a command may write to.
#pragma once

#include <string>
#include <vector>

#include "import/import.hpp"
#include "network/model.hpp"

namespace alexnet::app {

// Kinds of files that a command writes beside its results. A file of each kind begins with a mark.
enum class FileKind { page, svg, trace, picture, matrix, input };

class OverwriteGuard {
 public:
  // Adds a file that is written beside the results; "" is none. It may replace only an empty file and a file of the same
  // kind that this program wrote. Throws std::runtime_error for any other file, for standard output ("-" or a name of the
  // file that it goes to), for a second output of one name, and for a name that may belong to another output: FILE.journal,
  // FILE-wal and so on.
  void add_side_file(const std::string& file, FileKind kind);

  // Adds the file of the results; "-" is standard output. Throws std::runtime_error if it is an image, or has a name as
  // above. The caller decides what becomes of results that the file holds.
  void add_results(const std::string& file);

  // Throws std::runtime_error if an output, or a file that is kept beside the results, is this file, which the command reads.
  // "" is none, "-" standard input.
  void check_input(const std::string& file) const;
  // The same for the files of a model, and for those that describe it on the command line.
  void check_input(const Model& model, const ImportOptions& options = {}) const;

 private:
  void add(const std::string& file);

  std::vector<std::string> outputs_;
  std::vector<std::string> companions_;  // of the results: FILE.journal and so on
};

// Throws std::runtime_error if the file exists and is not empty, unless overwriting is allowed. Even then the output of a
// batch run is refused: its journal would speak of another file.
void check_replaceable(const std::string& file, bool overwrite);

}  // namespace alexnet::app
