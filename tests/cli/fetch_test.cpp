// alexnet fetch, against a server on 127.0.0.1.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "fetch_bench.hpp"
#include "skip.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

TEST_CASE("fetch downloads a model, which is then found by its name") {
  const FetchBench bench;
  bench.serve("plain");
  bench.check_fetched(bench.fetch());
  const Result again = bench.fetch();
  CHECK(again.status == 0);
  CHECK(again.out == "tiny  " + bench.place() + "\n");
  CHECK(contains(again.err, "was already here"));
  CHECK(bench.requests().size() == 1);
}

TEST_CASE("fetch checks SHA-1 and the first digits of a SHA-256") {
  for (const bool is_sha1 : {true, false}) {
    CAPTURE(is_sha1);
    const FetchBench bench;
    json entry = bench.entry({bench.url("plain")});
    const std::string digits = entry.at("sha256");
    entry.erase("sha256");
    if (is_sha1) {
      entry["sha1"] = sum("sha1sum", bench.copy());
    } else {
      entry["sha256_prefix"] = digits.substr(0, 8);
    }
    bench.offer(entry);
    bench.check_fetched(bench.fetch());
  }
}

TEST_CASE("fetch accepts every model and file name that a catalogue allows") {
  for (const auto& [name, file] : {std::pair{"lock", "lock.safetensors"},
                                   {"part", "lock.part.safetensors"},
                                   {"labels", "copy.safetensors"},
                                   {"catalogue", "converted.safetensors"}}) {
    CAPTURE(name);
    const FetchBench bench;
    json entry = bench.entry({bench.url("plain")});
    entry["name"] = name;
    entry["file"] = file;
    bench.offer(entry);
    const Result result = bench.fetch({name});
    CHECK(result.status == 0);
    CHECK(result.out == std::string(name) + "  " + bench.models() + "/" + name + ".safetensors\n");
    CHECK(fs::is_empty(bench.models() + "/.downloads"));
  }
}

TEST_CASE("a published file named lock is downloaded completely") {
  const FetchBench bench;
  json entry = bench.entry({bench.url("plain")});
  entry["file"] = "lock";
  bench.offer(entry);
  bench.check_failed(bench.fetch(), 2, "lock");  // the name has no extension that tells the format
  CHECK(read_file(bench.models() + "/.downloads/tiny/lock") == read_file(bench.copy()));
}

TEST_CASE("fetch follows redirections only to http and https") {
  const FetchBench bench;
  bench.serve("away");
  bench.check_failed(bench.fetch(), 2, "Protocol \"file\"");
  bench.serve("round");
  bench.check_failed(bench.fetch(), 2, "redirects");
  bench.serve("moved");
  bench.check_fetched(bench.fetch());
}

TEST_CASE("fetch tries the next address if one fails, and reports the reason for each failure") {
  const FetchBench bench;
  bench.offer(bench.entry(
      {bench.url("missing"), "http://127.0.0.1:1/" + std::string(FetchBench::kFile), bench.url("wrong")}));
  const Result failed = bench.fetch();
  bench.check_failed(failed, 2, "alexnet: tiny: cannot be downloaded; use --from");
  const std::vector<std::string> reasons = lines(failed.err);
  REQUIRE(reasons.size() == 4);
  CHECK(reasons[0].starts_with("alexnet: " + bench.url("missing") + ": "));
  CHECK(contains(reasons[0], "404"));
  CHECK(reasons[1].starts_with("alexnet: http://127.0.0.1:1/"));
  CHECK(contains(reasons[1], "connect"));
  CHECK(reasons[2].starts_with("alexnet: " + bench.url("wrong") + ": sha256: expected "));
  bench.offer(bench.entry({bench.url("missing"), bench.url("plain")}));
  bench.check_fetched(bench.fetch());
}

TEST_CASE("fetch --from uses a local file if its checksum matches") {
  const FetchBench bench;
  bench.serve("plain");
  const std::string copy = bench.copy();
  bench.write("wrong.safetensors", "something else");
  const std::string wrong = bench.path("wrong.safetensors");
  bench.check_failed(bench.fetch({"tiny", "--from", wrong}), 2,
                     "alexnet: " + wrong + ": sha256: expected " + sum("sha256sum", copy) + ", found " +
                         sum("sha256sum", wrong) + "\n");
  const std::string none = bench.path("none");
  bench.check_failed(bench.fetch({"tiny", "--from", none}), 2,
                     "alexnet: " + none + ": cannot be opened: No such file");
  bench.check_failed(bench.fetch({"tiny", "--from", bench.path("home")}), 2, "is a folder");
  fs::rename(copy, bench.path("renamed"));  // the name does not matter
  bench.check_fetched(bench.fetch({"tiny", "--from", bench.path("renamed"), "--offline"}));
  CHECK(fs::exists(bench.path("renamed")));
  CHECK(bench.requests().empty());
}

TEST_CASE("a file with the right checksum that is not a model is refused") {
  const FetchBench bench;
  bench.write("served/" + std::string(FetchBench::kFile), "not a model");
  bench.serve("plain");
  bench.check_failed(bench.fetch(), 2, FetchBench::kFile);
}

TEST_CASE("fetch --offline does not use the network") {
  const FetchBench bench;
  bench.serve("plain");
  const Result nothing = bench.fetch({"tiny", "--offline"});
  bench.check_failed(
      nothing, 2,
      "alexnet: tiny: has not been downloaded; it comes from " + bench.url("plain") + "; use --from");
  CHECK(lines(nothing.err).size() == 1);
  CHECK_FALSE(fs::exists(bench.models()));
  // Downloaded but no longer converted.
  bench.write("home/.local/share/alexnet/models/.downloads/tiny/" + std::string(FetchBench::kFile),
              read_file(bench.copy()));
  bench.check_fetched(bench.fetch({"tiny", "--offline"}));
  CHECK(bench.requests().empty());
  CHECK(bench.fetch({"tiny", "--offline"}).status == 0);
}

TEST_CASE("fetch uses XDG_DATA_HOME if it is set, and needs a folder for models") {
  const FetchBench bench;
  bench.serve("plain");
  Call call = bench.call({"tiny", "--json"});
  call.env = {{"ALEXNET_MODELS", bench.path("models")}};
  bench.check_failed(run(call), 2,
                     "alexnet: tiny: no folder for models: set HOME or XDG_DATA_HOME to an absolute path\n");
  call.env["HOME"] = "relative";
  bench.check_failed(run(call), 2, "set HOME or XDG_DATA_HOME");
  call.env["XDG_DATA_HOME"] = bench.path("data");
  const Result result = run(call);
  CHECK(result.status == 0);
  const std::string place = bench.path("data/alexnet/models/tiny.safetensors");
  CHECK(json::parse(result.out) == json{{"name", "tiny"}, {"path", place}});
  CHECK(fs::exists(place));
}

TEST_CASE("fetch --list shows the available models and which of them are fetched") {
  const FetchBench bench;
  bench.serve("plain");
  std::vector<std::string> text = lines(bench.fetch({"--list"}).out);
  REQUIRE(text.size() == 2 + 12);
  CHECK(text.at(1).starts_with("tiny "));
  CHECK(contains(text.at(1), "CC0-1.0"));
  CHECK(contains(text.at(1), "25.0 %"));
  CHECK_FALSE(contains(text.at(1), "yes"));
  for (const char* name : {"alexnet ", "caffenet ", "alexnet-torchvision ", "vgg11 ", "vgg16-bn "})
    CHECK(std::count_if(text.begin(), text.end(), [&](const auto& line) { return line.starts_with(name); }) ==
          1);
  bench.fetch();
  CHECK(contains(lines(bench.fetch({"--list"}).out).at(1), "yes"));
  const std::vector<json> list = json_lines(bench.fetch({"--list", "--json"}).out);
  CHECK(list.at(0).at("name") == "tiny");
  CHECK(list.at(0).at("fetched") == true);
  CHECK(list.at(1).at("fetched") == false);
  CHECK(list.at(1).at("about_bytes") == 4 * 60965224);
}

TEST_CASE("a model that is not in the catalogue is refused with the nearest name") {
  const Result result = run({"fetch", "vgg-16"}, "", {{"HOME", "/none"}});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: vgg-16: no such model in the catalogue; did you mean 'vgg16'?\n");
  CHECK(run({"fetch", "../../etc/passwd"}).status == 2);
}

TEST_CASE("an entry of an earlier folder's catalogue overrides later ones") {
  const FetchBench bench;
  json entry = bench.entry({bench.url("plain")});
  entry["name"] = "vgg16";
  bench.offer(entry);
  const std::vector<json> list = json_lines(bench.fetch({"--list", "--json"}).out);
  CHECK(list.size() == 12);
  CHECK(list.at(0).at("source") == "made up");
}

TEST_CASE("the progress of a download is shown only on a terminal") {
  const FetchBench bench;
  bench.serve("plain");
  const std::string spawn = "HOME='" + bench.path("home") + "' ALEXNET_MODELS='" + bench.path("models") +
                            "' LC_ALL=C.UTF-8 " ALEXNET_PYTHON
                            " -c 'import pty, sys; pty.spawn(sys.argv[1:])' "
                            "'" ALEXNET_COMMAND "' fetch tiny </dev/null";
  const std::string shown = shell(spawn);
  CAPTURE(shown);
  CHECK(contains(shown, "\r\x1b[K"));
  CHECK(contains(shown, " of 300."));
  CHECK(contains(shown, "tiny  " + bench.place()));
  fs::remove(bench.place());
  CHECK_FALSE(contains(bench.fetch().err, "\r"));
}

TEST_CASE("the catalogue may give the mean and the size of a file") {
  const FetchBench bench;
  json entry = bench.entry({bench.url("plain")});
  entry["mean"] = {104, 117, 123};
  entry["bytes"] = 2484091;
  bench.offer(entry);
  const Result list = bench.fetch({"--list", "--json"});
  CHECK(json_lines(list.out).front().at("about_bytes") == 2484091);
  // The published file of the bench is a native model, which says itself how photos are prepared.
  bench.check_failed(bench.fetch(), 2, "mean: cannot be set: the model itself says");
}

TEST_CASE("fetch converts SqueezeNet, which then knows the cat") {
  const char* const named = std::getenv("ALEXNET_SQUEEZENET");
  const std::string file =
      named != nullptr ? named : ALEXNET_SOURCE_DIR "/../shared/models/squeezenet/SqueezeNet_fp16.onnx";
  if (!fs::exists(file)) {
    alexnet::test::skip("ALEXNET_SQUEEZENET names no SqueezeNet_fp16.onnx");
    return;
  }
  const FetchBench bench;
  const json catalogue = json::parse(read_file(ALEXNET_SOURCE_DIR "/models/catalogue.json"));
  json entry;
  for (const json& each : catalogue.at("models"))
    if (each.at("name") == "squeezenet") entry = each;
  fs::copy_file(file, bench.path("served/SqueezeNet_fp16.onnx"));
  entry["urls"] = {bench.url("plain", "SqueezeNet_fp16.onnx")};
  bench.offer(entry);
  CHECK(bench.fetch({"squeezenet"}).status == 0);
  Call call = bench.call({});
  call.args = {"classify", "-m", "squeezenet", "-k", "1", photo("cat.jpg")};
  CHECK(contains(run(call).out, "Egyptian cat"));
}
