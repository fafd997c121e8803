// Winograd transforms of vectors of channels.
#if defined(ALEXNET_KERNELS_PACKED_WINOGRAD_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_WINOGRAD_INL_HPP
#undef ALEXNET_KERNELS_PACKED_WINOGRAD_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_WINOGRAD_INL_HPP
#endif

#include "kernels/packed/common-inl.hpp"
#include "kernels/packed/transforms.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

// B^T d B: transforms the size x size pixels of a tile along columns, then along rows.
template <int kTile, int kKernel>
void transform_input(const WinogradInput& p, const float* in, float* out) {
  using T = Transforms<kTile, kKernel>;
  constexpr int kSize = T::kSize;
  const D d;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(p.in_w) * p.channels;
  for (int c = 0; c < p.channels; c += kLanes) {
    V half[kSize][kSize];
    ALEXNET_UNROLL(8) for (int x = 0; x < kSize; ++x) {
      V column[kSize];
      ALEXNET_UNROLL(8)
      for (int y = 0; y < kSize; ++y) {
        column[y] = hn::LoadU(d, in + y * row + static_cast<std::ptrdiff_t>(x) * p.channels + c);
      }
      ALEXNET_UNROLL(8) for (int y = 0; y < kSize; ++y) {
        half[y][x] = combination<kSize>(T::kBt.v[y], column);
      }
    }
    float* to = out + c;
    ALEXNET_UNROLL(8) for (int y = 0; y < kSize; ++y) {
      ALEXNET_UNROLL(8) for (int x = 0; x < kSize; ++x) {
        hn::StoreU(combination<kSize>(T::kBt.v[x], half[y]), d, to);
        to += p.position_stride;
      }
    }
  }
}

template <int kTile, int kKernel>
void winograd_input(const WinogradInput& p, int first_tile, int first, int last, float* out) {
  for (int i = first; i < last; ++i) {
    const int tile = first_tile + i;
    // Row of tiles, counted over all images.
    const int y = tile / p.tiles_w;
    const auto wide = [](int n) { return static_cast<std::ptrdiff_t>(n); };
    const std::ptrdiff_t in_y = wide(y / p.tiles_h) * p.in_h + wide(y % p.tiles_h) * kTile;
    const std::ptrdiff_t in_x = wide(tile % p.tiles_w) * kTile;
    transform_input<kTile, kKernel>(p, p.in + (in_y * p.in_w + in_x) * p.channels,
                                    out + static_cast<std::ptrdiff_t>(i) * p.channels);
  }
}

// Computes A^T products A and stores the pixels of the tile that are inside the output.
template <int kTile, int kKernel>
void winograd_output(const WinogradOutput& p, int first_tile, int first, int last) {
  using T = Transforms<kTile, kKernel>;
  constexpr int kSize = T::kSize;
  const D d;
  for (int i = first; i < last; ++i) {
    const int tile = first_tile + i;
    const int row = tile / p.tiles_w;
    const int y0 = row % p.tiles_h * kTile;
    const int x0 = tile % p.tiles_w * kTile;
    const int height = HWY_MIN(kTile, p.out_h - y0);
    const int width = HWY_MIN(kTile, p.out_w - x0);
    float* out =
        p.out + ((static_cast<std::ptrdiff_t>(row / p.tiles_h) * p.out_h + y0) * p.out_w + x0) * p.pixel;
    for (int c = 0; c < p.channels; c += kLanes) {
      const float* in = p.products + static_cast<std::ptrdiff_t>(i) * p.channels + c;
      V half[kTile][kSize];
      ALEXNET_UNROLL(8) for (int x = 0; x < kSize; ++x) {
        V column[kSize];
        ALEXNET_UNROLL(8)
        for (int y = 0; y < kSize; ++y) {
          column[y] = hn::LoadU(d, in + static_cast<std::size_t>(y * kSize + x) * p.position_stride);
        }
        ALEXNET_UNROLL(8)
        for (int y = 0; y < kTile; ++y) {
          half[y][x] = combination<kSize>(T::kAt.v[y], column);
        }
      }
      const V bias = p.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, p.bias + c);
      ALEXNET_UNROLL(8) for (int y = 0; y < kTile; ++y) {
        if (y >= height) break;
        float* to = out + static_cast<std::ptrdiff_t>(y) * p.out_w * p.pixel + c;
        ALEXNET_UNROLL(8) for (int x = 0; x < kTile; ++x) {
          if (x >= width) break;
          const V sum = clamped(hn::Add(combination<kSize>(T::kAt.v[x], half[y]), bias), p.clamp);
          store_part(sum, p.channels - c, to + static_cast<std::ptrdiff_t>(x) * p.pixel);
        }
      }
    }
  }
}

// Computes G g G^T for every kernel of one panel of outputs.
template <int kTile, int kKernel>
void winograd_weights(const float* weights, int output, int channels, int panel, float* b,
                      std::size_t position_stride) {
  using T = Transforms<kTile, kKernel>;
  constexpr int kSize = T::kSize;
  constexpr int kTaps = kKernel * kKernel;
  const D d;
  b += static_cast<std::ptrdiff_t>(panel) * channels * kColumns;
  for (int c = 0; c < channels; ++c, b += kColumns) {
    for (int lane = 0; lane < kColumns; lane += kLanes) {
      HWY_ALIGN float taps[kTaps][kLanes] = {};
      const int first = panel * kColumns + lane;
      for (int o = 0; o < HWY_MIN(kLanes, output - first); ++o)
        for (int t = 0; t < kTaps; ++t)
          taps[t][o] = weights[(static_cast<std::ptrdiff_t>(first + o) * channels + c) * kTaps + t];
      V half[kSize][kKernel];
      ALEXNET_UNROLL(8) for (int x = 0; x < kKernel; ++x) {
        V column[kKernel];
        ALEXNET_UNROLL(8) for (int y = 0; y < kKernel; ++y) {
          column[y] = hn::Load(d, taps[y * kKernel + x]);
        }
        ALEXNET_UNROLL(8)
        for (int y = 0; y < kSize; ++y) {
          half[y][x] = combination<kKernel>(T::kG.v[y], column);
        }
      }
      float* to = b + lane;
      ALEXNET_UNROLL(8) for (int y = 0; y < kSize; ++y) {
        ALEXNET_UNROLL(8) for (int x = 0; x < kSize; ++x) {
          hn::Store(combination<kKernel>(T::kG.v[x], half[y]), d, to);
          to += position_stride;
        }
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
