// Outputs that cannot be written: exit status 3, and a message that names the output.
#include <doctest/doctest.h>

#include <filesystem>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

void check_fails(const Call& call, const std::string& message) {
  CAPTURE(call.args[0]);
  const Result result = run(call);
  CHECK(result.status == 3);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: " + message + "\n");
}

}  // namespace

TEST_CASE("batch -o refuses a folder") {
  const TemporaryFolder folder;
  check_fails({.args = {"batch", photo("cat.png"), "-o", folder.path()}},
              folder.path() + ": cannot be opened for writing: Is a directory; name a file in it");
  const std::string file = folder.path("none/results.csv");
  check_fails(
      {.args = {"batch", photo("cat.png"), "-o", file}},
      file +
          ": cannot be opened for writing: No such file or directory; create its folder, or use another "
          "output file");
}

TEST_CASE("an output name too long for the files beside it is refused and leaves no file") {
  const TemporaryFolder folder;
  for (const char* ending : {".csv", ".db"}) {
    const std::string file = folder.path(std::string(250 - std::string(ending).size(), 'x') + ending);
    const Result result = run({"batch", photo("cat.png"), "-o", file});
    CHECK(result.status == 3);
    CHECK(result.err.starts_with("alexnet: " + file));
    CHECK(fs::is_empty(folder.path()));
  }
}

TEST_CASE("batch -o without write permission is refused") {
  if (!can_test_rights()) return;
  const TemporaryFolder folder;
  const std::string file = folder.write("results.csv", "old\n");
  fs::permissions(file, fs::perms::owner_read);
  fs::permissions(folder.path(), fs::perms::owner_write, fs::perm_options::remove);
  check_fails({.args = {"batch", photo("cat.png"), "-o", file}, .unprivileged = true},
              file + ": cannot be opened for writing: Permission denied");
  CHECK(read_file(file) == "old\n");
  const std::string other = folder.path("new.csv");
  check_fails({.args = {"batch", photo("cat.png"), "-o", other}, .unprivileged = true},
              other + ": cannot be opened for writing: Permission denied");
  const std::string dump = folder.path("new.png");
  check_fails({.args = {"classify", photo("cat.png"), "--dump-input", dump}, .unprivileged = true},
              dump + ": cannot be opened for writing: Permission denied");
  fs::permissions(folder.path(), fs::perms::owner_all, fs::perm_options::add);
}

TEST_CASE("a full disk is reported for every format") {
  for (const char* format : {"text", "jsonl", "csv"}) {
    CAPTURE(format);
    check_fails({.args = {"batch", "--format", format, photo("cat.png"), "-o", "/dev/full"}},
                "/dev/full: No space left on device");
    check_fails({.args = {"batch", "--format", format, photo("cat.png")}, .out_file = "/dev/full"},
                "standard output: No space left on device");
  }
}

TEST_CASE("every command reports that standard output cannot be written") {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"classify", photo("cat.png")},
                                             {"classify", "--json", photo("cat.png")},
                                             {"time", "-n", "1", "--warmup", "0"},
                                             {"time", "-n", "1", "--warmup", "0", "--json"},
                                             {"time", "-n", "1", "--warmup", "0", "--csv"},
                                             {"inspect"},
                                             {"inspect", "--json"},
                                             {"inspect", "alexnet"},
                                             {"--help"},
                                             {"--version"},
                                             {"classify", "--help"}})
    check_fails({.args = args, .out_file = "/dev/full"}, "standard output: No space left on device");
}

TEST_CASE("classify --dump-input reports that its file cannot be written") {
  const TemporaryFolder folder;
  for (const std::string end : {".png", ".safetensors"}) {
    CAPTURE(end);
    fs::create_directory(folder.path("folder" + end));
    fs::create_symlink("/dev/full", folder.path("full" + end));
    for (const std::string name : {"folder", "full", "none/x"}) {
      const std::string file = folder.path(name + end);
      const Result result = run({"classify", photo("cat.png"), "--dump-input", file});
      CAPTURE(result.err);
      CHECK(result.status == 3);
      CHECK(result.out == "");
      CHECK(result.err.starts_with("alexnet: " + file + ": "));
      CHECK(lines(result.err).size() == 1);
      CHECK(contains(result.err, name == "folder" ? "Is a directory"
                                 : name == "full" ? "No space left"
                                                  : "No such file"));
    }
  }
}

TEST_CASE("records written before the disk was full stay valid") {
  const TemporaryFolder folder;
  for (int i = 0; i < 200; ++i)
    fs::create_symlink(fixture("1x1.png"), folder.path(std::to_string(i) + ".png"));
  const std::string file = folder.path("results.jsonl");
  check_fails({.args = {"batch", folder.path(), "-o", file}, .file_bytes = 50000}, file + ": File too large");
  const std::string written = read_file(file);
  CHECK(written.size() <= 50000);
  const std::vector<json> records = json_lines(written);  // complete records only
  CHECK(records.size() > 10);
  for (std::size_t i = 0; i < records.size(); ++i)
    CHECK(records[i].at("path") == folder.path(std::to_string(i) + ".png"));
}

TEST_CASE("an output never overwrites an image that is read") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.png", read_file(photo("cat.png")));
  for (const auto& args : {std::vector<std::string>{"batch", folder.path(), "-o", file},
                           std::vector<std::string>{"classify", file, "--dump-input", file}}) {
    const Result result = run(args);
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + file +
                            (args[0] == "batch" ? ": is an image" : ": is not a picture that alexnet wrote") +
                            "; use another output file\n");
    CHECK(read_file(file) == read_file(photo("cat.png")));
  }
}

TEST_CASE("batch -o - writes to standard output") {
  const TemporaryFolder folder;
  const Result result =
      run(Call{.args = {"batch", "--json", photo("cat.png"), "-o", "-"}, .folder = folder.path()});
  CHECK(result.status == 0);
  CHECK(json_lines(result.out).size() == 1);
}
