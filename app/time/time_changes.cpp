#include "time/time_changes.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "print/layer_times.hpp"
#include "time/comparison.hpp"

namespace alexnet::app {
namespace {

constexpr double kMinMs = 0.001;  // below this, the clock's resolution dominates

const std::set<Limit> kLimits{Limit::arithmetic, Limit::memory};

double width(const Stats& s) { return s.q3 - s.q1; }

// Returns the ratio of the larger to the smaller value.
double times_apart(double a, double b) { return std::max(a, b) / std::min(a, b); }

// One of the machine's limits in both reports, in GFLOP/s or GB/s.
struct MachineChange {
  double before_peak;
  double after_peak;
  // Lowest lower quartile and highest upper quartile of the samples of both reports; 0 if a report has no
  // samples.
  double slowest;
  double fastest;

  double peaks_apart() const { return times_apart(before_peak, after_peak); }
  double apart() const { return slowest > 0.0 ? std::max(peaks_apart(), fastest / slowest) : peaks_apart(); }
};

MachineChange machine_change(const TimeReport& report, Limit limit) {
  const TimeReport& before = report.before.front();
  const bool memory = limit == Limit::memory;
  const auto peak = [&](const TimeReport& r) { return memory ? r.peak.read_gbytes_per_s : r.peak.gflops; };
  MachineChange c{peak(before), peak(report), 0.0, 0.0};
  if (!before.machine || !report.machine) return c;
  const Stats& a = memory ? before.machine->gbytes_per_s : before.machine->gflops;
  const Stats& b = memory ? report.machine->gbytes_per_s : report.machine->gflops;
  c.slowest = std::min(a.q1, b.q1);
  c.fastest = std::max(a.q3, b.q3);
  return c;
}

std::string machine_text(const MachineChange& c, const std::string& unit) {
  if (c.apart() > c.peaks_apart())
    return "the machine's own speed lay between " + number(c.slowest) + " and " + number(c.fastest) + unit;
  const double change = c.before_peak / c.after_peak - 1.0;  // as a change in time
  return "the machine itself was " + percent(std::abs(change)) + (change < 0.0 ? " faster" : " slower") +
         ": peak " + number(c.before_peak) + " -> " + number(c.after_peak) + unit;
}

// Returns true if the layer is bound by its limit. Below 80 %, something else takes the time; above 120 %,
// its data comes from a cache.
bool reaches_limit(const LayerTime& l) { return l.reached() >= 0.8 && l.reached() <= 1.2; }

// Returns the limits that bind the block's layers in either report. Returns both limits if a layer does not
// reach its own.
std::set<Limit> limits_of(const TimeReport& report, std::size_t engine, const Block& block) {
  std::set<Limit> limits;
  for (const EngineTimes* e : {&report.before.front().engines[engine], &report.engines[engine]})
    for (const LayerTime& l : std::span(e->layers).subspan(block.first, block.last - block.first + 1)) {
      if (l.limit == Limit::none) continue;
      if (!reaches_limit(l)) return kLimits;
      limits.insert(l.limit);
    }
  return limits;
}

// Returns the limits that changed by a larger ratio than the time did.
std::set<Limit> larger_changes(const TimeReport& report, std::set<Limit> limits, const Change& c) {
  const double apart = times_apart(c.before_ms, c.after_ms);
  std::erase_if(limits, [&](Limit limit) { return !(machine_change(report, limit).apart() > apart); });
  return limits;
}

Change change_of(const TimeReport& report, const Stats& before, const Stats& after,
                 const std::set<Limit>& limits) {
  Change c{.before_ms = before.median, .after_ms = after.median};
  const bool few = std::min(report.before.front().runs, report.runs) < kMinRuns;
  if (few || std::abs(after.median - before.median) <= width(before) + width(after)) {
    c.cause = Cause::noise;
  } else if (!larger_changes(report, limits, c).empty()) {
    c.cause = Cause::machine;
  }
  return c;
}

// Returns the sums of the quartiles over the block's layers. Fused layers have times of 0.
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

std::string input_text(const TimeReport& r) { return r.decode_ms ? "a photo" : "made-up numbers"; }

}  // namespace

Changes changes(const TimeReport& report, std::size_t i) {
  const TimeReport& before = report.before.front();
  const EngineTimes& a = before.engines[i];
  const EngineTimes& b = report.engines[i];
  Changes all;
  for (const Block& block : compare(a.layers, b.layers)) {
    Change c = change_of(report, sum(a.layers, block), sum(b.layers, block), limits_of(report, i, block));
    c.first = block.first;
    c.last = block.last;
    all.layers.push_back(c);
  }
  all.plain = change_of(report, a.plain_ms, b.plain_ms, kLimits);
  return all;
}

std::string change_text(const Change& c) {
  if (std::max(c.before_ms, c.after_ms) < kMinMs || c.before_ms <= 0.0) return "";
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
  check("CPU", before.environment.cpu, report.environment.cpu);
  check("CPU level", before.environment.cpu_level, report.environment.cpu_level);
  check("alexnet", before.environment.version, report.environment.version);
  check("Eigen", before.environment.eigen, report.environment.eigen);
  check("OpenCV", before.environment.opencv, report.environment.opencv);
  return all;
}

std::string cause_text(Cause cause) {
  return cause == Cause::noise ? "noise" : cause == Cause::machine ? "machine" : "";
}

std::vector<std::string> machine_changes(const TimeReport& report) {
  std::set<Limit> limits;
  for (std::size_t i = 0; i < report.engines.size(); ++i) {
    const Changes all = changes(report, i);
    if (all.plain.cause == Cause::machine) limits.merge(larger_changes(report, kLimits, all.plain));
    for (const Change& c : all.layers)
      if (c.cause == Cause::machine)
        limits.merge(larger_changes(report, limits_of(report, i, {c.first, c.last}), c));
  }
  std::vector<std::string> lines;
  lines.reserve(limits.size());
  for (const Limit limit : limits)
    lines.push_back(
        machine_text(machine_change(report, limit), limit == Limit::memory ? " GB/s" : " GFLOP/s"));
  return lines;
}

std::string verdict(const TimeReport& report, std::size_t i) {
  const Change c = changes(report, i).plain;
  const std::string change = change_text(c);
  const std::string difference = "the plain pass takes " + number(c.after_ms) + " ms, before " +
                                 number(c.before_ms) + " ms" + (change.empty() ? "" : " (" + change + ")");
  if (std::min(report.before.front().runs, report.runs) < kMinRuns)
    return difference + ": fewer than " + std::to_string(kMinRuns) + " runs do not tell it from noise";
  if (c.cause == Cause::machine) return difference + ": the machine itself changed by more than that";
  return difference + (c.cause == Cause::noise ? ": that is inside the noise of the runs"
                                               : ": more than the noise of the runs");
}

std::string weights_text(const TimeReport& r) {
  if (r.random_weights) return "random (seed " + std::to_string(*r.random_weights) + ")";
  return r.weights.empty() ? "the model's" : "the model's, " + r.weights;
}

std::string before_text(const TimeReport& r) {
  return r.environment.date + ", alexnet " + r.environment.version + ", engine " + r.engines.front().engine +
         (r.engines.size() > 1 ? " and " + r.engines.back().engine : "");
}

std::string changes_text(const TimeReport& report, const Style& style) {
  using enum Table::Align;
  const auto line = [&](const std::string& what) {
    return wrapped(escape_for_terminal(what), style.columns, "  ") + "\n";
  };
  std::string text = "\n" + line("before: " + before_text(report.before.front()));
  for (const std::string& difference : differences(report)) text += line("differs: " + difference);
  for (const std::string& change : machine_changes(report)) text += line(change);
  for (std::size_t i = 0; i < report.engines.size(); ++i) {
    const EngineTimes& e = report.engines[i];
    Table table({{"layer"}, {"before ms", right, {}, 1}, {"ms", right}, {"change", right}, {""}});
    const Changes all = changes(report, i);
    for (const Change& c : all.layers) {
      const std::string change = change_text(c);
      table.add({escape_for_terminal(names(e.layers, c)), number(c.before_ms), number(c.after_ms), change,
                 change.empty() ? "" : cause_text(c.cause)},
                tint_of(e.layers[c.first].kind));
    }
    table.add({"plain pass", number(all.plain.before_ms), number(all.plain.after_ms), change_text(all.plain),
               cause_text(all.plain.cause)},
              Tint::bold);
    text +=
        "\n" + table.text(style) + "\n" + wrapped(e.engine + ": " + verdict(report, i), style.columns) + "\n";
  }
  return text;
}

void require_comparable(const TimeReport& before, const TimeReport& report, const std::string& file) {
  const auto check = [&](const char* field, const std::string& was, const std::string& is) {
    if (was != is)
      throw ModelError(file, field, "is " + was + ", which cannot be compared with a run of " + is);
  };
  const auto count = [](const std::vector<EngineTimes>& engines) {
    return engines.size() == 1 ? std::string("one engine") : "two engines";
  };
  check("model", in_quotes(before.model), in_quotes(report.model));
  check("batch", std::to_string(before.batch), std::to_string(report.batch));
  check("engines", count(before.engines), count(report.engines));
  const std::vector<LayerTime>& a = before.engines.front().layers;
  const std::vector<LayerTime>& b = report.engines.front().layers;
  check("layers", std::to_string(a.size()), std::to_string(b.size()));
  const auto layer = [](const LayerTime& l) {
    return in_quotes(l.name) + ", " + l.kind + " of " + to_string(l.in) + " to " + to_string(l.out);
  };
  for (std::size_t i = 0; i < a.size(); ++i) check("layers", layer(a[i]), layer(b[i]));
}

}  // namespace alexnet::app
