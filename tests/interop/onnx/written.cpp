// written FOLDER [SEED]: writes networks as ONNX files and reads them with cv::dnn. Both must give the same
// scores for the same input, within 1e-4 of their spread, and the same best class. AlexNet gets new random
// weights.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <opencv2/dnn.hpp>
#include <random>

#include "core/module.hpp"
#include "import/readers.hpp"
#include "network/model.hpp"

using namespace alexnet;
namespace fs = std::filesystem;

namespace {

constexpr int kBatch = 2;
constexpr double kTolerance = 1e-4;  // relative to the spread of the scores
constexpr double kTie = 1e-5;        // relative to the spread

std::vector<float> own_scores(const fs::path& file, const std::vector<float>& input) {
  Model model = module<ProtobufModule>("protobuf").onnx(file, {});
  const Network network = make_network(model);
  Workspace workspace(network, kBatch);
  std::ranges::copy(input, workspace.input().begin());
  const auto scores = network.forward(workspace, kBatch);
  return {scores.begin(), scores.end()};
}

std::vector<float> opencv_scores(const fs::path& file, const Shape& in, std::vector<float> input) {
  cv::dnn::Net net = cv::dnn::readNetFromONNX(file.string());
  net.setInput(cv::Mat(std::vector<int>{kBatch, in.channels, in.height, in.width}, CV_32F, input.data()));
  const cv::Mat scores = net.forward();
  return {scores.begin<float>(), scores.end<float>()};
}

bool compare(const std::string& name, const fs::path& folder, std::uint64_t seed) {
  Model model = load_model(fs::path(ALEXNET_SOURCE_DIR "/models") / name);
  if (!model.weights) model.weights = random_weights(seed);
  model.description.layers.pop_back();  // drop the softmax, which hides differences
  const fs::path file = folder / (name + ".onnx");
  module<ProtobufModule>("protobuf").save_onnx(model, file);

  const Shape in = model.description.layers.front().in;
  std::vector<float> input(in.count() * kBatch);
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (float& value : input) value = normal(random);
  const std::vector<float> own = own_scores(file, input);
  const std::vector<float> theirs = opencv_scores(file, in, input);
  if (own.size() != theirs.size() || own.empty()) {
    std::printf("%s: %zu scores, of cv::dnn %zu\n", name.c_str(), own.size(), theirs.size());
    return false;
  }
  double worst = 0;
  bool same_best = true;  // classes that tie count as the same
  const auto classes = static_cast<std::ptrdiff_t>(own.size() / kBatch);
  for (std::ptrdiff_t begin = 0; begin < classes * kBatch; begin += classes) {
    const auto [least, most] = std::minmax_element(theirs.begin() + begin, theirs.begin() + begin + classes);
    const double spread = static_cast<double>(*most) - static_cast<double>(*least);
    for (std::ptrdiff_t i = begin; i < begin + classes; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double off = std::abs(static_cast<double>(own[at]) - static_cast<double>(theirs[at])) / spread;
      if (!(off <= worst)) worst = off;
    }
    const auto best = std::max_element(own.begin() + begin, own.begin() + begin + classes) - own.begin();
    same_best =
        same_best && static_cast<double>(*most - theirs[static_cast<std::size_t>(best)]) <= kTie * spread;
  }
  std::printf("%s, written as ONNX, read by cv::dnn: scores within %.1e of their spread\n", name.c_str(),
              worst);
  return worst <= kTolerance && same_best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  bool well = true;
  for (const char* name : {"alexnet", "alexnet-torchvision", "tiny-alexnet"})
    well = compare(name, argv[1], seed) && well;
  return well ? 0 : 1;
}
