// The kernels of the `packed` engine, written once with Google Highway and compiled for every level of vectors; the program
// chooses when it runs. Activations are N x H x W x C (channels last): a pixel's channels lie side by side, so that
// vectors hold channels, and a row of a kernel's window is one stretch of memory.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "core/shape.hpp"
#include "core/storage.hpp"

namespace alexnet::kernels::packed {

struct Clamp {
  float least = -std::numeric_limits<float>::infinity();
  float greatest = std::numeric_limits<float>::infinity();
};

// ---- GEMM: c (rows x n) = a (rows x k) * b (k x n) + bias, then clamped ----
//
// b is packed: panels of gemm_columns columns, [n / gemm_columns][k][gemm_columns], filled up with zeros. a is read where it
// lies: its rows are `distance` apart, and k runs over runs_h x runs_w stretches of `run` numbers, step_h and step_w apart. With
// the input of a convolution as a, and its windows as rows, this is im2col and GEMM without a patch matrix: a stretch is a
// row of a window (or one pixel's channels), and neighbouring windows share what the cache holds.
struct Gemm {
  int n;
  int runs_h, runs_w, run;
  std::ptrdiff_t step_h, step_w;
  std::ptrdiff_t distance;
  const float* b;
  std::ptrdiff_t ldc;
  const float* bias;  // null, or n numbers filled up to a whole panel
  Clamp clamp;

  int k() const { return runs_h * runs_w * run; }
};

// ---- Winograd F(m x m, r x r), Lavin and Gray 2016 ----
//
// An output tile of m x m pixels is A^T [ (G g G^T) . (B^T d B) ] A for a kernel g (r x r) and the input d (size x size,
// size = m + r - 1) that it reads: size^2 multiplications a channel instead of m^2 r^2. Summed over channels, each of the size^2
// positions is a GEMM: tiles x channels times channels x output.
struct Winograd {
  int tile, kernel;  // m, r: (2, 3), (4, 3), (2, 5), (4, 5)
  int size() const { return tile + kernel - 1; }
  int positions() const { return size() * size(); }
};
struct WinogradInput {
  const float* in;  // padded: images x in_h x in_w x channels, with size x size pixels for every tile
  int in_h, in_w, channels;
  int tiles_h, tiles_w;
  std::size_t position_stride;  // floats from one position's tiles x channels to the next's
};
struct WinogradOutput {
  const float* products;  // [position][tile][channel]
  std::size_t position_stride;
  int tiles_h, tiles_w;
  float* out;  // images x out_h x out_w x channels
  int out_h, out_w, channels;
  const float* bias;  // null, or `channels` numbers filled up to a whole vector
  Clamp clamp;
};

// ---- the fully-connected layer: y (images x n) = x (images x k) * transposed w (n x k) * scales + bias, clamped ----
//
// Vectors run along k, and each of a product's lanes is summed by itself, whatever the number of images: the answer does not
// depend on the batch.
struct FullyConnected {
  int images, k;
  Storage storage;
  const void* w;
  const float* scales;  // i8: one for each row of w; else null
  const float* bias;    // null: none
  const float* x;
  float* y;
  std::ptrdiff_t ldy;
  Clamp clamp;
};

struct Pool {
  Size2 kernel, stride;
  Pad pad;
  int in_h, in_w, out_h, out_w, channels;
  bool count_include_pad;
};

struct Lrn {
  int size;
  float alpha, beta, k;
};

// One level's kernels. Ranges are [first, last).
struct Kernels {
  std::string_view level;  // "AVX-512", "AVX2", "SSE4", "NEON", "scalar"
  bool vectors;            // false where vectors are only emulated
  int lanes;               // floats in a vector
  int max_rows, gemm_columns;

  // One tile: at most max_rows rows of a, and one panel of b. c points at the first row's column 0.
  void (*gemm)(const Gemm& g, const float* a, int rows, int panel, float* c);
  // b (position: panels x channels x gemm_columns) of weights [output][channels][r][r].
  void (*winograd_weights)(const Winograd& w, const float* weights, int output, int channels, int panel,
                           float* b, std::size_t position_stride);
  // out: the rows [first, last) of [position][tile][channel]; tiles are counted over all images from first_tile on.
  // The channels must be whole vectors.
  void (*winograd_input)(const Winograd& w, const WinogradInput& p, int first_tile, int first, int last,
                         float* out);
  void (*winograd_output)(const Winograd& w, const WinogradOutput& p, int first_tile, int first, int last);
  // The rows [first, last) of w.
  void (*fully_connected)(const FullyConnected& f, int first, int last);
  // The rows [first_row, last_row) of out, each out_w x channels: row = image * out_h + y.
  void (*max_pool)(const Pool& p, const float* in, float* out, int first_row, int last_row);
  void (*average_pool)(const Pool& p, const float* in, float* out, int first_row, int last_row);
  // out = in * (k + alpha / size * sum of squares)^-beta over each of `pixels` rows of channels; see kernels/lrn.hpp.
  void (*lrn)(const Lrn& p, int channels, std::size_t pixels, const float* in, float* out);
  void (*clamp)(Clamp clamp, float* x, std::size_t n);
  // x[pixel][c] = x[pixel][c] * scale[c] + shift[c]
  void (*scale_shift)(const float* scale, const float* shift, int channels, std::size_t pixels, float* x);
  // exp(x - max) / sum over each of `pixels` rows of channels; the sum is taken in double.
  void (*softmax)(int channels, std::size_t pixels, float* x);
  // out[i][c] = in[c * plane + i] for n pixels
  void (*interleave)(const float* in, std::size_t plane, int channels, std::size_t n, float* out);

  // What kernels/peak.hpp measures.
  float (*multiply_add)(std::size_t steps);
  float (*sum)(const float* values, std::size_t count);
};

// The levels that this CPU runs, best first.
const std::vector<Kernels>& levels();
inline const Kernels& best() { return levels().front(); }

}  // namespace alexnet::kernels::packed
