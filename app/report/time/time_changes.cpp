#include "report/time/time_changes.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "report/record.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLeastMs = 0.001;  // below, a clock's tick is a large part

double width(const Stats& s) { return s.q3 - s.q1; }

Change change_of(const Stats& before, const Stats& after, bool few) {
  const double spread = width(before) + width(after);
  return {0, 0, before.median, after.median, few || std::abs(after.median - before.median) <= spread};
}

// The sum over the layers; what a layer fused into another one adds is nothing.
Stats sum(const std::vector<LayerTime>& layers, const Block& block) {
  Stats total;
  for (std::size_t i = block.first; i <= block.last; ++i) {
    total.q1 += layers[i].ms.q1;
    total.median += layers[i].ms.median;
    total.q3 += layers[i].ms.q3;
  }
  return total;
}

std::string names(const std::vector<LayerTime>& layers, const Change& c) {
  std::string text = layers[c.first].name;
  if (c.last > c.first) text += " to " + layers[c.last].name;
  return text;
}

Json change_json(const Change& c) {
  return {{"before_ms", c.before_ms},
          {"after_ms", c.after_ms},
          {"change", c.before_ms > 0.0 ? Json(c.change()) : Json()},
          {"noise", c.noise}};
}

std::string input_text(const TimeReport& r) { return r.decode_ms ? "a photo" : "made-up numbers"; }

std::string noise_text(const Change& c) { return c.noise ? "noise" : ""; }

}  // namespace

Changes changes(const TimeReport& report, std::size_t i) {
  const TimeReport& before = report.before.front();
  const EngineTimes& a = before.engines[i];
  const EngineTimes& b = report.engines[i];
  const bool few = std::min(before.runs, report.runs) < kLeastRuns;
  Changes all;
  for (const Block& block : compare(a.layers, b.layers)) {
    Change c = change_of(sum(a.layers, block), sum(b.layers, block), few);
    c.first = block.first;
    c.last = block.last;
    all.layers.push_back(c);
  }
  all.plain = change_of(a.plain_ms, b.plain_ms, few);
  return all;
}

std::string change_text(const Change& c) {
  if (std::max(c.before_ms, c.after_ms) < kLeastMs || c.before_ms <= 0.0) return "";
  return (c.change() < 0 ? "" : "+") + percent(c.change());
}

std::vector<std::string> differences(const TimeReport& report) {
  const TimeReport& before = report.before.front();
  std::vector<std::string> all;
  const auto check = [&](const std::string& what, const std::string& was, const std::string& is) {
    if (was != is) all.push_back(what + " " + was + ", now " + is);
  };
  for (std::size_t i = 0; i < report.engines.size(); ++i)
    check("engine", before.engines[i].engine, report.engines[i].engine);
  check("weights", weights_text(before), weights_text(report));
  check("input", input_text(before), input_text(report));
  check("--conv", before.conv, report.conv);
  check("threads", std::to_string(before.threads), std::to_string(report.threads));
  check("runs", std::to_string(before.runs), std::to_string(report.runs));
  check("warm-up", std::to_string(before.warmup), std::to_string(report.warmup));
  check("CPU", before.facts.cpu, report.facts.cpu);
  check("CPU level", before.facts.cpu_level, report.facts.cpu_level);
  check("alexnet", before.facts.version, report.facts.version);
  check("Eigen", before.facts.eigen, report.facts.eigen);
  check("OpenCV", before.facts.opencv, report.facts.opencv);
  return all;
}

std::string verdict(const TimeReport& report, std::size_t i) {
  const Change c = changes(report, i).plain;
  const std::string change = change_text(c);
  const std::string difference = "the plain pass takes " + number(c.after_ms) + " ms, before " +
                                 number(c.before_ms) + " ms" + (change.empty() ? "" : " (" + change + ")");
  if (std::min(report.before.front().runs, report.runs) < kLeastRuns)
    return difference + ": fewer than " + std::to_string(kLeastRuns) + " runs do not tell it from noise";
  return difference +
         (c.noise ? ": that is inside the noise of the runs" : ": more than the noise of the runs");
}

std::string weights_text(const TimeReport& r) {
  if (r.random_weights) return "random (seed " + std::to_string(*r.random_weights) + ")";
  return r.weights.empty() ? "the model's" : "the model's, " + r.weights;
}

std::string before_text(const TimeReport& r) {
  return r.facts.date + ", alexnet " + r.facts.version + ", engine " + r.engines.front().engine +
         (r.engines.size() > 1 ? " and " + r.engines.back().engine : "");
}

std::string changes_text(const TimeReport& report, const Style& style) {
  using enum Table::Align;
  const auto line = [&](const std::string& what) {
    return wrapped(printable(what), style.columns, "  ") + "\n";
  };
  std::string text = "\n" + line("before: " + before_text(report.before.front()));
  for (const std::string& difference : differences(report)) text += line("differs: " + difference);
  for (std::size_t i = 0; i < report.engines.size(); ++i) {
    const EngineTimes& e = report.engines[i];
    Table table({{"layer"}, {"before ms", right, {}, 1}, {"ms", right}, {"change", right}, {""}});
    const Changes all = changes(report, i);
    for (const Change& c : all.layers) {
      const std::string change = change_text(c);
      table.add({printable(names(e.layers, c)), number(c.before_ms), number(c.after_ms), change,
                 change.empty() ? "" : noise_text(c)},
                tint_of(e.layers[c.first].kind));
    }
    table.add({"plain pass", number(all.plain.before_ms), number(all.plain.after_ms), change_text(all.plain),
               noise_text(all.plain)},
              Tint::bold);
    text +=
        "\n" + table.text(style) + "\n" + wrapped(e.engine + ": " + verdict(report, i), style.columns) + "\n";
  }
  return text;
}

Json changes_json(const TimeReport& report) {
  Json json{{"differs", Json::array()}, {"engines", Json::array()}};
  for (const std::string& difference : differences(report)) json["differs"].push_back(difference);
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
    json["engines"].push_back({{"engine", e.engine}, {"plain", change_json(all.plain)}, {"layers", layers}});
  }
  return json;
}

void require_comparable(const TimeReport& before, const TimeReport& report, const std::string& file) {
  const auto check = [&](const char* field, const std::string& was, const std::string& is) {
    if (was != is)
      throw ModelError(file, field, "is " + was + ", which cannot be compared with a run of " + is);
  };
  const auto count = [](const std::vector<EngineTimes>& engines) {
    return engines.size() == 1 ? std::string("one engine") : "two engines";
  };
  check("model", "'" + excerpt(before.model) + "'", "'" + excerpt(report.model) + "'");
  check("batch", std::to_string(before.batch), std::to_string(report.batch));
  check("engines", count(before.engines), count(report.engines));
  const std::vector<LayerTime>& a = before.engines.front().layers;
  const std::vector<LayerTime>& b = report.engines.front().layers;
  check("layers", std::to_string(a.size()), std::to_string(b.size()));
  const auto layer = [](const LayerTime& l) {
    return "'" + excerpt(l.name) + "', " + l.kind + " of " + to_string(l.in) + " to " + to_string(l.out);
  };
  for (std::size_t i = 0; i < a.size(); ++i) check("layers", layer(a[i]), layer(b[i]));
}

}  // namespace alexnet::app
