// Command lines without a command.
#include "command_line/implied_command.hpp"

#include <doctest/doctest.h>

#include "command.hpp"
#include "command_line/commands.hpp"

using namespace alexnet::cli;

namespace {

using Words = std::vector<std::string>;

// Returns the command that is inserted before these words, or "" if none is. Checks that the words are
// otherwise unchanged.
std::string implied(const Words& words) {
  CLI::App cli;
  alexnet::app::Global global;
  alexnet::app::Command run;
  alexnet::app::setup_commands(cli, global, run);
  Words call = alexnet::app::with_implied_command(cli, words);
  if (call == words) return "";
  const std::string command = call.front();
  call.erase(call.begin());
  CHECK(call == words);
  return command;
}

}  // namespace

TEST_CASE("without a command, a photo means classify and a folder means batch") {
  const TemporaryFolder folder;
  const std::string photo = folder.write("time.jpg", "");
  const std::string photos = folder.path();
  CHECK(implied({photo}) == "classify");
  CHECK(implied({photo, "gone.jpg"}) == "classify");
  CHECK(implied({photos}) == "batch");
  CHECK(implied({photo, photos}) == "batch");
  CHECK(implied({"--", photo}) == "classify");
}

TEST_CASE("options of the implied command may precede or follow the photo or folder") {
  const TemporaryFolder folder;
  const std::string photo = folder.write("photo.jpg", "");
  const std::string photos = folder.path();
  for (const Words& options : {Words{"-k", "3"}, Words{"-k3"}, Words{"--json"}, Words{"--color", "never"},
                               Words{"-m", photos}, Words{"--crops", "10", "--time"}}) {
    CAPTURE(options[0]);
    Words words = options;
    words.push_back(photo);
    CHECK(implied(words) == "classify");
    words = options;
    words.insert(words.begin(), photo);
    CHECK(implied(words) == "classify");
    words.push_back(photos);
    CHECK(implied(words) == "batch");
  }
  CHECK(implied({"-r", photos}) == "batch");
  CHECK(implied({"--min-prob", "0.5", photos, "-o", "out.csv"}) == "batch");
  CHECK(implied({"--why", "why.png", photo}) == "classify");
  CHECK(implied({photo, "--why", "why.jpg"}) == "classify");  // classify reports the error
  CHECK(implied({photo, "-k"}) == "classify");
}

TEST_CASE("no command is implied if one is given or the first name is not a file or folder") {
  const TemporaryFolder folder;
  const std::string photo = folder.write("photo.jpg", "");
  for (const Words& words :
       {Words{}, Words{"--help"}, Words{"--version"}, Words{"--color", "never"}, Words{"-r"},
        Words{"classify", photo}, Words{"batch", folder.path()}, Words{"--color", "never", "classify", photo},
        Words{"-k", "3", "classify", photo}, Words{"--color", "never", "time", photo},
        Words{"clasify", photo}, Words{"gone.jpg"}, Words{"gone.jpg", photo}, Words{""}, Words{"-"}})
    CHECK(implied(words) == "");
}

TEST_CASE("the name of a command means the command, even if such a file exists") {
  const TemporaryFolder folder;
  folder.write("inspect/1.png", read_file(fixture("1x1.png")));
  for (const Words& words : {Words{"inspect"}, Words{"--color", "never", "inspect"}}) {
    const Result result = run(Call{.args = words, .folder = folder.path()});
    CHECK(result.status == 0);
    CHECK(contains(result.out, "tiny-alexnet"));
  }
}

TEST_CASE("a photo and a folder are classified without a command") {
  const TemporaryFolder folder;
  folder.write("photos/1.png", read_file(fixture("1x1.png")));
  const auto in_folder = [&](const Words& args) { return run(Call{.args = args, .folder = folder.path()}); };
  const Result one = in_folder({"-k", "1", "photos/1.png"});
  CHECK(one.status == 0);
  CHECK(one.out == in_folder({"classify", "-k", "1", "photos/1.png"}).out);
  const Result all = in_folder({"photos", "-k", "1"});
  CHECK(all.status == 0);
  CHECK(all.out == in_folder({"batch", "-k", "1", "photos"}).out);
  const Result none = in_folder({"photo.png"});
  CHECK(none.status == 2);
  CHECK(contains(none.err, "unknown command 'photo.png', and no file or folder has this name"));
  const Result mistyped = in_folder({"clasify", "photos/1.png"});
  CHECK(mistyped.status == 2);
  CHECK(contains(mistyped.err, "unknown command 'clasify'; did you mean 'classify'?"));
}

TEST_CASE("classify refuses a folder and names batch") {
  const TemporaryFolder folder;
  const Result result = run({"classify", fixture("1x1.png"), folder.path()});
  CHECK(result.status == 1);
  CHECK(lines(result.out).size() > 1);
  CHECK(result.err ==
        "alexnet: " + folder.path() + ": read: is a folder; use alexnet batch " + folder.path() + "\n");
}
