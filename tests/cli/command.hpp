// Runs the command as a user would, and shows what came of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace alexnet::cli {

// The environment is LC_ALL=C.UTF-8 and nothing else that the command reads, so that neither the machine's
// locale nor its colours matter.
struct Call {
  std::vector<std::string> args;
  std::string input = {};                       // on standard input, through a pipe
  std::map<std::string, std::string> env = {};  // beside LC_ALL
  std::string folder = {};                      // to run in
  std::string out_file = {};                    // takes standard output; it must exist
  std::uint64_t memory_bytes = 0;               // the largest address space; 0: no limit
  std::uint64_t file_bytes = 0;                 // the largest file that may be written; 0: no limit
  bool unprivileged = false;                    // gives up root's rights
  bool close_after_output = false;              // standard output is closed after its first bytes
  int signal_after_output = 0;                  // sent when the first bytes came on standard output
  std::string signal_file = {};                 // where named: sent when this file holds more instead
  std::uint64_t signal_bytes = 0;               // than so much
  int minutes = 5;                              // that it may take, where every access is checked too
};

struct Result {
  int status = 0;  // the exit status, or -N where signal N killed it
  std::string out;
  std::string err;
};

// Throws std::runtime_error where the command has not ended in time, or cannot be started.
Result run(const Call& call);
Result run(const std::vector<std::string>& args, const std::string& input = "",
           const std::map<std::string, std::string>& env = {});

// Whether tests of missing rights say something: where the tests are run by root, whether the command can be
// started without root's rights. Says so in the test's report where not.
bool can_test_rights();
// The user may read the folder and all above it.
void open_to_all(const std::filesystem::path& folder);

// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  // Writes a file, and the folders above it; returns its path.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);

// More words after others.
std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more);

std::string photo(const std::string& name);
std::string fixture(const std::string& name);
std::string model(const std::string& name);
// golden.json of tiny-alexnet: what Pillow and PyTorch make of the sample photos.
nlohmann::json golden();

std::vector<std::string> lines(const std::string& text);
// One value a line. Throws where a line is not JSON or lacks its end.
std::vector<nlohmann::json> json_lines(const std::string& text);
// The rows and fields of RFC 4180's format, whose lines may end in LF here.
std::vector<std::vector<std::string>> csv_rows(const std::string& text);
bool contains(std::string_view text, std::string_view part);

}  // namespace alexnet::cli
