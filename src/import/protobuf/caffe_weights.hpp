// The tensors of a .caffemodel for the layers that need them.
#pragma once

#include <memory>
#include <vector>

#include "import/protobuf/caffe_file.hpp"
#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Finds each layer's blobs by its name; network names the file that the layers are from, in errors. What the blobs hold
// is not copied, but for batch normalisation. Throws ModelError where a layer has no blobs, or a blob's numbers do not
// fill its shape.
std::unique_ptr<Weights> caffe_weights(const std::shared_ptr<const CaffeFile>& file,
                                       const std::vector<Layer>& layers, const std::string& network);

// The shape as the file has it, of either form. Throws ModelError about `file: place` unless it is a shape and the blob
// holds as many numbers as it has elements; a shape that is absent is that of a single number.
Dims blob_dims(const caffe::BlobProto& blob, const std::string& file, const std::string& place);

}  // namespace alexnet
