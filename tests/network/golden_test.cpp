// Whole networks compared with activations from PyTorch; tests/golden/README.md describes how they were made
// and justifies the tolerance.
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

// Engine options and their tolerance: Winograd sums larger terms than the direct convolution.
struct EngineCase {
  EngineOptions options;
  double tolerance;
};
const EngineCase kEngineCases[] = {{{EngineKind::eigen}, 1e-5},
                                   {{EngineKind::packed, ConvMethod::gemm}, 1e-5},
                                   {{EngineKind::packed, ConvMethod::winograd}, 1e-4},
                                   {{EngineKind::packed, ConvMethod::automatic, 1, 1}, 1e-4}};
const fs::path kGolden = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden";
const fs::path kModels = fs::path(ALEXNET_SOURCE_DIR) / "models";

std::span<const float> tensor(Weights& file, const std::string& name) {
  return file.fetch({name, file.shapes().at(name)});
}

// Returns the network with the options of `engine_case`.
Network network_of(const fs::path& folder, std::optional<std::uint64_t> seed, const EngineCase& engine_case) {
  Model model = load_model(folder);
  Network network = make_network(model, seed, engine_case.options);
  REQUIRE(network.engine_name() == (engine_case.options.engine == EngineKind::eigen ? "eigen" : "packed"));
  return network;
}

// Runs the network on the golden input and compares every layer's output.
void compare_layers(const fs::path& folder, const EngineCase& engine_case) {
  const Network network = network_of(folder, {}, engine_case);
  const auto golden = open_weights(folder / "activations.safetensors");
  const auto input = tensor(*golden, "input");
  const auto batch = static_cast<int>(golden->shapes().at("input").at(0));
  Workspace workspace(network, batch);
  std::ranges::copy(input, workspace.input().begin());
  const auto outputs = test::step_outputs(network, workspace, batch);
  for (const auto& [name, output] : outputs) {
    CAPTURE(name);
    CHECK(reference::difference(output, tensor(*golden, name)) < engine_case.tolerance);
  }
  CHECK(outputs.size() == network.steps().size());
}

void compare_alexnet(const std::string& name, const EngineCase& engine_case) {
  constexpr int kBatch = 2;
  const Network network = network_of(kModels / name, 1, engine_case);
  const auto golden = open_weights(kGolden / "alexnet" / (name + ".safetensors"));
  Workspace workspace(network, kBatch);
  const Shape in = network.input_shape();
  const auto input = random_weights(1);
  std::ranges::copy(input->fetch({"input", {kBatch, in.channels, in.height, in.width}, 6}),
                    workspace.input().begin());
  const auto outputs = test::step_outputs(network, workspace, kBatch);
  const std::vector<Layer>& layers = network.layers();
  CHECK(reference::difference(outputs.at(layers[layers.size() - 2].name), tensor(*golden, "logits")) <
        engine_case.tolerance);
  CHECK(reference::difference(outputs.at(layers.back().name), tensor(*golden, "probabilities")) <
        engine_case.tolerance);
}

}  // namespace

TEST_CASE("every layer of the small random networks gives the same output as PyTorch") {
  int networks = 0;
  for (const auto& entry : fs::directory_iterator(kGolden / "layers")) {
    SUBCASE(entry.path().filename().c_str()) {
      for (const EngineCase& engine_case : kEngineCases) compare_layers(entry.path(), engine_case);
    }
    ++networks;
  }
  CHECK(networks == 8);
}

TEST_CASE("AlexNet with random weights gives PyTorch's logits and probabilities") {
  for (const EngineCase& engine_case : kEngineCases) compare_alexnet("alexnet", engine_case);
}

TEST_CASE("torchvision's AlexNet with random weights gives PyTorch's logits and probabilities") {
  for (const EngineCase& engine_case : kEngineCases) compare_alexnet("alexnet-torchvision", engine_case);
}

TEST_CASE("the worked example gives the numbers of its README") {
  const fs::path folder = kModels / "worked-example";
  const auto input = open_weights(folder / "input.json");
  const auto expected = open_weights(folder / "expected.json");
  for (const EngineCase& engine_case : kEngineCases) {
    const Network network = network_of(folder, {}, engine_case);
    Workspace workspace(network, 1);
    std::ranges::copy(input->fetch({"input", {3, 3, 3}}), workspace.input().begin());
    const auto got = network.forward(workspace, 1);
    CHECK(std::ranges::equal(got, expected->fetch({"output", {1, 2, 2}})));
    CHECK(got[0] == 82.0F);
  }
}

TEST_CASE("a network's output is bit-identical for any number of threads") {
  const tbb::global_control more_than_cores(tbb::global_control::max_allowed_parallelism, 7);
  for (const EngineCase& engine_case : kEngineCases) {
    const Network network = network_of(kModels / "tiny-alexnet", {}, engine_case);
    const auto input = reference::noise(network.input_shape().count() * 3, 9);
    std::vector<float> first;
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
}
