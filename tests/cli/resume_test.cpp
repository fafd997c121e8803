// alexnet batch --resume: only images that were interrupted, failed, changed or damaged are processed again.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// A folder of images, the third of them corrupt, and an output.
struct PhotosToResume {
  TemporaryFolder folder;
  std::string place = folder.path("photos");
  std::vector<std::string> paths;

  explicit PhotosToResume(int count = 8) {
    for (int i = 0; i < count; ++i) {
      const std::string image = read_file(fixture(i % 2 == 0 ? "upright.png" : "grey.jpg"));
      paths.push_back(folder.write("photos/" + std::to_string(i) + ".jpg",
                                   i == 2 ? image.substr(0, image.size() / 2) : image));
    }
  }

  std::vector<std::string> args(const std::string& output, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"batch", place, "-o", folder.path(output)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string written(const std::string& output) const { return read_file(folder.path(output)); }
};

std::string sorted(const std::string& text) {
  std::vector<std::string> all = lines(text);
  std::ranges::sort(all);
  std::string joined;
  for (const std::string& line : all) joined += line + "\n";
  return joined;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

// A list of names that never ends.
class OpenList {
 public:
  OpenList(std::string file, const std::string& names) : file_(std::move(file)) {
    REQUIRE(mkfifo(file_.c_str(), 0600) == 0);
    fd_ = open(file_.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(write(fd_, names.data(), names.size()) == static_cast<ssize_t>(names.size()));
  }
  OpenList(const OpenList&) = delete;
  OpenList& operator=(const OpenList&) = delete;
  ~OpenList() {
    close(fd_);
    fs::remove(file_);
  }

 private:
  std::string file_;
  int fd_ = -1;
};

}  // namespace

TEST_CASE("a run that a signal stopped says how to resume, and a resumed run ends with equal output") {
  const PhotosToResume photos;
  const std::string names = photos.folder.path("names");
  for (const auto& [signal, ending] :
       {std::pair{SIGINT, ".jsonl"}, {SIGTERM, ".jsonl"}, {SIGINT, ".csv"}, {SIGTERM, ".txt"}}) {
    CAPTURE(signal);
    CAPTURE(ending);
    const auto args = [&](const std::string& output) {
      return std::vector<std::string>{"batch",   "--files-from", names,
                                      "--order", "none",         "--batch-size",
                                      "1",       "-o",           photos.folder.path(output + ending)};
    };
    const std::string output = std::to_string(signal);
    const std::string file = photos.folder.path(output + ending);
    {
      const OpenList list(names, joined({photos.paths.begin(), photos.paths.begin() + 5}));
      constexpr std::uint64_t kHeader = 60;  // size of the CSV header, less than a record
      const Result result = run(Call{
          .args = args(output), .signal_after_output = signal, .signal_file = file, .signal_bytes = kHeader});
      CHECK(result.status == 128 + signal);
      CHECK(contains(result.err, " images; repeat the command with --resume to continue\n"));
    }
    photos.folder.write("names", joined(photos.paths));
    const std::string before = read_file(file);
    CHECK(before.ends_with('\n'));
    Result result = run(args(output));
    CHECK(result.status == 2);
    CHECK(contains(result.err, "alexnet: " + file + ": holds "));
    CHECK(contains(result.err,
                   "of an unfinished run; use --resume to continue it or --overwrite to replace it\n"));
    CHECK(read_file(file) == before);
    std::vector<std::string> more = args(output);
    more.emplace_back("--resume");
    result = run(more);
    CHECK(result.status == 1);  // because of the corrupt image
    CHECK(contains(result.err, " were done before\n"));
    const std::string whole = "whole" + output;
    CHECK(run(args(whole)).status == 1);
    CHECK(sorted(read_file(file)) == sorted(photos.written(whole + ending)));
    CHECK(lines(read_file(file + ".journal")).back() == "done 8 none");
    fs::remove(names);
  }
}

TEST_CASE("--resume starts a new run if there is no output") {
  const PhotosToResume photos;
  CHECK(run(photos.args("a.jsonl")).status == 1);
  CHECK(run(photos.args("b.jsonl", {"--resume"})).status == 1);
  CHECK(photos.written("a.jsonl") == photos.written("b.jsonl"));
  CHECK(photos.written("a.jsonl.journal") == photos.written("b.jsonl.journal"));
}

TEST_CASE("--resume repeats only failed, changed and new images") {
  const PhotosToResume photos;
  const auto resumed = [&](const std::string& said) {
    const Result result = run(photos.args("out.jsonl", {"--resume"}));
    CHECK(contains(result.err, said + " failed, "));
    CHECK(run(photos.args("whole.jsonl", {"--overwrite"})).status == result.status);
    CHECK(sorted(photos.written("out.jsonl")) == sorted(photos.written("whole.jsonl")));
    return result;
  };
  CHECK(run(photos.args("out.jsonl")).status == 1);
  CHECK(contains(resumed("1 image, 1").err, "; 7 were done before\n"));
  photos.folder.write("photos/2.jpg", read_file(photo("cat.jpg")));
  CHECK(resumed("1 image, 0").status == 0);
  CHECK(contains(resumed("0 images, 0").err, "; 8 were done before\n"));

  const fs::path changed = photos.paths[4];
  fs::last_write_time(changed, fs::last_write_time(changed) + std::chrono::seconds(1));
  resumed("1 image, 0");
  const auto time = fs::last_write_time(changed);
  photos.folder.write("photos/4.jpg", read_file(photo("coffee.jpg")));
  fs::last_write_time(changed, time);
  resumed("1 image, 0");
  photos.folder.write("photos/9.jpg", read_file(photo("rocket.jpg")));
  resumed("1 image, 0");
  CHECK(json_lines(photos.written("out.jsonl")).back().at("path") == photos.folder.path("photos/9.jpg"));
  fs::remove(photos.paths[5]);  // missing images are removed from the output
  resumed("0 images, 0");
}

TEST_CASE("--resume repairs an output or a journal that is torn or damaged") {
  const PhotosToResume photos;
  CHECK(run(photos.args("out.csv")).status == 1);
  const std::string whole = photos.written("out.csv");
  const std::string file = photos.folder.path("out.csv");
  const auto mended = [&](const char* what) {
    CAPTURE(what);
    const Result result = run(photos.args("out.csv", {"--resume"}));
    CHECK(result.status == 1);
    CHECK(sorted(read_file(file)) == sorted(whole));
    return result.err;
  };
  fs::resize_file(file, fs::file_size(file) - 10);
  CHECK(contains(mended("the output's end"), "2 images, 1 failed"));
  const std::string journal = file + ".journal";
  fs::resize_file(journal, fs::file_size(journal) - 20);  // "done" and a part of the last line
  CHECK(contains(mended("the journal's end"), "2 images, 1 failed"));
  std::string spoilt = read_file(file);
  spoilt.at(spoilt.find(photos.paths[1]) + 3) = '#';
  photos.folder.write("out.csv", spoilt);
  CHECK(contains(mended("a byte in the middle"), "2 images, 1 failed"));
}

TEST_CASE("a second run on the same output is refused") {
  const PhotosToResume photos;
  const std::string names = photos.folder.path("names");
  const std::string file = photos.folder.path("out.jsonl");
  const OpenList list(names, joined({photos.paths.begin(), photos.paths.begin() + 2}));
  const std::vector<std::string> args{"batch", "--files-from", names, "--order", "none", "--batch-size",
                                      "1",     "-o",           file,  "--resume"};
  const std::string end = photos.folder.path("end");
  Result first;
  std::thread other([&] {
    try {
      first = run(Call{.args = args, .signal_after_output = SIGTERM, .signal_file = end});
    } catch (const std::runtime_error& error) {
      first.err = error.what();
    }
  });
  std::error_code ignored;
  for (int i = 0; i < 20000 && (!fs::exists(file, ignored) || fs::file_size(file, ignored) == 0); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (const std::vector<std::string>& second :
       {photos.args("out.jsonl", {"--resume"}), photos.args("out.jsonl")}) {
    const Result result = run(second);
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + file + ": another run is writing it\n");
  }
  photos.folder.write("end", "now");
  other.join();
  CHECK(first.status == 143);
  CHECK(json_lines(read_file(file)).size() == 2);
}
