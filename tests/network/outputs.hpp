// The output of every step of a network.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "alexnet/network.hpp"

namespace alexnet::test {

// Runs the batch in the workspace. Returns the output of each step, batch x C x H x W, by the name of the
// step's last layer.
inline std::map<std::string, std::vector<float>> step_outputs(const Network& network, Workspace& workspace,
                                                              int batch) {
  std::map<std::string, std::vector<float>> outputs;
  network.forward(workspace, batch, [&](std::size_t step, const Activation& output, const Interval&) {
    const Layer& layer = network.layers()[network.steps()[step].last];
    std::vector<float>& all = outputs[layer.name];
    const std::size_t size = layer.out.count();
    all.resize(size * static_cast<std::size_t>(batch));
    output.copy_nchw(std::span(all).subspan(static_cast<std::size_t>(output.first) * size,
                                            static_cast<std::size_t>(output.count) * size));
  });
  return outputs;
}

}  // namespace alexnet::test
