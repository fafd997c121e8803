// The kernels of the `packed` engine, written once with Google Highway and compiled for several vector
// instruction sets. The program selects one at run time. Activations are N x H x W x C (channels last): the
// channels of a pixel are contiguous, so a vector holds channels, and a row of a kernel's window is one
// contiguous range of memory.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "core/shape.hpp"
#include "core/storage.hpp"

namespace alexnet::kernels::packed {

struct Clamp {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
};

// ---- GEMM: c (rows x n) = a (rows x k) * b (k x n) + bias, then clamped ----
//
// b is packed into panels of gemm_columns columns: [n / gemm_columns][k][gemm_columns], filled up with zeros
// and aligned to a vector. a is read in place: its rows are `distance` floats apart, and k runs over runs_h x
// runs_w runs of `run` contiguous numbers, step_h and step_w floats apart. If a is the input of a convolution
// and its windows are the rows, this computes im2col and GEMM without a patch matrix: a run is a row of a
// window (or the channels of one pixel), and neighbouring windows share cached data.
struct Gemm {
  int n;
  int runs_h, runs_w, run;
  std::ptrdiff_t step_h, step_w;
  std::ptrdiff_t distance;
  const float* b;
  std::ptrdiff_t ldc;
  // Null, or n numbers filled up to a whole panel.
  const float* bias;
  Clamp clamp;

  int k() const { return runs_h * runs_w * run; }
};

// ---- Winograd F(m x m, r x r), Lavin and Gray 2016 ----
//
// An output tile of m x m pixels is A^T [ (G g G^T) . (B^T d B) ] A for a kernel g (r x r) and the input d
// (size x size, size = m + r - 1) that the tile reads. This takes size^2 multiplications per channel instead
// of m^2 r^2. Summed over channels, each of the size^2 positions is a GEMM: (tiles x channels) * (channels x
// output).
struct Winograd {
  // m and r. Supported: (2, 3), (4, 3), (2, 5), (4, 5).
  int tile, kernel;
  int size() const { return tile + kernel - 1; }
  int positions() const { return size() * size(); }
};
struct WinogradInput {
  // images x in_h x in_w x channels, including padding: every tile has size x size pixels.
  const float* in;
  int in_h, in_w, channels;
  int tiles_h, tiles_w;
  // Distance in floats from the tiles x channels of one position to those of the next.
  std::size_t position_stride;
};
struct WinogradOutput {
  // [position][tile][channel]. Read in whole vectors: up to a vector past the last channel.
  const float* products;
  std::size_t position_stride;
  int tiles_h, tiles_w;
  // images x out_h x out_w pixels of `channels` floats. The next pixel begins `pixel` floats further.
  float* out;
  int out_h, out_w, channels;
  std::ptrdiff_t pixel;
  // Null, or `channels` numbers filled up to a whole vector.
  const float* bias;
  Clamp clamp;
};

// ---- Fully-connected layer: y (images x n) = x (images x k) * transposed w (n x k) * scales + bias ----
//
// y is clamped. Vectors run along k, and each lane of a product is summed separately, in an order that does
// not depend on the number of images. So the result does not depend on the batch.
constexpr int kRowsOfOneImage = 8;  // rows of w that are read together for one image
struct FullyConnected {
  int images, k;
  Storage storage;
  const void* w;
  // One scale for each row of w if storage is i8, else null.
  const float* scales;
  // Null if there is no bias.
  const float* bias;
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

// The kernels for one vector instruction set. Ranges are [first, last).
struct Kernels {
  std::string_view level;  // "AVX-512", "AVX2", "SSE4", "NEON", "scalar"
  // False if the target only emulates vectors.
  bool vectors;
  // Number of floats in a vector.
  int lanes;
  int max_rows, gemm_columns;

  // Computes one tile: at most max_rows rows of a times one panel of b. c points to column 0 of the first
  // row.
  void (*gemm)(const Gemm& g, const float* a, int rows, int panel, float* c);
  // Transforms one panel of the weights [output][channels][r][r] into b. Each position of b is panels x
  // channels x gemm_columns.
  void (*winograd_weights)(const Winograd& w, const float* weights, int output, int channels, int panel,
                           float* b, std::size_t position_stride);
  // Writes rows [first, last) of out, which is [position][tile][channel]. Row 0 is tile first_tile, counted
  // over all images. The number of channels must be a multiple of lanes.
  void (*winograd_input)(const Winograd& w, const WinogradInput& p, int first_tile, int first, int last,
                         float* out);
  void (*winograd_output)(const Winograd& w, const WinogradOutput& p, int first_tile, int first, int last);
  // Computes the outputs of rows [first, last) of w.
  void (*fully_connected)(const FullyConnected& f, int first, int last);
  // Writes rows [first_row, last_row) of out, each out_w x channels: row = image * out_h + y.
  void (*max_pool)(const Pool& p, const float* in, float* out, int first_row, int last_row);
  void (*average_pool)(const Pool& p, const float* in, float* out, int first_row, int last_row);
  // out = in * (k + alpha / size * sum of squares)^-beta for each of `pixels` pixels of contiguous channels.
  // See kernels/lrn.hpp.
  void (*lrn)(const Lrn& p, int channels, std::size_t pixels, const float* in, float* out);
  void (*clamp)(Clamp clamp, float* x, std::size_t n);
  // x[pixel][c] = x[pixel][c] * scale[c] + shift[c], in place.
  void (*scale_shift)(const float* scale, const float* shift, int channels, std::size_t pixels, float* x);
  // x = exp(x - max) / sum for each of `pixels` pixels of contiguous channels, in place. Sums in double.
  void (*softmax)(int channels, std::size_t pixels, float* x);
  // out[i][c] = in[c * plane + i] for n pixels.
  void (*interleave)(const float* in, std::size_t plane, int channels, std::size_t n, float* out);

  // The functions that kernels/peak.hpp measures.
  float (*multiply_add)(std::size_t steps);
  float (*sum)(const float* values, std::size_t count);
};

// Returns the levels that this CPU supports, best first.
const std::vector<Kernels>& levels();
inline const Kernels& best() { return levels().front(); }

}  // namespace alexnet::kernels::packed
