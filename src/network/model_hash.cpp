#include "alexnet/model.hpp"

#include "core/hash.hpp"
#include "layers/layers.hpp"
#include "network/model.hpp"
#include "network/save_model.hpp"

namespace alexnet {
namespace {

std::size_t bytes_of(Storage storage) {
  switch (storage) {
    case Storage::f32:
      return 4;
    case Storage::f16:
    case Storage::bf16:
      return 2;
    case Storage::i8:
      return 1;
  }
  return 0;
}

}  // namespace

std::string model_hash(const Model& model) {
  Hasher hasher;
  const auto add_text = [&](const std::string& text) {
    hasher.add(std::to_string(text.size()) + ":");
    hasher.add(text);
  };
  for (const auto& [name, text] : model_metadata(model)) {
    add_text(name);
    add_text(text);
  }
  if (!model.weights) return hasher.digest();
  for (const Layer& layer : model.description.layers) {
    for (const WeightSpec& spec : weight_specs(layer)) {
      const StoredView view = model.weights->view(spec);
      std::size_t count = 1;
      for (const std::int64_t side : spec.dims) count *= static_cast<std::size_t>(side);
      add_text(std::to_string(static_cast<int>(view.storage)));
      hasher.add({static_cast<const char*>(view.data), count * bytes_of(view.storage)});
      hasher.add({reinterpret_cast<const char*>(view.scales.data()), view.scales.size_bytes()});
    }
  }
  return hasher.digest();
}

}  // namespace alexnet
