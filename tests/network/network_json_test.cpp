#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/mapped_file.hpp"
#include "network/description.hpp"

using namespace alexnet;

namespace {

// Every layer type, with every member different from its default.
const char* const kEverything = R"({
  "name": "all", "source": "s", "licence": "l", "accuracy": {"data": "d", "top1": 0.5, "top5": 0.75},
  "input": {"preset": "caffe", "size": [40, 48], "resize": {"rule": "squash", "size": [50, 60]},
            "std": [1, 2, 3]},
  "layers": [
    {"name": "c", "type": "conv", "output": 4, "kernel": [3, 2], "stride": [1, 2], "pad": [0, 1, 2, 3],
     "dilation": [2, 1], "group": 1, "bias": false, "tensors": {"weight": "other"}},
    {"name": "b", "type": "batchnorm", "epsilon": 0.001},
    {"name": "k", "type": "clip", "min": -1.5, "max": 6},
    {"name": "k2", "type": "clip"},
    {"name": "l", "type": "lrn", "size": 3, "alpha": 0.0003, "beta": 0.7, "k": 2},
    {"name": "m", "type": "max_pool", "kernel": 3, "stride": 2, "pad": 1, "rounding": "ceil"},
    {"name": "a", "type": "average_pool", "kernel": [2, 3], "pad": [0, 0, 1, 1], "count_include_pad": false},
    {"name": "r", "type": "relu"},
    {"name": "g", "type": "global_average_pool"},
    {"name": "d", "type": "dropout", "ratio": 0.3},
    {"name": "f", "type": "flatten"},
    {"name": "fc", "type": "fc", "output": 7, "bias": false},
    {"name": "s", "type": "softmax"}
  ],
  "weights": "w.safetensors", "labels": "labels.txt"
})";

}  // namespace

TEST_CASE("a network written as JSON is read back as the same network") {
  const std::string once = network_json(parse_description(kEverything, "all"));
  CHECK(network_json(parse_description(once, "once")) == once);
  nlohmann::json expected = nlohmann::json::parse(kEverything);
  const nlohmann::json written = nlohmann::json::parse(once);
  for (std::size_t i = 0; i < expected["layers"].size(); ++i) {
    nlohmann::json layer = expected["layers"][i];
    if (layer["type"] == "conv") layer.erase("group");  // defaults are not written
    CHECK(written["layers"][i] == layer);
  }
  for (const char* key : {"name", "source", "licence", "accuracy", "weights", "labels"}) {
    CAPTURE(key);
    CHECK(written[key] == expected[key]);
  }
  CHECK(written["input"] == nlohmann::json::parse(R"({"size": [40, 48], "channel_order": "BGR", "scale": 1.0,
    "resize": {"rule": "squash", "size": [50, 60], "filter": "opencv-bilinear"},
    "mean": [104.00699, 116.66877, 122.67891], "std": [1.0, 2.0, 3.0]})"));
}

TEST_CASE("the shipped networks are read back unchanged after they are written") {
  for (const char* name : {"alexnet", "alexnet-torchvision", "tiny-alexnet"}) {
    CAPTURE(name);
    const std::string file = std::string(ALEXNET_SOURCE_DIR "/models/") + name + "/network.json";
    const Description read = parse_description(MappedFile(file).text(), file);
    const Description again = parse_description(network_json(read), name);
    CHECK(network_json(again) == network_json(read));
    REQUIRE(again.layers.size() == read.layers.size());
    for (std::size_t i = 0; i < read.layers.size(); ++i) {
      CHECK(again.layers[i].name == read.layers[i].name);
      CHECK(again.layers[i].out == read.layers[i].out);
    }
    CHECK(again.input.mean == read.input.mean);
    CHECK(again.input.scale == read.input.scale);
  }
}

TEST_CASE("a preset for another input size scales its resize in proportion") {
  const image::Preprocess half = preset_input("torchvision", {112, 112});
  CHECK(half.size == Size2{112, 112});
  CHECK(half.resize == Size2{128, 128});
  CHECK(preset_input("torchvision", {224, 224}).resize == Size2{256, 256});
  CHECK(preset_input("torchvision", {227, 227}).resize == Size2{259, 259});
  CHECK(preset_input("caffe", {224, 224}).resize == Size2{224, 224});
}
