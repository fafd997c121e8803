// Written ONNX files: they open again as the same network.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "import/onnx_reading.hpp"
#include "network/description.hpp"
#include "network/save_model.hpp"
#include "reference.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

// Every layer type, with different values for each parameter if possible, and windows after a fully-connected
// layer.
constexpr const char* kEveryLayer = R"({
  "name": "every", "source": "here", "licence": "CC0",
  "accuracy": {"data": "none", "top1": 0.25},
  "input": {"preset": "caffe", "size": [19, 23]},
  "layers": [
    {"name": "input", "type": "conv", "output": 8, "kernel": [3, 2], "stride": [2, 1], "pad": [1, 0, 2, 3]},
    {"name": "bn", "type": "batchnorm", "epsilon": 0.001},
    {"name": "clip", "type": "clip", "min": -0.5, "max": 0.75},
    {"name": "grouped", "type": "conv", "output": 6, "kernel": 2, "dilation": [1, 2], "group": 2,
     "bias": false},
    {"name": "relu", "type": "relu"},
    {"name": "lrn", "type": "lrn", "size": 3, "alpha": 0.1, "beta": 0.6, "k": 2},
    {"name": "max", "type": "max_pool", "kernel": [3, 2], "stride": 2, "pad": [0, 1, 1, 0],
     "rounding": "ceil"},
    {"name": "average", "type": "average_pool", "kernel": 2, "pad": 1, "count_include_pad": false},
    {"name": "counted", "type": "average_pool", "kernel": 2, "stride": 2, "pad": 1, "rounding": "ceil"},
    {"name": "drop", "type": "dropout", "ratio": 0.25},
    {"name": "flat", "type": "flatten"},
    {"name": "fc", "type": "fc", "output": 12},
    {"name": "fc.weight", "type": "clip", "max": 1},
    {"name": "after", "type": "conv", "output": 9, "kernel": 1},
    {"name": "bn2", "type": "batchnorm"},
    {"name": "fc2", "type": "fc", "output": 7, "bias": false},
    {"name": "norm2", "type": "lrn"},
    {"name": "global", "type": "global_average_pool"},
    {"name": "prob", "type": "softmax"}]})";

// Writes a native model with these layers and random weights into one file.
fs::path write_native(const TempDir& dir, const std::string& network) {
  Model model{
      "", parse_description(network, "network.json"), {{"", "a"}, {"n01234567", "b, c"}}, random_weights(3)};
  if (model.description.layers.back().out.count() != 2) model.labels.clear();
  fs::path file = dir.path() / "native.safetensors";
  save_model(model, file);
  return file;
}

std::vector<float> answers_of(const fs::path& file) {
  Model model = open_model(file);
  const std::size_t count = model.description.layers.front().in.count() * 2;
  return answers(std::move(model), 2, reference::noise(count, 7));
}

fs::path convert(const fs::path& from, const fs::path& to) {
  Model model = open_model(from);
  module<ProtobufModule>("protobuf").save_onnx(model, to);
  return to;
}

std::string read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a network of every layer type, written as ONNX, gives bit-identical answers") {
  const TempDir dir;
  const fs::path native = write_native(dir, kEveryLayer);
  const fs::path written = convert(native, dir.path() / "written.onnx");
  const std::vector<float> expected = answers_of(native);
  CHECK(expected.size() == 14);
  CHECK(std::ranges::none_of(expected, [](float v) { return std::isnan(v); }));
  CHECK(answers_of(written) == expected);
  const Model before = open_model(native);
  const Model after = open_model(written);
  REQUIRE(after.description.layers.size() == before.description.layers.size());
  for (std::size_t i = 0; i < after.description.layers.size(); ++i) {
    CHECK(after.description.layers[i].name == before.description.layers[i].name);
    CHECK(type_name(after.description.layers[i].params) == type_name(before.description.layers[i].params));
  }
}

TEST_CASE("an ONNX file that we wrote is written again with the same bytes") {
  const TempDir dir;
  const fs::path once = convert(write_native(dir, kEveryLayer), dir.path() / "once.onnx");
  const fs::path twice = convert(once, dir.path() / "twice.onnx");
  const fs::path again = convert(twice, dir.path() / "again.onnx");
  CHECK(read_all(twice) == read_all(again));
  CHECK(answers_of(again) == answers_of(once));
}

TEST_CASE("tiny-alexnet, written as ONNX, gives bit-identical answers") {
  const TempDir dir;
  // ONNX has float32; tiny-alexnet's I8 weights are widened first, which rounds in another place.
  const fs::path wide = dir.path() / "wide.safetensors";
  save_model(open_model(fs::path(ALEXNET_SOURCE_DIR) / "models/tiny-alexnet"), wide);
  CHECK(answers_of(convert(wide, dir.path() / "tiny.onnx")) == answers_of(wide));
}

TEST_CASE("an imported file, written as ONNX and as safetensors, gives bit-identical answers") {
  const TempDir dir;
  for (const char* name : {"alexnet", "pads", "logits", "log_softmax", "newest"}) {
    const fs::path golden =
        fs::path(ALEXNET_SOURCE_DIR) / "tests/golden/onnx" / (std::string(name) + ".onnx");
    const std::vector<float> expected = answers_of(golden);
    CHECK(answers_of(convert(golden, dir.path() / "written.onnx")) == expected);
    Model model = open_model(golden);
    save_model(model, dir.path() / "written.safetensors");
    CHECK(answers_of(dir.path() / "written.safetensors") == expected);
  }
}

TEST_CASE("a written ONNX file holds preprocessing, source, licence, accuracy and labels") {
  const TempDir dir;
  const fs::path native = write_native(dir, R"({"name": "two", "source": "here", "licence": "CC0",
    "accuracy": {"data": "none", "top1": 0.25}, "input": {"preset": "caffe", "size": 2},
    "layers": [{"name": "fc", "type": "fc", "output": 2}, {"name": "prob", "type": "softmax"}]})");
  const fs::path file = convert(native, dir.path() / "file.onnx");
  const Model model = open_model(file);
  CHECK(model.description.name == "two");
  CHECK(model.description.source == "here");
  CHECK(model.description.licence == "CC0");
  CHECK(model.description.accuracy->top1 == 0.25);
  CHECK(model.description.input.order == image::ChannelOrder::bgr);
  CHECK(model.format == "ONNX, opset 13");
  CHECK(model.notes.empty());
  REQUIRE(model.labels.size() == 2);
  CHECK(model.labels[1].id == "n01234567");
  CHECK(model.labels[1].text == "b, c");
  CHECK(message_of<ModelError>([&] {
          open_model(file, {{}, {}, "torchvision", {}});
        }) == file.string() +
                  ": says itself how photos are prepared; leave out the options for that, such as --preset "
                  "and --mean");
}

TEST_CASE("an ONNX file that cannot be written is an error with the system's reason and leaves no file") {
  const TempDir dir;
  const fs::path native = write_native(dir, kEveryLayer);
  const auto complaint = [&](const fs::path& to) {
    return message_of<OutputError>([&] { convert(native, to); });
  };
  CHECK(complaint("/dev/full") == "/dev/full: cannot be written: No space left on device");
  CHECK(complaint(dir.path() / "no/file.onnx") ==
        (dir.path() / "no/file.onnx").string() +
            ": cannot be opened for writing: No such file or directory; create its folder, or use another "
            "output file");
  const std::string folder = dir.path().string();
  CHECK(complaint(dir.path()) ==
        folder + ": cannot be opened for writing: Is a directory; name a file in it");
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("a network of 2 GiB or without weights is not written as ONNX") {
  const TempDir dir;
  const auto save = module<ProtobufModule>("protobuf").save_onnx;
  const fs::path file = dir.path() / "file.onnx";
  const auto described = [](int output) {
    return parse_description(R"({"name": "large", "input": {"preset": "caffe", "size": 256},
      "layers": [{"name": "fc", "type": "fc", "output": )" +
                                 std::to_string(output) + "}]}",
                             "network.json");
  };
  Model large{"", described(2731), {}, random_weights(1)};
  CHECK(message_of<OutputError>([&] { save(large, file); }) ==
        file.string() +
            ": would have 2147756716 bytes; an ONNX file is smaller than 2 GiB. .safetensors has no such "
            "limit");
  Model empty{"model", described(2), {}, nullptr};
  CHECK(message_of<ModelError>([&] { save(empty, file); }) == "model: weights: the model has none to write");
  CHECK(fs::is_empty(dir.path()));
}
