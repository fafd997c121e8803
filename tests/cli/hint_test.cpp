// The note about squeezenet: on a terminal, once a day.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "command.hpp"
#include "run/model_hint.hpp"

using namespace alexnet::cli;
namespace fs = std::filesystem;

namespace {

constexpr const char* kNote =
    "note: tiny-alexnet knows 200 classes; `alexnet fetch squeezenet` (2.5 MB) knows 1000";

// Runs the command with standard error on a pseudo-terminal, as a child of Python. Returns what the terminal
// shows.
std::string on_terminal(const TemporaryFolder& home, const std::vector<std::string>& arguments,
                        const std::string& variables = "") {
  const std::string script = home.write("terminal.py", R"(import os, pty, sys
os.environ.clear()
os.environ.update(dict(v.split('=', 1) for v in sys.argv[2].split()))
pty.spawn(sys.argv[3:])
)");
  const std::string shown = home.path("shown.txt");
  std::string command = std::string(ALEXNET_PYTHON) + " '" + script +
                        "' x 'LC_ALL=C.UTF-8 HOME=" + home.path() + " " + variables + "' '" +
                        ALEXNET_COMMAND + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  command += " > '" + shown + "' < /dev/null";
  CHECK(std::system(command.c_str()) == 0);
  return read_file(shown);
}

}  // namespace

TEST_CASE("classify and batch name squeezenet once a day, on a terminal only") {
  const TemporaryFolder home;
  const std::vector<std::string> classify{"classify", "-k1", photo("cat.jpg")};
  const std::vector<std::string> batch{"batch", "-k1", photo("cat.jpg")};
  CHECK_FALSE(
      contains(run({"classify", "-k1", photo("cat.jpg")}, "", {{"HOME", home.path()}}).err, "squeezenet"));
  CHECK_FALSE(contains(on_terminal(home, with(classify, {"--json"})), "squeezenet"));
  CHECK_FALSE(contains(on_terminal(home, classify, "ALEXNET_NO_HINTS=1"), "squeezenet"));
  CHECK_FALSE(contains(on_terminal(home, with(classify, {"-m", model("tiny-alexnet")})), "squeezenet"));
  CHECK(contains(on_terminal(home, classify), kNote));
  CHECK(fs::exists(home.path(".cache/alexnet/hint")));
  CHECK_FALSE(contains(on_terminal(home, classify), "squeezenet"));
  CHECK_FALSE(contains(on_terminal(home, batch), "squeezenet"));
  CHECK(contains(on_terminal(home, batch, "XDG_CACHE_HOME=" + home.path("cache")), kNote));
  home.write("broken/catalogue.json", "{");
  CHECK(
      contains(on_terminal(home, classify,
                           "ALEXNET_MODELS=" + home.path("broken") + " XDG_CACHE_HOME=" + home.path("third")),
               "tabby"));
  home.write(".local/share/alexnet/models/squeezenet/network.json", "{}");
  CHECK_FALSE(contains(on_terminal(home, classify, "XDG_CACHE_HOME=" + home.path("other")), "squeezenet"));
}

TEST_CASE("the stamp of the last note is valid for a day") {
  const TemporaryFolder folder;
  const fs::path stamp = folder.path("deep/hint");
  CHECK(alexnet::app::renew_stamp(stamp));
  CHECK_FALSE(alexnet::app::renew_stamp(stamp));
  fs::last_write_time(stamp, fs::file_time_type::clock::now() - std::chrono::hours(25));
  CHECK(alexnet::app::renew_stamp(stamp));
  CHECK_FALSE(alexnet::app::renew_stamp(folder.write("file", "") + "/hint"));
}
