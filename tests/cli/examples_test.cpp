// The examples in the help: every one runs.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "command.hpp"
#include "command_line/commands.hpp"

using namespace alexnet::cli;
namespace fs = std::filesystem;

namespace {

// A folder with the files that the examples name.
class ExampleFolder {
 public:
  ExampleFolder() {
    folder_.write("photo.jpg", read_file(photo("cat.jpg")));
    for (const char* name : {"1", "2", "3", "4", "5", "6"})
      folder_.write("photos/" + std::string(name) + ".jpg", read_file(photo("cat.jpg")));
    folder_.write("val/Egyptian cat/1.jpg", read_file(photo("cat.jpg")));
    folder_.write("val.txt", "1.jpg\tEgyptian cat\n");
    for (const char* number : {"1", "2"}) {
      const std::string line =
          std::string("alexnet batch photos/ --shard ") + number + "/2 -o shard-" + number + ".jsonl";
      REQUIRE(status_of(line) == 0);
    }
    // A model that was fetched is not downloaded again.
    folder_.write("home/.local/share/alexnet/models/alexnet.safetensors", "");
    folder_.write("bvlc_alexnet.caffemodel", "");
  }

  // Runs a line in a shell. Returns its exit status.
  int status_of(const std::string& line) const {
    const std::string home = line.starts_with("alexnet fetch") ? "home" : "empty";
    const std::string path = fs::path(ALEXNET_COMMAND).parent_path().string();
    folder_.write("line.sh", "cd '" + folder_.path() + "'\nexport HOME='" + folder_.path(home) + "' PATH='" +
                                 path + "':\"$PATH\" LC_ALL=C.UTF-8\nunset XDG_DATA_HOME ALEXNET_MODELS\n" +
                                 line + "\n");
    return std::system(("sh '" + folder_.path("line.sh") + "' >'" + folder_.path("out") + "' 2>'" +
                        folder_.path("err") + "'")
                           .c_str());
  }
  std::string out() const { return read_file(folder_.path("out")); }
  std::string err() const { return read_file(folder_.path("err")); }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("every example in the help runs") {
  const ExampleFolder folder;
  const auto check = [&](const alexnet::app::Example& example) {
    const int status = folder.status_of(example.line);
    CAPTURE(example.line);
    CAPTURE(folder.err());
    CHECK(status == 0);
  };
  for (const alexnet::app::Example& example : alexnet::app::program_examples()) check(example);
  for (const alexnet::app::CommandEntry& entry : alexnet::app::command_table())
    for (const alexnet::app::Example& example : entry.examples) check(example);
}
