// ONNX files: conversion of their graphs, and results equal to PyTorch's (tests/golden/README.md).
#include <doctest/doctest.h>

#include <cmath>

#include "import/onnx_reading.hpp"
#include "import/stored_tensor.hpp"
#include "network/model.hpp"
#include "reference.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

std::vector<float> copied_tensor(Weights& file, const std::string& name) {
  const auto values = stored_tensor(file, name);
  return {values.begin(), values.end()};
}

void compare_with_pytorch(const std::string& name, std::size_t layers) {
  const fs::path folder = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden/onnx";
  Model model = read_file(folder / (name + ".onnx"));
  CHECK(model.description.name == name);
  CHECK(model.description.layers.size() == layers);
  const auto golden = open_weights(folder / (name + ".safetensors"));
  std::vector<float> expected = copied_tensor(*golden, "output");
  if (name == "log_softmax")
    for (float& value : expected) value = std::exp(value);
  CHECK(reference::difference(answers(std::move(model), 2, copied_tensor(*golden, "input")), expected) <
        kTolerance);
}

// Returns a graph with x (N x 3 x 7 x 5) and one node, and an initializer "w" if dims are given.
OnnxMaker one(int opset, const std::string& type, const OnnxAttributes& attributes = {},
              const Dims& dims = {}) {
  OnnxMaker maker(opset);
  maker.input("x", {0, 3, 7, 5}).output("y");
  if (!dims.empty()) maker.floats("w", dims);
  maker.node(type, dims.empty() ? Names{"x"} : Names{"x", "w"}, {"y"}, attributes);
  return maker;
}

Pad conv_pad(const OnnxAttributes& attributes) {
  return std::get<Conv>(layer(read(one(13, "Conv", attributes, {2, 3, 3, 2})), 0).params).pad;
}

// x (N x 4) through Gemm with w and, if given, c.
struct GemmCase {
  Dims c = {};
  std::vector<float> c_values = {};
  float alpha = 1;
  float beta = 1;
  bool turned = false;
};

void check_gemm(const GemmCase& gemm) {
  OnnxMaker maker(13);
  maker.input("x", {0, 4}).output("y").floats("w", gemm.turned ? Dims{3, 4} : Dims{4, 3});
  Names inputs{"x", "w"};
  if (!gemm.c_values.empty()) {
    maker.floats("c", gemm.c, gemm.c_values);
    inputs.emplace_back("c");
  }
  maker.node("Gemm", inputs, {"y"},
             {{"alpha", gemm.alpha}, {"beta", gemm.beta}, {"transA", 0}, {"transB", gemm.turned ? 1 : 0}});
  const std::vector<float> x = reference::noise(8, 5);
  const std::vector<float> w = reference::noise(12, 0);
  std::vector<float> expected;
  for (std::size_t image = 0; image < 2; ++image)
    for (std::size_t o = 0; o < 3; ++o) {
      double sum = 0;
      for (std::size_t i = 0; i < 4; ++i)
        sum += static_cast<double>(x[image * 4 + i]) *
               static_cast<double>(gemm.turned ? w[o * 4 + i] : w[i * 3 + o]);
      sum *= static_cast<double>(gemm.alpha);
      if (!gemm.c_values.empty())
        sum += static_cast<double>(gemm.beta) *
               static_cast<double>(gemm.c_values[gemm.c_values.size() == 1 ? 0 : o]);
      expected.push_back(static_cast<float>(sum));
    }
  CHECK(reference::difference(answers(read(maker), 2, x), expected) < kTolerance);
}

// Twelve values that every floating-point type represents exactly, as the 4 x 3 matrix "w" of a product.
const std::vector<float> kTwelve{0, 1, -2, 0.5F, -0.25F, 3, 4, 5, 6, 7, -8, 96};

OnnxMaker product_with(const onnx::TensorProto& w) {
  OnnxMaker maker(13);
  maker.input("x", {0, 4}).output("y").node("MatMul", {"x", "w"}, {"y"});
  *maker.graph().add_initializer() = w;
  maker.graph().mutable_initializer()->rbegin()->set_name("w");
  return maker;
}

// Returns the weights that a product with the matrix w uses, transposed back.
std::vector<float> weights_of(const OnnxMaker& maker) {
  Model model = read(maker);
  const auto got = model.weights->fetch({layer(model, 0).name + ".weight", {3, 4}});
  std::vector<float> turned;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t o = 0; o < 3; ++o) turned.push_back(got[o * 4 + i]);
  return turned;
}

onnx::TensorProto twelve(onnx::TensorProto_DataType type) {
  onnx::TensorProto proto;
  proto.set_data_type(type);
  proto.add_dims(4);
  proto.add_dims(3);
  return proto;
}

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// Converts a value of kTwelve to float16. The values are small: neither exponent nor fraction overflows.
std::uint16_t half(float value) {
  if (value == 0) return 0;
  const std::uint32_t exponent = (bits(value) >> 23U & 0xFFU) - 127 + 15;
  return static_cast<std::uint16_t>((bits(value) >> 16U & 0x8000U) | exponent << 10U |
                                    (bits(value) >> 13U & 0x3FFU));
}

}  // namespace

TEST_CASE("ONNX files that PyTorch exported give the same results as PyTorch") {
  SUBCASE("alexnet") { compare_with_pytorch("alexnet", 12); }
  SUBCASE("pads") { compare_with_pytorch("pads", 7); }
  SUBCASE("logits") { compare_with_pytorch("logits", 7); }
  SUBCASE("log_softmax") { compare_with_pytorch("log_softmax", 8); }
  SUBCASE("newest") { compare_with_pytorch("newest", 8); }
}

TEST_CASE("an ONNX convolution has separate padding above, left, below and right") {
  CHECK(conv_pad({{"pads", Dims{1, 0, 2, 3}}}) == Pad(1, 0, 2, 3));
  CHECK(conv_pad({}) == Pad());
}

TEST_CASE("auto_pad adds the padding that keeps the size, with the odd one before or after") {
  // 7 x 5 input, 3 x 2 kernel, strides 2 x 1: 4 windows cover 9 rows, 5 windows cover 6 columns.
  const Dims strides{2, 1};
  CHECK(conv_pad({{"auto_pad", std::string("SAME_UPPER")}, {"strides", strides}}) == Pad(1, 0, 1, 1));
  CHECK(conv_pad({{"auto_pad", std::string("SAME_LOWER")}, {"strides", strides}}) == Pad(1, 1, 1, 0));
  CHECK(conv_pad({{"auto_pad", std::string("VALID")}, {"strides", strides}}) == Pad());
  CHECK(conv_pad({{"auto_pad", std::string("NOTSET")}, {"pads", Dims{0, 0, 0, 1}}}) == Pad(0, 0, 0, 1));
  CHECK(conv_pad({{"auto_pad", std::string("SAME_UPPER")}, {"dilations", Dims{2, 4}}}) == Pad(2, 2, 2, 2));
  const Model pool = read(one(12, "MaxPool",
                              {{"auto_pad", std::string("SAME_UPPER")},
                               {"kernel_shape", Dims{1, 1}},
                               {"strides", Dims{3, 3}},
                               {"ceil_mode", 1}}));
  CHECK(layer(pool, 0).out == Shape{3, 3, 2});
}

TEST_CASE("a Pad becomes part of the next convolution or pool") {
  const auto pad_then = [](float value, bool relu, const std::string& type,
                           const OnnxAttributes& attributes) {
    OnnxMaker maker(13);
    maker.input("x", {0, 3, 7, 5})
        .output("y")
        .floats("w", {2, 3, 2, 2})
        .integers("pads", {0, 0, 1, 0, 0, 0, 0, 1});
    maker.floats("value", {}, {value}).node("Relu", {"x"}, {"r"});
    maker.node("Pad", {relu ? "r" : "n", "pads", "value"}, {"p"});
    if (!relu)
      *maker.graph().mutable_node(0) =
          OnnxMaker(13).node("Softmax", {"x"}, {"n"}, {{"axis", 1}}).graph().node(0);
    return maker.node(type, type == "Conv" ? Names{"p", "w"} : Names{"p"}, {"y"}, attributes);
  };
  const Dims two{2, 2};
  const Model conv = read(pad_then(0, true, "Conv", {{"pads", Dims{0, 1, 1, 0}}}));
  CHECK(std::get<Conv>(layer(conv, 1).params).pad == Pad(1, 1, 1, 1));
  const Model max = read(pad_then(0, true, "MaxPool", {{"kernel_shape", two}}));
  CHECK(std::get<MaxPool>(layer(max, 1).params).pad == Pad(1, 0, 0, 1));
  CHECK(layer(max, 1).out == Shape{3, 7, 5});
  CHECK(
      std::get<MaxPool>(layer(read(pad_then(-INFINITY, false, "MaxPool", {{"kernel_shape", two}})), 1).params)
          .pad == Pad(1, 0, 0, 1));
  const Model average = read(pad_then(0, true, "AveragePool", {{"kernel_shape", two}}));
  CHECK(std::get<AveragePool>(layer(average, 1).params).pad == Pad(1, 0, 0, 1));
  CHECK(std::get<AveragePool>(layer(average, 1).params).count_include_pad);
}

TEST_CASE("a max pool after a Pad with 0 is accepted only after a ReLU") {
  const auto refused = [](const std::string& before, float value) {
    OnnxMaker maker(10);
    maker.input("x", {0, 3, 7, 5})
        .output("y")
        .node(before, {"x"}, {"r"}, before == "LRN" ? OnnxAttributes{{"size", 3}} : OnnxAttributes{});
    maker.node("Pad", {"r"}, {"p"}, {{"pads", Dims{0, 0, 1, 1, 0, 0, 1, 1}}, {"value", value}});
    return refusal(maker.node("MaxPool", {"p"}, {"y"}, {{"kernel_shape", Dims{2, 2}}}, "pool"));
  };
  CHECK(refused("Relu", 0) == "no error");
  CHECK(refused("LRN", 0) ==
        "nodes.pool: the Pad before a max pool must be with minus infinity, or with 0 after a ReLU");
  CHECK(refused("Relu", 0.5F) ==
        "nodes.pool: the Pad before a max pool must be with minus infinity, or with 0 after a ReLU");
  CHECK(refused("LRN", -INFINITY) == "no error");
}

TEST_CASE("Gemm accepts transposed matrices, factors and a bias of any broadcastable shape") {
  check_gemm({});
  check_gemm({.turned = true});
  check_gemm({.alpha = 0.5F, .turned = true});
  check_gemm({{3}, {1, -2, 3}});
  check_gemm({{1, 3}, {1, -2, 3}, 2.0F, -0.5F, false});
  check_gemm({{}, {4}, 1, 0.25F, true});
  check_gemm({{1}, {4}, 1, 1, false});
  check_gemm({{1, 1}, {4}, -1, 1, false});
}

TEST_CASE("an Add after a convolution or a product becomes its bias") {
  OnnxMaker maker = one(13, "Conv", {}, {2, 3, 7, 5});
  maker.graph().mutable_node(0)->set_output(0, "c");
  maker.floats("b", {2, 1, 1}, {10, 20}).node("Add", {"b", "c"}, {"y"});
  Model model = read(maker);
  CHECK(model.description.layers.size() == 1);
  CHECK(std::get<Conv>(layer(model, 0).params).bias);
  CHECK(answers(std::move(model), 1, std::vector<float>(105)) == std::vector<float>{10, 20});

  OnnxMaker product(13);
  product.input("x", {0, 4}).output("y").floats("w", {4, 3}).floats("b", {3}, {1, 2, 3});
  product.node("MatMul", {"x", "w"}, {"p"}).node("Add", {"p", "b"}, {"y"});
  CHECK(answers(read(product), 1, {0, 0, 0, 0}) == std::vector<float>{1, 2, 3});
}

TEST_CASE("weights are float, half, bfloat16 or double, raw or in the field of their type") {
  std::string f16;
  std::string bf16;
  std::string f64;
  std::string f32;
  auto in_int32_half = twelve(onnx::TensorProto::FLOAT16);
  auto in_int32_brain = twelve(onnx::TensorProto::BFLOAT16);
  auto in_double = twelve(onnx::TensorProto::DOUBLE);
  auto in_float = twelve(onnx::TensorProto::FLOAT);
  const auto append = [](std::string& to, const auto& value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const float value : kTwelve) {
    const auto brain = static_cast<std::uint16_t>(bits(value) >> 16U);
    append(f16, half(value));
    append(bf16, brain);
    append(f64, static_cast<double>(value));
    append(f32, value);
    in_int32_half.add_int32_data(half(value));
    in_int32_brain.add_int32_data(brain);
    in_double.add_double_data(static_cast<double>(value));
    in_float.add_float_data(value);
  }
  for (const auto& proto : {in_int32_half, in_int32_brain, in_double, in_float})
    CHECK(weights_of(product_with(proto)) == kTwelve);
  const std::pair<onnx::TensorProto_DataType, std::string> raw[] = {{onnx::TensorProto::FLOAT16, f16},
                                                                    {onnx::TensorProto::BFLOAT16, bf16},
                                                                    {onnx::TensorProto::DOUBLE, f64},
                                                                    {onnx::TensorProto::FLOAT, f32}};
  for (const auto& [type, bytes] : raw) {
    auto proto = twelve(type);
    proto.set_raw_data(bytes);
    CHECK(weights_of(product_with(proto)) == kTwelve);
  }
}

TEST_CASE("weights may pass through Constant, ConstantOfShape, Identity, Transpose and Reshape") {
  OnnxMaker maker(13);
  maker.input("x", {0, 4}).output("y");
  maker.node("Constant", {}, {"c"}, {{"value", float_tensor({3, 4}, kTwelve)}});
  maker.node("Transpose", {"c"}, {"t"});
  SUBCASE("a transposed constant") {
    maker.node("Identity", {"t"}, {"w"}).node("MatMul", {"x", "w"}, {"y"});
    Model model = read(maker);
    const auto got = model.weights->fetch({"y.weight", {3, 4}});
    CHECK(std::ranges::equal(got, kTwelve));
  }
  SUBCASE("a transposed and reshaped constant") {
    maker.integers("shape", {2, -1}).node("Reshape", {"t", "shape"}, {"r"});
    maker.integers("back", {4, 3}).node("Reshape", {"r", "back"}, {"w"}).node("MatMul", {"x", "w"}, {"y"});
    Model model = read(maker);
    CHECK(std::ranges::equal(model.weights->fetch({"y.weight", {3, 4}}), kTwelve));
  }
  SUBCASE("a ConstantOfShape") {
    maker.integers("shape", {4, 2})
        .node("ConstantOfShape", {"shape"}, {"w"}, {{"value", float_tensor({1}, {0.5F})}});
    maker.node("MatMul", {"x", "w"}, {"y"});
    CHECK(answers(read(maker), 1, {1, 2, 3, 4}) == std::vector<float>{5, 5});
  }
}

TEST_CASE("initializers may also be listed as inputs") {
  OnnxMaker maker = one(8, "Conv", {}, {2, 3, 3, 3});
  maker.input("w", {2, 3, 3, 3});
  CHECK(layer(read(maker), 0).out == Shape{2, 5, 3});
}

TEST_CASE("a softmax covers all dimensions from its axis up to opset 12, and one from opset 13") {
  const auto over = [](int opset, const Dims& dims, const OnnxAttributes& attributes) {
    return refusal(OnnxMaker(opset).input("x", dims).output("y").node("Softmax", {"x"}, {"y"}, attributes));
  };
  CHECK(over(11, {0, 10}, {}) == "no error");
  CHECK(over(11, {0, 10, 1, 1}, {}) == "no error");
  CHECK(over(11, {0, 10, 2, 1}, {}) ==
        "nodes[0]: takes the softmax over the dimensions from 1 on of a batch of 10 x 2 x 1; only over the "
        "channels is supported");
  CHECK(over(12, {0, 10, 2, 1}, {{"axis", 1}}) != "no error");
  CHECK(over(13, {0, 10}, {}) == "no error");
  CHECK(over(13, {0, 10, 2, 1}, {{"axis", 1}}) == "no error");
  CHECK(over(13, {0, 10, 2, 1}, {{"axis", -3}}) == "no error");
  CHECK(over(13, {0, 10, 1, 1}, {}) ==
        "nodes[0]: takes the softmax over dimension 3 of a batch of 10 x 1 x 1; only over the channels is "
        "supported");
  CHECK(over(13, {0, 10}, {{"axis", 2}}) == "nodes[0]: axis is 2, but its input has 2 dimensions");
}

TEST_CASE("Clip has its limits as attributes up to opset 10 and as inputs from opset 11") {
  const auto limits = [](const Model& model) { return std::get<Clip>(layer(model, 0).params); };
  const Clip old = limits(read(one(10, "Clip", {{"min", -1.0F}, {"max", 6.0F}})));
  CHECK(old.min == -1);
  CHECK(old.max == 6);
  OnnxMaker maker(11);
  maker.input("x", {0, 3, 7, 5}).output("y").floats("max", {}, {6}).node("Clip", {"x", "", "max"}, {"y"});
  CHECK(limits(read(maker)).min == std::numeric_limits<float>::lowest());
  CHECK(limits(read(maker)).max == 6);
  CHECK(std::holds_alternative<Relu>(
      layer(read(one(7, "Clip", {{"min", 0.0F}, {"max", INFINITY}})), 0).params));
}

TEST_CASE("a Flatten, Squeeze, Unsqueeze or Reshape is accepted if it keeps the order of the values") {
  const auto after = [](int opset, const std::string& type, const OnnxAttributes& attributes,
                        const Dims& second = {}) {
    OnnxMaker maker(opset);
    maker.input("x", {0, 3, 1, 1}).output("y").node("Relu", {"x"}, {"r"});
    if (!second.empty()) maker.integers("second", second);
    return read(maker.node(type, second.empty() ? Names{"r"} : Names{"r", "second"}, {"y"}, attributes));
  };
  CHECK(after(9, "Flatten", {}).description.layers.size() == 1);  // the input is already flat
  CHECK(after(11, "Squeeze", {{"axes", Dims{2, 3}}}).description.layers.size() == 1);
  CHECK(after(13, "Squeeze", {}, {-1, -2}).description.layers.size() == 1);
  CHECK(after(11, "Unsqueeze", {{"axes", Dims{}}}).description.layers.size() == 1);
  CHECK(after(13, "Reshape", {}, {0, -1}).description.layers.size() == 1);
  const Model flat = read(one(9, "Flatten", {{"axis", -3}}));
  CHECK(layer(flat, 0).out == Shape{105, 1, 1});
}

TEST_CASE("ONNX layers are named after their weights, node or output, and names are unique") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 7, 5})
      .output("e")
      .floats("features.0.weight", {2, 3, 1, 1})
      .floats("conv2_w_0", {2, 2, 1, 1});
  maker.node("Conv", {"x", "features.0.weight"}, {"a"}, {}, "Conv_0");
  maker.node("Conv", {"a", "conv2_w_0"}, {"b"});
  maker.node("Relu", {"b"}, {"c"}, {}, "conv2");
  maker.node("Relu", {"c"}, {"\xFF"});
  maker.node("Conv", {"\xFF", "conv2_w_0"}, {"e"});
  Model model = read(maker);
  std::vector<std::string> names;
  for (const Layer& l : model.description.layers) names.push_back(l.name);
  CHECK(names == std::vector<std::string>{"features.0", "conv2", "conv2_2", "\\xff", "conv2_3"});
  CHECK(model.weights->shapes().contains("conv2_3.weight"));
}

TEST_CASE("external data of an ONNX file inside its folder is mapped") {
  const TempDir dir;
  std::string bytes(4, '\0');
  bytes.append(reinterpret_cast<const char*>(kTwelve.data()), 48);
  fs::create_directory(dir.path() / "data");
  dir.write("data/w.bin", bytes);
  auto proto = twelve(onnx::TensorProto::FLOAT);
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", "data/w.bin"}, {"offset", "4"}, {"length", "48"}}) {
    auto& entry = *proto.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  Model model = read_file(dir.write("model.onnx", product_with(proto).bytes()));
  CHECK(answers(std::move(model), 1, {0, 0, 1, 0}) == std::vector<float>{4, 5, 6});
}

TEST_CASE("float data of an ONNX file is used without a copy") {
  OnnxMaker maker(13);
  maker.input("x", {0, 4})
      .output("y")
      .floats("w", {3, 4}, kTwelve)
      .node("Gemm", {"x", "w"}, {"y"}, {{"transB", 1}});
  Model model = read(maker);
  const WeightSpec spec{"y.weight", {3, 4}};
  CHECK(std::ranges::equal(model.weights->fetch(spec), kTwelve));
  CHECK(model.weights->stored_bytes() == 48);
}

TEST_CASE("an ONNX file gets torchvision's preset with a note unless another preset is given") {
  const TempDir dir;
  const auto file = dir.write("model.onnx", one(13, "Relu").bytes());
  const Model model = open_model(file);
  CHECK(model.description.input.size == Size2{7, 5});
  CHECK(model.notes ==
        std::vector<std::string>{"the file does not say how photos are prepared: as torchvision does"});
  const Model chosen = open_model(file, {{}, {}, "caffe", {}});
  CHECK(chosen.description.input.order == image::ChannelOrder::bgr);
  CHECK(chosen.notes.empty());
  CHECK(message_of<ModelError>([&] {
          open_model(file, {"network.json", {}, {}, {}});
        }) == file.string() + ": has its own network: another one cannot be given");
}

TEST_CASE("metadata about photos that is not used is reported in a note") {
  const TempDir dir;
  OnnxMaker maker = one(13, "Relu");
  auto& entry = *maker.model.add_metadata_props();
  entry.set_key("Image.BitmapPixelFormat");
  entry.set_value("Bgr8");
  const Model model = open_model(dir.write("model.onnx", maker.bytes()));
  CHECK(model.notes.at(1) ==
        "its metadata says Image.BitmapPixelFormat is Bgr8, which is not read; set the "
        "preprocessing with --preset and --mean");
}
