// Properties of layers that their parameters imply: shapes and weights.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "alexnet/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// A parameter is invalid, either by itself or for the input of the layer. `field` is the parameter.
struct ParameterError : std::runtime_error {
  ParameterError(std::string parameter, const std::string& reason)
      : std::runtime_error(reason), field(std::move(parameter)) {}
  std::string field;
};

// Returns the shape of the output for the input `in`. Throws ParameterError.
Shape output_shape(const LayerParams& params, const Shape& in);

// Returns the tensors of the layer, under their names in the weights file. The order is weight, bias,
// running_mean, running_var.
std::vector<WeightSpec> weight_specs(const Layer& layer);

// Returns true for conv and fc layers: matrix multiplications, into which a following batch normalisation is
// folded.
bool multiplies(const LayerParams& params);

// Returns true if the engines compute the layer in place, so that its output overwrites its input.
bool works_in_place(const LayerParams& params);

}  // namespace alexnet
