#include "layers/layers.hpp"

#include <algorithm>
#include <array>

namespace alexnet {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;  // deduction guide, which GCC does not need

std::int64_t product(const Shape& s) { return std::int64_t{s.channels} * s.height * s.width; }

// Maximum kernel, stride, padding or dilation. Products of two of them and the number of channels then fit in
// 64 bits.
constexpr int kMaxSize = 65535;

void require_range(const char* field, Size2 size, int min) {
  for (const int side : {size.h, size.w})
    if (side < min || side > kMaxSize)
      throw ParameterError(field, "is " + std::to_string(side) + ", must be " + std::to_string(min) + " to " +
                                      std::to_string(kMaxSize));
}

std::string pair(std::int64_t h, std::int64_t w) { return std::to_string(h) + " x " + std::to_string(w); }

std::string text(const Pad& p) {
  return pair(p.top, p.left) + (p.symmetric() ? "" : " and " + pair(p.bottom, p.right));
}

// Returns the size of the output along one axis. Every parameter fits in 32 bits, so that 64-bit sums cannot
// overflow.
std::int64_t windows(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t before,
                     std::int64_t after, bool ceil) {
  const std::int64_t room = in + before + after - kernel;
  if (room < 0) return 0;
  std::int64_t out = (room + (ceil ? stride - 1 : 0)) / stride + 1;
  if (ceil && (out - 1) * stride >= in + before) --out;
  return out;
}

Shape windowed(const Shape& in, int channels, Size2 kernel, Size2 stride, const Pad& pad, Size2 dilation,
               bool ceil) {
  require_range("kernel", kernel, 1);
  require_range("stride", stride, 1);
  require_range("pad", {pad.top, pad.left}, 0);
  require_range("pad", {pad.bottom, pad.right}, 0);
  require_range("dilation", dilation, 1);
  const std::int64_t span_h = std::int64_t{dilation.h} * (kernel.h - 1) + 1;
  const std::int64_t span_w = std::int64_t{dilation.w} * (kernel.w - 1) + 1;
  const std::int64_t h = windows(in.height, span_h, stride.h, pad.top, pad.bottom, ceil);
  const std::int64_t w = windows(in.width, span_w, stride.w, pad.left, pad.right, ceil);
  if (h < 1 || w < 1)
    throw ParameterError("kernel", "a window of " + pair(span_h, span_w) + " does not fit the input of " +
                                       pair(in.height, in.width) + " with pad " + text(pad) +
                                       ": the output would be empty");
  if (h > kMaxElements / w / channels)
    throw ParameterError("output", std::to_string(channels) + " x " + pair(h, w) + " is more than " +
                                       std::to_string(kMaxElements) + " elements");
  return {channels, static_cast<int>(h), static_cast<int>(w)};
}

Shape pooled(const Pool& p, const Shape& in) {
  const Shape out = windowed(in, in.channels, p.kernel, p.stride, p.pad, {1, 1}, p.ceil);
  if (std::max(p.pad.top, p.pad.bottom) >= p.kernel.h || std::max(p.pad.left, p.pad.right) >= p.kernel.w)
    throw ParameterError(
        "pad", "is " + text(p.pad) + ", must be smaller than the kernel of " + pair(p.kernel.h, p.kernel.w));
  return out;
}

void require_output(int output) {
  if (output < 1) throw ParameterError("output", "is " + std::to_string(output) + ", must be at least 1");
}

void require_weights(std::int64_t rows, std::int64_t columns) {
  if (rows > kMaxElements / columns)
    throw ParameterError("output", "a weight matrix of " + pair(rows, columns) + " is more than " +
                                       std::to_string(kMaxElements) + " elements");
}

}  // namespace

std::string_view type_name(const LayerParams& params) {
  // In the order of the types in LayerParams.
  static constexpr std::array<std::string_view, std::variant_size_v<LayerParams>> kNames{
      "conv",      "fc",      "max_pool", "average_pool", "global_average_pool", "relu", "clip", "lrn",
      "batchnorm", "dropout", "flatten",  "softmax"};
  return kNames[params.index()];
}

Shape output_shape(const LayerParams& params, const Shape& in) {
  return std::visit(
      Overload{
          [&](const Conv& c) {
            require_output(c.output);
            if (c.group < 1)
              throw ParameterError("group", "is " + std::to_string(c.group) + ", must be at least 1");
            const auto require_divides = [&](int channels, const char* which) {
              if (channels % c.group != 0)
                throw ParameterError("group", std::to_string(c.group) + " does not divide the " +
                                                  std::to_string(channels) + " " + which + " channels");
            };
            require_divides(in.channels, "input");
            require_divides(c.output, "output");
            const Shape out = windowed(in, c.output, c.kernel, c.stride, c.pad, c.dilation, false);
            require_weights(c.output, std::int64_t{in.channels} / c.group * c.kernel.h * c.kernel.w);
            return out;
          },
          [&](const FullyConnected& f) {
            require_output(f.output);
            require_weights(f.output, product(in));
            return Shape{f.output, 1, 1};
          },
          [&](const MaxPool& p) { return pooled(p, in); },
          [&](const AveragePool& p) { return pooled(p, in); },
          [&](const GlobalAveragePool&) {
            return Shape{in.channels, 1, 1};
          },
          [&](const Lrn& l) {
            if (l.size < 1)
              throw ParameterError("size", "is " + std::to_string(l.size) + ", must be at least 1");
            if (l.alpha < 0) throw ParameterError("alpha", "must not be negative");
            if (l.k <= 0) throw ParameterError("k", "must be greater than 0");
            return in;
          },
          [&](const BatchNorm& b) {
            if (b.epsilon < 0) throw ParameterError("epsilon", "must not be negative");
            return in;
          },
          [&](const Dropout& d) {
            if (d.ratio < 0 || d.ratio >= 1)
              throw ParameterError("ratio", "must be at least 0 and less than 1");
            return in;
          },
          [&](const Flatten&) {
            return Shape{static_cast<int>(product(in)), 1, 1};
          },
          [&](const Relu&) { return in; },
          [&](const Clip& c) {
            if (!(c.min <= c.max)) throw ParameterError("min", "must not exceed max");
            return in;
          },
          [&](const Softmax&) { return in; },
      },
      params);
}

std::vector<WeightSpec> weight_specs(const Layer& layer) {
  const auto name = [&](const char* role) {
    const auto mapped = layer.tensors.find(role);
    return mapped == layer.tensors.end() ? layer.name + "." + role : mapped->second;
  };
  const auto weighted = [&](Dims dims, bool bias) {
    std::int64_t fan_in = 1;
    for (std::size_t i = 1; i < dims.size(); ++i) fan_in *= dims[i];
    std::vector<WeightSpec> specs;
    const std::int64_t output = dims[0];
    specs.push_back({name("weight"), std::move(dims), fan_in});
    if (bias) specs.push_back({name("bias"), {output}, fan_in});
    return specs;
  };
  if (const auto* c = std::get_if<Conv>(&layer.params))
    return weighted({c->output, layer.in.channels / c->group, c->kernel.h, c->kernel.w}, c->bias);
  if (const auto* f = std::get_if<FullyConnected>(&layer.params))
    return weighted({f->output, product(layer.in)}, f->bias);
  if (std::holds_alternative<BatchNorm>(layer.params)) {
    const Dims dims{layer.in.channels};
    return {{name("weight"), dims, 0, 1.0F},
            {name("bias"), dims, 0, 0.0F},
            {name("running_mean"), dims, 0, 0.0F},
            {name("running_var"), dims, 0, 1.0F}};
  }
  return {};
}

bool multiplies(const LayerParams& params) {
  return std::holds_alternative<Conv>(params) || std::holds_alternative<FullyConnected>(params);
}

bool works_in_place(const LayerParams& params) {
  return std::visit(
      []<class P>(const P&) {
        return std::is_same_v<P, Relu> || std::is_same_v<P, Clip> || std::is_same_v<P, BatchNorm> ||
               std::is_same_v<P, Dropout> || std::is_same_v<P, Flatten> || std::is_same_v<P, Softmax>;
      },
      params);
}

std::optional<GemmSize> gemm_size(const Layer& layer, int batch) {
  if (const auto* c = std::get_if<Conv>(&layer.params))
    return GemmSize{c->output / c->group,
                    std::int64_t{layer.in.channels} / c->group * c->kernel.h * c->kernel.w,
                    std::int64_t{layer.out.height} * layer.out.width, std::int64_t{c->group} * batch};
  if (const auto* f = std::get_if<FullyConnected>(&layer.params))
    return GemmSize{f->output, product(layer.in), batch, 1};
  return std::nullopt;
}

std::int64_t im2col_elements(const Layer& layer) {
  if (!std::holds_alternative<Conv>(layer.params)) return 0;
  const GemmSize g = *gemm_size(layer);
  return g.k * g.n * g.count;
}

Cost cost(const Layer& layer, int batch) {
  if (std::holds_alternative<Dropout>(layer.params) || std::holds_alternative<Flatten>(layer.params))
    return {};
  constexpr std::int64_t kFloat = sizeof(float);
  Cost total;
  if (const auto g = gemm_size(layer, batch)) total.multiply_adds = g->m * g->k * g->n * g->count;
  total.bytes = kFloat * (batch * (product(layer.in) + product(layer.out)) + parameter_count(layer));
  return total;
}

std::int64_t parameter_count(const Layer& layer) {
  std::int64_t total = 0;
  for (const WeightSpec& spec : weight_specs(layer)) {
    std::int64_t elements = 1;
    for (const std::int64_t d : spec.dims) elements *= d;
    total += elements;
  }
  return total;
}

}  // namespace alexnet
