// Rows of a stored tensor as float32.
#pragma once

#include <vector>

#include "weights/half.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Refers to the tensor if it is float32; holds a converted copy if not. A float32 tensor must outlive it.
class Floats {
 public:
  Floats(const StoredView& view, int rows, std::size_t columns) : columns_(columns) {
    const std::size_t count = static_cast<std::size_t>(rows) * columns;
    if (view.storage == Storage::f32) {
      data_ = static_cast<const float*>(view.data);
      return;
    }
    copy_.resize(count);
    data_ = copy_.data();
    const auto* bytes = static_cast<const std::byte*>(view.data);
    if (view.storage == Storage::f16) half_to_float(bytes, count, copy_.data());
    if (view.storage == Storage::bf16) bfloat16_to_float(bytes, count, copy_.data());
    if (view.storage == Storage::i8)
      for (std::size_t i = 0; i < count; ++i)
        copy_[i] =
            static_cast<float>(static_cast<const std::int8_t*>(view.data)[i]) * view.scales[i / columns];
  }

  const float* row(int i) const { return data_ + static_cast<std::size_t>(i) * columns_; }

 private:
  std::size_t columns_;
  std::vector<float> copy_;
  const float* data_;
};

}  // namespace alexnet
