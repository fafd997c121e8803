#include <doctest/doctest.h>

#include <limits>

#include "kernels/packed.hpp"
#include "layers/layers.hpp"

using namespace alexnet;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Calls check(kernels) for every SIMD level.
template <class Check>
void each_level(const Check& check) {
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    check(kernels);
  }
}

std::vector<std::pair<Shape, Pool>> pools() {
  return {
      {{1, 7, 9}, {{3, 3}, {2, 2}, {0, 0}, false}},        {{3, 8, 8}, {{3, 3}, {2, 2}, {0, 0}, true}},
      {{37, 6, 11}, {{3, 2}, {2, 3}, {1, 1}, true}},       {{16, 5, 5}, {{2, 2}, {1, 1}, {1, 1}, false}},
      {{33, 13, 4}, {{5, 3}, {3, 1}, {2, 1}, false}},      {{5, 4, 4}, {{2, 2}, {3, 3}, {1, 1}, true}},
      {{19, 8, 9}, {{3, 3}, {2, 2}, {0, 1, 2, 0}, false}}, {{7, 9, 8}, {{3, 4}, {2, 3}, {0, 0, 1, 3}, true}},
      {{20, 9, 17}, {{4, 4}, {4, 4}, {0, 0}, true}},       {{2, 1, 1}, {{1, 1}, {1, 1}, {0, 0}, false}}};
}

// Runs the rows in two ranges, as two threads would.
reference::Values run_pool(const test::Kernels& kernels, bool largest, bool include_pad, const Pool& p,
                           const Shape& in, const Shape& out, int batch, const reference::Values& x) {
  const test::AtPageEnd<float> from(test::channels_last(in, batch, x));
  const test::AtPageEnd<float> y(reference::Values(out.count() * static_cast<std::size_t>(batch), -99.0F));
  const kernels::packed::Pool params{p.kernel,   p.stride,  p.pad,       in.height,  in.width,
                                     out.height, out.width, in.channels, include_pad};
  const auto kernel = largest ? kernels.max_pool : kernels.average_pool;
  const int rows = batch * out.height;
  kernel(params, from.data(), y.data(), 0, rows / 2);
  kernel(params, from.data(), y.data(), rows / 2, rows);
  return {y.span().begin(), y.span().end()};
}

reference::Values run_lrn(const test::Kernels& kernels, const Lrn& p, int channels,
                          const reference::Values& x) {
  const test::AtPageEnd<float> in(x);
  const test::AtPageEnd<float> out(reference::Values(x.size(), -99.0F));
  kernels.lrn({p.size, p.alpha, p.beta, p.k}, channels, x.size() / static_cast<std::size_t>(channels),
              in.data(), out.data());
  return {out.span().begin(), out.span().end()};
}

}  // namespace

TEST_CASE("packed max pool agrees with plain loops at every CPU level") {
  each_level([](const test::Kernels& kernels) {
    for (const auto& [in, p] : pools()) {
      CAPTURE(to_string(in));
      const Shape out = output_shape(MaxPool{p}, in);
      const auto x = reference::noise(in.count() * 2, 4);
      CHECK(run_pool(kernels, true, false, p, in, out, 2, x) ==
            test::channels_last(out, 2, reference::pool(p, false, false, in, out, 2, x)));
    }
  });
}

TEST_CASE("packed average pool divides by the padded or the real window at every CPU level") {
  each_level([](const test::Kernels& kernels) {
    for (const bool include_pad : {false, true})
      for (const auto& [in, p] : pools()) {
        CAPTURE(to_string(in));
        CAPTURE(include_pad);
        const Shape out = output_shape(AveragePool{p, include_pad}, in);
        const auto x = reference::noise(in.count() * 2, 5);
        CHECK(reference::difference(
                  run_pool(kernels, false, include_pad, p, in, out, 2, x),
                  test::channels_last(out, 2, reference::pool(p, true, include_pad, in, out, 2, x))) < 1e-6);
      }
  });
}

TEST_CASE("packed average pool divides by the size of a padded window of more than 2^31 elements") {
  each_level([](const test::Kernels& kernels) {
    constexpr int kSide = 65535;
    constexpr int kPad = 40000;
    const Pool p{{kSide, kSide}, {1, 1}, {kPad, kPad}};
    const auto y = run_pool(kernels, false, true, p, {1, 1, 1}, {1, 1, 1}, 1, {6.0F});
    CHECK(y[0] == doctest::Approx(6.0 / kSide / kSide));
  });
}

TEST_CASE("packed max pool keeps NaN at every position of the window, and infinities") {
  each_level([](const test::Kernels& kernels) {
    const Pool p{{2, 2}, {1, 1}};
    for (std::size_t place = 0; place < 4; ++place)
      for (int channels : {1, 5, 16}) {
        reference::Values x(static_cast<std::size_t>(channels) * 4, 1.0F);
        x[place] = std::nanf("");
        const auto y = run_pool(kernels, true, false, p, {channels, 2, 2}, {channels, 1, 1}, 1, x);
        CHECK(std::isnan(y[0]));
        CHECK(std::count(y.begin() + 1, y.end(), 1.0F) == channels - 1);
      }
    CHECK(run_pool(kernels, true, false, p, {1, 2, 2}, {1, 1, 1}, 1, reference::Values(4, -kInfinity))[0] ==
          -kInfinity);
  });
}

TEST_CASE("packed lrn agrees with plain loops for all window sizes, many channels and other powers") {
  const std::pair<Shape, Lrn> cases[] = {{{7, 3, 5}, {}},
                                         {{96, 3, 5}, {5, 1e-4F, 0.75F, 1.0F}},
                                         {{3, 4, 4}, {5, 0.5F, 0.75F, 2.0F}},
                                         {{6, 2, 3}, {4, 0.3F, 0.5F, 1.0F}},
                                         {{35, 2, 3}, {2, 0.3F, 1.3F, 1.0F}},
                                         {{8, 5, 1}, {3, 1.0F, 1.0F, 0.5F}},
                                         {{1, 1, 1}, {1, 1.0F, 0.75F, 1.0F}},
                                         {{9, 2, 2}, {19, 1.0F, 0.75F, 1.0F}},
                                         {{513, 1, 3}, {5, 1.0F, 0.75F, 1.0F}},
                                         {{1100, 1, 2}, {8, 1.0F, 0.5F, 1.0F}},
                                         {{700, 1, 2}, {128, 1.0F, 0.75F, 1.0F}},
                                         {{700, 1, 2}, {129, 1.0F, 0.75F, 1.0F}},
                                         {{700, 1, 2}, {130, 1.0F, 0.75F, 1.0F}},
                                         {{700, 1, 2}, {131, 1.0F, 0.5F, 1.0F}},
                                         {{20, 1, 2}, {2000000000, 1e8F, 0.75F, 1.0F}}};
  each_level([&](const test::Kernels& kernels) {
    for (const auto& [s, p] : cases) {
      CAPTURE(to_string(s));
      CAPTURE(p.size);
      auto x = reference::noise(s.count(), 7);
      for (float& v : x) v *= 10;
      // The reference takes the pixels as an image of s.channels x 1 x pixels.
      const Shape row{s.channels, 1, static_cast<int>(s.plane())};
      Lrn bounded = p;  // the reference loops over the whole window
      bounded.size = std::min(p.size, 4 * s.channels + 1);
      bounded.alpha *= static_cast<float>(bounded.size) / static_cast<float>(p.size);
      CHECK(reference::difference(run_lrn(kernels, p, s.channels, test::channels_last(row, 1, x)),
                                  test::channels_last(row, 1, reference::lrn(bounded, row, 1, x))) < 1e-6);
    }
  });
}

TEST_CASE("packed lrn gives NaN if its window contains NaN, and 0 beside an infinity") {
  each_level([](const test::Kernels& kernels) {
    for (const float beta : {0.75F, 0.5F}) {
      CAPTURE(beta);
      reference::Values x(20, 1.0F);
      x[10] = std::nanf("");
      const auto y = run_lrn(kernels, {5, 1.0F, beta, 1.0F}, 20, x);
      for (std::size_t i = 0; i < 20; ++i) CHECK(std::isnan(y[i]) == (i >= 8 && i <= 12));
      x[10] = kInfinity;
      CHECK(run_lrn(kernels, {5, 1.0F, beta, 1.0F}, 20, x)[9] == 0.0F);
    }
  });
}

TEST_CASE("packed clamp of any length keeps NaN and the values between the limits") {
  each_level([](const test::Kernels& kernels) {
    for (std::size_t n = 1; n < 40; ++n) {
      CAPTURE(n);
      const auto x = reference::noise(n, 1);
      const test::AtPageEnd<float> y(x);
      kernels.clamp({-0.25F, 0.5F}, y.data(), n);
      for (std::size_t i = 0; i < n; ++i) CHECK(y.span()[i] == std::clamp(x[i], -0.25F, 0.5F));
    }
    reference::Values x{-1.0F, 0.0F, 2.0F, std::nanf(""), -kInfinity, kInfinity, std::nanf("")};
    for (int i = 0; i < 16; ++i) x.push_back(std::nanf(""));
    kernels.clamp({.min = 0.0F}, x.data(), x.size());
    CHECK(x[0] == 0.0F);
    CHECK(x[1] == 0.0F);
    CHECK(x[2] == 2.0F);
    CHECK(x[4] == 0.0F);
    CHECK(x[5] == kInfinity);
    CHECK(std::count_if(x.begin(), x.end(), [](float v) { return std::isnan(v); }) == 18);
  });
}

TEST_CASE("packed scale_shift processes every channel of every pixel") {
  each_level([](const test::Kernels& kernels) {
    for (const int channels : {1, 3, 16, 37}) {
      const auto c = static_cast<std::size_t>(channels);
      const auto x = reference::noise(c * 5, 1);
      const test::AtPageEnd<float> scale(reference::noise(c, 2));
      const test::AtPageEnd<float> shift(reference::noise(c, 3));
      const test::AtPageEnd<float> y(x);
      kernels.scale_shift(scale.data(), shift.data(), channels, 5, y.data());
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(double{y.span()[i]} ==
              doctest::Approx(double{x[i]} * double{scale.span()[i % c]} + double{shift.span()[i % c]})
                  .epsilon(1e-6));
    }
  });
}

TEST_CASE("packed softmax agrees with plain loops and does not overflow for large numbers") {
  each_level([](const test::Kernels& kernels) {
    for (const int channels : {1, 2, 16, 37, 1000})
      for (const float factor : {1.0F, 30.0F, 1000.0F}) {
        CAPTURE(channels);
        const Shape s{channels, 1, 3};
        auto x = reference::noise(s.count(), 6);
        for (float& v : x) v *= factor;
        const test::AtPageEnd<float> y(test::channels_last(s, 1, x));
        kernels.softmax(channels, 3, y.data());
        CHECK(reference::difference(y.span(), test::channels_last(s, 1, reference::softmax(s, 1, x))) < 1e-6);
      }
    reference::Values low(5, -200.0F);  // unused lanes of a vector must not affect the result
    kernels.softmax(5, 1, low.data());
    for (const float v : low) CHECK(v == doctest::Approx(0.2));
    for (const std::size_t place : {0, 3, 20}) {
      reference::Values x(21, 1.0F);
      x[place] = std::nanf("");
      kernels.softmax(21, 1, x.data());
      for (const float v : x) CHECK(std::isnan(v));
    }
    reference::Values x{-kInfinity, 0.0F, 0.0F};
    kernels.softmax(3, 1, x.data());
    CHECK(x == reference::Values{0.0F, 0.5F, 0.5F});
  });
}

TEST_CASE("interleave stores the channels of each pixel side by side") {
  each_level([](const test::Kernels& kernels) {
    for (const int channels : {1, 2, 3, 4, 17})
      for (const std::size_t n : {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{53}}) {
        CAPTURE(channels);
        CAPTURE(n);
        const auto c = static_cast<std::size_t>(channels);
        const std::size_t plane = n + 7;
        auto planes = reference::noise(c * plane, 1);
        planes.resize(c * plane - 7);  // the last plane ends at the last value that is read
        const test::AtPageEnd<float> in(planes);
        const test::AtPageEnd<float> out(reference::Values(n * c, -99.0F));
        kernels.interleave(in.data(), plane, channels, n, out.data());
        for (std::size_t i = 0; i < n * c; ++i) CHECK(out.span()[i] == planes[i % c * plane + i / c]);
      }
  });
}
