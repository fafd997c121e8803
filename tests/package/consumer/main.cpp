// consumer MODEL IMAGE: prints the most probable label.
#include <alexnet/image/image.hpp>
#include <alexnet/image/preprocess.hpp>
#include <alexnet/import/import.hpp>
#include <cstdio>

int main(int, char** argv) {
  const alexnet::Model model = alexnet::open_model(argv[1]);
  const alexnet::Network network = alexnet::make_network(model);
  alexnet::Workspace workspace(network, 1);
  const alexnet::image::Preprocess& how = model.description.input;
  normalise(resize_and_crop(alexnet::image::load(argv[2]), how), how, workspace.input().data());
  const auto best = alexnet::top_k(network.forward(workspace, 1), 1).front();
  std::printf("%s\n", model.labels[best.index].text.c_str());
}
