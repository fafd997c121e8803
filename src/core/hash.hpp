// XXH3 hashes: the same on every machine and in every version. They are fast and not cryptographic.
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

// Computes a 128-bit hash of data added in parts. The result does not depend on how the data are split.
class Hasher {
 public:
  Hasher();
  void add(std::string_view bytes);
  // Returns the hash of all data added so far, as 32 hexadecimal digits.
  std::string digest() const;

 private:
  struct Free {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Free> state_;
};

}  // namespace alexnet
