// What a Caffe network's input is, and what is done to a photo for it.
#pragma once

#include "import/protobuf/caffe_file.hpp"
#include "import/readers.hpp"

namespace alexnet {

// From input_dim, input_shape, an Input layer or the crop of a layer that reads images; where none of them is there,
// 227 x 227, and a note. Throws ModelError for what is no photo's.
Shape caffe_input_shape(const CaffeFile& network, std::vector<std::string>& notes);

// Sets description.input: what the options say, else what the network's own transform_param says, else as Caffe's own
// programs do, with a note that says which. options.mean may name a mean file. Throws ModelError.
void set_caffe_input(Model& model, const ImportOptions& options, const CaffeFile& network, Size2 size);

}  // namespace alexnet
