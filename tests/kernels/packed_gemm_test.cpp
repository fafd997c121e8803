#include <doctest/doctest.h>

#include "kernels/packed.hpp"
#include "kernels/packed/transforms.hpp"
#include "layers/layers.hpp"
#include "weights/float_buffer.hpp"

using namespace alexnet;
using kernels::packed::Transforms;
using kernels::packed::Winograd;
using kernels::packed::WinogradInput;
using kernels::packed::WinogradOutput;

namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

std::size_t size(std::ptrdiff_t n) { return static_cast<std::size_t>(n); }

// Returns b (k x n) as panels of `columns` columns, padded with zeros.
FloatBuffer panels_of(const reference::Values& b, int k, int n, int columns) {
  const int panels = ceil_div(n, columns);
  FloatBuffer packed = allocate_floats(size(panels * k * columns));
  for (int i = 0; i < panels * k * columns; ++i) {
    const int column = i / (k * columns) * columns + i % columns;
    packed[size(i)] = column < n ? b[size(i / columns % k * n + column)] : 0.0F;
  }
  return packed;
}

struct GemmWindows {
  int runs_h, runs_w, run, step_h, step_w, distance;
};

// Compares every tile of rows with plain loops. Values right of the last column must not change.
void check_gemm(const test::Kernels& kernels, const GemmWindows& w, int n, bool with_bias,
                test::Clamp clamp) {
  const int k = w.runs_h * w.runs_w * w.run;
  const int columns = kernels.gemm_columns;
  const auto b = reference::noise(size(k * n), 1);
  const auto bias = reference::noise(size(n), 2);
  const FloatBuffer packed_b = panels_of(b, k, n, columns);
  reference::Values whole_bias(size(ceil_div(n, columns) * columns), 7.0F);
  std::ranges::copy(bias, whole_bias.begin());
  const int ldc = n + 3;
  for (int rows = 1; rows <= kernels.max_rows; ++rows) {
    CAPTURE(rows);
    const int last = (rows - 1) * w.distance + (w.runs_h - 1) * w.step_h + (w.runs_w - 1) * w.step_w + w.run;
    const test::AtPageEnd<float> a(reference::noise(size(last), 3));
    reference::Values patches;
    for (int r = 0; r < rows; ++r)
      for (int y = 0; y < w.runs_h; ++y)
        for (int x = 0; x < w.runs_w; ++x)
          for (int i = 0; i < w.run; ++i)
            patches.push_back(a.span()[size(r * w.distance + y * w.step_h + x * w.step_w + i)]);
    const auto products = reference::gemm(rows, n, k, patches, b);
    reference::Values expected(size(rows * ldc), -99.0F);
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < n; ++j)
        expected[size(r * ldc + j)] = test::clamped(clamp, static_cast<double>(products[size(r * n + j)]) +
                                                               (with_bias ? double{bias[size(j)]} : 0.0));
    reference::Values c(size(rows * ldc), -99.0F);
    const kernels::packed::Gemm g{
        n,        w.runs_h,   w.runs_w,       w.run, w.step_h,
        w.step_w, w.distance, packed_b.get(), ldc,   with_bias ? whole_bias.data() : nullptr,
        clamp};
    for (int panel = 0; panel < ceil_div(n, columns); ++panel)
      kernels.gemm(g, a.data(), rows, panel, c.data());
    double worst = 0;
    for (std::size_t i = 0; i < c.size(); ++i)
      worst = std::max(worst, std::abs(double{c[i]} - double{expected[i]}));
    CHECK(worst < 1e-5);
  }
}

// Runs Winograd's three transforms, with plain loops between them, `block` tiles at a time.
void check_winograd(const test::Kernels& kernels, const Winograd& w, const Conv& conv, const Shape& in,
                    int batch, int block) {
  const Shape out = output_shape(conv, in);
  const auto x = reference::noise(in.count() * size(batch), 1);
  const int channels = in.channels / conv.group;
  const int outputs = conv.output / conv.group;
  const auto weights = reference::noise(size(conv.output * channels * w.kernel * w.kernel), 2);
  const auto bias = reference::noise(size(conv.output), 3);
  const test::Clamp clamp{-0.5F, 4.0F};
  auto expected = reference::conv(conv, in, out, batch, x, weights, bias);
  for (float& v : expected) v = test::clamped(clamp, double{v});

  const int tiles_h = ceil_div(out.height, w.tile);
  const int tiles_w = ceil_div(out.width, w.tile);
  const Shape padded{in.channels, tiles_h * w.tile + w.kernel - 1, tiles_w * w.tile + w.kernel - 1};
  reference::Values wide(padded.count() * size(batch));
  reference::each(in, batch, [&](int n, int c, int iy, int ix) {
    wide[reference::at(padded, n, c, iy + conv.pad.top, ix + conv.pad.left)] =
        x[reference::at(in, n, c, iy, ix)];
  });
  const test::AtPageEnd<float> input(test::channels_last(padded, batch, wide));

  const int columns = kernels.gemm_columns;
  const int panels = ceil_div(outputs, columns);
  const std::size_t b_stride = size(panels * channels * columns);
  const std::size_t a_stride = size(block * in.channels) + 5;
  const std::size_t c_stride = size(block * conv.output) + 7;
  constexpr std::size_t kSlack = 16;  // vectors may be read past the last tile
  const int tiles = batch * tiles_h * tiles_w;
  std::vector<FloatBuffer> b;  // per group
  for (int group = 0; group < conv.group; ++group) {
    const float* group_weights = weights.data() + group * outputs * channels * w.kernel * w.kernel;
    b.push_back(allocate_floats(b_stride * size(w.positions())));
    for (int panel = 0; panel < panels; ++panel)
      kernels.winograd_weights(w, group_weights, outputs, channels, panel, b.back().get(), b_stride);
  }
  reference::Values whole_bias(bias.begin(), bias.end());
  whole_bias.resize(bias.size() + size(columns), 7.0F);
  // Each pixel of y has room for outputs of another part, which must stay as they are.
  const int pixel = conv.output + 5;
  reference::Values pixels(out.plane() * size(pixel * batch), -99.0F);
  for (int first = 0; first < tiles; first += block) {
    const int count = std::min(block, tiles - first);
    reference::Values a(a_stride * size(w.positions()), -99.0F);
    const WinogradInput p{input.data(), padded.height, padded.width, in.channels, tiles_h, tiles_w, a_stride};
    kernels.winograd_input(w, p, first, 0, count / 2, a.data());
    kernels.winograd_input(w, p, first, count / 2, count, a.data());
    reference::Values c(c_stride * size(w.positions()) + kSlack, -99.0F);
    for (std::size_t position = 0; position < size(w.positions()); ++position)
      for (int tile = 0; tile < count; ++tile)
        for (int o = 0; o < conv.output; ++o) {
          const int group = o / outputs;
          const int column = o % outputs;
          double sum = 0;
          for (int i = 0; i < channels; ++i)
            sum +=
                double{a[position * a_stride + size(tile * in.channels + group * channels + i)]} *
                double{b[size(group)][position * b_stride +
                                      size((column / columns * channels + i) * columns + column % columns)]};
          c[position * c_stride + size(tile * conv.output + o)] = static_cast<float>(sum);
        }
    const WinogradOutput q{c.data(),  c_stride,    tiles_h, tiles_w,           pixels.data(), out.height,
                           out.width, conv.output, pixel,   whole_bias.data(), clamp};
    kernels.winograd_output(w, q, first, 0, count / 2);
    kernels.winograd_output(w, q, first, count / 2, count);
  }
  reference::Values y;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const bool mine = i % size(pixel) < size(conv.output);
    if (mine) y.push_back(pixels[i]);
    if (!mine) CHECK(pixels[i] == -99.0F);
  }
  CHECK(reference::difference(y, test::channels_last(out, batch, expected)) < (w.tile == 2 ? 1e-5 : 1e-4));
}

// y = A^T [ (G g) . (B^T d) ] in one dimension
template <int kTile, int kKernel>
void check_transforms() {
  using T = Transforms<kTile, kKernel>;
  const auto g = reference::noise(kKernel, 1);
  const auto d = reference::noise(T::kSize, 2);
  for (int i = 0; i < kTile; ++i) {
    double direct = 0;
    for (int k = 0; k < kKernel; ++k) direct += double{g[size(k)]} * double{d[size(i + k)]};
    double sum = 0;
    for (int j = 0; j < T::kSize; ++j) {
      double gg = 0;
      double dd = 0;
      for (int k = 0; k < kKernel; ++k) gg += T::kG.v[j][k] * double{g[size(k)]};
      for (int k = 0; k < T::kSize; ++k) dd += T::kBt.v[j][k] * double{d[size(k)]};
      sum += T::kAt.v[i][j] * gg * dd;
    }
    CHECK(sum == doctest::Approx(direct).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("packed GEMM agrees with plain loops at every CPU level, for every tile and odd columns") {
  const GemmWindows windows[] = {{1, 1, 1, 0, 0, 1},   {1, 1, 37, 0, 0, 37}, {1, 1, 9, 0, 0, 4},
                                 {3, 1, 10, 50, 0, 4}, {2, 3, 5, 70, 10, 7}, {3, 3, 1, 40, 2, 3}};
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    for (const GemmWindows& w : windows)
      for (const int n :
           {1, kernels.gemm_columns / 2 + 1, kernels.gemm_columns, 2 * kernels.gemm_columns + 1})
        for (const bool with_bias : {false, true}) {
          CAPTURE(n);
          check_gemm(kernels, w, n, with_bias, {});
          check_gemm(kernels, w, n, with_bias, {.min = 0.0F});
          check_gemm(kernels, w, n, with_bias, {-0.25F, 0.5F});
        }
  }
}

TEST_CASE("the clamp of packed GEMM keeps NaN") {
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    const FloatBuffer b = panels_of({1.0F}, 1, 1, kernels.gemm_columns);
    const float a = std::nanf("");
    float c = 0;
    kernels.gemm({1, 1, 1, 1, 0, 0, 1, b.get(), 1, nullptr, {0.0F, 6.0F}}, &a, 1, 0, &c);
    CHECK(std::isnan(c));
  }
}

TEST_CASE("Winograd's matrices compute the correlation") {
  check_transforms<2, 3>();
  check_transforms<4, 3>();
  check_transforms<2, 5>();
  check_transforms<4, 5>();
}

TEST_CASE("Winograd's transforms agree with a plain convolution at every CPU level in all four forms") {
  for (const test::Kernels& kernels : test::levels()) {
    const std::string level(kernels.level);
    CAPTURE(level);
    for (const Winograd& w : {Winograd{2, 3}, Winograd{4, 3}, Winograd{2, 5}, Winograd{4, 5}}) {
      CAPTURE(w.tile);
      CAPTURE(w.kernel);
      const Size2 kernel{w.kernel, w.kernel};
      check_winograd(kernels, w, {.output = 5, .kernel = kernel, .pad = {1, 2}}, {16, 9, 7}, 2, 3);
      check_winograd(kernels, w, {.output = 70, .kernel = kernel, .pad = {0, 0}, .group = 2}, {32, 8, 8}, 1,
                     100);
      check_winograd(kernels, w, {.output = 33, .kernel = kernel, .pad = {2, 2, 1, 0}}, {48, 5, 6}, 3, 4);
    }
  }
}
