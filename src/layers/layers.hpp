// Layers as data: what each computes, its parameters with their defaults, and what follows from them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/shape.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Convolution (cross-correlation). Weights [output, in / group, kernel.h, kernel.w]; group g maps a
// contiguous block of input channels to a contiguous block of output channels.
struct Conv {
  int output = 0;
  Size2 kernel{0, 0};
  Size2 stride{1, 1};
  Pad pad{};
  Size2 dilation{1, 1};
  int group = 1;
  bool bias = true;
};

// Fully connected: y = W x + b over the flattened input. Weights [output, in].
struct FullyConnected {
  int output = 0;
  bool bias = true;
};

// Max or average over windows. With ceil the output's size is rounded up, but a last window that would start
// at or after in + the pad before it is dropped, as Caffe and PyTorch do.
struct Pool {
  Size2 kernel{0, 0};
  Size2 stride{1, 1};
  Pad pad{};
  bool ceil = false;
};
struct MaxPool : Pool {};
struct AveragePool : Pool {
  bool count_include_pad = true;  // divide by the window clipped to the padded input, else to the input
};
struct GlobalAveragePool {};

struct Relu {};

// min(max(x, min), max).
struct Clip {
  float min = std::numeric_limits<float>::lowest();
  float max = std::numeric_limits<float>::max();
};

// Local response normalisation across channels: x * (k + alpha / size * sum of squares over the size channels
// around it)^-beta (Krizhevsky et al. 2012, section 3.3; alpha / size as in Caffe and ONNX).
struct Lrn {
  int size = 5;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float k = 1.0F;
};

// Per channel: (x - running_mean) / sqrt(running_var + epsilon) * weight + bias. Folded into a conv or fc
// before it.
struct BatchNorm {
  float epsilon = 1e-5F;
};

struct Dropout {
  double ratio = 0.5;  // of training; inference passes everything on
};
struct Flatten {};
struct Softmax {};  // across channels

using LayerParams = std::variant<Conv, FullyConnected, MaxPool, AveragePool, GlobalAveragePool, Relu, Clip,
                                 Lrn, BatchNorm, Dropout, Flatten, Softmax>;

struct Layer {
  std::string name;
  LayerParams params;
  Shape in;
  Shape out;
  // Where the weights file calls a tensor otherwise than "conv1.weight": its name there, by "weight", "bias" ...
  std::map<std::string, std::string> tensors = {};
};

// A parameter that makes no sense, alone or for the layer's input.
struct ParameterError : std::runtime_error {
  ParameterError(std::string parameter, const std::string& reason)
      : std::runtime_error(reason), field(std::move(parameter)) {}
  std::string field;
};

// "conv", "fc", "max_pool", ... as in network.json; in the order of LayerParams.
std::string_view type_name(const LayerParams& params);

// Throws ParameterError.
Shape output_shape(const LayerParams& params, const Shape& in);

// The tensors that the layer needs, weight first, by their names in the weights file.
std::vector<WeightSpec> weight_specs(const Layer& layer);

// Convolution and fully connected: the layers that are matrix multiplications, and that a batch normalisation is folded into.
bool multiplies(const LayerParams& params);

// The layers whose output takes the place of their input.
bool works_in_place(const LayerParams& params);

// One matrix multiplication (m x k) * (k x n): kernels as rows, patches (or, in fc, images) as columns.
struct GemmSize {
  std::int64_t m = 0;
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t count = 1;  // multiplications of this size: groups x images for conv
};
std::optional<GemmSize> gemm_size(const Layer& layer, int batch = 1);

// What a pass over `batch` images costs. bytes: input read, weights read and output written once, in float32.
struct Cost {
  std::int64_t multiply_adds = 0;
  std::int64_t bytes = 0;
};
Cost cost(const Layer& layer, int batch = 1);

// The elements of all the layer's tensors.
std::int64_t parameter_count(const Layer& layer);

}  // namespace alexnet
