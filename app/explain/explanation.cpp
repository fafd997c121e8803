#include "explain/explanation.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "engine/engine.hpp"
#include "network/model.hpp"
#include "run/session.hpp"

namespace alexnet::app {
namespace {

std::size_t index_of(const Shape& s, int channel, Position at) {
  return static_cast<std::size_t>(channel) * s.plane() +
         static_cast<std::size_t>(at.y) * static_cast<std::size_t>(s.width) + static_cast<std::size_t>(at.x);
}

std::string count_and_range(int count, const char* what) {
  return std::to_string(count) + " " + what + ", 0 to " + std::to_string(count - 1);
}

void require_inside(const Shape& out, const OutputChoice& choice, const std::string& layer) {
  if (choice.channel && *choice.channel >= out.channels)
    throw UsageError("--channel: " + std::to_string(*choice.channel) + " is out of range; the output of " +
                     in_quotes(layer) + " has " + count_and_range(out.channels, "channels"));
  if (choice.at && (choice.at->y >= out.height || choice.at->x >= out.width))
    throw UsageError("--at: " + std::to_string(choice.at->y) + "," + std::to_string(choice.at->x) +
                     " is out of range; the output of " + in_quotes(layer) + " has " +
                     count_and_range(out.height, "rows") + ", and " + count_and_range(out.width, "columns"));
}

// Sets the channel and the position of the maximum among the outputs that match `choice`. Among equals, the
// first one wins.
void choose_output(const Shape& out, const OutputChoice& choice, WorkedExample& example) {
  example.chosen_channel = !choice.channel;
  example.chosen_position = !choice.at;
  example.channel = choice.channel.value_or(0);
  example.at = choice.at.value_or(Position());
  const auto value = [&](int c, Position at) { return example.out[index_of(out, c, at)]; };
  for (int c = 0; c < out.channels; ++c)
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x) {
        if (choice.channel && c != *choice.channel) continue;
        if (choice.at && Position{y, x} != *choice.at) continue;
        if (!(value(c, {y, x}) > value(example.channel, example.at))) continue;
        example.channel = c;
        example.at = {y, x};
      }
}

}  // namespace

float WorkedExample::engine_value(const Shape& out_shape) const {
  return out[index_of(out_shape, channel, at)];
}

Explanation explain_structure(const Model& model, const std::string& layer) {
  const std::size_t index = layer_index(model, layer);
  const std::vector<Layer>& layers = model.description.layers;
  Explanation e{model.description.name, layers[index], index == 0, packed_runs(layers), {}, {}, {}, {}, {}};
  for (const Step& step : plan(layers, {.engine = EngineKind::packed})) {
    if (index < step.first || index > step.last) continue;
    if (index == step.first) e.lrn = step.lrn;
    if (!e.packed) break;  // the steps are those of `eigen`
    if (index > step.first) {
      e.step_of = layers[step.first].name;
      continue;
    }
    e.step = step;
    for (std::size_t i = step.first + 1; i <= step.last; ++i) e.fused.push_back(layers[i].name);
  }
  return e;
}

WorkedExample run_example(const Model& model, std::optional<std::uint64_t> seed,
                          const Explanation& explanation, std::span<const float> input,
                          const OutputChoice& choice) {
  const Layer& layer = explanation.layer;
  require_inside(layer.out, choice, layer.name);
  WorkedExample example;
  static_cast<LayerRun&>(example) = run_layer(model, layer.name, input, seed);
  example.random_weights = seed;
  choose_output(layer.out, choice, example);
  return example;
}

}  // namespace alexnet::app
