#include "fetch_all.hpp"
#include "import/readers.hpp"
#include "memory_file.hpp"
#include "network/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MemoryFile file(bytes, size);
  try {
    const alexnet::Model model = alexnet::read_caffe(file.path(), {});
    fetch_all(*model.weights);
    alexnet::network_json(model.description);
  } catch (const alexnet::ModelError&) {
  }
  return 0;
}
