#include "inspect/inspect_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "engine/engine.hpp"
#include "layers/layers.hpp"
#include "network/description.hpp"
#include "print/json.hpp"
#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

std::string window(const Size2& kernel, const Size2& stride, const Pad& pad) {
  std::string text = std::to_string(kernel.h) + "x" + std::to_string(kernel.w);
  if (stride != Size2{1, 1}) text += " /" + text_of(stride);
  if (pad != Pad()) text += " pad " + text_of(pad);
  return text;
}

// Returns the layer's main parameters in short form. Defaults are omitted.
std::string parameters(const LayerParams& params) {
  if (const auto* c = std::get_if<Conv>(&params)) {
    std::string text = window(c->kernel, c->stride, c->pad);
    if (c->dilation != Size2{1, 1}) text += " dilation " + text_of(c->dilation);
    if (c->group != 1) text += " group " + std::to_string(c->group);
    return text;
  }
  const auto pool = [](const Pool& p) { return window(p.kernel, p.stride, p.pad) + (p.ceil ? " ceil" : ""); };
  if (const auto* p = std::get_if<MaxPool>(&params)) return pool(*p);
  if (const auto* p = std::get_if<AveragePool>(&params)) return pool(*p);
  if (const auto* l = std::get_if<Lrn>(&params)) return "size " + std::to_string(l->size);
  return "";
}

double expansion(const Layer& layer) {
  return static_cast<double>(im2col_elements(layer)) / static_cast<double>(layer.in.count());
}

constexpr double kFloat = sizeof(float);

struct Totals {
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
  std::int64_t largest_im2col = 0;
};

Totals totals_of(const Model& model) {
  Totals t;
  for (const Layer& layer : model.description.layers) {
    t.parameters += parameter_count(layer);
    t.multiply_adds += cost(layer).multiply_adds;
    t.largest_im2col = std::max(t.largest_im2col, im2col_elements(layer));
  }
  return t;
}

// Returns the type that the layer's weights are stored in, "F16", or "" if it has none or the type is
// unknown.
std::string_view stored_type(const Model& model, const Layer& layer) {
  const std::vector<WeightSpec> specs = weight_specs(layer);
  return !model.weights || specs.empty() ? "" : model.weights->dtype(specs[0].name);
}

// Returns the size of all tensors and the stored types in the order of the layers: "9.0 MB on disk, F16".
std::string weights_text(const Model& model) {
  if (!model.weights) return "none";
  std::string text = bytes(static_cast<double>(model.weights->stored_bytes())) + " on disk";
  std::vector<std::string_view> types;
  for (const Layer& layer : model.description.layers) {
    const std::string_view type = stored_type(model, layer);
    if (type.empty() || std::ranges::find(types, type) != types.end()) continue;
    types.push_back(type);
    text += ", " + std::string(type);
  }
  return text;
}

// A convolution and its step in the engine `packed`.
using PackedConv = std::pair<const Layer*, Step>;

std::vector<PackedConv> packed_convs(const std::vector<Layer>& layers) {
  std::vector<PackedConv> convs;
  if (!packed_runs(layers)) return convs;
  for (const Step& step : plan(layers, {.engine = EngineKind::packed}))
    if (im2col_elements(layers[step.first]) > 0) convs.emplace_back(&layers[step.first], step);
  return convs;
}

// Returns a table of the memory that `packed` saves in each convolution, or "" if there is none. The patch
// matrix is that of one group, because `eigen` holds only one at a time.
std::string packed_text(const std::vector<Layer>& layers, const Style& style) {
  using enum Table::Align;
  Table table({{"conv"}, {"by packed"}, {"patch matrix", right}, {"scratch", right}, {"saved", right}});
  const std::vector<PackedConv> convs = packed_convs(layers);
  if (convs.empty()) return "";
  for (const auto& [layer, step] : convs) {
    const auto patches = static_cast<double>(step.patch_bytes);
    const auto scratch = static_cast<double>(step.scratch_bytes);
    table.add({escape_for_terminal(layer->name), step.method, bytes(patches), bytes(scratch),
               scratch < patches ? whole_percent(1.0 - scratch / patches) : ""},
              tint_of(kind_of(*layer)));
  }
  return "\n" + table.text(style);
}

std::string accuracy_text(const Accuracy& a) {
  return "top-1 " + percent(a.top1) + (a.top5 ? ", top-5 " + percent(*a.top5) : "") +
         (a.data.empty() ? "" : " on " + escape_for_terminal(a.data));
}

const char* filter_name(const image::Preprocess& p) {
  return p.filter == image::Filter::pillow_bilinear ? "pillow-bilinear" : "opencv-bilinear";
}
const char* order_name(const image::Preprocess& p) {
  return std::array{"RGB", "BGR", "grey"}[static_cast<std::size_t>(p.order)];
}

std::string input_text(const image::Preprocess& p) {
  std::string text = p.rule == image::ResizeRule::shorter_side
                         ? "shorter side to " + std::to_string(p.resize.h)
                         : "squash to " + std::to_string(p.resize.h) + " x " + std::to_string(p.resize.w);
  text += std::string(" (") + filter_name(p) + ")";
  if (p.rule == image::ResizeRule::shorter_side || p.resize != p.size)
    text += ", centre crop " + std::to_string(p.size.h) + " x " + std::to_string(p.size.w);
  std::array<char, 160> arithmetic{};
  if (p.order == image::ChannelOrder::grey) {
    std::snprintf(arithmetic.data(), arithmetic.size(), ", grey, (pixel x %.6g - %g) / %g", p.scale,
                  p.mean[0], p.std[0]);
    return text + arithmetic.data();
  }
  std::snprintf(arithmetic.data(), arithmetic.size(), ", %s, (pixel x %.6g - [%g %g %g]) / [%g %g %g]",
                order_name(p), p.scale, p.mean[0], p.mean[1], p.mean[2], p.std[0], p.std[1], p.std[2]);
  return text + arithmetic.data();
}

}  // namespace

std::string text_of(const Size2& s) {
  return s.h == s.w ? std::to_string(s.h) : std::to_string(s.h) + "x" + std::to_string(s.w);
}

std::string text_of(const Pad& p) {
  if (p.symmetric()) return text_of(Size2{p.top, p.left});
  return std::to_string(p.top) + "," + std::to_string(p.left) + "," + std::to_string(p.bottom) + "," +
         std::to_string(p.right);
}

std::string model_text(const Model& model, const Style& style) {
  const Description& d = model.description;
  std::string text = tinted(style, Tint::bold, escape_for_terminal(d.name)) + "  " +
                     escape_for_terminal(model.path.string()) + "\n";
  const auto line = [&](const char* title, const std::string& value) {
    const std::string indent(std::strlen(title), ' ');
    if (!value.empty())
      text += tinted(style, Tint::dim, title) + wrapped(value, style.columns, indent) + "\n";
  };
  if (model.format != kNativeFormat) line("format    ", escape_for_terminal(model.format));
  line("source    ", escape_for_terminal(d.source));
  line("licence   ", escape_for_terminal(d.licence));
  line("accuracy  ", d.accuracy ? accuracy_text(*d.accuracy) : "");
  line("input     ", input_text(d.input));
  line("labels    ", model.labels.empty() ? "none" : grouped(static_cast<std::int64_t>(model.labels.size())));
  line("weights   ", weights_text(model));
  for (const std::string& note : model.notes) line("note      ", escape_for_terminal(note, Backslash::kept));

  using enum Table::Align;
  Table table({{"layer"},
               {"type"},
               {"", left, {}, 2},
               {"input", left, {}, 4},
               {"output", left, {}, 3},
               {"parameters", right},
               {"weights", right, {}, 6},
               {"multiply-adds", right},
               {"m x k x n", left, {}, 1},
               {"im2col", right, {}, 5},
               {"x input", right, {}, 7}});
  for (const Layer& layer : d.layers) {
    const std::int64_t weights = parameter_count(layer);
    const std::int64_t work = cost(layer).multiply_adds;
    const std::int64_t patches = im2col_elements(layer);
    table.add(
        {escape_for_terminal(layer.name), std::string(type_name(layer.params)), parameters(layer.params),
         to_string(layer.in), to_string(layer.out), weights == 0 ? "" : grouped(weights),
         weights == 0 ? "" : bytes(static_cast<double>(weights) * kFloat), work == 0 ? "" : grouped(work),
         gemm_text(gemm_size(layer)), patches == 0 ? "" : bytes(static_cast<double>(patches) * kFloat),
         patches == 0 ? "" : number(expansion(layer))},
        tint_of(kind_of(layer)));
  }
  const Totals t = totals_of(model);
  std::string total = "total: " + grouped(t.parameters) + " parameters (" +
                      bytes(static_cast<double>(t.parameters) * kFloat) + " in float32), " +
                      grouped(t.multiply_adds) + " multiply-adds";
  if (t.largest_im2col > 0)
    total += ", largest patch matrix " + bytes(static_cast<double>(t.largest_im2col) * kFloat);
  return text + "\n" + table.text(style) + "\n" + wrapped(total, style.columns) + "\n" +
         packed_text(d.layers, style);
}

std::string model_json(const Model& model) {
  const Description& d = model.description;
  const std::vector<PackedConv> convs = packed_convs(d.layers);
  const auto packed = [&convs](const Layer& layer) {
    const auto found = std::ranges::find(convs, &layer, &PackedConv::first);
    if (found == convs.end()) return Json();
    return Json{{"method", found->second.method}, {"scratch_bytes", found->second.scratch_bytes}};
  };
  Json layers = Json::array();
  for (const Layer& layer : d.layers) {
    const auto g = gemm_size(layer);
    const bool conv = std::holds_alternative<Conv>(layer.params);
    layers.push_back({{"name", layer.name},
                      {"type", type_name(layer.params)},
                      {"in", shape_json(layer.in)},
                      {"out", shape_json(layer.out)},
                      {"parameters", parameter_count(layer)},
                      {"dtype", stored_type(model, layer).empty() ? Json() : Json(stored_type(model, layer))},
                      {"weights_bytes", parameter_count(layer) * static_cast<std::int64_t>(sizeof(float))},
                      {"multiply_adds", cost(layer).multiply_adds},
                      {"m", g ? Json(g->m) : Json()},
                      {"k", g ? Json(g->k) : Json()},
                      {"n", g ? Json(g->n) : Json()},
                      {"gemms", g ? Json(g->count) : Json(0)},
                      {"im2col_bytes", im2col_elements(layer) * static_cast<std::int64_t>(sizeof(float))},
                      {"im2col_expansion", conv ? Json(expansion(layer)) : Json()},
                      {"packed", packed(layer)}});
  }
  const Totals t = totals_of(model);
  return dump({{"name", d.name},
               {"path", model.path.string()},
               {"format", model.format},
               {"source", d.source},
               {"licence", d.licence},
               {"accuracy", accuracy_json(d.accuracy)},
               {"input", Json::parse(network_json(d))["input"]},
               {"notes", model.notes},
               {"labels", model.labels.size()},
               {"has_weights", model.weights != nullptr},
               {"stored_bytes", model.weights ? model.weights->stored_bytes() : 0},
               {"parameters", t.parameters},
               {"multiply_adds", t.multiply_adds},
               {"layers", layers}});
}

std::string models_text(const std::vector<Model>& models, const Style& style) {
  using enum Table::Align;
  Table table({{"model"},
               {"input", left, {}, 1},
               {"output", right, {}, 2},
               {"parameters", right},
               {"multiply-adds", right, {}, 3},
               {"weights", right},
               {"accuracy"}});
  for (const Model& model : models) {
    const Description& d = model.description;
    const Totals t = totals_of(model);
    table.add({escape_for_terminal(model_name(model.path)), to_string(d.layers.front().in),
               to_string(d.layers.back().out), grouped(t.parameters), grouped(t.multiply_adds),
               model.weights ? bytes(static_cast<double>(model.weights->stored_bytes())) : "none",
               d.accuracy ? "top-1 " + percent(d.accuracy->top1) : ""});
  }
  return table.text(style);
}

std::string models_json(const std::vector<Model>& models) {
  std::string lines;
  for (const Model& model : models) lines += model_json(model) + "\n";
  return lines;
}

}  // namespace alexnet::app
