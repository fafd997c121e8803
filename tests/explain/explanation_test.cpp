// The computations of explain, compared with plain loops at many positions of every convolution.
#include "explain/explanation.hpp"
#include "engine/engine.hpp"

#include <doctest/doctest.h>

#include <random>

#include "alexnet/image.hpp"
#include "alexnet/model.hpp"
#include "explain/explain_page.hpp"
#include "reference.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

const std::filesystem::path kSource = ALEXNET_SOURCE_DIR;

std::vector<float> photo(const Model& model, const char* name) {
  const image::Preprocess& how = model.description.input;
  std::vector<float> values(model.description.layers.front().in.count());
  image::normalise(image::resize_and_crop(image::load(kSource / "data/photos" / name), how), how,
                   values.data());
  return values;
}

// Checks 100 random output values: the dot product, the plain loops and the engine agree.
void check_conv(const Model& model, const std::string& name, std::optional<std::uint64_t> seed) {
  CAPTURE(name);
  const Explanation e = explain_structure(model, name);
  const WorkedExample example = run_example(model, seed, e, photo(model, "cat.png"), {});
  const Layer& layer = e.layer;
  const auto& conv = std::get<Conv>(layer.params);
  CHECK(example.engine_value(layer.out) == *std::ranges::max_element(example.out));
  const double size = std::abs(static_cast<double>(example.engine_value(layer.out)));
  std::mt19937 random(7);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int i = 0; i < 100; ++i) {
    const int channel = below(layer.out.channels);
    const Position at{below(layer.out.height), below(layer.out.width)};
    CAPTURE(channel);
    const WorkedOut worked = work_out(layer, example, channel, at);
    const double expected =
        reference::conv_at(conv, layer.in, example.in, example.weights, example.bias, 0, channel, at.y, at.x);
    CHECK(std::abs(worked.value() - expected) <= 1e-12 * size);
    const auto engine = static_cast<double>(example.out[reference::at(layer.out, 0, channel, at.y, at.x)]);
    CHECK(std::abs(worked.value() - engine) <= 2e-5 * size);
  }
}

}  // namespace

TEST_CASE("explain's dot products equal plain loops and engine at 100 outputs per convolution") {
  const Model model = open_model(kSource / "models/tiny-alexnet");
  for (const char* name : {"conv1", "conv2", "conv3", "conv4", "conv5"})
    check_conv(model, name, std::nullopt);
}

TEST_CASE("explain's dot products equal the convolution with groups, padding and random weights") {
  const Model model = open_model(kSource / "models/alexnet");
  for (const char* name : {"conv1", "conv2", "conv3", "conv4", "conv5"}) check_conv(model, name, 3);
}

TEST_CASE("explain computes a fully-connected layer as the engine does") {
  const Model model = open_model(kSource / "models/tiny-alexnet");
  for (const char* name : {"fc6", "fc7", "fc8"}) {
    const Explanation e = explain_structure(model, name);
    const WorkedExample example = run_example(model, std::nullopt, e, photo(model, "coffee.jpg"), {});
    const auto size = static_cast<double>(*std::ranges::max_element(example.out));
    for (int c = 0; c < e.layer.out.channels; c += 7) {
      const double value = work_out(e.layer, example, c, {}).value();
      CHECK(std::abs(value - static_cast<double>(example.out[static_cast<std::size_t>(c)])) <= 1e-5 * size);
    }
  }
}

TEST_CASE("explain selects the strongest channel of a position and the strongest position of a channel") {
  const Model model = open_model(kSource / "models/tiny-alexnet");
  const Explanation e = explain_structure(model, "conv2");
  const std::vector<float> input = photo(model, "cat.png");
  const Shape& out = e.layer.out;
  const WorkedExample there = run_example(model, std::nullopt, e, input, {{}, Position{3, 5}});
  CHECK(there.at == Position{3, 5});
  CHECK(there.chosen_channel);
  CHECK(!there.chosen_position);
  for (int c = 0; c < out.channels; ++c)
    CHECK(there.out[reference::at(out, 0, c, 3, 5)] <= there.engine_value(out));
  const WorkedExample channel = run_example(model, std::nullopt, e, input, {9, {}});
  CHECK(channel.channel == 9);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      CHECK(channel.out[reference::at(out, 0, 9, y, x)] <= channel.engine_value(out));
  CHECK_THROWS_WITH(run_example(model, std::nullopt, e, input, {128, {}}),
                    "--channel: 128 is out of range; the output of 'conv2' has 128 channels, 0 to 127");
  CHECK_THROWS_WITH(
      run_example(model, std::nullopt, e, input, {{}, Position{0, 32}}),
      "--at: 0,32 is out of range; the output of 'conv2' has 32 rows, 0 to 31, and 32 columns, 0 to 31");
}

TEST_CASE("explain describes the plan of the packed engine") {
  const Model model = open_model(kSource / "models/tiny-alexnet");
  const auto& layers = model.description.layers;
  const std::vector<Step> steps = plan(layers, {.engine = EngineKind::packed});
  for (const Step& step : steps) {
    const Explanation e = explain_structure(model, layers[step.first].name);
    REQUIRE(e.step);
    CHECK(e.step->method == step.method);
    CHECK(e.fused.size() == step.last - step.first);
    for (std::size_t i = step.first + 1; i <= step.last; ++i)
      CHECK(explain_structure(model, layers[i].name).step_of == layers[step.first].name);
  }
}
