#include "import/torch/torchvision.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "layers/stack.hpp"

namespace alexnet::torch {
namespace {

constexpr Shape kInput{3, 224, 224};
constexpr std::string_view kLastWeight = "classifier.6.weight";
constexpr std::int64_t kMaxClasses = 100'000;  // keeps the weights of the last layer small enough to allocate

// Layers named features.0, features.1 ... and then classifier.0 ...
class Sequential {
 public:
  explicit Sequential(const std::string& network) : stack_(network, kInput) {}

  void begin(const char* prefix) {
    prefix_ = prefix;
    index_ = 0;
  }
  void add(const LayerParams& params) { stack_.add(prefix_ + "." + std::to_string(index_++), params); }
  std::vector<Layer> layers() const { return stack_.layers(); }

 private:
  LayerStack stack_;
  std::string prefix_;
  int index_ = 0;
};

Conv conv(int output, int kernel, int stride, int pad) {
  return {output, {kernel, kernel}, {stride, stride}, {pad, pad}};
}
MaxPool max_pool(int kernel, int stride) { return {{{kernel, kernel}, {stride, stride}}}; }

std::vector<Layer> alexnet_layers(int classes) {
  Sequential net("alexnet");
  net.begin("features");
  net.add(conv(64, 11, 4, 2));
  net.add(Relu{});
  net.add(max_pool(3, 2));
  net.add(conv(192, 5, 1, 2));
  net.add(Relu{});
  net.add(max_pool(3, 2));
  for (const int output : {384, 256, 256}) {
    net.add(conv(output, 3, 1, 1));
    net.add(Relu{});
  }
  net.add(max_pool(3, 2));
  net.begin("classifier");
  for (int i = 0; i < 2; ++i) {
    net.add(Dropout{});
    net.add(FullyConnected{4096});
    net.add(Relu{});
  }
  net.add(FullyConnected{classes});
  return net.layers();
}

struct VggKind {
  bool batch_norm = false;
  // Until 2017 a dropout came before the first two fully-connected layers instead of after them,
  // so that they are classifier.1, .4 and .6 instead of .0, .3 and .6. The answers are the same.
  bool dropout_first = false;
};

// Five blocks of 3 x 3 convolutions, each followed by a pool. `convolutions` is the number in each block.
std::vector<Layer> vgg_layers(const std::array<int, 5>& convolutions, VggKind kind, int classes) {
  constexpr std::array<int, 5> kOutputs{64, 128, 256, 512, 512};
  Sequential net("vgg");
  net.begin("features");
  for (std::size_t block = 0; block < convolutions.size(); ++block) {
    for (int i = 0; i < convolutions[block]; ++i) {
      net.add(conv(kOutputs[block], 3, 1, 1));
      if (kind.batch_norm) net.add(BatchNorm{});
      net.add(Relu{});
    }
    net.add(max_pool(2, 2));
  }
  net.begin("classifier");
  for (int i = 0; i < 2; ++i) {
    if (kind.dropout_first) net.add(Dropout{});
    net.add(FullyConnected{4096});
    net.add(Relu{});
    if (!kind.dropout_first) net.add(Dropout{});
  }
  net.add(FullyConnected{classes});
  return net.layers();
}

struct Vgg {
  const char* name;
  std::array<int, 5> convolutions;
};
constexpr std::array<Vgg, 4> kVggs{{{"vgg11", {1, 1, 2, 2, 2}},
                                    {"vgg13", {2, 2, 2, 2, 2}},
                                    {"vgg16", {2, 2, 3, 3, 3}},
                                    {"vgg19", {2, 2, 4, 4, 4}}}};

std::vector<KnownNetwork> networks(int classes) {
  std::vector<KnownNetwork> all{{"alexnet", alexnet_layers(classes)}};
  for (const Vgg& vgg : kVggs)
    for (const bool batch_norm : {false, true})
      for (const bool dropout_first : {false, true})
        all.push_back({std::string(vgg.name) + (batch_norm ? "_bn" : ""),
                       vgg_layers(vgg.convolutions, {batch_norm, dropout_first}, classes)});
  return all;
}

std::map<std::string, Dims> shapes_of(const std::vector<Layer>& layers) {
  std::map<std::string, Dims> shapes;
  for (const Layer& layer : layers)
    for (const WeightSpec& spec : weight_specs(layer)) shapes.emplace(spec.name, spec.dims);
  return shapes;
}

}  // namespace

std::vector<std::string> torchvision_names() {
  std::vector<std::string> names;
  for (const KnownNetwork& network : networks(1))
    if (names.empty() || names.back() != network.name) names.push_back(network.name);
  return names;
}

std::optional<KnownNetwork> find_torchvision(const std::map<std::string, Dims>& shapes) {
  const auto last = shapes.find(std::string(kLastWeight));
  if (last == shapes.end() || last->second.empty() || last->second[0] < 1 || last->second[0] > kMaxClasses)
    return std::nullopt;
  std::map<std::string, Dims> needed = shapes;
  std::erase_if(needed, [](const auto& entry) { return entry.first.ends_with(".num_batches_tracked"); });
  for (KnownNetwork& network : networks(static_cast<int>(last->second[0])))
    if (shapes_of(network.layers) == needed) return std::move(network);
  return std::nullopt;
}

}  // namespace alexnet::torch
