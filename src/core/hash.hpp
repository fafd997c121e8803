// Numbers that stand for bytes: the same on every machine and in every version. XXH3's, made for speed and not against
// forgery.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace alexnet {

using Hash128 = std::array<std::uint64_t, 2>;

std::uint64_t hash64(std::string_view bytes);
Hash128 hash128(std::string_view bytes);

// Of bytes that come in parts.
class Hasher {
 public:
  Hasher();
  void add(std::string_view bytes);
  // 32 hexadecimal digits.
  std::string digest() const;

 private:
  struct Free {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Free> state_;
};

}  // namespace alexnet
