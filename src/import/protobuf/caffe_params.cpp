#include "import/protobuf/caffe_layers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {
namespace {

// A layer's parameters in Caffe's form, and the file that errors name.
struct Source {
  const std::string& file;
  const caffe::LayerParameter& layer;
  const Shape& in;

  [[noreturn]] void fail(const std::string& field, const std::string& reason) const {
    throw ModelError(file, layer_place(layer) + "." + field, reason);
  }

  int integer(std::uint32_t value, const std::string& field) const {
    constexpr auto kMax = std::numeric_limits<int>::max();
    if (value > static_cast<std::uint32_t>(kMax))
      fail(field, "is " + std::to_string(value) + ", more than " + std::to_string(kMax));
    return static_cast<int>(value);
  }

  float number(float value, const char* field) const {
    if (!std::isfinite(value)) fail(field, "is not a finite number");
    return value;
  }

  // Returns one number for both axes, or one for each. If there is none, returns `fallback` for both.
  template <class Numbers>
  Size2 pair(const Numbers& numbers, int fallback, const char* field) const {
    if (numbers.empty()) return {fallback, fallback};
    if (numbers.size() > 2) fail(field, "has " + std::to_string(numbers.size()) + " numbers, not 1 or 2");
    return {integer(numbers[0], field), integer(numbers[numbers.size() - 1], field)};
  }

  int required(bool is_there, std::uint32_t value, const std::string& field) const {
    if (!is_there) fail(field, "is missing");
    return integer(value, field);
  }
};

// Reads kernel, stride and padding of a ConvolutionParameter or PoolingParameter. Each is given for both axes
// or, with _h and _w, for each axis.
template <class Window, class Params>
void read_window(const Source& s, const Params& p, Window& window) {
  const auto refuse_both = [&s](bool both, const std::string& field) {
    if (both)
      s.fail(field, "is given beside " + field.substr(0, field.find('_')) + "_h and _w; Caffe takes one");
  };
  const bool kernels = p.has_kernel_h() || p.has_kernel_w();
  refuse_both(kernels && p.kernel_size_size() > 0, "kernel_size");
  if (!kernels && p.kernel_size_size() == 0) s.fail("kernel_size", "is missing");
  window.kernel = kernels ? Size2{s.required(p.has_kernel_h(), p.kernel_h(), "kernel_h"),
                                  s.required(p.has_kernel_w(), p.kernel_w(), "kernel_w")}
                          : s.pair(p.kernel_size(), 0, "kernel_size");
  const bool strides = p.has_stride_h() || p.has_stride_w();
  refuse_both(strides && p.stride_size() > 0, "stride");
  window.stride = strides ? Size2{s.required(p.has_stride_h(), p.stride_h(), "stride_h"),
                                  s.required(p.has_stride_w(), p.stride_w(), "stride_w")}
                          : s.pair(p.stride(), 1, "stride");
  const bool pads = p.has_pad_h() || p.has_pad_w();
  refuse_both(pads && p.pad_size() > 0, "pad");
  const Size2 pad =
      pads ? Size2{s.integer(p.pad_h(), "pad_h"), s.integer(p.pad_w(), "pad_w")} : s.pair(p.pad(), 0, "pad");
  window.pad = {pad.h, pad.w};
}

LayerParams convolution(const Source& s) {
  const caffe::ConvolutionParameter& p = s.layer.convolution_param();
  if (p.axis() != 1)
    s.fail("axis", "is " + std::to_string(p.axis()) + "; only 1, the channels, is supported");
  Conv c;
  c.output = s.required(p.has_num_output(), p.num_output(), "num_output");
  read_window(s, p, c);
  c.dilation = s.pair(p.dilation(), 1, "dilation");
  c.group = s.integer(p.group(), "group");
  c.bias = p.bias_term();
  return c;
}

LayerParams inner_product(const Source& s) {
  const caffe::InnerProductParameter& p = s.layer.inner_product_param();
  if (p.axis() != 1) s.fail("axis", "is " + std::to_string(p.axis()) + "; only 1 is supported");
  return FullyConnected{s.required(p.has_num_output(), p.num_output(), "num_output"), p.bias_term()};
}

// Throws ModelError if the last window is wholly outside the input. Caffe drops such a window only if there
// is padding. Without padding its output would be that of an empty window.
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

// Returns true if the output size is rounded up, which is Caffe's default.
bool rounds_up(const Source& s, const caffe::PoolingParameter& p) {
  const bool up = p.round_mode() == caffe::PoolingParameter::CEIL;
  if (!p.has_ceil_mode()) return up;
  if (p.has_round_mode() && up != p.ceil_mode())
    s.fail("ceil_mode", "contradicts round_mode; remove one of them");
  return p.ceil_mode();
}

// Throws ModelError for fields that global pooling does not use, as Caffe does.
void require_plain_global(const Source& s, const caffe::PoolingParameter& p) {
  const auto is_not = [](std::uint32_t expected) {
    return [expected](std::uint32_t value) { return value != expected; };
  };
  if (p.kernel_size_size() > 0 || p.has_kernel_h() || p.has_kernel_w())
    s.fail("kernel_size",
           "is given beside global_pooling, whose window is the whole input; remove one of them");
  if (std::ranges::any_of(p.stride(), is_not(1)) || (p.has_stride_h() && p.stride_h() != 1) ||
      (p.has_stride_w() && p.stride_w() != 1))
    s.fail("stride", "is not 1, but global_pooling has one window");
  if (std::ranges::any_of(p.pad(), is_not(0)) || p.pad_h() != 0 || p.pad_w() != 0)
    s.fail("pad", "is not 0, but global_pooling has one window");
}

LayerParams pooling(const Source& s) {
  const caffe::PoolingParameter& p = s.layer.pooling_param();
  if (p.pool() == caffe::PoolingParameter::STOCHASTIC) s.fail("pool", "STOCHASTIC is not supported");
  const bool average = p.pool() == caffe::PoolingParameter::AVE;
  Pool pool;
  if (p.global_pooling()) {
    require_plain_global(s, p);
    if (average) return GlobalAveragePool{};
    pool.kernel = {s.in.height, s.in.width};
  } else {
    read_window(s, p, pool);
  }
  pool.ceil = rounds_up(s, p);
  refuse_empty_window(s, pool);
  if (average) return AveragePool{pool};
  return MaxPool{pool};
}

LayerParams lrn(const Source& s) {
  const caffe::LRNParameter& p = s.layer.lrn_param();
  if (p.norm_region() != caffe::LRNParameter::ACROSS_CHANNELS)
    s.fail("norm_region", "WITHIN_CHANNEL is not supported");
  if (p.local_size() % 2 == 0) s.fail("local_size", "is " + std::to_string(p.local_size()) + ", must be odd");
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
  const caffe::BatchNormParameter& p = s.layer.batch_norm_param();
  if (p.has_use_global_stats() && !p.use_global_stats())
    s.fail(
        "use_global_stats",
        "is false: a photo's predictions would depend on the photos beside it. Remove it, or set it to true");
  return BatchNorm{s.number(p.eps(), "eps")};
}

// Represents Scale as batch normalisation with mean 0 and variance 1.
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

LayerParams caffe_params(const CaffeFile& file, const caffe::LayerParameter& layer, const Shape& in) {
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
  const Source source{file.path, layer, in};
  if (!layer.has_type()) source.fail("type", "is missing or unknown");
  const auto reader = kReaders.find(layer.type());
  if (reader == kReaders.end()) source.fail("type", in_quotes(layer.type()) + " is not supported");
  refuse_unknown_fields(file, &layer);
  return reader->second(source);
}

std::string caffe_field(const std::string& field) {
  static const std::map<std::string, std::string> kNames{{"output", "num_output"},
                                                         {"kernel", "kernel_size"},
                                                         {"size", "local_size"},
                                                         {"epsilon", "eps"},
                                                         {"ratio", "dropout_ratio"}};
  const auto found = kNames.find(field);
  return found == kNames.end() ? field : found->second;
}

}  // namespace alexnet
