#include "network/profiler.hpp"

#include <algorithm>

namespace alexnet {
namespace {

// One of the networks in turn.
class Runner {
 public:
  Runner(const Profiled& profiled, int batch)
      : network_(profiled.network),
        workspace_(profiled.workspace),
        batch_(batch),
        input_(workspace_.input().begin(), workspace_.input().end()),
        profiler_(network_) {
    profile_.cold_ms = pass_ms({});
  }

  void warm_up() { pass_ms({}); }
  void run_plain() { profile_.plain_ms.push_back(pass_ms({})); }
  void run_profiled() { profile_.profiled_ms.push_back(pass_ms(profiler_.observer())); }

  Profile profile() const {
    Profile result = profile_;
    result.steps_ms = profiler_.samples_ms();
    return result;
  }

 private:
  double pass_ms(const Observer& observer) {
    std::ranges::copy(input_, workspace_.input().begin());
    const auto began = std::chrono::steady_clock::now();
    network_.forward(workspace_, batch_, observer);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  }

  const Network& network_;
  Workspace& workspace_;
  int batch_;
  std::vector<float> input_;
  Profiler profiler_;
  Profile profile_;
};

}  // namespace

std::vector<Profile> profile(std::span<const Profiled> networks, int batch, int runs, int warmup) {
  std::vector<Runner> runners;
  for (const Profiled& one : networks) runners.emplace_back(one, batch);
  for (int i = 0; i < warmup; ++i)
    for (Runner& runner : runners) runner.warm_up();
  for (int i = 0; i < runs; ++i) {
    for (Runner& runner : runners) runner.run_plain();
    for (Runner& runner : runners) runner.run_profiled();
  }
  std::vector<Profile> profiles;
  profiles.reserve(runners.size());
  for (const Runner& runner : runners) profiles.push_back(runner.profile());
  return profiles;
}

}  // namespace alexnet
