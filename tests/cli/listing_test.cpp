// Difficult names and folders.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;
using namespace std::string_literals;

namespace fs = std::filesystem;

namespace {

std::string one_pixel() { return read_file(fixture("1x1.png")); }

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

// Returns the bytes of a record's path.
std::string path_of(const json& record) {
  return record.contains("path_base64") ? from_base64(record.at("path_base64"))
                                        : record.at("path").get<std::string>();
}

// Valid but difficult file names.
const std::vector<std::string> kNames{
    "-k.png",          "--help.png",   "a\nb.png",  "bad\xff.png",
    "bad\xff\xfe.png", "c,\"d\".png",  "e\rf.png",  "back\\n.png",
    " blank .png",     "\xc3\xa9.png", "tab\t.png", "x" + std::string(250, 'y') + ".png"};

struct OddNames {
  TemporaryFolder folder;
  std::vector<std::string> paths;
  std::string ended_by_nul;

  OddNames() {
    for (const std::string& name : kNames) {
      paths.push_back(folder.write(name, one_pixel()));
      ended_by_nul += paths.back() + '\0';
    }
  }
};

}  // namespace

TEST_CASE("JSON lines keep every byte of every name") {
  const OddNames odd;
  const Result result = run({"batch", "--json", "--files-from", "-", "-0"}, odd.ended_by_nul);
  CHECK(result.status == 0);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == odd.paths.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(records[i].at("path").dump());
    CHECK(path_of(records[i]) == odd.paths[i]);
    CHECK(records[i].contains("path_base64") == contains(kNames[i], "\xff"));
  }
}

TEST_CASE("a line with a NUL byte is one failure, and the other lines are classified") {
  const TemporaryFolder folder;
  const std::string cat = folder.write("a.png", read_file(photo("cat.png")));
  const std::string pixel = folder.write("b.png", one_pixel());
  const std::string list = folder.write("list", "no\0such.png\n"s + cat + '\n' + pixel + '\n');
  const std::string sorted = folder.path("sorted");
  const Result result =
      run({"batch", "--json", "-k", "1", "--files-from", list, "--sort-into", sorted, "--copy"});
  CHECK(result.status == 1);
  CHECK(contains(result.err, "3 images, 1 failed"));
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 3);
  CHECK(records[0] == json{{"path", "no\0such.png"s},
                           {"stage", "list"},
                           {"reason", "the name contains a NUL byte; lists from find -print0 need -0"}});
  CHECK(records[1].at("path") == cat);
  CHECK(records[2].at("path") == pixel);
  std::map<std::string, std::string> copies;
  for (const auto& entry : fs::recursive_directory_iterator(sorted))
    if (entry.is_regular_file()) copies[entry.path().filename()] = read_file(entry.path());
  CHECK(copies == std::map<std::string, std::string>{{"a.png", read_file(cat)}, {"b.png", one_pixel()}});
}

TEST_CASE("a list from find -print0 that is read without -0 is one failure") {
  const TemporaryFolder folder;
  const std::string cat = folder.write("a.png", read_file(photo("cat.png")));
  const std::string names = cat + '\0' + folder.write("b.png", one_pixel()) + '\0';
  const std::string list = folder.write("list", names);
  const std::string sorted = folder.path("sorted");
  for (const char* order : {"natural", "none"}) {
    const Result result =
        run({"batch", "--json", "--order", order, "--files-from", list, "--sort-into", sorted, "--copy"});
    CHECK(result.status == 1);
    CHECK(contains(result.err, "1 image, 1 failed"));
    REQUIRE(json_lines(result.out).size() == 1);
    CHECK(json_lines(result.out)[0].at("path") == names);
    CHECK(contains(json_lines(result.out)[0].at("reason").get<std::string>(), "-0"));
    if (fs::exists(sorted)) CHECK(fs::is_empty(sorted));
  }
}

TEST_CASE("CSV keeps every byte of every name") {
  const OddNames odd;
  const Result result =
      run({"batch", "--format", "csv", "-k", "1", "--files-from", "-", "-0"}, odd.ended_by_nul);
  CHECK(result.status == 0);
  const auto rows = csv_rows(result.out);
  REQUIRE(rows.size() == odd.paths.size() + 1);
  for (std::size_t i = 0; i < odd.paths.size(); ++i) {
    CHECK(rows[i + 1].size() == 8);
    CHECK(rows[i + 1][0] == odd.paths[i]);
  }
}

TEST_CASE("every name is one line of text, and different names look different") {
  const OddNames odd;
  const Result result = run({"batch", "--files-from", "-", "-0"}, odd.ended_by_nul);
  CHECK(result.status == 0);
  const std::vector<std::string> text = lines(result.out);
  REQUIRE(text.size() == odd.paths.size());
  CHECK(text.at(2).starts_with(odd.folder.path("a\\nb.png: ")));
  CHECK(text.at(7).starts_with(odd.folder.path("back\\\\n.png: ")));
  CHECK(text.at(6).starts_with(odd.folder.path("e\\x0df.png: ")));
}

TEST_CASE("a folder with unusual names gives each of them") {
  const OddNames odd;
  const Result result = run({"batch", "--json", odd.folder.path()});
  CHECK(result.status == 0);
  std::vector<std::string> found;
  for (const json& record : json_lines(result.out)) found.push_back(path_of(record));
  std::vector<std::string> expected = odd.paths;
  std::ranges::sort(found);
  std::ranges::sort(expected);
  CHECK(found == expected);
}

TEST_CASE("a name that begins with a dash is accepted after --") {
  const OddNames odd;
  for (const char* command : {"classify", "batch"}) {
    CAPTURE(command);
    const Result result =
        run(Call{.args = {command, "--json", "--", "-k.png", "--help.png"}, .folder = odd.folder.path()});
    CHECK(result.status == 0);
    const std::vector<json> records = json_lines(result.out);
    REQUIRE(records.size() == 2);
    CHECK(records.at(0).at("path") == "-k.png");
    CHECK(records.at(1).at("path") == "--help.png");
  }
}

TEST_CASE("a folder without read permission is one failure") {
  if (!can_test_rights()) return;
  const TemporaryFolder folder;
  folder.write("a.png", one_pixel());
  folder.write("closed/b.png", one_pixel());
  fs::permissions(folder.path("closed"), fs::perms::none);
  const Result result = run(Call{.args = {"batch", "-r", "--json", folder.path()}, .unprivileged = true});
  fs::permissions(folder.path("closed"), fs::perms::owner_all);
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 2);
  CHECK(records.at(0).at("path") == folder.path("a.png"));
  CHECK(records.at(1) ==
        json{{"path", folder.path("closed")}, {"stage", "list"}, {"reason", "Permission denied"}});
}

TEST_CASE("a file without read permission is one failure") {
  if (!can_test_rights()) return;
  const TemporaryFolder folder;
  fs::permissions(folder.write("a.png", one_pixel()), fs::perms::none);
  const Result result = run(Call{.args = {"batch", "--json", folder.path()}, .unprivileged = true});
  CHECK(result.status == 1);
  CHECK(json_lines(result.out).at(0) ==
        json{{"path", folder.path("a.png")}, {"stage", "read"}, {"reason", "Permission denied"}});
}

TEST_CASE("a file that has vanished is one failure") {
  const TemporaryFolder folder;
  const std::string here = folder.write("a.png", one_pixel());
  fs::create_symlink("gone", folder.path("b.png"));
  fs::create_symlink("self.png", folder.path("self.png"));
  const Result result = run({"batch", "--json", "--files-from", "-"}, folder.path("gone.png") + "\n" + here +
                                                                          "\n" + folder.path("b.png") + "\n" +
                                                                          folder.path("self.png") + "\n");
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 4);
  CHECK(records.at(0) ==
        json{{"path", folder.path("gone.png")}, {"stage", "read"}, {"reason", "No such file or directory"}});
  CHECK(records.at(1).contains("predictions"));
  CHECK(records.at(2).at("reason") == "No such file or directory");
  CHECK(records.at(3) == json{{"path", folder.path("self.png")},
                              {"stage", "read"},
                              {"reason", "Too many levels of symbolic links"}});
}

TEST_CASE("a path that was typed and does not exist is refused before anything is written") {
  const TemporaryFolder folder;
  const std::string here = folder.write("a.png", one_pixel());
  fs::create_symlink("gone", folder.path("link.png"));
  for (const std::string name : {"gone.png", "gone", "link.png", "a.png/b.png"})
    for (const char* order : {"natural", "none"}) {
      CAPTURE(name);
      const std::string out = folder.path("out.csv");
      const Result result = run({"batch", here, folder.path(name), "-o", out, "--order", order});
      CHECK(result.status == 2);
      CHECK(result.err == "alexnet: " + folder.path(name) +
                              ": no such file or folder; check the name, and that its disk is mounted\n");
      CHECK(!fs::exists(out));
    }
}

TEST_CASE("a folder named in a list is one failure") {
  const TemporaryFolder folder;
  const Result result = run({"batch", "--json", "--files-from", "-"}, folder.path() + "\n");
  CHECK(result.status == 1);
  CHECK(json_lines(result.out).at(0) ==
        json{{"path", folder.path()}, {"stage", "read"}, {"reason", "it is a directory"}});
}

TEST_CASE("--order none reports a folder without read permission as one failure") {
  if (!can_test_rights()) return;
  const TemporaryFolder folder;
  folder.write("closed/a.png", one_pixel());
  folder.write("open/b.png", one_pixel());
  fs::permissions(folder.path("closed"), fs::perms::none);
  const Result result =
      run(Call{.args = {"batch", "-r", "--order", "none", "--json", folder.path()}, .unprivileged = true});
  fs::permissions(folder.path("closed"), fs::perms::owner_all);
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 2);
  const json& failure = records[records[0].contains("reason") ? 0 : 1];
  CHECK(failure == json{{"path", folder.path("closed")}, {"stage", "list"}, {"reason", "Permission denied"}});
}

TEST_CASE("a signal ends the wait for names") {
  for (const std::string order : {"natural", "none"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      CAPTURE(order);
      CAPTURE(signal);
      const TemporaryFolder folder;
      const std::string names = folder.path("names");
      REQUIRE(mkfifo(names.c_str(), 0600) == 0);
      int fd = -1;
      std::thread lister([&] {  // opening succeeds when the command waits for it
        for (int i = 0; i < 20000 && (fd = open(names.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0; ++i)
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        folder.write("go", "now");
      });
      const Result result = run(Call{.args = {"batch", "--order", order, "--files-from", names},
                                     .signal_after_output = signal,
                                     .signal_file = folder.path("go")});
      lister.join();
      close(fd);
      CHECK(result.status == 128 + signal);
      CHECK(result.err == "alexnet: stopped while the list was read\n");
    }
  }
}

TEST_CASE("a signal discards a name that is only partly read") {
  const TemporaryFolder folder;
  const std::string names = folder.path("names");
  REQUIRE(mkfifo(names.c_str(), 0600) == 0);
  const int fd = open(names.c_str(), O_RDWR | O_CLOEXEC);
  const std::string text = fixture("1x1.png") + "\n" + fixture("upright.png").substr(0, 20);
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  const Result result =
      run(Call{.args = {"batch", "--json", "--order", "none", "--batch-size", "1", "--files-from", names},
               .signal_after_output = SIGINT});
  close(fd);
  CHECK(result.status == 130);
  CHECK(json_lines(result.out).size() == 1);
  CHECK(contains(result.err, "1 image, 0 failed"));
}
