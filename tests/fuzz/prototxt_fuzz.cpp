#include "alexnet/error.hpp"
#include "import/protobuf/caffe_input.hpp"
#include "import/protobuf/caffe_layers.hpp"
#include "memory_file.hpp"
#include "network/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MemoryFile file(bytes, size);
  alexnet::Model model;
  try {
    const auto network = alexnet::read_prototxt(file.path());
    const alexnet::Shape in = alexnet::caffe_input_shape(*network, model.notes);
    model.description.layers = alexnet::caffe_layers(*network, in);
    alexnet::set_caffe_input(model, {}, *network, {in.height, in.width});
    alexnet::network_json(model.description);
  } catch (const alexnet::ModelError&) {
  }
  return 0;
}
