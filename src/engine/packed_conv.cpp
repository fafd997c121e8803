#include "engine/packed_conv.hpp"

#include <algorithm>
#include <limits>

#include "core/parallel.hpp"
#include "engine/floats.hpp"

namespace alexnet {
namespace {

using namespace kernels::packed;

constexpr int kWholeVector = 16;                           // floats in the widest vector
constexpr std::size_t kMinBlock = std::size_t{256} << 10;  // minimum floats in a block of transformed tiles

int ceil_div(int a, int b) { return (a + b - 1) / b; }

template <class Body>
void parallel_ints(int count, const char* loop, const Body& body) {
  parallel_ranges(static_cast<std::size_t>(count), 1, loop, [&](std::size_t begin, std::size_t end) {
    body(static_cast<int>(begin), static_cast<int>(end));
  });
}

}  // namespace

PackedConv::PackedConv(const Kernels& kernels, const Layer& layer, bool planes, const EngineOptions& options)
    : PackedConv(kernels, layer, whole(std::get<Conv>(layer.params)), planes, options) {}

PackedConv::PackedConv(const Kernels& kernels, const Layer& layer, const ConvPart& part, bool planes,
                       const EngineOptions& options)
    : kernels_(&kernels),
      part_(part),
      layer_kernel_(std::get<Conv>(layer.params).kernel),
      layer_out_(layer.out.channels),
      conv_(conv_of(std::get<Conv>(layer.params), part)),
      in_(layer.in),
      out_{part.count, layer.out.height, layer.out.width},
      planes_(planes) {
  choose_method(options);
}

// Returns the estimated time of a method per image, in units of one multiply-add at peak speed.
double PackedConv::cost(const Winograd& w, const EngineOptions& options) const {
  constexpr double kPerByte = 6;      // for reading a byte from memory
  constexpr double kPerElement = 4;   // for moving one element in a transform
  constexpr double kPerPacked = 500;  // for packing one weight, including page faults
  const double in = group_in();
  const double weights = static_cast<double>(conv_.output) * in;
  const double together = std::min(options.batch, kImagesAtATime);
  const double images = std::max(1.0, static_cast<double>(options.passes) * options.batch);
  const double taps = static_cast<double>(conv_.kernel.h) * conv_.kernel.w;
  if (w.tile == 0) {
    const auto pixels = static_cast<double>(out_.plane());
    return taps * weights * pixels + taps * weights * (4 * kPerByte / together + kPerPacked / images);
  }
  const double size = w.size();
  const double positions = w.positions();
  const double tiles = static_cast<double>(ceil_div(out_.height, w.tile)) * ceil_div(out_.width, w.tile);
  const double input = tiles * in_.channels * positions * (size + kPerElement);
  const double output = tiles * conv_.output * positions * (w.tile + kPerElement);
  return positions * weights * tiles + input + output +
         positions * weights * (4 * kPerByte / together + kPerPacked / images);
}

void PackedConv::choose_method(const EngineOptions& options) {
  const int size = conv_.kernel.h;
  const bool possible = conv_.kernel.h == conv_.kernel.w && (size == 3 || size == 5) &&
                        conv_.stride == Size2{1, 1} && conv_.dilation == Size2{1, 1} &&
                        group_in() % kWholeVector == 0 && !planes_;
  estimate_ = cost({0, size}, options);
  if (!possible || options.conv == ConvMethod::gemm) return;
  if (options.conv == ConvMethod::winograd) estimate_ = std::numeric_limits<double>::infinity();
  for (const int tile : {2, 4}) {
    const double c = cost({tile, size}, options);
    if (c >= estimate_) continue;
    estimate_ = c;
    winograd_ = {tile, size};
  }
}

std::string PackedConv::method() const {
  if (!winograd()) return "GEMM";
  const std::string tile = std::to_string(winograd_.tile);
  const std::string kernel = std::to_string(winograd_.kernel);
  return "Winograd F(" + tile + "x" + tile + ", " + kernel + "x" + kernel + ")";
}

std::optional<DirectGemm> PackedConv::direct() const {
  if (winograd()) return std::nullopt;
  const bool whole_rows = conv_.group == 1 && conv_.dilation.w == 1;
  return DirectGemm{conv_.kernel.h,
                    whole_rows ? 1 : conv_.kernel.w,
                    whole_rows ? conv_.kernel.w * in_.channels : group_in(),
                    conv_.stride.w * in_.channels,
                    planes_,
                    conv_.pad != Pad()};
}

std::optional<WinogradTiles> PackedConv::tiles() const {
  if (!winograd()) return std::nullopt;
  const std::int64_t multiplications = std::int64_t{winograd_.positions()} * conv_.group;
  return WinogradTiles{winograd_.tile,
                       winograd_.size(),
                       tiles_h(),
                       tiles_w(),
                       {std::int64_t{tiles_h()} * tiles_w(), group_in(), group_out(), multiplications}};
}

std::int64_t PackedConv::multiply_adds() const {
  const std::int64_t weights = std::int64_t{conv_.output} * group_in();
  return winograd() ? weights * winograd_.positions() * tiles_h() * tiles_w()
                    : weights * conv_.kernel.h * conv_.kernel.w * static_cast<std::int64_t>(out_.plane());
}

int PackedConv::panels() const { return ceil_div(group_out(), kernels_->gemm_columns); }

std::size_t PackedConv::position_count() const {
  return static_cast<std::size_t>(panels()) * static_cast<std::size_t>(k()) *
         static_cast<std::size_t>(kernels_->gemm_columns);
}

std::size_t PackedConv::group_count() const {
  return position_count() * static_cast<std::size_t>(winograd() ? winograd_.positions() : 1);
}

std::size_t PackedConv::packed_count() const { return group_count() * static_cast<std::size_t>(conv_.group); }

bool PackedConv::copies_input() const { return winograd() || planes_ || conv_.pad != Pad(); }

// Returns the shape of the padded input, including the pixels that Winograd's last tiles read beyond the
// padding.
Shape PackedConv::padded() const {
  if (winograd())
    return {in_.channels, tiles_h() * winograd_.tile + winograd_.kernel - 1,
            tiles_w() * winograd_.tile + winograd_.kernel - 1};
  return {in_.channels, in_.height + conv_.pad.top + conv_.pad.bottom,
          in_.width + conv_.pad.left + conv_.pad.right};
}

// Limits a block to as many floats of transformed tiles as there are packed weights (but at least
// kMinBlock). Smaller blocks read the weights more often; larger ones leave the cache between transform and
// multiplication.
int PackedConv::block_tiles(int images) const {
  const int tiles = images * tiles_h() * tiles_w();
  const auto tile = static_cast<std::size_t>(winograd_.positions()) *
                    static_cast<std::size_t>(in_.channels + out_.channels);
  return std::clamp(static_cast<int>(std::max(kMinBlock, packed_count()) / tile), 1, tiles);
}

std::size_t PackedConv::scratch_count(int images) const {
  std::size_t count = copies_input() ? arena_padded(static_cast<std::size_t>(images) * padded().count()) : 0;
  if (!winograd()) return count;
  const auto tiles = static_cast<std::size_t>(block_tiles(images));
  return count + static_cast<std::size_t>(winograd_.positions()) *
                     (arena_padded(tiles * static_cast<std::size_t>(in_.channels)) +
                      arena_padded(tiles * static_cast<std::size_t>(out_.channels)));
}

void PackedConv::pack(const LayerWeights& weights) {
  const Floats floats(
      weights.weight, layer_out_,
      static_cast<std::size_t>(group_in()) * static_cast<std::size_t>(layer_kernel_.h * layer_kernel_.w));
  std::vector<float> inside;
  if (part_.kernel != layer_kernel_) inside = inside_window(floats, part_, layer_kernel_, group_in());
  weights_ = allocate_floats(packed_count());
  for (int group = 0; group < conv_.group; ++group) {
    const float* w = inside.empty() ? floats.row(part_.first + group * group_out()) : inside.data();
    if (!winograd()) {
      pack_gemm(w, group);
      continue;
    }
    float* b = weights_.get() + static_cast<std::size_t>(group) * group_count();
    parallel_tasks(panels(), [&](int panel) {
      kernels_->winograd_weights(winograd_, w, group_out(), group_in(), panel, b, position_count());
    });
  }
  if (weights.bias.empty()) return;
  // GEMM pads the outputs of each group to whole panels. Winograd's vectors run over all outputs, so it has
  // no padding between groups.
  const auto group_size = static_cast<std::size_t>(group_out());
  const std::size_t stride =
      winograd() ? group_size : static_cast<std::size_t>(panels() * kernels_->gemm_columns);
  const auto groups = static_cast<std::size_t>(conv_.group);
  const std::size_t count = arena_padded(stride * groups);
  bias_ = allocate_floats(count);
  std::fill_n(bias_.get(), count, 0.0F);
  for (std::size_t group = 0; group < groups; ++group)
    std::copy_n(weights.bias.data() + static_cast<std::size_t>(part_.first) + group * group_size, group_size,
                bias_.get() + group * stride);
}

// Packs `weights`, [output][channel][y][x], in the order y, x, channel of k.
void PackedConv::pack_gemm(const float* weights, int group) {
  const int columns = kernels_->gemm_columns;
  const int taps = conv_.kernel.h * conv_.kernel.w;
  const std::ptrdiff_t kernel = std::ptrdiff_t{group_in()} * taps;
  float* const all = weights_.get() + static_cast<std::size_t>(group) * group_count();
  parallel_tasks(panels(), [&](int panel) {
    float* b = all + static_cast<std::ptrdiff_t>(panel) * k() * columns;
    const int outputs = std::min(columns, group_out() - panel * columns);
    for (int tap = 0; tap < taps; ++tap)
      for (int c = 0; c < group_in(); ++c, b += columns) {
        const float* from =
            weights + std::ptrdiff_t{panel} * columns * kernel + std::ptrdiff_t{c} * taps + tap;
        for (int o = 0; o < outputs; ++o) b[o] = from[o * kernel];
        std::fill(b + outputs, b + columns, 0.0F);
      }
  });
}

void PackedConv::copy_padded(const float* x, float* to, int images) const {
  const Shape p = padded();
  const auto channels = static_cast<std::size_t>(in_.channels);
  const auto row = static_cast<std::size_t>(p.width) * channels;
  const auto left = static_cast<std::size_t>(conv_.pad.left) * channels;
  const auto width = static_cast<std::size_t>(in_.width);
  parallel_ints(images * p.height, "pad", [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      float* out = to + static_cast<std::size_t>(i) * row;
      const int y = i % p.height - conv_.pad.top;
      if (y < 0 || y >= in_.height) {
        std::fill_n(out, row, 0.0F);
        continue;
      }
      const float* image = x + static_cast<std::size_t>(i / p.height) * in_.count();
      std::fill_n(out, left, 0.0F);
      if (planes_) {
        kernels_->interleave(image + static_cast<std::size_t>(y) * width, in_.plane(), in_.channels, width,
                             out + left);
      } else {
        std::copy_n(image + static_cast<std::size_t>(y) * width * channels, width * channels, out + left);
      }
      std::fill(out + left + width * channels, out + row, 0.0F);
    }
  });
}

void PackedConv::run(const float* x, float* y, int images, float* scratch) const {
  y += part_.first;
  if (copies_input()) {
    copy_padded(x, scratch, images);
    x = scratch;
    scratch += arena_padded(static_cast<std::size_t>(images) * padded().count());
  }
  winograd() ? run_winograd(x, y, images, scratch) : run_gemm(x, y, images);
}

const float* PackedConv::group_bias(int group) const {
  return bias_ ? bias_.get() + static_cast<std::ptrdiff_t>(group) * panels() * kernels_->gemm_columns
               : nullptr;
}

// A tile is a range of pixels of one output row. A task computes one panel of outputs for a range of rows.
void PackedConv::run_gemm(const float* x, float* y, int images) const {
  const Shape p = padded();
  const std::ptrdiff_t row = std::ptrdiff_t{p.width} * p.channels;
  const DirectGemm windows = *direct();
  Gemm g{};
  g.n = group_out();
  g.runs_h = windows.runs_h;
  g.runs_w = windows.runs_w;
  g.run = windows.run;
  g.step_h = conv_.dilation.h * row;
  g.step_w = std::ptrdiff_t{conv_.dilation.w} * p.channels;
  g.distance = windows.distance;
  g.ldc = layer_out_;
  g.clamp = clamp_;
  const int tiles = ceil_div(out_.width, kernels_->max_rows);
  const int tile = ceil_div(out_.width, tiles);
  const int rows = images * out_.height;
  const int part = ceil_div(rows, std::clamp(ceil_div(8 * thread_count(), panels() * conv_.group), 1, rows));
  const int parts = ceil_div(rows, part);
  parallel_tasks(conv_.group * panels() * parts, "GEMM", [&](int task) {
    const int group = task / (panels() * parts);
    const int panel = task / parts % panels();
    const int first = task % parts * part;
    Gemm mine = g;
    mine.b = weights_.get() + static_cast<std::size_t>(group) * group_count();
    mine.bias = group_bias(group);
    for (int i = first; i < std::min(rows, first + part); ++i) {
      const float* from =
          x +
          (std::ptrdiff_t{i / out_.height} * p.height + std::ptrdiff_t{i % out_.height} * conv_.stride.h) *
              row +
          std::ptrdiff_t{group} * group_in();
      float* to = y + std::ptrdiff_t{i} * out_.width * layer_out_ + std::ptrdiff_t{group} * group_out();
      for (int pixel = 0; pixel < out_.width; pixel += tile)
        kernels_->gemm(mine, from + pixel * g.distance, std::min(tile, out_.width - pixel), panel,
                       to + std::ptrdiff_t{pixel} * layer_out_);
    }
  });
}

// NOLINTNEXTLINE(readability-non-const-parameter): `output` writes to y
void PackedConv::run_winograd(const float* x, float* y, int images, float* scratch) const {
  const Shape p = padded();
  const int tiles = images * tiles_h() * tiles_w();
  // Blocks of nearly equal size: a last block of a single tile would read all weights for that tile.
  const int block = ceil_div(tiles, ceil_div(tiles, block_tiles(images)));
  const std::size_t in_stride =
      arena_padded(static_cast<std::size_t>(block) * static_cast<std::size_t>(in_.channels));
  const std::size_t out_stride =
      arena_padded(static_cast<std::size_t>(block) * static_cast<std::size_t>(out_.channels));
  float* const products = scratch + static_cast<std::size_t>(winograd_.positions()) * in_stride;
  const WinogradInput input{x, p.height, p.width, p.channels, tiles_h(), tiles_w(), in_stride};
  const WinogradOutput output{products,   out_stride,    tiles_h(),  tiles_w(),   y,     out_.height,
                              out_.width, out_.channels, layer_out_, bias_.get(), clamp_};
  for (int first = 0; first < tiles; first += block) {
    const int count = std::min(block, tiles - first);
    parallel_ints(count, "transform input", [&](int begin, int end) {
      kernels_->winograd_input(winograd_, input, first, begin, end, scratch);
    });
    parallel_ints(winograd_.positions() * conv_.group * panels(), "multiply", [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        const auto position = static_cast<std::size_t>(i / (conv_.group * panels()));
        multiply_position(position, i / panels() % conv_.group, i % panels(), scratch + position * in_stride,
                          products + position * out_stride, count);
      }
    });
    parallel_ints(count, "transform output", [&](int begin, int end) {
      kernels_->winograd_output(winograd_, output, first, begin, end);
    });
  }
}

// Computes c (count x outputs) = a (count x channels) * b for one position and one panel of a group's
// outputs.
void PackedConv::multiply_position(std::size_t position, int group, int panel, const float* a, float* c,
                                   int count) const {
  Gemm g{};
  g.n = group_out();
  g.runs_h = g.runs_w = 1;
  g.run = group_in();
  g.distance = in_.channels;
  g.b = weights_.get() + static_cast<std::size_t>(group) * group_count() + position * position_count();
  g.ldc = out_.channels;
  const int tile = ceil_div(count, ceil_div(count, kernels_->max_rows));
  for (int i = 0; i < count; i += tile)
    kernels_->gemm(g, a + i * g.distance + std::ptrdiff_t{group} * group_in(), std::min(tile, count - i),
                   panel, c + i * g.ldc + std::ptrdiff_t{group} * group_out());
}

}  // namespace alexnet
