#include "network/description.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "layers/stack.hpp"
#include "network/json_object.hpp"
#include "network/read_accuracy.hpp"
#include "weights/strict_json.hpp"

namespace alexnet {
namespace {

constexpr int kLargestSide = 65535;

// ---- input ----------------------------------------------------------------------------------------

struct Preset {
  const char* name;
  image::Preprocess input;
};

const std::vector<Preset>& presets() {
  using namespace image;
  static const std::vector<Preset> kPresets{
      {"torchvision",
       {{224, 224},
        ResizeRule::shorter_side,
        {256, 256},
        Filter::pillow_bilinear,
        ChannelOrder::rgb,
        1.0 / 255,
        {0.485, 0.456, 0.406},
        {0.229, 0.224, 0.225}}},
      {"caffe",
       {{227, 227},
        ResizeRule::squash,
        {227, 227},
        Filter::opencv_bilinear,
        ChannelOrder::bgr,
        1.0,
        {104.00699, 116.66877, 122.67891},
        {1, 1, 1}}},
      {"tiny-imagenet",
       {{64, 64},
        ResizeRule::shorter_side,
        {64, 64},
        Filter::pillow_bilinear,
        ChannelOrder::rgb,
        1.0 / 255,
        {0.480, 0.448, 0.398},
        {0.277, 0.269, 0.282}}},
  };
  return kPresets;
}

const Preset* find_preset(const std::string& name) {
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  return found == presets().end() ? nullptr : &*found;
}

void require_side(const JsonObject& in, const char* key, Size2 size) {
  for (const int side : {size.h, size.w})
    if (side < 1 || side > kLargestSide)
      in.fail(key, "is " + std::to_string(side) + ", must be 1 to " + std::to_string(kLargestSide));
}

std::string by(Size2 size) { return std::to_string(size.h) + " x " + std::to_string(size.w); }

image::Preprocess read_input(const JsonObject& in) {
  in.allow({"preset", "size", "resize", "crop", "channel_order", "scale", "mean", "std"});
  image::Preprocess p;
  if (in.has("preset")) p = presets()[in.choice("preset", preset_names(), 0)].input;
  if (in.has("size") || !in.has("preset")) {
    const Size2 before = p.size;
    p.size = in.size("size");
    require_side(in, "size", p.size);
    if (p.resize == before) p.resize = p.size;  // the preset resizes to the input size
  }
  if (in.has("resize")) {
    const JsonObject resize = in.object("resize");
    resize.allow({"rule", "size", "filter"});
    p.rule = static_cast<image::ResizeRule>(
        resize.choice("rule", {"shorter-side", "squash"}, static_cast<std::size_t>(p.rule)));
    p.resize = resize.size("size", p.resize);
    require_side(resize, "size", p.resize);
    p.filter = static_cast<image::Filter>(
        resize.choice("filter", {"pillow-bilinear", "opencv-bilinear"}, static_cast<std::size_t>(p.filter)));
    if (p.rule == image::ResizeRule::shorter_side && p.resize.h != p.resize.w)
      resize.fail("size", "is " + by(p.resize) + ", must be one number where the rule is shorter-side");
  }
  if (p.resize.h < p.size.h || p.resize.w < p.size.w)
    in.fail("size", "is " + by(p.size) + ", more than the image is resized to, " + by(p.resize));
  const bool crops = in.choice("crop", {"centre", "none"}, 0) == 0;
  if (!crops && (p.rule != image::ResizeRule::squash || p.resize != p.size))
    in.fail("crop", "is none: the image must be squashed to " + by(p.size) + ", the size");
  p.order = static_cast<image::ChannelOrder>(
      in.choice("channel_order", {"RGB", "BGR", "grey"}, static_cast<std::size_t>(p.order)));
  p.scale = in.number("scale", p.scale);
  p.mean = in.three_numbers("mean", p.mean);
  p.std = in.three_numbers("std", p.std);
  if (p.scale <= 0) in.fail("scale", "must be greater than 0");
  if (std::ranges::any_of(p.std, [](double s) { return s <= 0; })) in.fail("std", "must be greater than 0");
  return p;
}

// ---- layers ---------------------------------------------------------------------------------------

Conv read_conv(const JsonObject& j) {
  j.allow({"name", "type", "output", "kernel", "stride", "pad", "dilation", "group", "bias", "tensors"});
  Conv c;
  c.output = j.integer("output");
  c.kernel = j.size("kernel");
  c.stride = j.size("stride", c.stride);
  c.pad = j.pad("pad");
  c.dilation = j.size("dilation", c.dilation);
  c.group = j.integer("group", c.group);
  c.bias = j.boolean("bias", c.bias);
  return c;
}

FullyConnected read_fc(const JsonObject& j) {
  j.allow({"name", "type", "output", "bias", "tensors"});
  return {j.integer("output"), j.boolean("bias", true)};
}

Pool read_pool(const JsonObject& j) {
  Pool p;
  p.kernel = j.size("kernel");
  p.stride = j.size("stride", p.stride);
  p.pad = j.pad("pad");
  p.ceil = j.choice("rounding", {"floor", "ceil"}, 0) == 1;
  return p;
}

MaxPool read_max_pool(const JsonObject& j) {
  j.allow({"name", "type", "kernel", "stride", "pad", "rounding"});
  return {read_pool(j)};
}

AveragePool read_average_pool(const JsonObject& j) {
  j.allow({"name", "type", "kernel", "stride", "pad", "rounding", "count_include_pad"});
  return {read_pool(j), j.boolean("count_include_pad", true)};
}

Clip read_clip(const JsonObject& j) {
  j.allow({"name", "type", "min", "max"});
  const Clip all;
  return {static_cast<float>(j.number("min", static_cast<double>(all.min))),
          static_cast<float>(j.number("max", static_cast<double>(all.max)))};
}

Lrn read_lrn(const JsonObject& j) {
  j.allow({"name", "type", "size", "alpha", "beta", "k"});
  Lrn l;
  l.size = j.integer("size", l.size);
  l.alpha = static_cast<float>(j.number("alpha", 1e-4));
  l.beta = static_cast<float>(j.number("beta", 0.75));
  l.k = static_cast<float>(j.number("k", 1.0));
  return l;
}

BatchNorm read_batch_norm(const JsonObject& j) {
  j.allow({"name", "type", "epsilon", "tensors"});
  return {static_cast<float>(j.number("epsilon", 1e-5))};
}

Dropout read_dropout(const JsonObject& j) {
  j.allow({"name", "type", "ratio"});
  return {j.number("ratio", 0.5)};
}

template <class Plain>
Plain read_plain(const JsonObject& j) {
  j.allow({"name", "type"});
  return {};
}

LayerParams read_layer(const JsonObject& j) {
  using Reader = std::function<LayerParams(const JsonObject&)>;
  static const std::map<std::string, Reader> kReaders{
      {"conv", read_conv},
      {"fc", read_fc},
      {"max_pool", read_max_pool},
      {"average_pool", read_average_pool},
      {"global_average_pool", read_plain<GlobalAveragePool>},
      {"relu", read_plain<Relu>},
      {"clip", read_clip},
      {"lrn", read_lrn},
      {"batchnorm", read_batch_norm},
      {"dropout", read_dropout},
      {"flatten", read_plain<Flatten>},
      {"softmax", read_plain<Softmax>},
  };
  std::vector<std::string> types;
  types.reserve(kReaders.size());
  for (const auto& [type, reader] : kReaders) types.push_back(type);
  j.text("type");  // required
  return kReaders.at(types[j.choice("type", types, 0)])(j);
}

std::vector<Layer> read_layers(const nlohmann::json& list, Shape in, const std::string& file) {
  if (!list.is_array())
    throw ModelError(file, "layers", std::string("is ") + list.type_name() + ", must be an array");
  if (list.empty()) throw ModelError(file, "layers", "is empty: a network has at least one layer");
  LayerStack stack(file, in);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = "layers[" + std::to_string(i) + "]";
    const std::string name = JsonObject(list[i], file, place).text("name");
    if (name.empty()) throw ModelError(file, place + ".name", "is empty");
    const JsonObject json(list[i], file, "layers." + name);
    const LayerParams params = read_layer(json);
    stack.add(name, params).tensors =
        std::holds_alternative<BatchNorm>(params)
            ? json.texts("tensors", {"weight", "bias", "running_mean", "running_var"})
            : json.texts("tensors", {"weight", "bias"});
  }
  return stack.layers();
}

}  // namespace

Accuracy read_accuracy(const JsonObject& j) {
  j.allow({"data", "top1", "top5"});
  const auto fraction = [&j](const char* key) {
    const double value = j.number(key, 0);
    if (value < 0 || value > 1) j.fail(key, "must be a fraction, 0 to 1");
    return value;
  };
  j.value("top1");  // required
  Accuracy a{j.text("data"), fraction("top1"), std::nullopt};
  if (j.has("top5")) a.top5 = fraction("top5");
  return a;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.emplace_back(preset.name);
  return names;
}

image::Preprocess preset_input(const std::string& name, Size2 size) {
  image::Preprocess p = find_preset(name)->input;
  const auto scaled = [](int resize, int from, int to) {
    return static_cast<int>((std::int64_t{2} * resize * to + from) / (std::int64_t{2} * from));
  };
  if (p.rule == image::ResizeRule::shorter_side) {
    const int shorter = std::max(scaled(p.resize.h, p.size.h, size.h), scaled(p.resize.w, p.size.w, size.w));
    p.resize = {shorter, shorter};
  } else {
    p.resize = {scaled(p.resize.h, p.size.h, size.h), scaled(p.resize.w, p.size.w, size.w)};
  }
  p.size = size;
  return p;
}

Description parse_description(std::string_view text, const std::string& file) {
  const nlohmann::json json = parse_json(text, file);
  const JsonObject root(json, file, "");
  root.allow({"$schema", "name", "source", "licence", "accuracy", "input", "layers", "weights", "labels"});
  Description d;
  d.name = root.text("name");
  if (d.name.empty()) root.fail("name", "is empty");
  d.source = root.text("source", "");
  d.licence = root.text("licence", "");
  if (root.has("accuracy")) d.accuracy = read_accuracy(root.object("accuracy"));
  d.input = read_input(root.object("input"));
  const Shape in{image::channels(d.input), d.input.size.h, d.input.size.w};
  if (in.count() > static_cast<std::size_t>(kMaxElements))
    root.fail("input.size", to_string(in) + " is more than " + std::to_string(kMaxElements) + " elements");
  d.layers = read_layers(root.value("layers"), in, file);
  d.weights = root.text("weights", "");
  d.labels = root.text("labels", "");
  for (const char* file_key : {"weights", "labels"})
    if (root.has(file_key) && root.text(file_key).empty()) root.fail(file_key, "is empty");
  return d;
}

}  // namespace alexnet
