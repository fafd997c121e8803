// The walk through an ONNX graph, which must be a sequence: each node's one activation is what the last one made.
#pragma once

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

// The layers, tensors and notes of the whole graph. Throws ModelError.
OnnxFlow read_graph(OnnxFile& file);

}  // namespace alexnet
