#include "explain/explanation.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "engine/engine.hpp"
#include "layers/layers.hpp"
#include "run/session.hpp"

namespace alexnet::app {
namespace {

std::size_t index_of(const Shape& s, int channel, Place at) {
  return static_cast<std::size_t>(channel) * s.plane() +
         static_cast<std::size_t>(at.y) * static_cast<std::size_t>(s.width) + static_cast<std::size_t>(at.x);
}

// Returns the output of the network that ends at this layer, so that the engine cannot fuse a later layer
// with it. Sets *engine to the engine's name unless it is null.
std::vector<float> output_at(const Model& model, const std::string& layer, std::optional<std::uint64_t> seed,
                             std::span<const float> input, std::string* engine) {
  const Network network = make_network(truncated_after(model, layer), seed);
  Workspace workspace(network, 1);
  std::ranges::copy(input, workspace.input().begin());
  const std::span<const float> out = network.forward(workspace, 1);
  if (engine != nullptr) *engine = network.engine_name();
  return {out.begin(), out.end()};
}

std::string counted(int count, const char* what) {
  return std::to_string(count) + " " + what + ", 0 to " + std::to_string(count - 1);
}

void require_inside(const Shape& out, const Wanted& wanted, const std::string& layer) {
  if (wanted.channel && *wanted.channel >= out.channels)
    throw UsageError("--channel: " + std::to_string(*wanted.channel) + " is out of range; the output of '" +
                     layer + "' has " + counted(out.channels, "channels"));
  if (wanted.at && (wanted.at->y >= out.height || wanted.at->x >= out.width))
    throw UsageError("--at: " + std::to_string(wanted.at->y) + "," + std::to_string(wanted.at->x) +
                     " is out of range; the output of '" + layer + "' has " + counted(out.height, "rows") +
                     ", and " + counted(out.width, "columns"));
}

// Sets the channel and the position of the maximum among the outputs that match `wanted`. Among equals, the
// first one wins.
void choose(const Shape& out, const Wanted& wanted, WorkedExample& example) {
  example.chosen_channel = !wanted.channel;
  example.chosen_place = !wanted.at;
  example.channel = wanted.channel.value_or(0);
  example.at = wanted.at.value_or(Place());
  const auto value = [&](int c, Place at) { return example.out[index_of(out, c, at)]; };
  for (int c = 0; c < out.channels; ++c)
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x) {
        if (wanted.channel && c != *wanted.channel) continue;
        if (wanted.at && Place{y, x} != *wanted.at) continue;
        if (!(value(c, {y, x}) > value(example.channel, example.at))) continue;
        example.channel = c;
        example.at = {y, x};
      }
}

}  // namespace

float WorkedExample::engine_value(const Shape& out_shape) const {
  return out[index_of(out_shape, channel, at)];
}

WorkedOut work_out(const Layer& layer, const WorkedExample& example, int channel, Place at) {
  WorkedOut worked{taps_of(layer, example.in, channel, at), kernel_row(layer, example.weights, channel), {}};
  worked.product = dot(worked.column, worked.row);
  if (!example.bias.empty()) worked.bias = example.bias[static_cast<std::size_t>(channel)];
  return worked;
}

Explanation explain_structure(const Model& model, const std::string& layer) {
  const std::size_t index = truncated_after(model, layer).description.layers.size() - 1;
  const std::vector<Layer>& layers = model.description.layers;
  Explanation e{model.description.name, layers[index], index == 0, packed_runs(layers), {}, {}, {}, {}};
  if (!e.packed) return e;
  for (const Step& step : plan(layers, {.engine = EngineKind::packed})) {
    if (index < step.first || index > step.last) continue;
    if (index > step.first) {
      e.step_of = layers[step.first].name;
      continue;
    }
    e.step = step;
    for (std::size_t i = step.first + 1; i <= step.last; ++i) e.fused.push_back(layers[i].name);
  }
  return e;
}

std::uint64_t example_bytes(const Model& model, const Explanation& explanation) {
  const Layer& layer = explanation.layer;
  std::size_t step = 0;
  for (const Layer& before : truncated_after(model, layer.name).description.layers)
    step = std::max(step, before.in.count() + before.out.count());
  const std::size_t input = model.description.layers.front().in.count();
  const auto weights = static_cast<std::size_t>(parameter_count(layer));
  return (input + layer.in.count() + layer.out.count() + weights + step) * sizeof(float);
}

WorkedExample run_example(const Model& model, std::optional<std::uint64_t> seed,
                          const Explanation& explanation, std::span<const float> input,
                          const Wanted& wanted) {
  const Layer& layer = explanation.layer;
  require_inside(layer.out, wanted, layer.name);
  WorkedExample example;
  example.random_weights = seed;
  example.out = output_at(model, layer.name, seed, input, &example.engine);
  const std::vector<Layer> until = truncated_after(model, layer.name).description.layers;
  if (until.size() == 1) {
    example.in.assign(input.begin(), input.end());
  } else {
    example.in = output_at(model, until[until.size() - 2].name, seed, input, nullptr);
  }
  choose(layer.out, wanted, example);
  if (!multiplies(layer.params)) return example;
  const std::shared_ptr<Weights> weights = weights_of(model, seed);
  const std::vector<WeightSpec> specs = weight_specs(layer);
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  example.weights = copy(weights->fetch(specs[0]));
  if (specs.size() > 1) example.bias = copy(weights->fetch(specs[1]));
  return example;
}

}  // namespace alexnet::app
