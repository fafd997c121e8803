// Helpers for the tests of the packed kernels.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <span>
#include <string>

#include "kernels/packed/kernels.hpp"
#include "reference.hpp"

namespace alexnet::test {

using kernels::packed::Clamp;
using kernels::packed::Kernels;
using kernels::packed::levels;

// Converts N x C x H x W to N x H x W x C.
inline reference::Values channels_last(const Shape& s, int batch, const reference::Values& x) {
  reference::Values y(x.size());
  reference::each(s, batch, [&](int n, int c, int iy, int ix) {
    const auto pixel = static_cast<std::size_t>((n * s.height + iy) * s.width + ix);
    y[pixel * static_cast<std::size_t>(s.channels) + static_cast<std::size_t>(c)] =
        x[reference::at(s, n, c, iy, ix)];
  });
  return y;
}

inline float clamped(const Clamp& clamp, double x) {
  return static_cast<float>(x < static_cast<double>(clamp.min)   ? static_cast<double>(clamp.min)
                            : x > static_cast<double>(clamp.max) ? static_cast<double>(clamp.max)
                                                                 : x);
}

// A copy of `values` that ends at an unreadable page, as a mapped file of weights may. A read past the end
// crashes.
template <class T>
class AtPageEnd {
 public:
  explicit AtPageEnd(const std::vector<T>& values) : count_(values.size()) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t bytes = count_ * sizeof(T);
    size_ = (bytes + page - 1) / page * page + page;
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    auto* const end = static_cast<std::byte*>(memory_) + size_ - page;
    if (mprotect(end, page, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = reinterpret_cast<T*>(end - bytes);
    if (count_ > 0) std::memcpy(data_, values.data(), bytes);
  }
  ~AtPageEnd() { munmap(memory_, size_); }
  AtPageEnd(const AtPageEnd&) = delete;
  AtPageEnd& operator=(const AtPageEnd&) = delete;

  T* data() const { return data_; }
  std::span<T> span() const { return {data_, count_}; }

 private:
  std::size_t count_;
  std::size_t size_ = 0;
  void* memory_ = nullptr;
  T* data_ = nullptr;
};

}  // namespace alexnet::test
