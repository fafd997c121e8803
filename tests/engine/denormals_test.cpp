#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <limits>
#include <thread>

#include "alexnet/network.hpp"
#include "core/parallel.hpp"
#include "engine/networks.hpp"

using namespace alexnet;

namespace {

// Returns half of the minimum normal number as this thread computes it: 0 if denormals are flushed.
float half_of_least() {
  volatile float least = std::numeric_limits<float>::min();
  volatile float half = least * 0.5F;
  return half;
}

}  // namespace

#ifdef __SSE__
TEST_CASE("every thread flushes denormals while it runs a task and not afterwards") {
  const tbb::global_control more_than_cores(tbb::global_control::max_allowed_parallelism, 4);
  tbb::task_arena arena(4);
  std::atomic<int> kept = 0;
  std::atomic<int> others = 0;
  const auto caller = std::this_thread::get_id();
  // Repeat until another thread has taken part, because threads take time to wake up.
  for (int run = 0; run < 1000 && others == 0; ++run)
    arena.execute([&] {
      const auto part = [&] {
        if (half_of_least() != 0.0F) ++kept;
        if (std::this_thread::get_id() != caller) ++others;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      };
      parallel_tasks(16, [&](int) { part(); });
      parallel_ranges(16, 1, [&](std::size_t, std::size_t) { part(); });
    });
  CHECK(kept == 0);
  CHECK(others > 0);
  CHECK(half_of_least() > 0.0F);
}

TEST_CASE("denormal activations are 0 in both engines") {
  for (const EngineKind engine : {EngineKind::eigen, EngineKind::packed}) {
    const Conv conv{.output = 5, .kernel = {3, 3}, .pad = {1, 1}, .bias = false};
    for (const LayerParams& layer : {LayerParams(conv), LayerParams(FullyConnected{40, false}),
                                     LayerParams(Lrn{}), LayerParams(AveragePool{{{2, 2}, {1, 1}}})}) {
      const auto layers = test::stack({3, 9, 9}, {layer});
      const Network network(layers, random_weights(3), {engine});
      auto x = reference::noise(layers[0].in.count() * 2, 4);
      for (float& v : x) v *= 1e-40F;
      for (const float y : test::forward(network.engine(), layers, 2, 2, x)) CHECK(y == 0.0F);
      CHECK(half_of_least() > 0.0F);
    }
  }
}

TEST_CASE("the small probabilities of a softmax are 0 instead of denormal") {
  for (const EngineKind engine : {EngineKind::eigen, EngineKind::packed}) {
    const auto layers = test::stack({20, 1, 1}, {Softmax{}});
    const Network network(layers, random_weights(3), {engine});
    reference::Values x(20, -95.0F);
    x[3] = 0.0F;
    const auto y = test::forward(network.engine(), layers, 1, 1, x);
    CHECK(y[3] == 1.0F);
    CHECK(y[4] == 0.0F);
  }
}
#endif
