// Reads the layers of a Caffe network for inference: those of phase TEST, without the layers that read
// training data.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "import/protobuf/caffe_file.hpp"
#include "layers/layers.hpp"

namespace alexnet {

// Returns false if the include and exclude rules remove the layer in phase TEST at the network's level and
// stages.
bool is_in_test_phase(const caffe::LayerParameter& layer, const CaffeFile& file);

// Returns true if the layer reads training images: Data, ImageData ...
bool is_data_layer(const caffe::LayerParameter& layer);

struct CaffeLayers {
  std::vector<Layer> layers;
  // Convolutions of the file that became one layer, by the name of that layer. The first one's output
  // channels come first.
  std::map<std::string, std::vector<Layer>> merged;
  // Layers for a sigmoid: they turn its score into two scores, 0 and the score, with weights of their own.
  std::set<std::string> sigmoids;
};

// Returns the chain of layers from the input to the scores or probabilities. A loss layer with a softmax
// becomes a softmax. Convolutions that read one blob and meet in one Concat become one layer with the
// Concat's name. Throws ModelError if the network is not a chain or a layer is not supported.
CaffeLayers caffe_layers(const CaffeFile& file, const Shape& in);

// Returns "layers.NAME", the name of a layer in errors.
std::string layer_place(const caffe::LayerParameter& layer);

// Returns the parameters of a layer. in: the shape of its input. Throws ModelError, also for an unknown field
// of the layer.
LayerParams caffe_params(const CaffeFile& file, const caffe::LayerParameter& layer, const Shape& in);

// Returns Caffe's name for the `field` of a ParameterError: "num_output" for "output".
std::string caffe_field(const std::string& field);

}  // namespace alexnet
