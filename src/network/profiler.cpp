#include "network/profiler.hpp"

#include <algorithm>

namespace alexnet {

Profile profile(const Network& network, Workspace& workspace, int batch, int runs, int warmup) {
  const std::vector<float> input(workspace.input().begin(), workspace.input().end());
  const auto pass_ms = [&](const Observer& observer) {
    std::ranges::copy(input, workspace.input().begin());
    const auto began = std::chrono::steady_clock::now();
    network.forward(workspace, batch, observer);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  };
  Profile result;
  result.cold_ms = pass_ms({});
  for (int i = 0; i < warmup; ++i) pass_ms({});
  Profiler profiler(network);
  for (int i = 0; i < runs; ++i) {
    result.plain_ms.push_back(pass_ms({}));
    result.profiled_ms.push_back(pass_ms(profiler.observer()));
  }
  result.steps_ms = profiler.samples_ms();
  return result;
}

}  // namespace alexnet
