// Files that are asked for beside the results: --html, --svg, --trace.
#include <doctest/doctest.h>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Asks `alexnet time` of a tiny model for one such file.
std::vector<std::string> timed(const std::string& model, const std::string& option, const std::string& file) {
  return {"time", "-m", model, "-n", "1", "--warmup", "0", option, file};
}

}  // namespace

TEST_CASE("a file beside the results overwrites none of the model's files") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* name : {"network.json", "weights.safetensors", "labels.txt"}) {
    CAPTURE(name);
    const std::string file = model + "/" + name;
    const std::string before = read_file(file);
    for (const char* option : {"--html", "--svg", "--trace"}) {
      CAPTURE(option);
      const Result result = run(timed(model, option, file));
      CHECK(result.status == 2);
      CHECK(result.out == "");
      CHECK(contains(result.err, " that alexnet wrote; the output needs another name"));
    }
    CHECK(run({"explain", "-m", model, "conv1", "--html", file}).status == 2);
    CHECK(run({"filters", "-m", model, "-o", file}).status == 2);
    CHECK(run({"features", "-m", model, photo("cat.png"), "--layer", "conv1", "-o", file}).status == 2);
    CHECK(run({"classify", "-m", model, photo("cat.png"), "--why", file}).status == 2);
    CHECK(read_file(file) == before);
  }
}

TEST_CASE("explain does not draw its page over the input that lies beside the model") {
  const TemporaryFolder folder;
  const std::filesystem::path worked = std::filesystem::path(ALEXNET_SOURCE_DIR) / "models/worked-example";
  for (const char* name : {"network.json", "weights.json", "input.json"})
    folder.write(name, read_file((worked / name).string()));
  const std::string input = folder.path("input.json");
  const Result result = run({"explain", "-m", folder.path(), "conv", "--html", input});
  CHECK(result.status == 2);
  CHECK(contains(result.err, ": is not a page that alexnet wrote; the output needs another name"));
  CHECK(json::parse(read_file(input)).contains("input"));
}

TEST_CASE("results are not lost with a file beside them that cannot be written") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* option : {"--html", "--svg", "--trace"}) {
    CAPTURE(option);
    const Result full = run(timed(model, option, "/dev/full"));
    CHECK(full.status == 3);
    CHECK(contains(full.err, "/dev/full"));
    CHECK(contains(full.out, "\nplain pass "));
    // What cannot be opened is told before anything is measured.
    const Result nowhere = run(timed(model, option, folder.path("none/file")));
    CHECK(nowhere.status == 3);
    CHECK(contains(nowhere.err, "none/file: "));
    CHECK(nowhere.out == "");
  }
  const Result explained = run({"explain", "-m", "worked-example", "conv", "--html", "/dev/full"});
  CHECK(explained.status == 3);
  CHECK(contains(explained.out, "\noutput               102\n"));
  const std::string full_png = folder.path("full.png");
  std::filesystem::create_symlink("/dev/full", full_png);
  const Result why = run({"classify", photo("cat.png"), "--why", full_png});
  CHECK(why.status == 3);
  CHECK(contains(why.out, "Egyptian cat"));
  const Result maps = run({"features", photo("cat.png"), "--layer", "conv1", "-o", full_png});
  CHECK(maps.status == 3);
  CHECK(contains(maps.out, "rank  channel"));
}

TEST_CASE("files beside the results have names of their own") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string file = folder.path("one");
  for (const auto& [first, second] : std::vector<std::pair<std::string, std::string>>{
           {"--html", "--svg"}, {"--html", "--trace"}, {"--svg", "--trace"}}) {
    std::vector<std::string> call = timed(model, first, file);
    call.insert(call.end(), {second, folder.path("./one")});
    const Result result = run(call);
    CHECK(result.status == 2);
    CHECK(contains(result.err, "is named for two outputs; each needs a name of its own"));
    CHECK(!std::filesystem::exists(file));
  }
  CHECK(contains(run({"batch", photo("cat.png"), "-o", file, "--trace", file}).err,
                 "is named for two outputs"));
  for (const char* option : {"--html", "--svg", "--trace"}) {
    const Result result = run(timed(model, option, "-"));
    CHECK(result.status == 2);
    CHECK(contains(result.err, "standard output is for the results; name a file"));
  }
}
