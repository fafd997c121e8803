// Optional output files: --html, --svg, --trace.
#include <doctest/doctest.h>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Returns the words of an `alexnet time` call that writes one such file.
std::vector<std::string> time_call(const std::string& model, const std::string& option,
                                   const std::string& file) {
  return {"time", "-m", model, "-n", "1", "--warmup", "0", option, file};
}

}  // namespace

TEST_CASE("a side file overwrites none of the model's files") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* name : {"network.json", "weights.safetensors", "labels.txt"}) {
    CAPTURE(name);
    const std::string file = model + "/" + name;
    const std::string before = read_file(file);
    for (const char* option : {"--html", "--svg", "--trace"}) {
      CAPTURE(option);
      const Result result = run(time_call(model, option, file));
      CHECK(result.status == 2);
      CHECK(result.out == "");
      CHECK(contains(result.err, " that alexnet wrote; use another output file"));
    }
    CHECK(run({"explain", "-m", model, "conv1", "--html", file}).status == 2);
    CHECK(run({"filters", "-m", model, "-o", file}).status == 2);
    CHECK(run({"features", "-m", model, photo("cat.png"), "--layer", "conv1", "-o", file}).status == 2);
    CHECK(run({"classify", "-m", model, photo("cat.png"), "--why", file}).status == 2);
    CHECK(read_file(file) == before);
  }
}

TEST_CASE("explain does not overwrite the model's input with its page") {
  const TemporaryFolder folder;
  const std::filesystem::path worked = std::filesystem::path(ALEXNET_SOURCE_DIR) / "models/worked-example";
  for (const char* name : {"network.json", "weights.json", "input.json"})
    folder.write(name, read_file((worked / name).string()));
  const std::string input = folder.path("input.json");
  const Result result = run({"explain", "-m", folder.path(), "conv", "--html", input});
  CHECK(result.status == 2);
  CHECK(contains(result.err, ": is not a page that alexnet wrote; use another output file"));
  CHECK(json::parse(read_file(input)).contains("input"));
}

TEST_CASE("results are printed even if a side file cannot be written") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* option : {"--html", "--svg", "--trace"}) {
    CAPTURE(option);
    const Result full = run(time_call(model, option, "/dev/full"));
    CHECK(full.status == 3);
    CHECK(contains(full.err, "/dev/full"));
    CHECK(contains(full.out, "\nplain pass "));
    // A file that cannot be opened is reported before anything is measured.
    const std::string name =
        std::string("none/file.") + (std::string(option) == "--trace" ? "json" : option + 2);
    const Result nowhere = run(time_call(model, option, folder.path(name)));
    CHECK(nowhere.status == 3);
    CHECK(contains(nowhere.err, name + ": "));
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

TEST_CASE("two side files with the same name are refused") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string file = folder.path("one");
  // Links to one file, because each kind has an extension of its own.
  const std::map<std::string, std::string> links{
      {"--html", "one.html"}, {"--svg", "one.svg"}, {"--trace", "one.json"}};
  for (const auto& [option, name] : links) std::filesystem::create_symlink("one", folder.path(name));
  for (const auto& [first, second] : std::vector<std::pair<std::string, std::string>>{
           {"--html", "--svg"}, {"--html", "--trace"}, {"--svg", "--trace"}}) {
    std::vector<std::string> call = time_call(model, first, folder.path(links.at(first)));
    call.insert(call.end(), {second, folder.path("./" + links.at(second))});
    const Result result = run(call);
    CHECK(result.status == 2);
    CHECK(contains(result.err, "is given for two outputs; use two files"));
    CHECK(!std::filesystem::exists(file));
  }
  CHECK(contains(run({"batch", photo("cat.png"), "-o", file, "--trace", file}).err,
                 "is given for two outputs"));
  for (const char* option : {"--html", "--svg", "--trace"}) {
    const Result result = run(time_call(model, option, "-"));
    CHECK(result.status == 2);
    CHECK(contains(result.err, "standard output is for the results; name a file"));
  }
}

TEST_CASE("an option does not overwrite other programs' files, journals or files of a database") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string cat = photo("cat.png");
  folder.write("truth.txt", cat + "\tfirst\n");
  CHECK(run({"batch", "-m", model, cat, "-o", folder.path("r.jsonl")}).status == 0);
  CHECK(run({"batch", "-m", model, cat, "-o", folder.path("r.db")}).status == 0);
  const std::vector<std::vector<std::string>> free_names{
      {"batch", "-m", model, cat, "--trace"},
      {"time", "-m", model, "-n", "1", "--html"},
      {"time", "-m", model, "-n", "1", "--svg"},
      {"time", "-m", model, "-n", "1", "--trace"},
      {"explain", "-m", model, "conv1", "--html"},
      {"batch", "-m", model, cat, "--overwrite", "--format", "text", "-o"},
      {"merge", "--overwrite"}};
  const auto refused = [](std::vector<std::string> call, const std::string& file) {
    const bool existed = std::filesystem::exists(file);
    const std::string before = existed ? read_file(file) : "";
    call.push_back(file);
    if (call[0] == "merge") call.emplace_back("shard.jsonl");
    CAPTURE(call[0]);
    CAPTURE(file);
    const Result result = run(call);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.starts_with("alexnet: " + file + ": "));
    CHECK(result.err.ends_with("; use another output file\n"));
    CHECK(std::filesystem::exists(file) == existed);
    if (existed) CHECK(read_file(file) == before);
  };
  for (const std::vector<std::string>& call : free_names)
    for (const char* name :
         {"r.jsonl.journal", "r.db-wal", "r.db-shm", "r.db-journal", "r.db.lock", "r.jsonl.new"})
      refused(call, folder.path(name));
  for (std::size_t i = 0; i < 5; ++i)
    for (const char* name : {"r.jsonl", "r.db", "truth.txt"}) refused(free_names[i], folder.path(name));
  for (const auto& [call, name] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"classify", "-m", model, cat, "--why"}, "mine.png"},
           {{"classify", "-m", model, cat, "--dump-input"}, "mine.png"},
           {{"classify", "-m", model, cat, "--dump-input"}, "mine.safetensors"},
           {{"features", "-m", model, cat, "--layer", "conv1", "-o"}, "mine.png"},
           {{"filters", "-m", model, "-o"}, "mine.png"},
           {{"evaluate", "-m", model, folder.path("truth.txt"), "--confusion"}, "mine.png"},
           {{"evaluate", "-m", model, folder.path("truth.txt"), "--confusion"}, "mine.csv"}})
    refused(call, folder.write(name, read_file(photo("coffee.jpg"))));
}

TEST_CASE("an option overwrites a side file that it wrote before") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string cat = photo("cat.png");
  folder.write("truth.txt", cat + "\tfirst\n");
  for (const auto& [call, name] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"batch", "-m", model, cat, "--trace"}, "batch.json"},
           {{"time", "-m", model, "-n", "1", "--html"}, "time.html"},
           {{"time", "-m", model, "-n", "1", "--svg"}, "time.svg"},
           {{"time", "-m", model, "-n", "1", "--trace"}, "time.json"},
           {{"explain", "-m", model, "conv1", "--html"}, "explain.html"},
           {{"classify", "-m", model, cat, "--why"}, "why.png"},
           {{"classify", "-m", model, cat, "--dump-input"}, "input.png"},
           {{"classify", "-m", model, cat, "--dump-input"}, "input.safetensors"},
           {{"features", "-m", model, cat, "--layer", "conv1", "-o"}, "features.png"},
           {{"filters", "-m", model, "-o"}, "filters.png"},
           {{"evaluate", "-m", model, folder.path("truth.txt"), "--confusion"}, "matrix.png"},
           {{"evaluate", "-m", model, folder.path("truth.txt"), "--confusion"}, "matrix.csv"}}) {
    CAPTURE(name);
    std::vector<std::string> args = call;
    args.push_back(folder.path(name));
    for (int i = 0; i < 2; ++i) CHECK(run(args).status == 0);
  }
}

TEST_CASE("a side file that is also standard output is refused") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string file = folder.write("out", "");
  for (const char* option : {"--html", "--svg", "--trace"}) {
    const Result result = run(Call{.args = time_call(model, option, file), .out_file = file});
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + file + ": standard output goes there; use another output file\n");
  }
}
