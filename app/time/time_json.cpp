#include "time/time_json.hpp"

#include "print/json.hpp"
#include "time/comparison.hpp"
#include "time/counters_text.hpp"
#include "time/time_changes.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

// Empty figures are null.
Json counts_json(const Counts& counts) {
  Json object;
  for (const auto& [name, count] : count_figures(counts)) object[name] = count ? Json(*count) : Json();
  return object;
}

Json engine_layers_json(const EngineTimes& e, bool counts) {
  Json layers = layers_json(e.layers);
  for (std::size_t i = 0; counts && i < layers.size(); ++i)
    layers[i]["counters"] = counts_json(e.layers[i].counts);
  return layers;
}

Json engine_json(const EngineTimes& e, bool counts) {
  return {{"engine", e.engine},
          {"plain_ms", stats_json(e.plain_ms)},
          {"profiled_ms", stats_json(e.profiled_ms)},
          {"cold_ms", e.cold_ms},
          {"load_ms", e.load_ms},
          {"limit_ms", e.limit_ms()},
          {"gemm_share", gemm_share(e.layers)},
          {"layers", engine_layers_json(e, counts)}};
}

Json comparison_json(const TimeReport& report) {
  const EngineTimes& a = report.engines[0];
  const EngineTimes& b = report.engines[1];
  Json blocks = Json::array();
  for (const Block& block : compare(a.layers, b.layers)) {
    Json names = Json::array();
    for (std::size_t i = block.first; i <= block.last; ++i) names.push_back(utf8(a.layers[i].name));
    blocks.push_back({{"layers", names},
                      {"ms", {block.first_ms, block.second_ms}},
                      {"ratio", block.second_ms > 0.0 ? Json(block.ratio()) : Json()}});
  }
  return {{"engines", {a.engine, b.engine}},
          {"ratio", b.plain_ms.median > 0.0 ? a.plain_ms.median / b.plain_ms.median : 0.0},
          {"layers", blocks}};
}

Json change_json(const Change& c) {
  return {{"before_ms", c.before_ms},
          {"after_ms", c.after_ms},
          {"change", c.before_ms > 0.0 ? Json(c.change()) : Json()},
          {"noise", c.cause != Cause::unknown},
          {"machine", c.cause == Cause::machine}};
}

Json changes_json(const TimeReport& report) {
  Json object{{"differs", Json::array()}, {"machine", Json::array()}, {"engines", Json::array()}};
  for (const std::string& difference : differences(report)) object["differs"].push_back(difference);
  for (const std::string& change : machine_changes(report)) object["machine"].push_back(change);
  for (std::size_t i = 0; i < report.engines.size(); ++i) {
    const EngineTimes& e = report.engines[i];
    const Changes all = changes(report, i);
    Json layers = Json::array();
    for (const Change& c : all.layers) {
      Json of_layers = Json::array();
      for (std::size_t l = c.first; l <= c.last; ++l) of_layers.push_back(e.layers[l].name);
      Json json_of{{"layers", of_layers}};
      json_of.update(change_json(c));
      layers.push_back(json_of);
    }
    object["engines"].push_back(
        {{"engine", e.engine}, {"plain", change_json(all.plain)}, {"layers", layers}});
  }
  return object;
}

Json report_json(const TimeReport& r) {
  const auto optional = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  Json object{{"model", r.model},
              {"random_weights", r.random_weights ? Json(*r.random_weights) : Json()},
              {"weights", r.weights.empty() ? Json() : Json(r.weights)},
              {"conv", r.conv},
              {"date", r.environment.date},
              {"cpu", r.environment.cpu},
              {"cpu_level", r.environment.cpu_level},
              {"versions",
               {{"alexnet", r.environment.version},
                {"eigen", r.environment.eigen},
                {"opencv", r.environment.opencv}}},
              {"threads", r.threads},
              {"batch", r.batch},
              {"runs", r.runs},
              {"warmup", r.warmup},
              {"peak_gflops", r.peak.gflops},
              {"peak_gbytes_per_s", r.peak.read_gbytes_per_s},
              {"decode_ms", optional(r.decode_ms)},
              {"preprocess_ms", optional(r.preprocess_ms)},
              {"report_ms", r.report_ms}};
  if (r.machine)
    object["machine"] = {{"gflops", stats_json(r.machine->gflops)},
                         {"gbytes_per_s", stats_json(r.machine->gbytes_per_s)}};
  if (r.counters_refusal) object["counters"] = has_counts(r) ? "counted" : *r.counters_refusal;
  if (r.engines.size() == 1) {
    object.update(engine_json(r.engines[0], has_counts(r)));
  } else {
    object["comparison"] = comparison_json(r);
    object["engines"] = Json::array();
    for (const EngineTimes& e : r.engines) object["engines"].push_back(engine_json(e, has_counts(r)));
  }
  if (!r.before.empty()) {
    object["changes"] = changes_json(r);
    object["before"] = report_json(r.before.front());
  }
  return object;
}

}  // namespace

std::string time_json(const TimeReport& report) { return dump(report_json(report)); }

}  // namespace alexnet::app
