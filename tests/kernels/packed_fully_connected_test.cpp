#include <doctest/doctest.h>

#include "kernels/packed.hpp"
#include "weights/half.hpp"

using namespace alexnet;

namespace {

// A weight matrix as stored, ending at a page end, and the values that it represents.
struct Stored {
  Stored(Storage kind, int n, int k) : storage(kind), bytes(stored_bytes(kind, n, k)) {}

  Storage storage;
  reference::Values values;
  reference::Values scales;
  test::AtPageEnd<std::byte> bytes;

 private:
  std::vector<std::byte> stored_bytes(Storage kind, int n, int k) {
    const auto exact = reference::noise(static_cast<std::size_t>(n * k), 1);
    values.resize(exact.size());
    const auto as_bytes = [](const auto& numbers) {
      const auto span = std::as_bytes(std::span(numbers));
      return std::vector(span.begin(), span.end());
    };
    if (kind == Storage::f32) {
      values = exact;
      return as_bytes(exact);
    }
    if (kind == Storage::i8) {
      const auto rows = reference::int8_rows(static_cast<std::size_t>(n), exact);
      scales = rows.scales;
      const std::vector<std::int8_t> numbers(rows.numbers.begin(), rows.numbers.end());
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(numbers[i]) * scales[i / static_cast<std::size_t>(k)];
      return as_bytes(numbers);
    }
    std::vector<std::uint16_t> halves(exact.size());
    (kind == Storage::f16 ? float_to_half : float_to_bfloat16)(exact.data(), exact.size(), halves.data());
    auto bytes_of = as_bytes(halves);
    (kind == Storage::f16 ? half_to_float : bfloat16_to_float)(bytes_of.data(), exact.size(), values.data());
    return bytes_of;
  }
};

reference::Values run(const test::Kernels& kernels, const Stored& w, int n, int k, const reference::Values& x,
                      const reference::Values& bias, test::Clamp clamp) {
  const int images = static_cast<int>(x.size()) / k;
  const test::AtPageEnd<float> in(x);
  const int ldy = n + 2;
  reference::Values wide(static_cast<std::size_t>(images * ldy), -99.0F);
  const kernels::packed::FullyConnected f{images,
                                          k,
                                          w.storage,
                                          w.bytes.data(),
                                          w.scales.empty() ? nullptr : w.scales.data(),
                                          bias.empty() ? nullptr : bias.data(),
                                          in.data(),
                                          wide.data(),
                                          ldy,
                                          clamp};
  kernels.fully_connected(f, 0, n / 3);
  kernels.fully_connected(f, n / 3, n);
  reference::Values y;
  for (int i = 0; i < images * ldy; ++i) {
    const float v = wide[static_cast<std::size_t>(i)];
    if (i % ldy < n) {
      y.push_back(v);
    } else {
      CHECK(v == -99.0F);
    }
  }
  return y;
}

}  // namespace

TEST_CASE("packed fully-connected agrees with plain loops at every CPU level and for every storage") {
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    for (const Storage storage : {Storage::f32, Storage::f16, Storage::bf16, Storage::i8})
      for (const auto& [n, k] : {std::pair{1, 1}, {29, 37}, {41, 64}, {13, 7}, {8, 250}}) {
        CAPTURE(static_cast<int>(storage));
        CAPTURE(k);
        const Stored w(storage, n, k);
        const auto bias = reference::noise(static_cast<std::size_t>(n), 2);
        const test::Clamp clamp{-0.5F, 1.0F};
        for (int images = 1; images <= 9; ++images) {
          CAPTURE(images);
          const auto x = reference::noise(static_cast<std::size_t>(images * k), 3);
          // x (images x k) * transposed w, as a convolution whose kernels are as large as their input.
          const auto products =
              reference::conv({.output = n, .kernel = {1, 1}}, {k, 1, 1}, {n, 1, 1}, images, x, w.values, {});
          auto expected = products;
          for (std::size_t i = 0; i < expected.size(); ++i)
            expected[i] =
                test::clamped(clamp, double{products[i]} + double{bias[i % static_cast<std::size_t>(n)]});
          // The difference is relative to the clamp, which is smaller than the sums.
          CHECK(reference::difference(run(kernels, w, n, k, x, bias, clamp), expected) < 1e-5);
          CHECK(reference::difference(run(kernels, w, n, k, x, {}, {}), products) < 1e-6);
        }
      }
  }
}

TEST_CASE("packed fully-connected gives bit-identical answers at every index of every batch") {
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    for (const Storage storage : {Storage::f32, Storage::f16, Storage::bf16, Storage::i8}) {
      constexpr int kN = 31;
      constexpr int kK = 203;
      const Stored w(storage, kN, kK);
      const auto bias = reference::noise(kN, 2);
      const auto image = reference::noise(kK, 3);
      const auto alone = run(kernels, w, kN, kK, image, bias, {});
      for (int images = 2; images <= 9; ++images)
        for (int place = 0; place < images; ++place) {
          auto x = reference::noise(static_cast<std::size_t>(images * kK), 4);
          std::ranges::copy(image, x.begin() + place * kK);
          const auto y = run(kernels, w, kN, kK, x, bias, {});
          CHECK(std::equal(alone.begin(), alone.end(), y.begin() + place * kN));
        }
    }
  }
}

TEST_CASE("the clamp of packed fully-connected keeps NaN") {
  for (const test::Kernels& kernels : test::levels()) {
    const Stored w(Storage::f32, 3, 5);
    const auto y = run(kernels, w, 3, 5, reference::Values(5, std::nanf("")), {}, {0.0F, 6.0F});
    for (const float v : y) CHECK(std::isnan(v));
  }
}

TEST_CASE("the minimum and maximum numbers of every storage are read exactly") {
  // float16: minimum denormal, maximum denormal, minimum normal, maximum.
  const std::vector<std::uint16_t> halves{0x0001, 0x03FF, 0x0400, 0x7BFF, 0x8001, 0xFBFF, 0x3C00, 0x0000};
  reference::Values values(halves.size());
  half_to_float(reinterpret_cast<const std::byte*>(halves.data()), halves.size(), values.data());
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const std::vector<std::uint16_t> row(33, halves[i]);
      reference::Values one(33);
      one[i] = 1.0F;
      one[i + 17] = 1.0F;
      float y = 0;
      kernels.fully_connected({1, 33, Storage::f16, row.data(), nullptr, nullptr, one.data(), &y, 1, {}}, 0,
                              1);
      CHECK(y == 2 * values[i]);
    }
  }
}
