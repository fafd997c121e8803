// Checks that the documents' pictures are what the commands draw.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "alexnet/image.hpp"
#include "command.hpp"

using namespace alexnet;
using namespace alexnet::cli;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = ALEXNET_SOURCE_DIR;

// Returns the maximum difference of two values; 256 if the sizes differ.
int difference(const image::Image& a, const image::Image& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int most = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i)
    most = std::max(most, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
  return most;
}

// Returns the text of README.md and docs/*.md.
std::string documents() {
  std::string text = read_file(kSource / "README.md");
  for (const fs::directory_entry& entry : fs::directory_iterator(kSource / "docs"))
    if (entry.path().extension() == ".md") text += read_file(entry.path());
  return text;
}

}  // namespace

TEST_CASE("the documents' pictures equal those that script/pictures draws") {
  const TemporaryFolder folder;
  const std::string bin = fs::path(ALEXNET_COMMAND).parent_path().string();
  const std::string command = "'" + (kSource / "script/pictures").string() + "' '" + folder.path() + "' '" +
                              bin + "' > '" + folder.path("log") + "' 2>&1";
  REQUIRE_MESSAGE(std::system(command.c_str()) == 0, read_file(folder.path("log")));
  const std::string text = documents();
  std::set<std::string> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(kSource / "data/pictures")) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".json") continue;  // data for the pictures of times
    CAPTURE(name);
    CHECK(contains(text, "data/pictures/" + name + ")"));
    if (name.ends_with("-page.png")) continue;  // drawn in Chromium
    REQUIRE(fs::exists(folder.path(name)));
    pictures.insert(name);
    if (entry.path().extension() == ".svg") {
      CHECK(read_file(entry.path()) == read_file(folder.path(name)));
      continue;
    }
    // Other CPUs sum in another order, which may move a value to the next colour level.
    CHECK(difference(image::load(entry.path()), image::load(folder.path(name))) <= 6);
  }
  std::set<std::string> drawn;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path()))
    if (entry.path().filename() != "log") drawn.insert(entry.path().filename().string());
  CHECK(drawn == pictures);
}
