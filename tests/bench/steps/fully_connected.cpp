// The steps of a fully-connected layer for one image.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/gemm.hpp"
#include "kernels/packed/kernels.hpp"
#include "steps/loops.hpp"
#include "steps/steps.hpp"
#include "weights/half.hpp"

namespace alexnet::bench {
namespace {

namespace packed = kernels::packed;

// Weights in the form of a file.
struct Stored {
  Storage storage;
  double bytes_a_weight;
  std::vector<std::uint16_t> halves = {};
  std::vector<std::int8_t> bytes = {};
  std::vector<float> scales = {};  // one per row of bytes
};

Stored in_16_bits(const std::vector<float>& w, Storage storage) {
  Stored stored{storage, 2};
  stored.halves.resize(w.size());
  (storage == Storage::f16 ? float_to_half : float_to_bfloat16)(w.data(), w.size(), stored.halves.data());
  return stored;
}

Stored in_8_bits(const std::vector<float>& w, std::size_t columns) {
  Stored stored{Storage::i8, 1};
  stored.bytes.resize(w.size());
  for (std::size_t begin = 0; begin < w.size(); begin += columns) {
    float most = 0;
    for (std::size_t i = begin; i < begin + columns; ++i) most = std::max(most, std::abs(w[i]));
    stored.scales.push_back(most / 127);
    for (std::size_t i = begin; i < begin + columns; ++i)
      stored.bytes[i] = static_cast<std::int8_t>(std::lround(w[i] / stored.scales.back()));
  }
  return stored;
}

template <class Multiply>
Step plain(const std::string& idea, const Problem& p, const Multiply& multiply) {
  const auto y = std::make_shared<std::vector<float>>(p.layer.out.count());
  return {idea, [=, &p] { multiply(p.w.data(), p.x.data(), y->data()); }, [=] { return *y; }, 1e-5};
}

Step streamed(const std::string& idea, const Problem& p, Stored as, double tolerance, bool relu = false) {
  const auto stored = std::make_shared<Stored>(std::move(as));
  const auto x = std::make_shared<std::vector<float>>(p.x);
  const auto y = std::make_shared<std::vector<float>>(p.layer.out.count());
  const auto bias = std::make_shared<std::vector<float>>(relu ? bias_of(p.layer) : std::vector<float>());
  packed::FullyConnected f{};
  f.images = 1;
  f.k = static_cast<int>(p.layer.in.count());
  f.storage = stored->storage;
  f.w = p.w.data();
  if (stored->storage == Storage::i8) f.w = stored->bytes.data();
  if (!stored->halves.empty()) f.w = stored->halves.data();
  f.scales = stored->scales.empty() ? nullptr : stored->scales.data();
  f.bias = relu ? bias->data() : nullptr;
  f.x = x->data();
  f.y = y->data();
  f.ldy = static_cast<int>(y->size());
  if (relu) f.clamp.min = 0.0F;
  return {idea,
          // Captures stored, x and bias because f points into them.
          [f, y, stored, x, bias] { packed::best().fully_connected(f, 0, static_cast<int>(y->size())); },
          [=] { return *y; }, tolerance, stored->bytes_a_weight, relu};
}

}  // namespace

std::vector<Step> fc_steps(const Problem& p) {
  const auto m = static_cast<int>(p.layer.out.count());
  const auto k = static_cast<int>(p.layer.in.count());
  const auto loops = [=](const float* w, const float* x, float* y) { dot_products(m, k, w, x, y); };
  const auto eigen = [=](const float* w, const float* x, float* y) {
    kernels::gemm_transposed({m, 1, k, w, k, x, k, y, m});
  };
  return {
      plain("a loop for each output", p, loops),
      plain("Eigen", p, eigen),
      streamed("eight rows at a time, F32", p, {Storage::f32, 4}, 1e-5),
      streamed("the same, F16", p, in_16_bits(p.w, Storage::f16), 1e-3),
      streamed("the same, BF16", p, in_16_bits(p.w, Storage::bf16), 1e-2),
      streamed("the same, I8", p, in_8_bits(p.w, static_cast<std::size_t>(k)), 2e-2),
      streamed("the same, with bias and ReLU", p, in_8_bits(p.w, static_cast<std::size_t>(k)), 2e-2, true)};
}

}  // namespace alexnet::bench
