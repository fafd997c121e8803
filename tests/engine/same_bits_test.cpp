// Conditions that must not change the packed engine's output, and the tolerance of Winograd convolutions.
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "alexnet/network.hpp"
#include "engine/engine.hpp"
#include "engine/networks.hpp"
#include "layers/layers.hpp"
#include "weights/half.hpp"

using namespace alexnet;
using test::conv;

namespace {

// Both methods of convolution, pooling, normalisation, and fully-connected layers with rows for several
// tasks.
std::vector<Layer> network_layers() {
  const MaxPool pool{{{3, 3}, {2, 2}, {0, 0}, true}};
  return test::stack({3, 45, 43}, {conv(32, 5, 2), Relu{}, Lrn{}, pool, conv(96, 5, 2, 2), Relu{}, pool,
                                   conv(64, 3, 1), Relu{}, conv(40, 3, 1, 2), Relu{}, FullyConnected{200},
                                   Relu{}, FullyConnected{77}, Softmax{}});
}

// Weights with fc as I8 and convolutions as F16 or BF16; fetch() returns the same values.
class NarrowWeights : public Weights {
 public:
  explicit NarrowWeights(Storage conv) : conv_(conv) {}

  std::span<const float> read(const WeightSpec& spec) override { return narrow(spec).values; }
  StoredView read_view(const WeightSpec& spec) override {
    const Narrow& n = narrow(spec);
    return {n.storage, n.bytes.data(), n.scales};
  }

 private:
  struct Narrow {
    Storage storage = Storage::f32;
    std::vector<std::byte> bytes;
    reference::Values values;
    reference::Values scales;
  };
  template <class T>
  static std::vector<std::byte> as_bytes(const std::vector<T>& v) {
    const auto bytes = std::as_bytes(std::span(v));
    return {bytes.begin(), bytes.end()};
  }
  const Narrow& narrow(const WeightSpec& spec) {
    const auto [it, added] = all_.try_emplace(spec.name);
    Narrow& n = it->second;
    if (!added) return n;
    const auto exact = exact_->fetch(spec);
    n.values.assign(exact.begin(), exact.end());
    n.bytes = as_bytes(n.values);
    if (spec.dims.size() == 4) {
      n.storage = conv_;
      std::vector<std::uint16_t> halves(n.values.size());
      (conv_ == Storage::f16 ? float_to_half : float_to_bfloat16)(n.values.data(), halves.size(),
                                                                  halves.data());
      n.bytes = as_bytes(halves);
      (conv_ == Storage::f16 ? half_to_float : bfloat16_to_float)(n.bytes.data(), halves.size(),
                                                                  n.values.data());
    } else if (spec.dims.size() == 2) {
      n.storage = Storage::i8;
      auto rows = reference::int8_rows(static_cast<std::size_t>(spec.dims[0]), n.values);
      n.bytes = as_bytes(std::vector<std::int8_t>(rows.numbers.begin(), rows.numbers.end()));
      n.scales = rows.scales;
      for (std::size_t i = 0; i < n.values.size(); ++i)
        n.values[i] =
            static_cast<float>(rows.numbers[i]) * n.scales[i / static_cast<std::size_t>(spec.dims[1])];
    }
    return n;
  }

  Storage conv_;
  std::unique_ptr<Weights> exact_ = random_weights(3);
  std::map<std::string, Narrow> all_;
};

}  // namespace

TEST_CASE("packed gives bit-identical answers for any threads, batch size and batch index") {
  const auto layers = network_layers();
  for (const ConvMethod method : {ConvMethod::gemm, ConvMethod::winograd}) {
    const Network network(layers, random_weights(3), {EngineKind::packed, method});
    const Engine& engine = network.engine();
    const std::size_t size = layers[0].in.count();
    const std::size_t answer = layers.back().out.count();
    const auto x = reference::noise(size * 17, 9);
    const tbb::global_control more_than_cores(tbb::global_control::max_allowed_parallelism, 7);
    reference::Values first;
    for (const int threads : {1, 2, 3, 7}) {
      CAPTURE(threads);
      tbb::task_arena(threads).execute([&] {
        for (int run = 0; run < 2; ++run) {
          const auto y = test::forward(engine, layers, 17, 17, x);
          if (first.empty()) first = y;
          CHECK(y == first);
        }
      });
    }
    for (const auto& [begin, batch] : {std::pair{0, 1}, {7, 1}, {8, 1}, {16, 1}, {3, 2}, {5, 9}}) {
      CAPTURE(begin);
      CAPTURE(batch);
      const auto from = x.begin() + static_cast<std::ptrdiff_t>(size) * begin;
      const reference::Values part(from, from + static_cast<std::ptrdiff_t>(size) * batch);
      const auto y = test::forward(engine, layers, batch, batch, part);
      CHECK(std::equal(y.begin(), y.end(), first.begin() + static_cast<std::ptrdiff_t>(answer) * begin));
    }
  }
}

TEST_CASE("both engines agree on weights that are stored in 8 and 16 bits") {
  const auto layers = network_layers();
  const auto x = reference::noise(layers[0].in.count() * 3, 9);
  for (const Storage storage : {Storage::f16, Storage::bf16}) {
    const Network eigen(layers, std::make_unique<NarrowWeights>(storage), {EngineKind::eigen});
    const auto expected = test::forward(eigen.engine(), layers, 3, 3, x);
    for (const ConvMethod method : {ConvMethod::gemm, ConvMethod::winograd}) {
      const Network packed(layers, std::make_unique<NarrowWeights>(storage), {EngineKind::packed, method});
      CHECK(reference::difference(test::forward(packed.engine(), layers, 3, 3, x), expected) <
            (method == ConvMethod::gemm ? 1e-5 : 1e-4));
    }
  }
}

TEST_CASE("Winograd is within 1e-4 of plain loops on AlexNet's layers") {
  struct Shaped {
    Shape in;
    Conv conv;
  };
  const Shaped shapes[] = {{{96, 27, 27}, conv(256, 5, 2, 2)},  // Caffe's
                           {{256, 13, 13}, conv(384, 3, 1)},
                           {{384, 13, 13}, conv(384, 3, 1, 2)},
                           {{384, 13, 13}, conv(256, 3, 1, 2)},
                           {{64, 27, 27}, conv(192, 5, 2)}};  // torchvision's
  for (const auto& [in, params] : shapes)
    for (const int batch : {1, 64}) {
      // Add a step that changes nothing before it, because the network's own input would be read from planes.
      const auto layers = test::stack(in, {Relu{}, params});
      const Network network(layers, random_weights(3), {EngineKind::packed, ConvMethod::winograd, batch});
      const std::string method = network.steps()[1].method;
      CAPTURE(method);
      CAPTURE(to_string(in));
      REQUIRE(method.starts_with("Winograd"));
      auto x = reference::noise(in.count(), 9);
      for (float& v : x) v = std::max(v, 0.0F);
      const auto y = test::forward(network.engine(), layers, 1, 1, x);

      // Compare only the first outputs of each group: plain loops over all take too long.
      constexpr int kOutputs = 8;
      const auto specs = weight_specs(layers[1]);
      const auto random = random_weights(3);
      const auto weights = random->fetch(specs[0]);
      const auto biases = random->fetch(specs[1]);
      const auto kernel = static_cast<std::ptrdiff_t>(weights.size() / biases.size());
      const auto plane = static_cast<std::ptrdiff_t>(layers[1].out.plane());
      Conv some = params;
      some.output = kOutputs * params.group;
      reference::Values some_weights;
      reference::Values some_bias;
      reference::Values got;
      for (int group = 0; group < params.group; ++group) {
        const std::ptrdiff_t first = group * (params.output / params.group);
        const auto append = [&](reference::Values& to, const auto& from, std::ptrdiff_t each) {
          to.insert(to.end(), from.begin() + first * each, from.begin() + (first + kOutputs) * each);
        };
        append(some_weights, weights, kernel);
        append(some_bias, biases, 1);
        append(got, y, plane);
      }
      const auto expected = reference::conv(some, in, output_shape(some, in), 1, x, some_weights, some_bias);
      CHECK(reference::difference(got, expected) < 1e-4);
    }
}
