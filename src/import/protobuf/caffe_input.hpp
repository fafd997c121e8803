// The input of a Caffe network, and how photos are prepared for it.
#pragma once

#include "import/protobuf/caffe_file.hpp"
#include "import/readers.hpp"

namespace alexnet {

// Returns the input shape from input_dim, input_shape, an Input layer, or the layer that reads images. If
// none of them gives a shape, returns options.crop or, without it, a shape that the file's weights fit, else
// 3 x 227 x 227, with a note. Throws ModelError if the shapes contradict each other or are invalid.
Shape caffe_input_shape(const CaffeFile& network, const ImportOptions& options,
                        std::vector<std::string>& notes);

// Sets description.input from the options, else from the network's transform_param, else from the defaults of
// Caffe's own programs, and adds a note that says which. options.mean may name a mean file. Throws
// ModelError.
void set_caffe_input(Model& model, const ImportOptions& options, const CaffeFile& network, Size2 size);

}  // namespace alexnet
