#include "network/description.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace alexnet {
namespace {

using Json = nlohmann::ordered_json;

// Returns the shortest number that converts back to the same float: 0.0001 instead of 9.999999747378752e-05.
Json shortest(float value) {
  std::array<char, 32> text{};
  return Json::parse(text.data(), std::to_chars(text.begin(), text.end(), value).ptr);
}

Json pair(Size2 s) { return s.h == s.w ? Json(s.h) : Json{s.h, s.w}; }

Json four(const Pad& p) {
  return p.symmetric() ? pair({p.top, p.left}) : Json{p.top, p.left, p.bottom, p.right};
}

// Each overload writes the parameters of one type of layer. Optional parameters that have their default are
// left out, except those of lrn, batchnorm and dropout.
void write(const Conv& c, Json& j) {
  j["output"] = c.output;
  j["kernel"] = pair(c.kernel);
  if (c.stride != Size2{1, 1}) j["stride"] = pair(c.stride);
  if (c.pad != Pad()) j["pad"] = four(c.pad);
  if (c.dilation != Size2{1, 1}) j["dilation"] = pair(c.dilation);
  if (c.group != 1) j["group"] = c.group;
  if (!c.bias) j["bias"] = false;
}
void write(const FullyConnected& f, Json& j) {
  j["output"] = f.output;
  if (!f.bias) j["bias"] = false;
}
void write(const Pool& p, Json& j) {
  j["kernel"] = pair(p.kernel);
  if (p.stride != Size2{1, 1}) j["stride"] = pair(p.stride);
  if (p.pad != Pad()) j["pad"] = four(p.pad);
  if (p.ceil) j["rounding"] = "ceil";
}
void write(const MaxPool& p, Json& j) { write(static_cast<const Pool&>(p), j); }
void write(const AveragePool& p, Json& j) {
  write(static_cast<const Pool&>(p), j);
  if (!p.count_include_pad) j["count_include_pad"] = false;
}
void write(const Clip& c, Json& j) {
  if (c.min != Clip().min) j["min"] = shortest(c.min);
  if (c.max != Clip().max) j["max"] = shortest(c.max);
}
void write(const Lrn& l, Json& j) {
  j["size"] = l.size;
  j["alpha"] = shortest(l.alpha);
  j["beta"] = shortest(l.beta);
  j["k"] = shortest(l.k);
}
void write(const BatchNorm& b, Json& j) { j["epsilon"] = shortest(b.epsilon); }
void write(const Dropout& d, Json& j) { j["ratio"] = d.ratio; }
template <class Plain>
void write(const Plain&, Json&) {}

Json layer_json(const Layer& layer) {
  Json j{{"name", layer.name}, {"type", type_name(layer.params)}};
  std::visit([&j](const auto& params) { write(params, j); }, layer.params);
  if (!layer.tensors.empty()) j["tensors"] = layer.tensors;
  return j;
}

Json input_json(const image::Preprocess& p) {
  const bool grey = p.order == image::ChannelOrder::grey;
  const bool shorter = p.rule == image::ResizeRule::shorter_side;
  return {{"size", {p.size.h, p.size.w}},
          {"resize",
           {{"rule", shorter ? "shorter-side" : "squash"},
            {"size", shorter ? Json(p.resize.h) : Json{p.resize.h, p.resize.w}},
            {"filter", p.filter == image::Filter::pillow_bilinear ? "pillow-bilinear" : "opencv-bilinear"}}},
          {"channel_order", std::array{"RGB", "BGR", "grey"}[static_cast<std::size_t>(p.order)]},
          {"scale", p.scale},
          {"mean", grey ? Json(p.mean[0]) : Json(p.mean)},
          {"std", grey ? Json(p.std[0]) : Json(p.std)}};
}

}  // namespace

std::string network_json(const Description& d) {
  Json json{{"name", d.name}};
  if (!d.source.empty()) json["source"] = d.source;
  if (!d.licence.empty()) json["licence"] = d.licence;
  if (d.accuracy) {
    json["accuracy"] = {{"data", d.accuracy->data}, {"top1", d.accuracy->top1}};
    if (d.accuracy->top5) json["accuracy"]["top5"] = *d.accuracy->top5;
  }
  json["input"] = input_json(d.input);
  for (const Layer& layer : d.layers) json["layers"].push_back(layer_json(layer));
  if (!d.weights.empty()) json["weights"] = d.weights;
  if (!d.labels.empty()) json["labels"] = d.labels;
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace alexnet
