#include "time/time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "alexnet/error.hpp"
#include "alexnet/profile.hpp"
#include "core/parallel.hpp"
#include "kernels/gemm.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"
#include "time/environment.hpp"
#include "time/read_time_report.hpp"
#include "time/time_changes.hpp"
#include "time/time_figures.hpp"
#include "time/time_json.hpp"
#include "time/time_page.hpp"
#include "time/time_text.hpp"
#include "time/time_trace.hpp"

namespace alexnet::app {
namespace {

// Fills each image of the batch with the photo, or with random numbers in [-1, 1) if there is no photo.
void fill_input(const TimeOptions& options, const Model& model, std::span<float> input, TimeReport& report) {
  const image::Preprocess& preprocess = model.description.input;
  const std::span<float> first = input.first(model.description.layers.front().in.count());
  if (!options.image) {
    constexpr std::int64_t kFanIn = 6;  // bound 1
    const auto noise = random_weights(1);
    std::ranges::copy(noise->fetch({"input", {static_cast<std::int64_t>(first.size())}, kFanIn}),
                      first.begin());
  } else {
    try {
      const Stopwatch decoding;
      const image::Image photo = read_photo(*options.image, preprocess, {}).image;
      report.decode_ms = decoding.ms();
      const Stopwatch preprocessing;
      image::normalise(image::resize_and_crop(photo, preprocess), preprocess, first.data());
      report.preprocess_ms = preprocessing.ms();
    } catch (const std::bad_alloc&) {
      throw ImageError(Stage::preprocess, "not enough memory");
    }
  }
  for (std::size_t i = first.size(); i < input.size(); i += first.size())
    std::ranges::copy(first, input.begin() + static_cast<std::ptrdiff_t>(i));
}

// Returns the types that the layers' weights (not biases) are stored in, each once: "F16 + I8"; "" if
// `weights` is null or the types are unknown.
std::string stored_types(const std::vector<Layer>& layers, const Weights* weights) {
  std::set<std::string_view> types;
  for (const Layer& layer : layers)
    for (const WeightSpec& spec : weight_specs(layer))
      if (weights != nullptr && spec.dims.size() > 1) types.insert(weights->dtype(spec.name));
  std::string text;
  for (const std::string_view type : types)
    if (!type.empty()) text += (text.empty() ? "" : " + ") + std::string(type);
  return text;
}

// One of the networks that are measured alternately.
struct MeasuredNetwork {
  Network network;
  Workspace workspace;
  double load_ms;
};

std::vector<MeasuredNetwork> load(const TimeOptions& options, const OverwriteGuard& guard,
                                  TimeReport& report) {
  const Stopwatch opening;
  const Model model = options.model.open();
  const double open_ms = opening.ms();
  guard.check_input(model, options.model.import);
  report.model = model.description.name;
  report.random_weights = options.seed;
  if (!options.seed) report.weights = stored_types(model.description.layers, model.weights.get());
  report.conv = to_string(options.conv);
  std::vector<MeasuredNetwork> all;
  for (const EngineKind engine : options.engines) {
    const Stopwatch making;
    Network network = make_network(model, options.seed, {engine, options.conv, options.batch});
    const double load_ms = open_ms + making.ms();
    Workspace workspace(network, options.batch);
    all.push_back({std::move(network), std::move(workspace), load_ms});
  }
  const std::span<float> input = all.front().workspace.input();
  fill_input(options, model, input, report);
  for (MeasuredNetwork& other : std::span(all).subspan(1))
    std::ranges::copy(input, other.workspace.input().begin());
  return all;
}

MachineSpeed speed_of(const std::vector<kernels::Peak>& samples) {
  std::vector<double> gflops;
  std::vector<double> gbytes_per_s;
  for (const kernels::Peak& sample : samples) {
    gflops.push_back(sample.gflops);
    gbytes_per_s.push_back(sample.read_gbytes_per_s);
  }
  return {stats_of(gflops), stats_of(gbytes_per_s)};
}

// Returns the text of the trace, or "" if --trace is not given.
std::string measure(const TimeOptions& options, std::vector<MeasuredNetwork>& all, TimeReport& report) {
  std::vector<Profiled> networks;
  networks.reserve(all.size());
  for (MeasuredNetwork& one : all) networks.push_back({one.network, one.workspace});
  kernels::PeakMeter meter;
  const auto sample = [&](int done) {
    constexpr std::int64_t kSamples = 8;  // plus one after the last run
    const auto due = static_cast<std::size_t>(1 + kSamples * done / options.runs);
    const bool samples = meter.samples().size() < due;
    while (meter.samples().size() < due) meter.sample();
    return samples;
  };
  const std::vector<Profile> profiles = profile(networks, {options.batch, options.runs, options.warmup,
                                                           !options.trace.empty(), options.counters, sample});
  report.peak = meter.best();
  report.machine = speed_of(meter.samples());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Network& network = all[i].network;
    const Profile& p = profiles[i];
    report.engines.push_back({std::string(network.engine_name()), stats_of(p.plain_ms),
                              stats_of(p.profiled_ms), p.cold_ms, all[i].load_ms,
                              layer_times(network.layers(), network.steps(), stats_of(p.steps_ms),
                                          {options.batch, 1, options.batch, report.peak})});
    for (std::size_t s = 0; s < p.steps_counts.size(); ++s)
      report.engines.back().layers[network.steps()[s].first].counts = p.steps_counts[s];
  }
  if (options.counters) report.counters_refusal = profiles.front().counters_refusal;
  if (options.trace.empty()) return "";
  std::vector<const Network*> traced;
  traced.reserve(all.size());
  for (const MeasuredNetwork& one : all) traced.push_back(&one.network);
  return time_trace(report, traced, profiles);
}

TimeReport timed(const TimeOptions& options, const OverwriteGuard& guard, std::string& trace) {
  TimeReport report;
  report.environment = current_environment();
  report.threads = thread_count();
  report.batch = options.batch;
  report.runs = options.runs;
  report.warmup = options.warmup;
  std::vector<MeasuredNetwork> all = load(options, guard, report);
  trace = measure(options, all, report);
  const Stopwatch reporting;
  time_text(report, {});
  report.report_ms = reporting.ms();
  return report;
}

OverwriteGuard guard_of(const TimeOptions& options) {
  OverwriteGuard guard;
  guard.add_side_file(options.html, FileKind::page);
  guard.add_side_file(options.svg, FileKind::svg);
  guard.add_side_file(options.trace, FileKind::trace);
  for (const std::string& input : {options.from, options.compare, options.image.value_or("")})
    guard.check_input(input);
  return guard;
}

}  // namespace

int run_time(const TimeOptions& options, ColorMode color) {
  const OverwriteGuard guard = guard_of(options);
  std::vector<TimeReport> before;
  if (!options.compare.empty()) before.push_back(read_time_report(options.compare));
  OptionalFile page(options.html);
  OptionalFile picture(options.svg);
  OptionalFile trace(options.trace);
  TimeReport report;
  std::string events;
  try {
    report = options.from.empty() ? timed(options, guard, events) : read_time_report(options.from);
  } catch (const ImageError& e) {
    print_failure(*options.image, e);
    return kImagesFailed;
  }
  if (!before.empty()) {
    require_comparable(before.front(), report, options.compare);
    before.front().before.clear();
    report.before = std::move(before);
  }
  Output out;
  if (options.json) {
    out.write(time_json(report) + "\n");
  } else if (options.csv) {
    out.write(time_csv(report));
  } else {
    out.write(time_text(report, style_for(color, out.is_terminal())));
  }
  out.flush();
  if (page) page.write(time_page(report));
  if (picture) picture.write(time_picture(report));
  if (trace) trace.write(events);
  return kWell;
}

}  // namespace alexnet::app
