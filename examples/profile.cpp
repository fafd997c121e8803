// Shows where the time of a forward pass goes: profile [MODEL]
#include <alexnet/model.hpp>
#include <alexnet/network.hpp>
#include <alexnet/profile.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <numeric>

int main(int argc, char** argv) try {
  const alexnet::Model model = alexnet::open_model(alexnet::find_model(argc > 1 ? argv[1] : "tiny-alexnet"));
  const alexnet::Network network = alexnet::make_network(model);
  alexnet::Workspace workspace(network, 1);
  std::ranges::fill(workspace.input(), 0.5F);

  const std::array measured{alexnet::Profiled{network, workspace}};
  const alexnet::Profile profile = alexnet::profile(measured, {.runs = 20, .warmup = 3}).front();
  for (std::size_t i = 0; i < network.steps().size(); ++i) {
    const alexnet::Step& step = network.steps()[i];
    std::vector<double> ms = profile.steps_ms[i];
    std::ranges::sort(ms);
    std::cout << network.layers()[step.first].name << ' ' << ms[ms.size() / 2] << " ms\n";
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
