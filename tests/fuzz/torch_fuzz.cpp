#include <random>
#include <vector>

#include "fetch_all.hpp"
#include "import/torch/torch_weights.hpp"
#include "import/torch/torchvision.hpp"
#include "memory_file.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most);

// Half of the mutations change only a number of the pickle: random changes rarely produce sizes, strides and
// counts that disagree.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t most,
                                               unsigned seed) {
  constexpr std::uint8_t kBinint1 = 'K';
  std::minstd_rand random(seed);
  std::vector<std::size_t> numbers;
  for (std::size_t i = 1; i < size; ++i)
    if (bytes[i - 1] == kBinint1) numbers.push_back(i);
  if (numbers.empty() || random() % 2 == 0) return LLVMFuzzerMutate(bytes, size, most);
  bytes[numbers[random() % numbers.size()]] = static_cast<std::uint8_t>(random() % 16);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MemoryFile file(bytes, size);
  try {
    const auto found = alexnet::torch::open_state_dict(file.path());
    alexnet::torch::find_torchvision(found.weights->shapes());
    fetch_all(*found.weights);
  } catch (const alexnet::ModelError&) {
  }
  return 0;
}
