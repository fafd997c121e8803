#include "alexnet/profile.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/parallel.hpp"
#include "network/counters.hpp"

namespace alexnet {
namespace {

// Records passes, all of which must be run by the thread that constructed the Recorder.
class Recorder final : public TaskObserver {
 public:
  Recorder() { threads_.local(); }

  void ran(const char* loop, TimePoint began, TimePoint ended) override {
    Thread& thread = threads_.local();
    thread.tasks.push_back({thread.number, loop, {began, ended}});
  }
  void step(std::size_t step, int images, const Interval& time) { steps_.push_back({step, images, time}); }

  // Returns everything recorded since the last call.
  PassTrace take(int run, const Interval& pass) {
    PassTrace trace{run, pass, std::move(steps_), {}};
    steps_.clear();
    for (Thread& thread : threads_) {
      trace.tasks.insert(trace.tasks.end(), thread.tasks.begin(), thread.tasks.end());
      thread.tasks.clear();  // keeps the memory, so that the next pass need not allocate
    }
    return trace;
  }

 private:
  struct Thread {
    int number;
    std::vector<PassTrace::Task> tasks;
  };
  std::atomic<int> count_ = 0;
  tbb::enumerable_thread_specific<Thread> threads_{[this] { return Thread{count_++, {}}; }};
  std::vector<PassTrace::RunStep> steps_;
};

// Measures one network.
class Runner {
 public:
  Runner(const Profiled& profiled, int batch, bool trace)
      : network_(profiled.network),
        workspace_(profiled.workspace),
        batch_(batch),
        input_(workspace_.input().begin(), workspace_.input().end()),
        profiler_(network_) {
    profile_.cold_ms = pass({}).ms();
    if (trace) recorder_ = std::make_unique<Recorder>();
  }

  void warm_up() { pass({}); }
  void run_plain() { profile_.plain_ms.push_back(pass({}).ms()); }

  void run_profiled() {
    const Observer profiling = profiler_.observer();
    const Observer both = [&](std::size_t step, const Activation& output, const Interval& time) {
      profiling(step, output, time);
      recorder_->step(step, output.count, time);
    };
    task_observer = recorder_.get();
    const Interval time = pass(recorder_ ? both : profiling);
    task_observer = nullptr;
    if (recorder_) {
      const auto run = profile_.profiled_ms.size();
      PassTrace trace = recorder_->take(static_cast<int>(run), time);
      if (traces_.size() < kTracedRuns) {
        traces_.push_back(std::move(trace));
      } else {
        traces_[run % kTracedRuns] = std::move(trace);
      }
    }
    profile_.profiled_ms.push_back(time.ms());
  }

  void count(Counters& counters) {
    profile_.counters_refusal = counters.refusal();
    if (!counters.refusal().empty()) return;
    constexpr int kPasses = 5;
    std::vector<MeanCounts> means(network_.steps().size());
    for (int i = 0; i < kPasses; ++i) {
      put_back_input();
      counters.count();  // discards what was counted since the last pass
      network_.forward(workspace_, batch_, [&](std::size_t step, const Activation&, const Interval&) {
        means[step].add(counters.count());
      });
      for (MeanCounts& mean : means) mean.end_pass();
    }
    for (const MeanCounts& mean : means) profile_.steps_counts.push_back(mean.mean());
  }

  Profile profile() const {
    Profile result = profile_;
    result.steps_ms = profiler_.samples_ms();
    std::vector<double> sorted = result.profiled_ms;
    std::ranges::sort(sorted);
    const double median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
    const auto distance = [&](const PassTrace& trace) { return std::abs(trace.pass.ms() - median); };
    if (!traces_.empty()) result.trace = *std::ranges::min_element(traces_, {}, distance);
    return result;
  }

 private:
  void put_back_input() { std::ranges::copy(input_, workspace_.input().begin()); }

  Interval pass(const Observer& observer) {
    put_back_input();
    const auto began = std::chrono::steady_clock::now();
    network_.forward(workspace_, batch_, observer);
    return {began, std::chrono::steady_clock::now()};
  }

  const Network& network_;
  Workspace& workspace_;
  int batch_;
  std::vector<float> input_;
  Profiler profiler_;
  Profile profile_;
  std::unique_ptr<Recorder> recorder_;  // null if passes are not traced
  std::vector<PassTrace> traces_;
};

}  // namespace

std::vector<Profile> profile(std::span<const Profiled> networks, const ProfileOptions& options) {
  std::vector<Runner> runners;
  runners.reserve(networks.size());
  for (const Profiled& one : networks) runners.emplace_back(one, options.batch, options.trace);
  for (int i = 0; i < options.warmup; ++i)
    for (Runner& runner : runners) runner.warm_up();
  for (int i = 0; i < options.runs; ++i) {
    if (options.between_runs && options.between_runs(i))
      for (Runner& runner : runners) runner.warm_up();
    for (Runner& runner : runners) runner.run_plain();
    for (Runner& runner : runners) runner.run_profiled();
  }
  if (options.between_runs) options.between_runs(options.runs);
  if (options.count) {
    Counters counters;  // constructed after the measured passes, so that it does not slow them down
    for (Runner& runner : runners) runner.count(counters);
  }
  std::vector<Profile> profiles;
  profiles.reserve(runners.size());
  for (const Runner& runner : runners) profiles.push_back(runner.profile());
  return profiles;
}

}  // namespace alexnet
