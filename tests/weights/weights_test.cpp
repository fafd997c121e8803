#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "alexnet/model.hpp"
#include "cli/command.hpp"

using namespace alexnet;

TEST_CASE("several threads can make networks of one model at the same time") {
  const Model model = open_model(cli::model("tiny-alexnet"));  // F16, which eigen converts when it fetches it
  std::vector<std::vector<float>> outputs(4);
  {
    std::vector<std::jthread> threads;
    for (std::vector<float>& output : outputs)
      threads.emplace_back([&] {
        const Network network = make_network(model, std::nullopt, {.engine = EngineKind::eigen});
        Workspace workspace(network, 1);
        std::ranges::fill(workspace.input(), 0.25F);
        const auto out = network.forward(workspace, 1);
        output.assign(out.begin(), out.end());
      });
  }
  for (const std::vector<float>& output : outputs) CHECK(output == outputs[0]);
}
