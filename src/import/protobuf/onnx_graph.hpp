// Reads an ONNX graph, which must be a sequence: each node takes the activation that the previous one made.
#pragma once

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

// Returns the layers, tensors and notes of the whole graph. size: height and width of the input if the file
// does not fix them. Throws ModelError.
OnnxFlow read_graph(OnnxFile& file, std::optional<Size2> size);

}  // namespace alexnet
