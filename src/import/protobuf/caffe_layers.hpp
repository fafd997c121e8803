// The layers of a Caffe network as it is used, not trained: those of phase TEST, without what reads the training data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/protobuf/caffe_file.hpp"
#include "layers/layers.hpp"

namespace alexnet {

// Returns false if the include and exclude rules leave the layer out of phase TEST at the network's level and stages.
bool is_in_test_phase(const caffe::LayerParameter& layer, const CaffeFile& file);

// Data, ImageData ...: the layers that read the training's images.
bool is_data_layer(const caffe::LayerParameter& layer);

// The chain from the input to the scores or probabilities; a layer that trains on a softmax is one. Throws ModelError
// for what is not a chain, or holds a layer that is not supported.
std::vector<Layer> caffe_layers(const CaffeFile& file, const Shape& in);

// "layers.NAME", as errors name a layer.
std::string layer_place(const caffe::LayerParameter& layer);

// One layer's parameters. in: the shape of its input. Throws ModelError, also for a field of the layer that is not known.
LayerParams caffe_params(const CaffeFile& file, const caffe::LayerParameter& layer, const Shape& in);

// Caffe's name for what a ParameterError calls `field`: "num_output" for "output".
std::string caffe_field(const std::string& field);

}  // namespace alexnet
