// The fully-connected layer, for weights of each storage type.
#if defined(ALEXNET_KERNELS_PACKED_FULLY_CONNECTED_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_FULLY_CONNECTED_INL_HPP
#undef ALEXNET_KERNELS_PACKED_FULLY_CONNECTED_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_FULLY_CONNECTED_INL_HPP
#endif

#include "kernels/packed/common-inl.hpp"
#include "kernels/packed/gemm-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

template <Storage kStorage>
struct Stored;
template <>
struct Stored<Storage::f32> {
  using T = float;
  static HWY_INLINE V load(const float* p) { return hn::LoadU(D(), p); }
};
template <>
struct Stored<Storage::f16> {
  using T = hwy::float16_t;
  static HWY_INLINE V load(const T* p) { return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<T, D>(), p)); }
};
template <>
struct Stored<Storage::bf16> {
  using T = hwy::bfloat16_t;
  static HWY_INLINE V load(const T* p) { return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<T, D>(), p)); }
};
template <>
struct Stored<Storage::i8> {
  using T = std::int8_t;
  static HWY_INLINE V load(const T* p) {
    return hn::ConvertTo(D(), hn::PromoteTo(hn::Rebind<std::int32_t, D>(), hn::LoadU(hn::Rebind<T, D>(), p)));
  }
};

// Loads the first `count` numbers, at most a vector. Sets the other lanes to 0.
template <Storage kStorage>
HWY_INLINE V load_stored(const typename Stored<kStorage>::T* from, int count) {
  if (count >= kLanes) return Stored<kStorage>::load(from);
  HWY_ALIGN typename Stored<kStorage>::T numbers[kLanes] = {};
  std::memcpy(numbers, from, static_cast<std::size_t>(count) * sizeof numbers[0]);
  return Stored<kStorage>::load(numbers);
}

HWY_INLINE void finish(const FullyConnected& f, V sum, int row, int image) {
  const float scale = f.scales == nullptr ? 1.0F : f.scales[row];
  const float bias = f.bias == nullptr ? 0.0F : f.bias[row];
  const float y = hn::GetLane(hn::SumOfLanes(D(), sum)) * scale + bias;
  f.y[image * f.ldy + row] = y < f.clamp.min ? f.clamp.min : y > f.clamp.max ? f.clamp.max : y;
}

// Multiplies kRows rows of w with kImages images. All sums stay in registers.
template <Storage kStorage, int kRows, int kImages>
void products(const FullyConnected& f, int row, int image) {
  using T = typename Stored<kStorage>::T;
  const D d;
  const T* HWY_RESTRICT w = static_cast<const T*>(f.w) + static_cast<std::ptrdiff_t>(row) * f.k;
  const float* HWY_RESTRICT x = f.x + static_cast<std::ptrdiff_t>(image) * f.k;
  V sum[kRows][kImages];
  ALEXNET_UNROLL(8) for (int r = 0; r < kRows; ++r) {
    ALEXNET_UNROLL(8) for (int j = 0; j < kImages; ++j) { sum[r][j] = hn::Zero(d); }
  }
  const auto add = [&](int i, const auto& load_x, const auto& load_w) HWY_ATTR {
    V in[kImages];
    ALEXNET_UNROLL(8)
    for (int j = 0; j < kImages; ++j) {
      in[j] = load_x(x + static_cast<std::ptrdiff_t>(j) * f.k + i);
    }
    // Prefetch manually: the hardware prefetcher stops at page boundaries. Fetch 1 KiB ahead in the same rows
    // or, for I8, the next rows: a row of I8 weights in AlexNet spans only two or three pages.
    if (kImages == 1 && i * static_cast<int>(sizeof(T)) % 64 == 0) {
      ALEXNET_UNROLL(8) for (int r = 0; r < kRows; ++r) {
        constexpr std::ptrdiff_t kAhead = 1024 / static_cast<std::ptrdiff_t>(sizeof(T));
        if (kStorage == Storage::i8) {
          __builtin_prefetch(w + static_cast<std::ptrdiff_t>(kRows + r) * f.k + i, 0, 2);
        } else {
          __builtin_prefetch(w + static_cast<std::ptrdiff_t>(r) * f.k + i + kAhead, 0, 3);
        }
      }
    }
    ALEXNET_UNROLL(8) for (int r = 0; r < kRows; ++r) {
      const V weight = load_w(w + static_cast<std::ptrdiff_t>(r) * f.k + i);
      ALEXNET_UNROLL(8) for (int j = 0; j < kImages; ++j) {
        sum[r][j] = hn::MulAdd(weight, in[j], sum[r][j]);
      }
    }
  };
  int i = 0;
  for (; i + kLanes <= f.k; i += kLanes)
    add(
        i, [](const float* p) HWY_ATTR { return hn::LoadU(D(), p); },
        [](const T* p) HWY_ATTR { return Stored<kStorage>::load(p); });
  if (i < f.k)
    add(
        i, [&](const float* p) HWY_ATTR { return load_part(p, f.k - i); },
        [&](const T* p) HWY_ATTR { return load_stored<kStorage>(p, f.k - i); });
  ALEXNET_UNROLL(8) for (int r = 0; r < kRows; ++r) {
    ALEXNET_UNROLL(8) for (int j = 0; j < kImages; ++j) { finish(f, sum[r][j], row + r, image + j); }
  }
}

template <Storage kStorage, int kRows, int kImages>
void rows_of(const FullyConnected& f, int first, int last, int image) {
  int row = first;
  for (; row + kRows <= last; row += kRows) products<kStorage, kRows, kImages>(f, row, image);
  for (; row < last; ++row) products<kStorage, 1, kImages>(f, row, image);
}

// With one image, eight streams of weights keep the memory busy. With several images, each weight that is
// loaded and converted serves four of them, and a block of rows stays in the cache while all images use it.
template <Storage kStorage>
void fully_connected_of(const FullyConnected& f, int first, int last) {
  constexpr int kRowBlock = 12;
  constexpr int kRows = ALEXNET_MAX_ROWS > 6 ? 6 : 2;
  constexpr int kImages = 4;
  if (f.images == 1) {
    rows_of<kStorage, kRowsOfOneImage, 1>(f, first, last, 0);
    return;
  }
  for (int row = first; row < last; row += kRowBlock) {
    const int end = HWY_MIN(last, row + kRowBlock);
    int image = 0;
    for (; image + kImages <= f.images; image += kImages)
      rows_of<kStorage, kRows, kImages>(f, row, end, image);
    for (; image < f.images; ++image) rows_of<kStorage, kRowsOfOneImage, 1>(f, row, end, image);
  }
}

void fully_connected(const FullyConnected& f, int first, int last) {
  if (f.storage == Storage::f32) fully_connected_of<Storage::f32>(f, first, last);
  if (f.storage == Storage::f16) fully_connected_of<Storage::f16>(f, first, last);
  if (f.storage == Storage::bf16) fully_connected_of<Storage::bf16>(f, first, last);
  if (f.storage == Storage::i8) fully_connected_of<Storage::i8>(f, first, last);
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
