#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/protobuf/caffe_layers.hpp"

namespace alexnet {
namespace {

// A layer's parameters as Caffe writes them, and the file that errors name.
struct Source {
  const std::string& file;
  const caffe::LayerParameter& layer;
  const Shape& in;

  [[noreturn]] void fail(const std::string& field, const std::string& reason) const {
    throw ModelError(file, layer_place(layer) + "." + field, reason);
  }

  int integer(std::uint32_t value, const char* field) const {
    constexpr auto kMost = std::numeric_limits<int>::max();
    if (value > static_cast<std::uint32_t>(kMost))
      fail(field, "is " + std::to_string(value) + ", more than " + std::to_string(kMost));
    return static_cast<int>(value);
  }

  float number(float value, const char* field) const {
    if (!std::isfinite(value)) fail(field, "is not a finite number");
    return value;
  }

  // Of one number for both axes, or one for each.
  template <class Numbers>
  Size2 pair(const Numbers& numbers, int otherwise, const char* field) const {
    if (numbers.empty()) return {otherwise, otherwise};
    if (numbers.size() > 2) fail(field, "has " + std::to_string(numbers.size()) + " numbers, not 1 or 2");
    return {integer(numbers[0], field), integer(numbers[numbers.size() - 1], field)};
  }
};

// kernel, stride and pad of a ConvolutionParameter or PoolingParameter, for what has all three.
template <class Window, class Params>
void read_window(const Source& s, const Params& p, Window& window) {
  window.kernel = p.has_kernel_h() || p.has_kernel_w()
                      ? Size2{s.integer(p.kernel_h(), "kernel_h"), s.integer(p.kernel_w(), "kernel_w")}
                      : s.pair(p.kernel_size(), 0, "kernel_size");
  window.stride = p.has_stride_h() || p.has_stride_w()
                      ? Size2{s.integer(p.stride_h(), "stride_h"), s.integer(p.stride_w(), "stride_w")}
                      : s.pair(p.stride(), 1, "stride");
  const Size2 pad = p.has_pad_h() || p.has_pad_w()
                        ? Size2{s.integer(p.pad_h(), "pad_h"), s.integer(p.pad_w(), "pad_w")}
                        : s.pair(p.pad(), 0, "pad");
  window.pad = {pad.h, pad.w};
}

LayerParams convolution(const Source& s) {
  const caffe::ConvolutionParameter& p = s.layer.convolution_param();
  if (p.axis() != 1)
    s.fail("axis", "is " + std::to_string(p.axis()) + "; only 1, the channels, is supported");
  Conv c;
  c.output = s.integer(p.num_output(), "num_output");
  read_window(s, p, c);
  c.dilation = s.pair(p.dilation(), 1, "dilation");
  c.group = s.integer(p.group(), "group");
  c.bias = p.bias_term();
  return c;
}

LayerParams inner_product(const Source& s) {
  const caffe::InnerProductParameter& p = s.layer.inner_product_param();
  if (p.axis() != 1) s.fail("axis", "is " + std::to_string(p.axis()) + "; only 1 is supported");
  return FullyConnected{s.integer(p.num_output(), "num_output"), p.bias_term()};
}

// Caffe drops a last window that lies wholly outside the input only where there is padding; without, its output is
// that of no element at all.
void refuse_empty_window(const Source& s, const Pool& pool) {
  const auto lies_outside = [](int in, int kernel, int stride) {
    return kernel >= 1 && stride >= 1 && in >= kernel && (in - kernel) % stride != 0 &&
           ((in - kernel) / stride + 1) * std::int64_t{stride} >= in;
  };
  if (pool.pad == Pad() && pool.ceil &&
      (lies_outside(s.in.height, pool.kernel.h, pool.stride.h) ||
       lies_outside(s.in.width, pool.kernel.w, pool.stride.w)))
    s.fail("stride", "the last window lies outside of the input");
}

LayerParams pooling(const Source& s) {
  const caffe::PoolingParameter& p = s.layer.pooling_param();
  if (p.pool() == caffe::PoolingParameter::STOCHASTIC) s.fail("pool", "STOCHASTIC is not supported");
  const bool average = p.pool() == caffe::PoolingParameter::AVE;
  if (p.global_pooling() && average) return GlobalAveragePool{};
  Pool pool;
  read_window(s, p, pool);
  if (p.global_pooling()) pool.kernel = {s.in.height, s.in.width};
  pool.ceil = p.round_mode() == caffe::PoolingParameter::CEIL;
  refuse_empty_window(s, pool);
  if (average) return AveragePool{pool};
  return MaxPool{pool};
}

LayerParams lrn(const Source& s) {
  const caffe::LRNParameter& p = s.layer.lrn_param();
  if (p.norm_region() != caffe::LRNParameter::ACROSS_CHANNELS)
    s.fail("norm_region", "WITHIN_CHANNEL is not supported");
  return Lrn{s.integer(p.local_size(), "local_size"), s.number(p.alpha(), "alpha"),
             s.number(p.beta(), "beta"), s.number(p.k(), "k")};
}

LayerParams relu(const Source& s) {
  if (s.layer.relu_param().negative_slope() != 0)
    s.fail("negative_slope", "is not 0, which is not supported");
  return Relu{};
}

LayerParams dropout(const Source& s) {
  return Dropout{static_cast<double>(s.number(s.layer.dropout_param().dropout_ratio(), "dropout_ratio"))};
}

LayerParams batch_norm(const Source& s) {
  return BatchNorm{s.number(s.layer.batch_norm_param().eps(), "eps")};
}

// A batch normalisation of mean 0 and variance 1.
LayerParams scale(const Source& s) {
  const caffe::ScaleParameter& p = s.layer.scale_param();
  if (p.axis() != 1 || p.num_axes() != 1) s.fail("axis", "only one axis, the channels, is supported");
  return BatchNorm{0};
}

LayerParams flatten(const Source& s) {
  const caffe::FlattenParameter& p = s.layer.flatten_param();
  if (p.axis() != 1 || (p.end_axis() != -1 && p.end_axis() != 3))
    s.fail("axis", "only from the channels, 1, to the end, -1, is supported");
  return Flatten{};
}

LayerParams softmax(const Source& s) {
  const int axis = s.layer.softmax_param().axis();
  if (axis != 1 && !(axis == -1 && s.in.plane() == 1))
    s.fail("axis", "is " + std::to_string(axis) + "; only 1, the channels, is supported");
  return Softmax{};
}

}  // namespace

LayerParams caffe_params(const std::string& file, const caffe::LayerParameter& layer, const Shape& in) {
  static const std::map<std::string, LayerParams (*)(const Source&)> kReaders{
      {"Convolution", convolution},
      {"InnerProduct", inner_product},
      {"Pooling", pooling},
      {"LRN", lrn},
      {"ReLU", relu},
      {"Dropout", dropout},
      {"BatchNorm", batch_norm},
      {"Scale", scale},
      {"Flatten", flatten},
      {"Softmax", softmax},
      {"SoftmaxWithLoss", softmax},
  };
  const Source source{file, layer, in};
  if (!layer.has_type()) source.fail("type", "is missing or unknown");
  const auto reader = kReaders.find(layer.type());
  if (reader == kReaders.end())
    source.fail("type", "'" + escape_for_terminal(layer.type(), kExcerpt) + "' is not supported");
  return reader->second(source);
}

}  // namespace alexnet
