#include "core/parallel.hpp"

#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>

#include <atomic>
#include <limits>
#include <thread>

#include "alexnet/network.hpp"
#include "weights/weights.hpp"

using namespace alexnet;

namespace {

volatile float smallest_normal = std::numeric_limits<float>::min();
volatile float denormal = std::numeric_limits<float>::denorm_min();

bool denormals_are_zero() { return smallest_normal * 0.5F == 0.0F && denormal * 1e30F == 0.0F; }

}  // namespace

#ifdef __SSE__
TEST_CASE("every thread flushes denormals to 0 inside tasks and only there") {
  constexpr int kThreads = 4;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, kThreads);
  tbb::task_arena(kThreads).execute([&] {
    std::atomic<int> right = 0;
    std::atomic<int> seen = 0;
    const auto task = [&] {
      right += denormals_are_zero() ? 1 : 0;
      ++seen;
      // Wait for other threads, so that several take part if there are several.
      for (int i = 0; i < 1000 && seen < kThreads; ++i) std::this_thread::yield();
    };
    parallel_tasks(64, [&](int) { task(); });
    CHECK(right == 64);
    parallel_ranges(64, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) task();
    });
    CHECK(right == 128);
  });
  CHECK(!denormals_are_zero());
}

TEST_CASE("every engine flushes denormals to 0 in a forward pass") {
  const Shape in{4, 8, 8};
  // Random weights scale by 1 / sqrt(1 + epsilon) and do not shift.
  const std::vector<Layer> layers{{"scale", BatchNorm{}, in, in}, {"relu", Relu{}, in, in}};
  for (const EngineKind engine : {EngineKind::eigen, EngineKind::packed}) {
    CAPTURE(engine);
    const Network network(layers, random_weights(1), {.engine = engine});
    Workspace workspace(network, 1);
    std::ranges::fill(workspace.input(), denormal);
    workspace.input()[0] = 1.0F;
    const auto out = network.forward(workspace, 1);
    CHECK(out[0] > 0.9F);
    CHECK(std::ranges::count(out, 0.0F) == std::ssize(out) - 1);
    CHECK(!denormals_are_zero());
  }
}
#endif
