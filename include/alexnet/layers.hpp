// Types of layers with their parameters and defaults, and their cost.
//
//   #include <alexnet/network.hpp>
//   for (const alexnet::Layer& layer : network.layers())
//     std::cout << layer.name << ' ' << alexnet::type_name(layer.params) << ' '
//               << alexnet::to_string(layer.out)
//               << ' ' << alexnet::cost(layer).multiply_adds << '\n';
//
// All functions may be called from several threads at the same time. They throw nothing but std::bad_alloc.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "alexnet/shape.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

// Convolution (cross-correlation). The weights are [output, in / group, kernel.h, kernel.w]. Each group maps
// a contiguous block of input channels to a contiguous block of output channels.
struct Conv {
  int output = 0;
  Size2 kernel{0, 0};
  Size2 stride{1, 1};
  Pad pad{};
  Size2 dilation{1, 1};
  int group = 1;
  bool bias = true;
};

// Fully-connected layer: y = W x + b over the flattened input. The weights are [output, in].
struct FullyConnected {
  int output = 0;
  bool bias = true;
};

// Pooling over windows. If `ceil` is true, the size of the output is rounded up, except that a last window
// that would start at or after the input's size plus the top or left padding is dropped, as in Caffe and
// PyTorch.
struct Pool {
  Size2 kernel{0, 0};
  Size2 stride{1, 1};
  Pad pad{};
  bool ceil = false;
};
struct MaxPool : Pool {};
struct AveragePool : Pool {
  // true: divide by the size of the window clipped to the padded input; false: clipped to the input.
  bool count_include_pad = true;
};
// Average over each plane.
struct GlobalAveragePool {};

// max(x, 0).
struct Relu {};

// min(max(x, min), max).
struct Clip {
  float min = std::numeric_limits<float>::lowest();
  float max = std::numeric_limits<float>::max();
};

// Local response normalisation across channels: x * (k + alpha / size * sum)^-beta, with the sum of squares
// over the `size` channels around x (Krizhevsky et al. 2012, section 3.3; alpha / size as in Caffe and ONNX).
struct Lrn {
  int size = 5;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float k = 1.0F;
};

// Batch normalisation, per channel: (x - running_mean) / sqrt(running_var + epsilon) * weight + bias. It is
// folded into a conv or fc layer directly before it.
struct BatchNorm {
  float epsilon = 1e-5F;
};

// Does nothing in inference.
struct Dropout {
  double ratio = 0.5;  // fraction dropped in training
};
struct Flatten {};
// Softmax across channels, for each pixel.
struct Softmax {};

using LayerParams = std::variant<Conv, FullyConnected, MaxPool, AveragePool, GlobalAveragePool, Relu, Clip,
                                 Lrn, BatchNorm, Dropout, Flatten, Softmax>;

struct Layer {
  std::string name;
  LayerParams params;
  Shape in;
  Shape out;
  // Names of tensors in the weights file, by role ("weight", "bias", ...). The default is NAME.ROLE:
  // "conv1.weight".
  std::map<std::string, std::string> tensors = {};
};

// Returns the type as in network.json: "conv", "fc", "max_pool", ... The text has static lifetime.
std::string_view type_name(const LayerParams& params);

// A matrix multiplication (m x k) * (k x n). The rows of the first matrix are kernels; the columns of the
// second are patches (conv) or images (fc).
struct GemmSize {
  std::int64_t m = 0;
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t count = 1;  // number of such multiplications: groups x images for conv
};
// Returns the multiplications of a conv or fc layer for `batch` images, or none for other layers.
std::optional<GemmSize> gemm_size(const Layer& layer, int batch = 1);
// Returns the number of elements in im2col's patch matrices of one image, all groups together; 0 if the layer
// is not a convolution.
std::int64_t im2col_elements(const Layer& layer);

// Cost of a pass over `batch` images. `bytes` counts the input and the weights read once and the output
// written once, in float32, and is 0 for dropout and flatten. multiply_adds is 0 except for conv and fc.
struct Cost {
  std::int64_t multiply_adds = 0;
  std::int64_t bytes = 0;
};
// Returns the cost of the layer by itself, with the direct method: an engine may need fewer multiply-adds.
Cost cost(const Layer& layer, int batch = 1);

// Returns the total number of elements of the layer's tensors.
std::int64_t parameter_count(const Layer& layer);

}  // namespace alexnet
#pragma GCC visibility pop
