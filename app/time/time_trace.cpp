#include "time/time_trace.hpp"

#include <algorithm>
#include <set>

#include "print/json.hpp"
#include "run/trace.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

// Writes one engine's pass.
class PassWriter {
 public:
  PassWriter(TraceEvents& events, int process, const Network& network, const PassTrace& trace)
      : events_(events), process_(process), network_(network), trace_(trace) {}

  void write(const TimeReport& report, const EngineTimes& engine) {
    events_.name_process(process_, "alexnet time: " + report.model + ", " + engine.engine);
    std::set<int> threads{0};
    for (const PassTrace::Task& task : trace_.tasks) threads.insert(task.thread);
    for (const int thread : threads)
      events_.name_thread(track(thread), thread == 0 ? "main" : "worker " + std::to_string(thread));
    double layers_ms = 0.0;
    for (const PassTrace::RunStep& step : trace_.steps) layers_ms += step.time.ms();
    add(0, "pass", "pass", trace_.pass,
        {{"chosen", "the profiled pass nearest to their median"},
         {"run", trace_.run + 1},
         {"runs", report.runs},
         {"batch", report.batch},
         {"threads", report.threads},
         {"pass_ms", trace_.pass.ms()},
         {"layers_ms", layers_ms},
         {"median_ms", engine.profiled_ms.median},
         {"cpu", report.environment.cpu},
         {"date", report.environment.date}});
    for (const PassTrace::RunStep& step : trace_.steps)
      add(0, "layer", layer_of(step).name, step.time, about(step));
    for (const PassTrace::Task& task : trace_.tasks) write(task);
  }

 private:
  // Thread numbers are unique across processes, because some trace viewers identify a thread by its number
  // alone.
  Track track(int thread) const { return {process_, 10000 * process_ + thread}; }

  void add(int thread, const char* category, const std::string& name, const Interval& time,
           const Json& args) {
    events_.add(track(thread), category, name, time.began - trace_.pass.began, time.ended - time.began,
                args.is_null() ? "" : dump(args));
  }

  const Layer& layer_of(const PassTrace::RunStep& ran) const {
    return network_.layers()[network_.steps()[ran.step].first];
  }

  Json about(const PassTrace::RunStep& ran) const {
    const Step& step = network_.steps()[ran.step];
    Json args{{"type", kind_of(layer_of(ran))}, {"images", ran.images}};
    if (!step.method.empty()) args["method"] = step.method;
    for (std::size_t i = step.first + 1; i <= step.last; ++i)
      args["fused"].push_back(utf8(network_.layers()[i].name));
    return args;
  }

  void write(const PassTrace::Task& task) {
    const auto after = std::ranges::upper_bound(trace_.steps, task.time.began, {},
                                                [](const auto& step) { return step.time.began; });
    // The task that reorders the pixels runs before the first step.
    const bool inside = after != trace_.steps.begin() && task.time.ended <= std::prev(after)->time.ended;
    const std::string layer = inside ? layer_of(*std::prev(after)).name : "";
    const std::string loop = task.loop;
    add(task.thread, "task", loop.empty() ? layer : loop, task.time,
        inside ? Json{{"layer", utf8(layer)}} : Json());
  }

  TraceEvents& events_;
  int process_;
  const Network& network_;
  const PassTrace& trace_;
};

}  // namespace

std::string time_trace(const TimeReport& report, const std::vector<const Network*>& networks,
                       const std::vector<Profile>& profiles) {
  TraceEvents events;
  for (std::size_t i = 0; i < profiles.size(); ++i)
    PassWriter(events, static_cast<int>(i) + 1, *networks[i], *profiles[i].trace)
        .write(report, report.engines[i]);
  events.end();
  return events.take();
}

}  // namespace alexnet::app
