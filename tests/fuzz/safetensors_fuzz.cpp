#include "fetch_all.hpp"
#include "memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MemoryFile file(bytes, size);
  try {
    fetch_all(*alexnet::open_weights(file.path()));
  } catch (const alexnet::ModelError&) {
  }
  return 0;
}
