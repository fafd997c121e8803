// Runs that are stopped by a signal, by the reader of their output, or by changes to their files. The long
// runs write far more than a pipe holds, so none of them can have ended when the first bytes are read.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "skip.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

constexpr std::size_t kLongListImages = 800;

struct LongList {
  TemporaryFolder folder;
  LongList() {
    for (std::size_t i = 0; i < kLongListImages; ++i)
      std::filesystem::create_symlink(fixture("1x1.png"), folder.path(std::to_string(i) + ".png"));
  }
};

}  // namespace

TEST_CASE("a batch stopped by a signal has written whole records and reports its progress") {
  const LongList list;
  for (const auto& [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    CAPTURE(signal);
    const Result result =
        run(Call{.args = {"batch", "--json", list.folder.path()}, .signal_after_output = signal});
    CHECK(result.status == status);
    const std::vector<json> records = json_lines(result.out);
    CHECK(records.size() > 0);
    CHECK(records.size() < kLongListImages);
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(records[i].at("path") == list.folder.path(std::to_string(i) + ".png"));
      CHECK(records[i].at("predictions").size() == 5);
    }
    CHECK(contains(result.err, "alexnet: stopped after " + std::to_string(records.size()) + " of " +
                                   std::to_string(kLongListImages) + " images\n"));
  }
}

TEST_CASE("a batch whose output is closed ends with status 3") {
  const LongList list;
  for (const char* format : {"text", "jsonl", "csv"}) {
    CAPTURE(format);
    const Result result = run(Call{.args = {"batch", "-k", "50", "--format", format, list.folder.path()},
                                   .close_after_output = true});
    CHECK(result.status == 3);
    CHECK(result.err == "alexnet: standard output: Broken pipe\n");
  }
}

TEST_CASE("a run whose weights are truncated ends with one line and status 2") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  // Aligned, so that the weights are used directly from the mapped file.
  std::string header = tiny_header().dump();
  header.resize((header.size() + 63) / 64 * 64, ' ');
  const std::string weights = folder.write("tiny/weights.safetensors", safetensors(header, tiny_data()));
  const std::string names = folder.path("names");
  REQUIRE(mkfifo(names.c_str(), 0600) == 0);
  // The command opens the list after the model and reads it to the end before it classifies.
  std::thread spoiler([&] {
    int fd = -1;
    for (int i = 0; i < 20000 && (fd = open(names.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::filesystem::resize_file(weights, 0);
    const std::string name = fixture("1x1.png") + "\n";
    [[maybe_unused]] const ssize_t wrote = write(fd, name.data(), name.size());
    close(fd);
  });
  Result result;
  try {
    result = run({"batch", "-m", model, "--files-from", names});
  } catch (const std::runtime_error& error) {
    result.err = error.what();
  }
  spoiler.join();
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: a weights file was truncated, or its disk failed, while it was read\n");
}

TEST_CASE("a run without enough memory reports it") {
  constexpr std::uint64_t kMemory = std::uint64_t{512} << 20;
  if (run(Call{.args = {"--version"}, .memory_bytes = kMemory}).status != 0) {
    alexnet::test::skip("the command itself needs more memory here");
    return;
  }
  const Result result =
      run(Call{.args = {"time", "-m", "alexnet", "--random-weights", "--batch", "256", "-n", "1"},
               .memory_bytes = kMemory});
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: not enough memory\n");
}
