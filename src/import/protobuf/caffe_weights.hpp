// Reads the tensors of a .caffemodel for the layers that need them.
#pragma once

#include <memory>
#include <vector>

#include "import/protobuf/caffe_layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Finds the blobs of each layer by its name. The layers come from `network`, which may be the file itself.
// Copies blobs only for batch normalisation and merged convolutions. Throws ModelError if a layer's blobs are
// missing, too few or too many, or have another shape or number of elements than expected.
std::unique_ptr<Weights> caffe_weights(const std::shared_ptr<const CaffeFile>& file,
                                       const CaffeLayers& layers, const CaffeFile& network);

// Returns the names of the file's layers that have blobs and are not in `layers`.
std::vector<std::string> unused_caffe_layers(const CaffeFile& file, const CaffeLayers& layers);

// Returns the shape of a blob, stored in either form. A missing shape means a single number. Throws
// ModelError about `file: place` unless the shape is valid and the blob has as many numbers as the shape.
Dims blob_dims(const caffe::BlobProto& blob, const std::string& file, const std::string& place);

}  // namespace alexnet
