// Our own network; see passes.py. Takes the engine (eigen or packed) before the other arguments.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>

#include "network/model.hpp"
#include "passes/answer.hpp"

using namespace alexnet;

int main(int argc, char** argv) try {
  if (argc < 2) return 2;
  const EngineKind engine = std::string_view(argv[1]) == "eigen" ? EngineKind::eigen : EngineKind::packed;
  const bench::Setting setting = bench::read_setting(argc - 1, argv + 1);
  const auto threads = static_cast<std::size_t>(setting.threads);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena(setting.threads).execute([&] {
    std::optional<Network> network;
    std::optional<Workspace> workspace;
    int images = 0;
    const auto set_input = [&](std::span<const float> input, int batch) {
      if (batch != images) {  // the cost model depends on the batch
        Model model = load_model(setting.model);
        model.description.layers.pop_back();  // drop the softmax, which the others do not have
        network.emplace(make_network(model, std::nullopt, {.engine = engine, .batch = batch}));
        workspace.emplace(*network, batch);
        images = batch;
      }
      std::ranges::copy(input, workspace->input().begin());
    };
    bench::answer(setting, {set_input, [&] { return network->forward(*workspace, images); }});
  });
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "pass_alexnet: %s\n", e.what());
  return 1;
}
