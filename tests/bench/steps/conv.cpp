// The steps of a convolution.
#include <algorithm>

#include "engine/packed_conv.hpp"
#include "kernels/gemm.hpp"
#include "kernels/im2col.hpp"
#include "kernels/packed/kernels.hpp"
#include "steps/loops.hpp"
#include "steps/steps.hpp"

namespace alexnet::bench {
namespace {

namespace packed = kernels::packed;
using Floats = std::shared_ptr<float[]>;

constexpr double kFloat32 = 1e-5;
constexpr double kWinograd = 1e-4;

int ceil_div(int a, int b) { return (a + b - 1) / b; }

std::size_t size(int a, int b = 1, int c = 1) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

// Sizes shared by the steps.
struct Sizes {
  explicit Sizes(const Problem& problem)
      : conv(std::get<Conv>(problem.layer.params)),
        in(problem.layer.in),
        out(problem.layer.out),
        patches{in.channels, in.height,     in.width,   conv.kernel, conv.stride,
                conv.pad,    conv.dilation, out.height, out.width},
        m(conv.output),
        n(patches.n()),
        k(patches.k()) {}
  Conv conv;
  Shape in, out;
  kernels::Patches patches;
  int m, n, k;
};

// ---- channels first: x is C x H x W ----

Step loops(const Problem& p, const Sizes& s) {
  const Floats y = floats(s.out.count());
  return {"six nested loops", [=, &p] { conv_loops(s.patches, s.m, p.x.data(), p.w.data(), y.get()); },
          [=] { return std::vector<float>(y.get(), y.get() + s.out.count()); }, kFloat32};
}

template <class Multiply>
Step on_patches(const std::string& idea, const Problem& p, const Sizes& s, const Multiply& multiply) {
  const Floats patches = floats(size(s.k, s.n));
  const Floats y = floats(s.out.count());
  return {idea,
          [=, &p] {
            kernels::im2col(s.patches, p.x.data(), patches.get());
            multiply(Matrices{s.m, s.n, s.k, p.w.data(), patches.get(), y.get()});
          },
          [=] { return std::vector<float>(y.get(), y.get() + s.out.count()); }, kFloat32};
}

void multiply_eigen(const Matrices& g) { kernels::gemm({g.m, g.n, g.k, g.a, g.k, g.b, g.n, g.c, g.n}); }

// ---- channels last: x is H x W x C ----

Floats channels_last(const std::vector<float>& planes, const Shape& s) {
  Floats pixels = floats(s.count());
  packed::best().interleave(planes.data(), s.plane(), s.channels, s.plane(), pixels.get());
  return pixels;
}

std::vector<float> planes(const Floats& pixels, const Shape& s) {
  std::vector<float> out(s.count());
  Activation{pixels.get(), s, 0, 1, true}.copy_nchw(out);
  return out;
}

// Packs b into panels of columns; k runs over y, x, channel.
Floats pack(const Problem& p, const Sizes& s, int columns) {
  const int taps = s.conv.kernel.h * s.conv.kernel.w;
  const Floats packed_w = floats(size(ceil_div(s.m, columns), columns, s.k));
  for (int o = 0; o < s.m; ++o)
    for (int c = 0; c < s.in.channels; ++c)
      for (int tap = 0; tap < taps; ++tap)
        packed_w[size(o / columns, s.k, columns) + size(tap * s.in.channels + c, columns) +
                 size(o % columns)] = p.w[size(o, s.k) + size(c * taps + tap)];
  return packed_w;
}

// Copies one row per output pixel; k runs over y, x, channel.
void copy_windows(const Sizes& s, const float* x, float* rows) {
  for (int oy = 0; oy < s.out.height; ++oy)
    for (int ox = 0; ox < s.out.width; ++ox)
      for (int ky = 0; ky < s.conv.kernel.h; ++ky)
        for (int kx = 0; kx < s.conv.kernel.w; ++kx, rows += s.in.channels) {
          const int iy = oy * s.conv.stride.h + ky - s.conv.pad.top;
          const int ix = ox * s.conv.stride.w + kx - s.conv.pad.left;
          if (iy < 0 || iy >= s.in.height || ix < 0 || ix >= s.in.width) {
            std::fill_n(rows, s.in.channels, 0.0F);
          } else {
            std::copy_n(x + size(iy * s.in.width + ix, s.in.channels), s.in.channels, rows);
          }
        }
}

// c (rows x n) = a (rows x k) * b, in tiles of as many rows as the registers hold.
void multiply_tiles(packed::Gemm g, const float* a, int rows, float* c) {
  const packed::Kernels& kernels = packed::best();
  const int tile = ceil_div(rows, ceil_div(rows, kernels.max_rows));
  for (int panel = 0; panel < ceil_div(g.n, kernels.gemm_columns); ++panel)
    for (int i = 0; i < rows; i += tile)
      kernels.gemm(g, a + i * g.distance, std::min(tile, rows - i), panel, c + i * g.ldc);
}

packed::Gemm gemm_of(int n, int k, const float* b) {
  packed::Gemm g{};
  g.n = n;
  g.runs_h = g.runs_w = 1;
  g.run = k;
  g.distance = k;
  g.b = b;
  g.ldc = n;
  return g;
}

Step register_tiles(const Problem& p, const Sizes& s) {
  const Floats x = channels_last(p.x, s.in);
  const Floats b = pack(p, s, packed::best().gemm_columns);
  const Floats rows = floats(size(s.n, s.k));
  const Floats y = floats(s.out.count());
  return {"packed weights, register tiles",
          [=] {
            copy_windows(s, x.get(), rows.get());
            multiply_tiles(gemm_of(s.m, s.k, b.get()), rows.get(), s.n, y.get());
          },
          [=] { return planes(y, s.out); }, kFloat32};
}

// Runs the convolution as the engine does.
Step engine(const std::string& idea, const Problem& p, const Sizes& s, ConvMethod method, bool relu) {
  const auto conv =
      std::make_shared<PackedConv>(packed::best(), p.layer, false, EngineOptions{.conv = method});
  const std::vector<float> bias = relu ? bias_of(p.layer) : std::vector<float>();
  conv->pack({{Storage::f32, p.w.data()}, bias});
  if (relu) conv->set_clamp({.min = 0.0F});
  const Floats x = channels_last(p.x, s.in);
  const Floats y = floats(s.out.count());
  const Floats scratch = floats(conv->scratch_count(1));
  return {idea + (method == ConvMethod::automatic ? conv->method() : ""),
          [=] { conv->run(x.get(), y.get(), 1, scratch.get()); },
          [=] { return planes(y, s.out); },
          method == ConvMethod::gemm ? kFloat32 : kWinograd,
          4,
          relu};
}

// Works in nearly equal blocks, each with at most as many transformed values as there are weights.
Step winograd(const Problem& p, const Sizes& s, int tile) {
  const packed::Kernels& kernels = packed::best();
  const packed::Winograd w{tile, s.conv.kernel.h};
  const int tiles_h = ceil_div(s.out.height, tile);
  const int tiles_w = ceil_div(s.out.width, tile);
  const int tiles = tiles_h * tiles_w;
  const int most = s.m * s.in.channels / (s.m + s.in.channels);
  const int block = ceil_div(tiles, ceil_div(tiles, most));
  const int panels = ceil_div(s.m, kernels.gemm_columns);
  const std::size_t position = size(panels, kernels.gemm_columns, s.in.channels);
  const Floats b = floats(position * size(w.positions()));
  for (int panel = 0; panel < panels; ++panel)
    kernels.winograd_weights(w, p.w.data(), s.m, s.in.channels, panel, b.get(), position);
  const Shape padded{s.in.channels, tiles_h * tile + w.kernel - 1, tiles_w * tile + w.kernel - 1};
  const Floats x = channels_last(p.x, s.in);
  const Floats margin = floats(padded.count());
  const Floats transformed = floats(size(w.positions(), block, s.in.channels));
  const Floats products = floats(size(w.positions(), block, s.m));
  const Floats y = floats(s.out.count());
  const packed::WinogradInput input{margin.get(),
                                    padded.height,
                                    padded.width,
                                    padded.channels,
                                    tiles_h,
                                    tiles_w,
                                    size(block, s.in.channels)};
  const packed::WinogradOutput output{products.get(),
                                      size(block, s.m),
                                      tiles_h,
                                      tiles_w,
                                      y.get(),
                                      s.out.height,
                                      s.out.width,
                                      s.m,
                                      s.m,
                                      nullptr,
                                      {}};
  const std::string t = std::to_string(tile);
  return {"Winograd F(" + t + "x" + t + ")",
          [=, &kernels] {
            for (int i = 0; i < s.in.height; ++i)
              std::copy_n(
                  x.get() + size(i, s.in.width, s.in.channels), size(s.in.width, s.in.channels),
                  margin.get() + size((i + s.conv.pad.top) * padded.width + s.conv.pad.left, s.in.channels));
            for (int first = 0; first < tiles; first += block) {
              const int count = std::min(block, tiles - first);
              kernels.winograd_input(w, input, first, 0, count, transformed.get());
              for (std::size_t i = 0; i < size(w.positions()); ++i)
                multiply_tiles(gemm_of(s.m, s.in.channels, b.get() + i * position),
                               transformed.get() + i * input.position_stride, count,
                               products.get() + i * output.position_stride);
              kernels.winograd_output(w, output, first, 0, count);
            }
          },
          [=] { return planes(y, s.out); }, kWinograd};
}

}  // namespace

std::vector<Step> conv_steps(const Problem& p) {
  const Sizes s(p);
  return {loops(p, s),
          on_patches("im2col, three loops i, j, k", p, s, multiply_ijk),
          on_patches("im2col, three loops i, k, j", p, s, multiply_ikj),
          on_patches("im2col, blocks for the cache", p, s, multiply_blocked),
          on_patches("the same, four rows at a time", p, s, multiply_four_rows),
          on_patches("im2col, Eigen", p, s, multiply_eigen),
          register_tiles(p, s),
          engine("no patch matrix", p, s, ConvMethod::gemm, false),
          winograd(p, s, 2),
          winograd(p, s, 4),
          engine("the engine, with bias and ReLU: ", p, s, ConvMethod::automatic, true)};
}

}  // namespace alexnet::bench
