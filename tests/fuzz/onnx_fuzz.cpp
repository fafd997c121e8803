#include "alexnet/error.hpp"
#include "import/readers.hpp"
#include "layers/layers.hpp"
#include "memory_file.hpp"
#include "network/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::int64_t kMostElements = std::int64_t{1} << 20;  // a ConstantOfShape may expand to 1 GiB
  const MemoryFile file(bytes, size);
  try {
    const alexnet::Model model = alexnet::read_onnx(file.path(), {});
    alexnet::network_json(model.description);
    std::int64_t elements = 0;
    for (const alexnet::Layer& layer : model.description.layers) elements += alexnet::parameter_count(layer);
    float sum = 0;
    if (elements <= kMostElements)
      for (const alexnet::Layer& layer : model.description.layers)
        for (const alexnet::WeightSpec& spec : alexnet::weight_specs(layer))
          for (const float value : model.weights->fetch(spec)) sum += value;
    [[maybe_unused]] volatile float used = sum;
  } catch (const alexnet::ModelError&) {
  }
  return 0;
}
