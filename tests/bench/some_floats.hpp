#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace alexnet::bench {

// Returns pseudo-random numbers in [-1, 1), the same in every run.
inline std::vector<float> some_floats(std::size_t count, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

}  // namespace alexnet::bench
