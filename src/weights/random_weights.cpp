#include "weights/weights.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/escape_for_terminal.hpp"
#include "core/parallel.hpp"
#include "weights/float_buffer.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

constexpr char kFile[] = "random weights";  // the name in errors, because there is no file

std::uint64_t fnv1a64(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  return hash;
}

std::uint64_t mix(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return state ^ (state >> 31);
}

class RandomWeights final : public Weights {
 public:
  explicit RandomWeights(std::uint64_t seed) : seed_(seed) {}

  std::span<const float> read(const WeightSpec& spec) override {
    auto found = tensors_.find(spec.name);
    if (found == tensors_.end()) found = tensors_.emplace(spec.name, make(spec)).first;
    const Tensor& tensor = found->second;
    require_shape(spec, tensor.dims, kFile);
    return {tensor.data.get(), tensor.count};
  }

 private:
  struct Tensor {
    Dims dims;
    std::size_t count = 0;
    FloatBuffer data;
  };

  Tensor make(const WeightSpec& spec) const {
    const auto count =
        static_cast<std::size_t>(check_dims(spec.dims, kFile, escape_for_terminal(spec.name, kExcerpt)));
    Tensor tensor{spec.dims, count, allocate_floats(count)};
    float* const data = tensor.data.get();
    const std::uint64_t base = mix(seed_ ^ fnv1a64(spec.name));
    const float bound =
        spec.fan_in > 0 ? static_cast<float>(std::sqrt(6.0 / static_cast<double>(spec.fan_in))) : 0.0F;

    constexpr std::size_t kGrain = std::size_t{1} << 16;
    parallel_ranges(count, kGrain, [&](std::size_t begin, std::size_t end) {
      if (spec.fan_in <= 0) {
        std::fill(data + begin, data + end, spec.neutral);
        return;
      }
      for (std::size_t i = begin; i != end; ++i) {
        // (k - 2^23) / 2^23, exact.
        const auto k = static_cast<std::int32_t>(mix(base + i) >> 40);
        data[i] = bound * (static_cast<float>(k - (1 << 23)) * 0x1p-23F);
      }
    });
    return tensor;
  }

  std::uint64_t seed_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace

std::unique_ptr<Weights> random_weights(std::uint64_t seed) { return std::make_unique<RandomWeights>(seed); }

}  // namespace alexnet
