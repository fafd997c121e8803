// Runs the command as a user would and captures its results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace alexnet::cli {

// A call of the command. The environment is LC_ALL=C.UTF-8 and no other variable that the command reads, so
// that neither the machine's locale nor its colour settings matter.
struct Call {
  std::vector<std::string> args;
  std::string input = {};                       // standard input, through a pipe
  std::map<std::string, std::string> env = {};  // in addition to LC_ALL
  std::string folder = {};                      // working directory
  std::string out_file = {};                    // receives standard output; must exist
  std::uint64_t memory_bytes = 0;               // maximum address space; 0: no limit
  std::uint64_t file_bytes = 0;                 // maximum file size; 0: no limit
  bool unprivileged = false;                    // drops root's privileges
  bool close_after_output = false;              // close standard output after its first bytes
  int signal_after_output = 0;                  // signal to send after the first output; 0: none
  std::string signal_file = {};                 // if set, send the signal instead
  std::uint64_t signal_bytes = 0;               // when signal_file holds more than this
  int minutes = 5;                              // time limit, enough for the sanitizers
};

struct Result {
  int status = 0;  // exit status, or -N if signal N killed the command
  std::string out;
  std::string err;
};

// Runs the command and returns its result. Throws std::runtime_error if the command cannot be started or does
// not end in time.
Result run(const Call& call);
Result run(const std::vector<std::string>& args, const std::string& input = "",
           const std::map<std::string, std::string>& env = {});

// Returns true if permission tests are meaningful: the command can be run without root's privileges. Reports
// the reason if not.
bool can_test_rights();
// Makes the folder and all its parents readable for every user.
void open_to_all(const std::filesystem::path& folder);

// A temporary folder that is removed with its content.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  // Writes a file and creates its parent folders. Returns its path.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);

// Returns `words` followed by `more`.
std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more);

std::string photo(const std::string& name);
std::string fixture(const std::string& name);
std::string model(const std::string& name);
// Returns golden.json of tiny-alexnet: the results of Pillow and PyTorch for the sample photos.
nlohmann::json golden();

std::vector<std::string> lines(const std::string& text);
// Parses one JSON value per line. Throws if a line is not JSON or lacks its newline.
std::vector<nlohmann::json> json_lines(const std::string& text);
// Parses CSV (RFC 4180) into rows and fields; lines may also end in LF.
std::vector<std::vector<std::string>> csv_rows(const std::string& text);
bool contains(std::string_view text, std::string_view part);

}  // namespace alexnet::cli
