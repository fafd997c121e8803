#include "explain/explain_report.hpp"
#include "explain/layer_explanation.hpp"
#include "layers/layers.hpp"
#include "print/json.hpp"
#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

Json place_json(Position p) { return {p.y, p.x}; }

Json gemm_json(const Explanation& e) {
  const GemmSize g = *gemm_size(e.layer);
  const Cost c = cost(e.layer);
  const auto in = static_cast<std::int64_t>(e.layer.in.count());
  const std::int64_t patches = im2col_elements(e.layer);
  return {{"m", g.m},
          {"k", g.k},
          {"n", g.n},
          {"gemms", g.count},
          {"multiply_adds", c.multiply_adds},
          {"flop", 2 * c.multiply_adds},
          {"im2col_elements", patches == 0 ? Json() : Json(patches)},
          {"im2col_expansion",
           patches == 0 ? Json() : Json(static_cast<double>(patches) / static_cast<double>(in))}};
}

Json taps_json(const std::vector<Tap>& taps, std::span<const float> row) {
  Json list = Json::array();
  for (std::size_t i = 0; i < taps.size(); ++i) {
    Json tap{{"channel", taps[i].channel},
             {"in_window", place_json(taps[i].in_window)},
             {"in_input", place_json(taps[i].in_input)},
             {"pad", taps[i].pad},
             {"patch", taps[i].value}};
    if (!row.empty()) tap["kernel"] = row[i];
    list.push_back(std::move(tap));
  }
  return list;
}

Json example_json(const Explanation& e) {
  const WorkedExample& example = *e.example;
  const Json path = path_json(example.input);
  Json json{{"input", path.at("path")}};
  if (path.contains("path_base64")) json["input_base64"] = path.at("path_base64");
  json.update({{"input_of_model", example.input_of_model},
               {"random_weights", example.random_weights ? Json(*example.random_weights) : Json()},
               {"channel", example.channel},
               {"at", place_json(example.at)},
               {"strongest_channel", example.chosen_channel},
               {"strongest_place", example.chosen_position},
               {"engine", example.engine},
               {"engine_value", example.engine_value(e.layer.out)}});
  if (multiplies(e.layer.params)) {
    const WorkedOut worked = work_out(e.layer, example, example.channel, example.at);
    json["channel_sums"] = worked.product.channels;
    json["sum"] = worked.product.sum;
    json["bias"] = example.bias.empty() ? Json() : Json(worked.bias);
    json["value"] = worked.value();
    json["difference"] = static_cast<double>(example.engine_value(e.layer.out)) - worked.value();
    json["column"] = taps_json(worked.column, worked.row);
  } else {
    json["column"] = taps_json(taps_of(e.layer, example.in, example.channel, example.at), {});
    json["worked_out"] = worked_lines(e);
  }
  return json;
}

}  // namespace

std::string explain_json(const Explanation& e) {
  const Cost c = cost(e.layer);
  Json json{{"model", utf8(e.model)},
            {"layer", utf8(e.layer.name)},
            {"type", kind_of(e.layer)},
            {"in", shape_json(e.layer.in)},
            {"out", shape_json(e.layer.out)}};
  if (multiplies(e.layer.params)) {
    json["gemm"] = gemm_json(e);
  } else {
    const Formula f = formula_of(e);
    json["gemm"] = nullptr;
    json.update({{"what", f.what}, {"formula", f.formula}, {"source", f.source}, {"operations", f.cost}});
    json["limit"] = f.limit.empty() ? Json() : Json(f.limit);
  }
  const auto floats = [](std::int64_t count) { return count * std::int64_t{sizeof(float)}; };
  json["bytes"] = {{"weights", floats(parameter_count(e.layer))},
                   {"input", floats(static_cast<std::int64_t>(e.layer.in.count()))},
                   {"output", floats(static_cast<std::int64_t>(e.layer.out.count()))},
                   {"all", c.bytes}};
  json["packed"] = {{"method", e.step && !e.step->method.empty() ? Json(e.step->method) : Json()},
                    {"multiply_adds", e.step ? Json(e.step->multiply_adds) : Json()},
                    {"weight_bytes", e.step ? Json(e.step->weight_bytes) : Json()},
                    {"scratch_bytes", e.step ? Json(e.step->scratch_bytes) : Json()},
                    {"step_of", e.step_of.empty() ? Json() : Json(utf8(e.step_of))},
                    {"fused", e.fused},
                    {"text", packed_text(e)}};
  json["example"] = e.example ? example_json(e) : Json();
  return dump(json);
}

}  // namespace alexnet::app
