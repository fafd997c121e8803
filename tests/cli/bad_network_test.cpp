// Networks that are refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using Json = nlohmann::ordered_json;
using namespace std::string_literals;

namespace {

struct TextCase {
  const char* name;
  std::string text;
  std::vector<std::string> words;
};

// A change of the tiny network, as a pointer into its JSON.
struct ChangeCase {
  const char* name;
  const char* pointer;  // RFC 6901
  Json value;
  std::vector<std::string> words;
};

}  // namespace

TEST_CASE("a network that is not valid JSON is refused with the position of the error") {
  const std::string good = tiny_network().dump(1);
  const std::vector<TextCase> cases{
      {"empty", "", {"is empty"}},
      {"blank", " \n", {"line 2, column 1", "unexpected end of input"}},
      {"byte-order mark", "\xEF\xBB\xBF" + good, {"byte-order mark"}},
      {"invalid UTF-8", "{\"name\": \"\xff\"}", {"line 1, column 11", "UTF-8"}},
      {"UTF-16", "{\0\"\0n\0\"\0"s, {"NUL"}},
      {"duplicate key",
       "{\n\"name\": \"a\",\n\"name\": \"b\"}",
       {"line 3, column 6", "duplicate key 'name'"}},
      {"100,000 brackets", std::string(100000, '['), {"column 65", "nested deeper than 64 levels"}},
      {"100,000 objects",
       [] {
         std::string text;
         for (int i = 0; i < 100000; ++i) text += "{\"a\":";
         return text;
       }(),
       {"nested deeper than 64 levels"}},
      {"trailing junk", good + "}", {"line 25, column 2", "'}'"}},
      {"truncated", good.substr(0, good.size() - 2), {"unexpected end of input"}},
      {"1e400", R"({"name": "a", "input": {"size": 4, "scale": 1e400}})", {"1e400", "outside the range"}},
      {"NaN",
       R"({"name": "a", "input": {"size": 4, "scale": NaN}})",
       {"line 1, column 45", "invalid literal"}},
      {"1e300",
       R"({"name": "a", "input": {"size": 4, "scale": 1e300}, "layers": []})",
       {"input.scale: ", "too large"}},
      {"a comment", "{} // no", {"invalid literal"}},
      {"not an object", "[]", {"is array, must be an object"}},
      {"a Git LFS pointer",
       "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
       {"Git LFS pointer"}},
  };
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const TextCase& c : cases) {
    CAPTURE(c.name);
    check_refused(model, folder.write("tiny/network.json", c.text), c.words);
  }
}

TEST_CASE("an invalid network is refused with the layer and the member") {
  const std::vector<ChangeCase> cases{
      {"stride 0", "/layers/0/stride", 0, {"layers.conv1.stride: is 0, must be 1 to "}},
      {"negative stride", "/layers/0/stride", {1, -2}, {"layers.conv1.stride: is -2, must be 1 to "}},
      {"kernel 0", "/layers/0/kernel", 0, {"layers.conv1.kernel: is 0"}},
      {"negative kernel", "/layers/0/kernel", -1, {"layers.conv1.kernel: is -1"}},
      {"negative pad", "/layers/0/pad", -1, {"layers.conv1.pad: is -1"}},
      {"dilation 0", "/layers/0/dilation", 0, {"layers.conv1.dilation: is 0"}},
      {"no outputs", "/layers/1/output", 0, {"layers.fc2.output: is 0"}},
      {"2^31",
       "/layers/1/output",
       2147483648,
       {"layers.fc2.output: is 2147483648, must be at most 2147483647"}},
      {"half a kernel", "/layers/0/kernel", 2.5, {"layers.conv1.kernel: is 2.5, must be a whole number"}},
      {"window larger than its input",
       "/layers/0/kernel",
       5,
       {"layers.conv1.kernel: ", "5 x 5", "4 x 4", "empty"}},
      {"activations overflow",
       "/layers/0",
       {{"name", "conv1"}, {"type", "conv"}, {"output", 2147483647}, {"kernel", 1}},
       {"layers.conv1.output: ", "2147483647 elements"}},
      {"weights overflow",
       "/layers/0",
       {{"name", "a"}, {"type", "conv"}, {"output", 60000}, {"kernel", 60000}, {"pad", 40000}},
       {"layers.a.output: ", "2147483647 elements"}},
      {"input overflows", "/input/size", 65535, {"input.size: ", "2147483647 elements"}},
      {"input too large", "/input/size", 65536, {"input.size: is 65536, must be 1 to 65535"}},
      {"groups that do not divide",
       "/layers/0/group",
       2,
       {"layers.conv1.group: 2 does not divide the 3 input channels"}},
      {"no groups", "/layers/0/group", 0, {"layers.conv1.group: is 0"}},
      {"unknown layer", "/layers/1/type", "fcc", {"layers.fc2.type: unknown 'fcc'; did you mean 'fc'?"}},
      {"no type", "/layers/1", {{"name", "fc2"}}, {"layers.fc2.type: is missing"}},
      {"unknown member of a layer",
       "/layers/0/strides",
       2,
       {"layers.conv1: unknown key 'strides'; did you mean 'stride'?"}},
      {"unknown member", "/weight", "w.json", {"unknown key 'weight'; did you mean 'weights'?"}},
      {"unknown member of the input",
       "/input/means",
       {0, 0, 0},
       {"input: unknown key 'means'; did you mean 'mean'?"}},
      {"unknown preset", "/input/preset", "cafe", {"input.preset: unknown 'cafe'; did you mean 'caffe'?"}},
      {"division by zero", "/input/std", {1, 0, 1}, {"input.std: must be greater than 0"}},
      {"a mean beyond float32", "/input/mean", {0, 1e300, 0}, {"input.mean: holds 1e+300"}},
      {"no layers", "/layers", Json::array(), {"layers: is empty"}},
      {"layers of another kind", "/layers", "conv1", {"layers: is string, must be an array"}},
      {"two layers of one name", "/layers/1/name", "conv1", {"layers[1].name: ", "'conv1'"}},
      {"not ending in probabilities",
       "/layers/2/type",
       "relu",
       {"layers: the network ends in 'prob' (relu, 3)"}},
      {"absolute weights", "/weights", "/etc/passwd", {"weights: '/etc/passwd' is absolute"}},
      {"weights above",
       "/weights",
       "../w.safetensors",
       {"weights: '../w.safetensors' leads out of the model's folder"}},
      {"weights above in the middle", "/weights", "a/../../w.json", {"weights: 'a/../../w.json' leads out"}},
      {"labels above", "/labels", "../labels.txt", {"labels: '../labels.txt' leads out"}},
      {"weights by way of a link",
       "/weights",
       "link.safetensors",
       {"weights: 'link.safetensors' is a link that leads out"}},
      {"weights by way of a linked folder",
       "/weights",
       "above/w.safetensors",
       {"weights: 'above/w.safetensors' is a link that"}},
      {"a NUL in a name", "/weights", "weights.safetensors\0x"s, {"weights: holds a NUL"}},
  };
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  std::filesystem::copy_file(folder.path("tiny/weights.safetensors"), folder.path("w.safetensors"));
  std::filesystem::create_symlink("../w.safetensors", folder.path("tiny/link.safetensors"));
  std::filesystem::create_directory_symlink("..", folder.path("tiny/above"));
  for (const ChangeCase& c : cases) {
    CAPTURE(c.name);
    Json network = tiny_network();
    network[Json::json_pointer(c.pointer)] = c.value;
    check_refused(model, folder.write("tiny/network.json", network.dump()), c.words);
  }
}

TEST_CASE("a missing file of a model is named in the error") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* file : {"labels.txt", "weights.safetensors"}) {
    std::filesystem::rename(folder.path("tiny/"s + file), folder.path("away"));
    check_refused(model, folder.path("tiny/"s + file), {"No such file or directory"});
    std::filesystem::rename(folder.path("away"), folder.path("tiny/"s + file));
  }
}

TEST_CASE("control characters in a model's names are escaped") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  Json network = tiny_network();
  network["layers"][0]["name"] = "a\nb\x1b[31m";
  network["layers"][0]["stride"] = 0;
  check_refused(model, folder.write("tiny/network.json", network.dump()),
                {"layers.a\\nb\\x1b[31m.stride: is 0"});
}

TEST_CASE("labels are checked against the network's outputs") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  check_refused(model, folder.write("tiny/labels.txt", "a\nb\n"),
                {"has 2 labels, but the network has 3 outputs"});
  check_refused(model, folder.write("tiny/labels.txt", "a\nb\nc\nd\n"),
                {"has 4 labels, but the network has 3 outputs"});
  check_refused(model, folder.write("tiny/labels.txt", ""), {"has 0 labels"});
  check_refused(model, folder.write("tiny/labels.txt", "a\n\nc\n"), {"line 2: is empty"});
}

TEST_CASE("labels may have a byte-order mark, CRLF and an unterminated last line") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string before = run({"classify", "-m", model, "-k", "3", photo("cat.png")}).out;
  folder.write("tiny/labels.txt", "\xEF\xBB\xBFn00000001 first\r\nsecond, other\r\nthird");
  const Result result = run({"classify", "-m", model, "-k", "3", photo("cat.png")});
  CHECK(result.status == 0);
  CHECK(result.out == before);
  CHECK(contains(result.out, "%  second, other\n"));
  const Result as_json = run({"classify", "-m", model, "--json", "-k", "3", photo("cat.png")});
  const std::vector<nlohmann::json> records = json_lines(as_json.out);
  for (const auto& p : records.at(0).at("predictions")) {
    const bool first = p.at("index") == 0;
    CHECK(p.at("label") == (first ? "first" : p.at("index") == 1 ? "second, other" : "third"));
    CHECK(p.at("id") == (first ? nlohmann::json("n00000001") : nlohmann::json()));
  }
}

TEST_CASE("a NUL and a tab in a label are escaped") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  folder.write("tiny/labels.txt", "a\0b\nc\td\n\x1b[31m\n"s);
  const auto classify = [&](const std::vector<std::string>& options) {
    std::vector<std::string> args{"batch", "-m", model, "-k", "3", photo("cat.png")};
    args.insert(args.end(), options.begin(), options.end());
    const Result result = run(args);
    CHECK(result.status == 0);
    return result.out;
  };
  for (const char* format : {"text", "csv"}) {
    const std::string text = classify({"--format", format});
    for (const char* label : {"a\\x00b", "c\\td", "\\x1b[31m"}) CHECK(contains(text, label));
    for (const char c : {'\0', '\t', '\x1b'}) CHECK(text.find(c) == std::string::npos);
  }
  std::vector<std::string> labels(3);
  const std::vector<nlohmann::json> records = json_lines(classify({"--json"}));
  for (const auto& p : records.at(0).at("predictions"))
    labels.at(p.at("index")) = p.at("label").get<std::string>();
  CHECK(labels == std::vector<std::string>{"a\0b"s, "c\td", "\x1b[31m"});
}
