// Whole networks against activations made with PyTorch; tests/golden/README.md says how and justifies the
// tolerance.
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <filesystem>

#include "network/model.hpp"
#include "network/outputs.hpp"
#include "reference.hpp"

using namespace alexnet;
namespace fs = std::filesystem;

namespace {

constexpr double kTolerance = 1e-5;
const fs::path kGolden = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden";
const fs::path kModels = fs::path(ALEXNET_SOURCE_DIR) / "models";

std::span<const float> tensor(Weights& file, const std::string& name) {
  return file.fetch({name, file.shapes().at(name)});
}

// Runs the network on the golden input and compares every layer's output.
void compare_layers(const fs::path& folder) {
  Model model = load_model(folder);
  const Network network = make_network(model);
  const auto golden = open_weights(folder / "activations.safetensors");
  const auto input = tensor(*golden, "input");
  const auto batch = static_cast<int>(golden->shapes().at("input").at(0));
  Workspace workspace(network, batch);
  std::ranges::copy(input, workspace.input().begin());
  const auto outputs = test::step_outputs(network, workspace, batch);
  for (const auto& [name, output] : outputs) {
    CAPTURE(name);
    CHECK(reference::difference(output, tensor(*golden, name)) < kTolerance);
  }
  CHECK(outputs.size() == network.engine().steps().size());
}

void compare_alexnet(const std::string& name) {
  constexpr int kBatch = 2;
  Model model = load_model(kModels / name);
  const Network network = make_network(model, 1);
  const auto golden = open_weights(kGolden / "alexnet" / (name + ".safetensors"));
  Workspace workspace(network, kBatch);
  const Shape in = network.input_shape();
  const auto input = random_weights(1);
  std::ranges::copy(input->fetch({"input", {kBatch, in.channels, in.height, in.width}, 6}),
                    workspace.input().begin());
  const auto outputs = test::step_outputs(network, workspace, kBatch);
  const std::vector<Layer>& layers = network.layers();
  CHECK(reference::difference(outputs.at(layers[layers.size() - 2].name), tensor(*golden, "logits")) <
        kTolerance);
  CHECK(reference::difference(outputs.at(layers.back().name), tensor(*golden, "probabilities")) < kTolerance);
}

}  // namespace

TEST_CASE("every layer of the small random networks gives what PyTorch gives") {
  int networks = 0;
  for (const auto& entry : fs::directory_iterator(kGolden / "layers")) {
    SUBCASE(entry.path().filename().c_str()) { compare_layers(entry.path()); }
    ++networks;
  }
  CHECK(networks == 8);
}

TEST_CASE("AlexNet with random weights gives PyTorch's logits and probabilities") {
  compare_alexnet("alexnet");
}

TEST_CASE("torchvision's AlexNet with random weights gives PyTorch's logits and probabilities") {
  compare_alexnet("alexnet-torchvision");
}

TEST_CASE("the worked example gives what its README works out by hand") {
  const fs::path folder = kModels / "worked-example";
  Model model = load_model(folder);
  const Network network = make_network(model);
  const auto input = open_weights(folder / "input.json");
  const auto expected = open_weights(folder / "expected.json");
  Workspace workspace(network, 1);
  std::ranges::copy(input->fetch({"input", {3, 3, 3}}), workspace.input().begin());
  const auto got = network.forward(workspace, 1);
  CHECK(std::ranges::equal(got, expected->fetch({"output", {1, 2, 2}})));
  CHECK(got[0] == 82.0F);
}

TEST_CASE("the answer is the same to the bit whatever the number of threads") {
  Model model = load_model(kModels / "tiny-alexnet");
  const Network network = make_network(model);
  const auto input = reference::noise(network.input_shape().count() * 3, 9);
  std::vector<float> first;
  const tbb::global_control more_than_cores(tbb::global_control::max_allowed_parallelism, 7);
  for (const int threads : {1, 2, 3, 7}) {
    tbb::task_arena arena(threads);
    arena.execute([&] {
      Workspace workspace(network, 3);
      std::ranges::copy(input, workspace.input().begin());
      const auto got = network.forward(workspace, 3);
      if (first.empty()) first.assign(got.begin(), got.end());
      CHECK(std::ranges::equal(got, first));
    });
  }
}
