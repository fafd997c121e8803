// models MODELS FOLDER IMAGES: writes the inputs of every runtime to FOLDER. For each of the two AlexNets in
// MODELS, with random weights: NAME.safetensors; NAME.onnx, which ends in scores, because a softmax hides
// differences; and NAME.input, IMAGES images of normally distributed float32.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>

#include "core/module.hpp"
#include "import/readers.hpp"
#include "network/model.hpp"
#include "network/save_model.hpp"

using namespace alexnet;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSeed = 1;

void write_input(const fs::path& file, std::size_t count) {
  std::mt19937_64 random(kSeed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  std::ofstream out(file, std::ios::binary);
  out.exceptions(std::ios::failbit | std::ios::badbit);
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(float)));
}

void write_model(const fs::path& from, const fs::path& to, std::size_t images) {
  Model model = load_model(from);
  model.weights = random_weights(kSeed);
  save_model(model, to.string() + ".safetensors");
  model.description.layers.pop_back();
  module<ProtobufModule>("protobuf").save_onnx(model, to.string() + ".onnx");
  write_input(to.string() + ".input", images * model.description.layers.front().in.count());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  const fs::path folder = argv[2];
  for (const char* name : {"alexnet", "alexnet-torchvision"})
    write_model(fs::path(argv[1]) / name, folder / name, std::strtoul(argv[3], nullptr, 10));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "models: %s\n", e.what());
  return 1;
}
