#include "import/torch/torchvision.hpp"
#include "network/description.hpp"

#include <doctest/doctest.h>

#include "network/model.hpp"

using namespace alexnet;
namespace fs = std::filesystem;

namespace {

using Shapes = std::map<std::string, Dims>;

void add(Shapes& shapes, const std::string& layer, const Dims& weight) {
  shapes[layer + ".weight"] = weight;
  shapes[layer + ".bias"] = {weight[0]};
}

Shapes alexnet_shapes() {
  Shapes shapes;
  add(shapes, "features.0", {64, 3, 11, 11});
  add(shapes, "features.3", {192, 64, 5, 5});
  add(shapes, "features.6", {384, 192, 3, 3});
  add(shapes, "features.8", {256, 384, 3, 3});
  add(shapes, "features.10", {256, 256, 3, 3});
  add(shapes, "classifier.1", {4096, 9216});
  add(shapes, "classifier.4", {4096, 4096});
  add(shapes, "classifier.6", {1000, 4096});
  return shapes;
}

// torchvision's table of a VGG's convolutions; 0 is a pooling layer.
Shapes vgg_shapes(const std::vector<int>& table, bool batch_norm) {
  Shapes shapes;
  int index = 0, channels = 3;
  for (const int output : table) {
    if (output == 0) {
      ++index;
      continue;
    }
    add(shapes, "features." + std::to_string(index), {output, channels, 3, 3});
    if (batch_norm) {
      const std::string norm = "features." + std::to_string(index + 1);
      add(shapes, norm, {output});
      shapes[norm + ".running_mean"] = shapes[norm + ".running_var"] = {output};
      shapes[norm + ".num_batches_tracked"] = {};
    }
    index += batch_norm ? 3 : 2;
    channels = output;
  }
  add(shapes, "classifier.0", {4096, 25088});
  add(shapes, "classifier.3", {4096, 4096});
  add(shapes, "classifier.6", {1000, 4096});
  return shapes;
}

const std::map<std::string, std::vector<int>> kTables{
    {"vgg11", {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0}},
    {"vgg13", {64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0}},
    {"vgg16", {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}},
    {"vgg19", {64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0}}};

std::string name_of(const Shapes& shapes) {
  const auto found = torch::find_torchvision(shapes);
  return found ? found->name : "unknown";
}

std::int64_t parameters(const Shapes& shapes) {
  std::int64_t total = 0;
  const auto found = torch::find_torchvision(shapes);
  REQUIRE(found);
  for (const Layer& layer : found->layers) total += parameter_count(layer);
  return total;
}

}  // namespace

TEST_CASE("torchvision's AlexNet is recognised by its tensors and has the layers of the shipped model") {
  const auto found = torch::find_torchvision(alexnet_shapes());
  REQUIRE(found);
  CHECK(found->name == "alexnet");
  const Model shipped = load_model(fs::path(ALEXNET_SOURCE_DIR) / "models/alexnet-torchvision");
  Description ours;
  ours.name = shipped.description.name;
  ours.input = shipped.description.input;
  ours.layers = found->layers;
  ours.layers.push_back(shipped.description.layers.back());  // add the softmax
  Description theirs = shipped.description;
  theirs.source.clear();
  theirs.licence.clear();
  theirs.accuracy.reset();
  CHECK(network_json(ours) == network_json(theirs));
}

TEST_CASE("torchvision's VGGs are recognised by their tensors, with and without batch normalisation") {
  for (const auto& [name, table] : kTables) {
    CHECK(name_of(vgg_shapes(table, false)) == name);
    CHECK(name_of(vgg_shapes(table, true)) == name + "_bn");
  }
  // Values from torchvision's documentation.
  CHECK(parameters(vgg_shapes(kTables.at("vgg11"), false)) == 132'863'336);
  CHECK(parameters(vgg_shapes(kTables.at("vgg19"), false)) == 143'667'240);
  CHECK(torch::torchvision_names().size() == 9);
}

TEST_CASE("VGGs of torchvision before 2017, with other numbers in the classifier, are recognised") {
  for (const bool batch_norm : {false, true}) {
    Shapes shapes = vgg_shapes(kTables.at("vgg16"), batch_norm);
    for (const auto& [from, to] : std::map<std::string, std::string>{{"3", "4"}, {"0", "1"}})
      for (const char* const tensor : {".weight", ".bias"}) {
        auto entry = shapes.extract("classifier." + from + tensor);
        entry.key() = "classifier." + to + tensor;
        shapes.insert(std::move(entry));
      }
    CHECK(name_of(shapes) == (batch_norm ? "vgg16_bn" : "vgg16"));
    CHECK(parameters(shapes) == parameters(vgg_shapes(kTables.at("vgg16"), batch_norm)));
  }
}

TEST_CASE("batch normalisation before torch 0.4.1, without a batch count, is recognised") {
  Shapes shapes = vgg_shapes(kTables.at("vgg16"), true);
  std::erase_if(shapes, [](const auto& entry) { return entry.first.ends_with(".num_batches_tracked"); });
  CHECK(name_of(shapes) == "vgg16_bn");
}

TEST_CASE("torchvision's networks are recognised with any number of classes") {
  Shapes shapes = alexnet_shapes();
  for (const int classes : {1, 2, 37, 21841}) {
    add(shapes, "classifier.6", {classes, 4096});
    const auto found = torch::find_torchvision(shapes);
    REQUIRE(found);
    CHECK(found->layers.back().out.count() == static_cast<std::size_t>(classes));
  }
}

TEST_CASE("a network with slightly different tensors is not recognised") {
  CHECK(name_of({}) == "unknown");
  const auto changed = [](const std::string& name, const Dims& dims) {
    Shapes shapes = alexnet_shapes();
    shapes[name] = dims;
    return name_of(shapes);
  };
  CHECK(changed("features.0.weight", {96, 3, 11, 11}) == "unknown");
  CHECK(changed("features.0.weight", {64, 3, 11}) == "unknown");
  CHECK(changed("features.0.weight", {}) == "unknown");
  CHECK(changed("classifier.1.weight", {4096, 25088}) == "unknown");
  CHECK(changed("classifier.6.bias", {999}) == "unknown");
  CHECK(changed("classifier.6.weight", {1000}) == "unknown");
  CHECK(changed("classifier.6.weight", {}) == "unknown");
  CHECK(changed("classifier.6.weight", {2147483647, 4096}) == "unknown");
  CHECK(changed("features.1.weight", {64}) == "unknown");
  Shapes shapes = vgg_shapes(kTables.at("vgg16"), true);
  shapes.erase("features.1.running_var");
  CHECK(name_of(shapes) == "unknown");
}
