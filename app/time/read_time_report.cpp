#include "time/read_time_report.hpp"

#include <algorithm>
#include <filesystem>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "network/json_object.hpp"
#include "time/time_changes.hpp"
#include "weights/strict_json.hpp"

namespace alexnet::app {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

bool is_null(const JsonObject& in, const char* key) { return in.value(key).is_null(); }

double above_zero(const JsonObject& in, const char* key) {
  // Measured values are far inside this range.
  constexpr double kMin = 1e-12;
  constexpr double kMax = 1e15;
  const double value = in.number(key);
  if (value <= 0.0) in.fail(key, "is " + in.value(key).dump() + ", must be more than 0");
  if (value < kMin || value > kMax)
    in.fail(key, "is " + in.value(key).dump() + ", must be from 1e-12 to 1e15");
  return value;
}

double not_negative(const JsonObject& in, const char* key) {
  const double value = in.number(key);
  if (value < 0.0) in.fail(key, "is " + in.value(key).dump() + ", must not be negative");
  return value > 0.0 ? above_zero(in, key) : 0.0;
}

int at_least(const JsonObject& in, const char* key, int min) {
  const int value = in.integer(key);
  if (value < min) in.fail(key, "is " + std::to_string(value) + ", must be at least " + std::to_string(min));
  return value;
}

// Returns "" if the value is null.
std::string text_or_null(const JsonObject& in, const char* key) {
  return is_null(in, key) ? "" : in.text(key);
}

std::optional<double> number_or_null(const JsonObject& in, const char* key) {
  return is_null(in, key) ? std::nullopt : std::optional(not_negative(in, key));
}

Stats read_stats(const JsonObject& in) {
  in.allow({"min", "q1", "median", "q3", "max"});
  const Stats s{not_negative(in, "min"), not_negative(in, "q1"), not_negative(in, "median"),
                not_negative(in, "q3"), not_negative(in, "max")};
  const auto check = [&](const char* key, double low, double high) {
    if (low > high) in.fail(key, "is less than what stands before it");
  };
  check("q1", s.min, s.q1);
  check("median", s.q1, s.median);
  check("q3", s.median, s.q3);
  check("max", s.q3, s.max);
  return s;
}

Shape read_shape(const JsonObject& in, const char* key) {
  const json& v = in.value(key);
  const auto whole = [](const json& e) { return e.is_number_unsigned() && e <= 1U << 30; };
  if (!v.is_array() || v.size() != 3 || !std::ranges::all_of(v, whole))
    in.fail(key, "must be [channels, height, width]");
  return {v[0].get<int>(), v[1].get<int>(), v[2].get<int>()};
}

std::int64_t size(const JsonObject& in, const char* key) {
  const json& v = in.value(key);
  if (!v.is_number_unsigned() || v == 0U || v > std::uint64_t{1} << 60)
    in.fail(key, "must be a whole number above 0");
  return v.get<std::int64_t>();
}

std::optional<GemmSize> read_gemm(const JsonObject& in) {
  if (in.integer("gemms") != 0)
    return GemmSize{size(in, "m"), size(in, "k"), size(in, "n"), size(in, "gemms")};
  for (const char* key : {"m", "k", "n"})
    if (!is_null(in, key)) in.fail(key, "must be null where gemms is 0");
  return std::nullopt;
}

Counts read_counts(const JsonObject& in) {
  in.allow({"cycles", "instructions", "ipc", "cache_misses"});
  Counts counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = number_or_null(in, kCounterNames[i]);
  return counts;
}

template <std::size_t... kKind>
std::vector<std::string> kinds(std::index_sequence<kKind...>) {
  return {std::string(type_name(LayerParams(std::in_place_index<kKind>)))...};
}

std::string read_kind(const JsonObject& in) {
  static const std::vector<std::string> kKinds =
      kinds(std::make_index_sequence<std::variant_size_v<LayerParams>>());
  in.value("type");
  return kKinds[in.choice("type", kKinds, 0)];
}

LayerTime read_layer(const JsonObject& in) {
  in.allow({"name", "type", "in", "out", "m", "k", "n", "gemms", "fused_into", "method", "ms", "share",
            "gflops", "gbytes_per_s", "limit", "limit_ms", "reached", "counters"});
  LayerTime l;
  l.name = in.text("name");
  l.kind = read_kind(in);
  l.in = read_shape(in, "in");
  l.out = read_shape(in, "out");
  l.gemm = read_gemm(in);
  l.fused_into = text_or_null(in, "fused_into");
  l.method = text_or_null(in, "method");
  l.ms = read_stats(in.object("ms"));
  if (not_negative(in, "share") > 1.0)
    in.fail("share", "is " + in.value("share").dump() + ", must be at most 1");
  l.gflops = number_or_null(in, "gflops").value_or(0.0);
  l.gbytes_per_s = not_negative(in, "gbytes_per_s");
  if (in.has("counters")) l.counts = read_counts(in.object("counters"));
  if (is_null(in, "limit")) return l;
  l.limit = in.choice("limit", {"arithmetic", "memory"}, 0) == 0 ? Limit::arithmetic : Limit::memory;
  l.limit_ms = not_negative(in, "limit_ms");
  return l;
}

EngineTimes read_engine(const JsonObject& in, const std::string& file, const std::string& where) {
  EngineTimes e;
  const std::vector<std::string> known{"eigen", "packed"};
  in.value("engine");
  e.engine = known[in.choice("engine", known, 0)];
  e.plain_ms = read_stats(in.object("plain_ms"));
  e.profiled_ms = read_stats(in.object("profiled_ms"));
  e.cold_ms = not_negative(in, "cold_ms");
  e.load_ms = not_negative(in, "load_ms");
  const json& layers = in.value("layers");
  if (!layers.is_array() || layers.empty()) in.fail("layers", "must be an array of at least one layer");
  std::string leader;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const JsonObject layer(layers[i], file, where + "layers[" + std::to_string(i) + "]");
    e.layers.push_back(read_layer(layer));
    const std::string& into = e.layers.back().fused_into;
    if (into.empty()) leader = e.layers.back().name;
    if (into.empty()) continue;
    if (into != leader)
      layer.fail("fused_into",
                 "is " + in_quotes(into) + ", must be the layer before it that has a time, or null");
    if (e.layers.back().ms.max > 0.0)
      layer.fail("ms", "is more than 0, must be 0 as the layer runs inside " + in_quotes(into));
  }
  set_shares(e.layers);  // the shares in the file may not match the times
  return e;
}

void require_same_layers(const JsonObject& in, const std::vector<EngineTimes>& engines) {
  const auto same = [](const LayerTime& a, const LayerTime& b) {
    return a.name == b.name && a.kind == b.kind;
  };
  if (!std::ranges::equal(engines[0].layers, engines[1].layers, same))
    in.fail("engines", "have different layers");
}

std::vector<EngineTimes> read_engines(const JsonObject& in, const std::string& file,
                                      const std::string& where) {
  if (!in.has("engines")) return {read_engine(in, file, where)};
  const json& list = in.value("engines");
  if (!list.is_array() || list.size() != 2) in.fail("engines", "must be an array of two");
  std::vector<EngineTimes> engines;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string path = where + "engines[" + std::to_string(i) + "]";
    const JsonObject one(list[i], file, path);
    one.allow(
        {"engine", "plain_ms", "profiled_ms", "cold_ms", "load_ms", "limit_ms", "gemm_share", "layers"});
    engines.push_back(read_engine(one, file, path + "."));
  }
  require_same_layers(in, engines);
  return engines;
}

MachineSpeed read_machine(const JsonObject& in) {
  in.allow({"gflops", "gbytes_per_s"});
  const auto speed = [&](const char* key) {
    const JsonObject stats = in.object(key);
    above_zero(stats, "min");
    return read_stats(stats);
  };
  return {speed("gflops"), speed("gbytes_per_s")};
}

TimeReport read_report(const JsonObject& in, const std::string& file, const std::string& where) {
  in.allow({"model",       "random_weights",    "weights",   "conv",          "date",      "cpu",
            "cpu_level",   "versions",          "threads",   "batch",         "runs",      "warmup",
            "peak_gflops", "peak_gbytes_per_s", "decode_ms", "preprocess_ms", "report_ms", "engine",
            "plain_ms",    "profiled_ms",       "cold_ms",   "load_ms",       "limit_ms",  "gemm_share",
            "layers",      "comparison",        "engines",   "changes",       "before",    "counters",
            "machine"});
  TimeReport r;
  r.model = in.text("model");
  if (!is_null(in, "random_weights")) {
    const json& seed = in.value("random_weights");
    if (!seed.is_number_unsigned()) in.fail("random_weights", "must be null or a seed, a whole number");
    r.random_weights = seed.get<std::uint64_t>();
  }
  r.weights = text_or_null(in, "weights");
  const std::vector<std::string> methods{"auto", "gemm", "winograd"};
  in.value("conv");
  r.conv = methods[in.choice("conv", methods, 0)];
  const JsonObject versions = in.object("versions");
  versions.allow({"alexnet", "eigen", "opencv"});
  r.environment = {in.text("date"),          in.text("cpu"),         in.text("cpu_level"),
                   versions.text("alexnet"), versions.text("eigen"), versions.text("opencv")};
  r.threads = at_least(in, "threads", 1);
  r.batch = at_least(in, "batch", 1);
  r.runs = at_least(in, "runs", 1);
  r.warmup = at_least(in, "warmup", 0);
  r.peak = {above_zero(in, "peak_gflops"), above_zero(in, "peak_gbytes_per_s")};
  if (in.has("machine")) r.machine = read_machine(in.object("machine"));
  r.decode_ms = number_or_null(in, "decode_ms");
  r.preprocess_ms = number_or_null(in, "preprocess_ms");
  r.report_ms = not_negative(in, "report_ms");
  r.engines = read_engines(in, file, where);
  if (in.has("counters")) {
    const std::string counters = in.text("counters");
    r.counters_refusal = counters == "counted" ? "" : counters;
  }
  return r;
}

json read_json_report(const std::string& file) {
  try {
    return read_json(file, kMaxBytes);
  } catch (const ModelError& e) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) throw;
    throw UsageError(std::string(e.what()) + "; name a report that alexnet time --json wrote");
  }
}

}  // namespace

TimeReport read_time_report(const std::string& file) {
  const json json = read_json_report(file);
  const JsonObject root(json, file, "");
  TimeReport report = read_report(root, file, "");
  if (root.has("before")) {
    report.before.push_back(read_report(root.object("before"), file, "before."));
    require_comparable(report.before.front(), report, file + ": before");
  }
  return report;
}

}  // namespace alexnet::app
