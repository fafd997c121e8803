// The tensors of a .caffemodel for the layers that need them.
#pragma once

#include <memory>
#include <vector>

#include "import/protobuf/caffe_file.hpp"
#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Finds each layer's blobs by its name. The layers are those of `network`, which may be the file itself. What the blobs
// hold is not copied, except for batch normalisation. Throws ModelError if a layer has other blobs than it takes: none, more
// or fewer, of another shape, or with other numbers than their shape takes.
std::unique_ptr<Weights> caffe_weights(const std::shared_ptr<const CaffeFile>& file,
                                       const std::vector<Layer>& layers, const CaffeFile& network);

// The names of the file's layers that have blobs but are none of `layers`.
std::vector<std::string> unused_caffe_layers(const CaffeFile& file, const std::vector<Layer>& layers);

// The shape as the file has it, of either form. Throws ModelError about `file: place` unless it is a shape and the blob
// holds as many numbers as it has elements; a shape that is absent is that of a single number.
Dims blob_dims(const caffe::BlobProto& blob, const std::string& file, const std::string& place);

}  // namespace alexnet
