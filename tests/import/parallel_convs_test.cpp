// Parallel convolutions that become one: results equal to those of the parts, computed with plain loops.
#include "import/parallel_convs.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "alexnet/classifier.hpp"
#include "import/caffe_writer.hpp"
#include "import/onnx_reading.hpp"
#include "reference.hpp"
#include "skip.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

// Convolutions on one input, and their weights.
struct Parts {
  Shape in;
  std::vector<Conv> convs;
  std::vector<reference::Values> weights;
  std::vector<reference::Values> biases;  // empty if a convolution has none
};

Parts make_parts(const Shape& in, std::vector<Conv> convs) {
  Parts parts{in, std::move(convs), {}, {}};
  for (const Conv& conv : parts.convs) {
    const auto seed = static_cast<std::uint64_t>(parts.weights.size());
    parts.weights.push_back(reference::noise(kernel_elements(conv, in.channels), seed));
    parts.biases.push_back(conv.bias ? reference::noise(static_cast<std::size_t>(conv.output), seed + 9)
                                     : reference::Values());
  }
  return parts;
}

// Returns the outputs of all parts side by side.
reference::Values beside_each_other(const Parts& parts, int batch, const reference::Values& x) {
  std::vector<reference::Values> outputs;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < parts.convs.size(); ++i) {
    const Shape out = output_shape(parts.convs[i], parts.in);
    sizes.push_back(out.count());
    outputs.push_back(
        reference::conv(parts.convs[i], parts.in, out, batch, x, parts.weights[i], parts.biases[i]));
  }
  reference::Values all;
  for (std::size_t n = 0; n < static_cast<std::size_t>(batch); ++n)
    for (std::size_t i = 0; i < outputs.size(); ++i)
      all.insert(all.end(), outputs[i].begin() + static_cast<std::ptrdiff_t>(n * sizes[i]),
                 outputs[i].begin() + static_cast<std::ptrdiff_t>((n + 1) * sizes[i]));
  return all;
}

// Runs the merged convolution with plain loops.
reference::Values merged_output(const Parts& parts, int batch, const reference::Values& x) {
  const Conv merged = merge_parallel(parts.convs, parts.in);
  reference::Values weight(kernel_elements(merged, parts.in.channels));
  reference::Values bias;
  const std::size_t row = weight.size() / static_cast<std::size_t>(merged.output);
  std::size_t output = 0;
  for (std::size_t i = 0; i < parts.convs.size(); ++i) {
    const auto outputs = static_cast<std::size_t>(parts.convs[i].output);
    embed_kernels(parts.convs[i], merged, parts.in.channels, parts.weights[i],
                  std::span(weight).subspan(output * row));
    bias.insert(bias.end(), parts.biases[i].begin(), parts.biases[i].end());
    bias.resize(output += outputs);
  }
  if (!merged.bias) bias.clear();
  return reference::conv(merged, parts.in, output_shape(merged, parts.in), batch, x, weight, bias);
}

void check_merged(const Parts& parts) {
  const reference::Values x = reference::noise(2 * parts.in.count(), 77);
  CHECK(reference::difference(merged_output(parts, 2, x), beside_each_other(parts, 2, x)) < 1e-5);
}

Conv square(int output, int kernel, int pad, int stride = 1) {
  return {.output = output, .kernel = {kernel, kernel}, .stride = {stride, stride}, .pad = {pad, pad}};
}

// A sequence of integers that is the same on every machine.
struct Dice {
  std::uint64_t state;
  int roll(int min, int max) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return min + static_cast<int>((state >> 33U) % static_cast<std::uint64_t>(max - min + 1));
  }
};

// Random windows of the same stride whose paddings are chosen so that all outputs have the size `out`.
Conv random_part(Dice& dice, const Shape& in, Size2 stride, Size2 out) {
  const auto axis = [&](int side, int step, int count, int& kernel, int& dilation, int& before, int& after) {
    for (;;) {
      kernel = dice.roll(1, 5);
      dilation = dice.roll(1, 3);
      before = dice.roll(0, 4);
      after = (count - 1) * step + dilation * (kernel - 1) + 1 - side - before + dice.roll(0, step - 1);
      if (after >= 0 && after < 9) return;
    }
  };
  Conv conv{.output = dice.roll(1, 4)};
  conv.stride = stride;
  conv.bias = dice.roll(0, 1) == 1;
  axis(in.height, stride.h, out.h, conv.kernel.h, conv.dilation.h, conv.pad.top, conv.pad.bottom);
  axis(in.width, stride.w, out.w, conv.kernel.w, conv.dilation.w, conv.pad.left, conv.pad.right);
  return conv;
}

// A fire module of SqueezeNet as ONNX: x (N x 4 x 7 x 5), convolutions of 1 x 1 and 3 x 3, ReLU, Concat.
OnnxMaker fire(bool relu_after_concat, const Dims& pads = {1, 1, 1, 1}, int axis = 1) {
  OnnxMaker maker(13);
  maker.input("x", {0, 4, 7, 5}).output("y").floats("a.weight", {3, 4, 1, 1}).floats("a.bias", {3});
  maker.floats("b.weight", {2, 4, 3, 3});
  maker.node("Conv", {"x", "a.weight", "a.bias"}, {"a"}, {}, "a");
  maker.node("Conv", {"x", "b.weight"}, {"b"}, {{"pads", pads}}, "b");
  if (relu_after_concat) {
    maker.node("Concat", {"b", "a"}, {"c"}, {{"axis", axis}}, "join").node("Relu", {"c"}, {"y"}, {}, "r");
  } else {
    maker.node("Relu", {"a"}, {"ra"}, {}, "ra").node("Relu", {"b"}, {"rb"}, {}, "rb");
    maker.node("Concat", {"rb", "ra"}, {"y"}, {{"axis", axis}}, "join");
  }
  return maker;
}

const std::string kCaffeFire = R"(
  input: 'data' input_dim: [1, 4, 7, 5]
  layer { name: 'a' type: 'Convolution' bottom: 'data' top: 'a'
          convolution_param { num_output: 3 kernel_size: 1 } }
  layer { name: 'ra' type: 'ReLU' bottom: 'a' top: 'a' }
  layer { name: 'b' type: 'Convolution' bottom: 'data' top: 'b'
          convolution_param { num_output: 2 kernel_size: 3 pad: 1 bias_term: false } }
  layer { name: 'rb' type: 'ReLU' bottom: 'b' top: 'b' }
  layer { name: 'join' type: 'Concat' bottom: 'b' bottom: 'a' top: 'join' }
)";

std::string caffe_refusal(const std::string& text) {
  const TempDir folder;
  const auto file = folder.write("net.prototxt", text);
  const std::string message =
      message_of<ModelError>([&] { module<ProtobufModule>("protobuf").caffe(file, {}); });
  const std::string prefix = file.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

}  // namespace

TEST_CASE("convolutions of 1 x 1 and 3 x 3 become one of 3 x 3") {
  const std::vector<Conv> convs{square(4, 1, 0), square(6, 3, 1)};
  const Conv merged = merge_parallel(convs, {3, 8, 9});
  CHECK(merged.output == 10);
  CHECK(merged.kernel == Size2{3, 3});
  CHECK(merged.pad == Pad(1, 1, 1, 1));
  CHECK(merged.dilation == Size2{1, 1});
  check_merged(make_parts({3, 8, 9}, convs));
}

TEST_CASE("merged convolutions compute what their parts compute, for windows of any kind") {
  check_merged(make_parts({2, 9, 9}, {square(1, 1, 0, 2), square(2, 3, 1, 2), square(3, 5, 2, 2)}));
  Conv dilated = square(2, 3, 4);
  dilated.dilation = {4, 4};
  const std::vector<Conv> sparse{square(2, 1, 0), dilated};
  CHECK(merge_parallel(sparse, {3, 11, 10}).kernel == Size2{3, 3});  // a dilation of 4 divides all distances
  check_merged(make_parts({3, 11, 10}, sparse));
  Dice dice{1};
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    const Size2 stride{dice.roll(1, 3), dice.roll(1, 3)};
    const Shape in{dice.roll(1, 3), dice.roll(3, 9), dice.roll(3, 9)};
    const Size2 out{(in.height - 1) / stride.h + 1, (in.width - 1) / stride.w + 1};
    std::vector<Conv> convs;
    for (int part = dice.roll(2, 4); part > 0; --part) convs.push_back(random_part(dice, in, stride, out));
    check_merged(make_parts(in, convs));
  }
}

TEST_CASE("convolutions that do not fit together are not merged") {
  const auto refusal = [](const std::vector<Conv>& convs) {
    try {
      merge_parallel(convs, {4, 9, 9});
    } catch (const ParameterError& e) {
      return e.field + " " + e.what();
    }
    return std::string("no error");
  };
  CHECK(refusal({square(2, 1, 0), square(2, 3, 0)}) ==
        "kernel gives outputs of different sizes, 2 x 9 x 9 and 2 x 7 x 7");
  CHECK(refusal({square(2, 1, 0), square(2, 3, 1, 2)}) == "stride is not the same in all of them");
  Conv grouped = square(2, 3, 1);
  grouped.group = 2;
  CHECK(refusal({square(2, 1, 0), grouped}) == "group is 2, must be 1");
  Conv far = square(100, 2, 300);
  far.dilation = {600, 600};
  CHECK(refusal({square(100, 1, 0), far, square(1, 3, 1)}) == "kernel needs more than 268435456 weights");
}

TEST_CASE("an ONNX fire module becomes one convolution and one ReLU") {
  for (const bool after : {false, true}) {
    CAPTURE(after);
    const OnnxMaker maker = fire(after);
    Model model = read(maker);
    REQUIRE(model.description.layers.size() == 2);
    CHECK(layer(model, 0).name == "join");
    CHECK(layer(model, 0).out == Shape{5, 7, 5});
    CHECK(layer(model, 1).name == (after ? "r" : "rb"));
    Parts parts{{4, 7, 5}, {square(2, 3, 1), square(3, 1, 0)}, {}, {}};
    parts.convs[0].bias = false;
    parts.weights = {reference::noise(72, 2), reference::noise(12, 0)};
    parts.biases = {{}, reference::noise(3, 1)};
    const reference::Values x = reference::noise(2 * parts.in.count(), 3);
    reference::Values expected = beside_each_other(parts, 2, x);
    for (float& value : expected) value = std::max(value, 0.0F);
    CHECK(reference::difference(answers(std::move(model), 2, x), expected) < kTolerance);
  }
}

TEST_CASE("branches of an ONNX graph that are not parallel convolutions are refused") {
  const std::string supported =
      "; supported is a graph without branches, except for convolutions that read one tensor and meet in one "
      "Concat";
  CHECK(refusal(fire(true, {1, 1, 0, 1})) ==
        "nodes.join: joins convolutions that do not fit together: kernel gives outputs of different sizes, 2 "
        "x 6 x 5 and 3 x 7 x 5");
  CHECK(refusal(fire(true, {1, 1, 1, 1}, 2)) ==
        "nodes.join: joins along dimension 2; supported is 1, the channels");
  CHECK(refusal(fire(false, {1, 1, 1, 1}, -3)) == "no error");
  OnnxMaker one_relu = fire(false);
  one_relu.graph().mutable_node(4)->set_input(0, "b");
  one_relu.graph().mutable_node()->DeleteSubrange(3, 1);
  CHECK(refusal(one_relu) == "nodes.join: joins convolutions that different layers follow" + supported);
  OnnxMaker twice = fire(true);
  twice.graph().mutable_node(2)->set_input(0, "a");
  CHECK(refusal(twice) == "nodes.join: joins 'a', which is not the end of another branch" + supported);
  OnnxMaker residual = fire(true);
  residual.graph().mutable_node(2)->set_input(0, "x");
  CHECK(refusal(residual) == "nodes.join: joins 'x', which is not the end of another branch" + supported);
  OnnxMaker third = fire(true);
  third.graph().mutable_node(2)->mutable_input()->DeleteSubrange(0, 1);
  CHECK(refusal(third) == "nodes.join: does not join all nodes that depend on 'x'" + supported);
  OnnxMaker open = fire(true);
  open.graph().mutable_node()->DeleteSubrange(2, 2);
  CHECK(refusal(open) ==
        "graph.node: several nodes use 'x', and no Concat joins them; supported is a graph without branches");
  OnnxMaker deep = fire(true);
  deep.floats("c.weight", {2, 3, 1, 1});
  deep.graph().mutable_node(1)->set_input(0, "a");
  CHECK(refusal(deep).starts_with("nodes.b: its weights have the shape 2 x 4 x 3 x 3"));
}

TEST_CASE("Caffe's fire module becomes one convolution and one ReLU") {
  const TempDir folder;
  CaffeNet net{
      "fire", {1, 4, 7, 5}, {convolution("a", 4, 3, 1, 1, 0, 1), convolution("b", 4, 2, 3, 1, 1, 1)}};
  net.layers[0].blobs = {{{3, 4, 1, 1}, reference::noise(12, 0)}, {{3}, reference::noise(3, 1)}};
  net.layers[1].blobs = {{{2, 4, 3, 3}, reference::noise(72, 2)}};
  // Caffe writes a Split where two layers read one blob.
  std::string with_split = kCaffeFire;
  with_split.replace(with_split.find("bottom: 'data'"), 14, "bottom: 'one'");
  with_split.replace(with_split.find("bottom: 'data'"), 14, "bottom: 'two'");
  with_split.insert(with_split.find("layer"),
                    "layer { name: 's' type: 'Split' bottom: 'data' top: 'one' top: 'two' }\n");
  for (const auto& [form, text] : {std::pair(CaffeForm::v2, std::string(kCaffeFire)),
                                   {CaffeForm::v1, kCaffeFire},
                                   {CaffeForm::v2, with_split}}) {
    CAPTURE(text);
    folder.write("fire.prototxt", text);
    const auto file = folder.write("fire.caffemodel", caffemodel(net, form));
    Model model = module<ProtobufModule>("protobuf").caffe(file, {});
    REQUIRE(model.description.layers.size() == 2);
    CHECK(layer(model, 0).name == "join");
    CHECK(layer(model, 1).name == "rb");
    CHECK(model.notes.size() == 2);  // where the layers come from, and the preprocessing: nothing is unused
    Parts parts{{4, 7, 5}, {square(2, 3, 1), square(3, 1, 0)}, {}, {}};
    parts.convs[0].bias = false;
    parts.weights = {reference::noise(72, 2), reference::noise(12, 0)};
    parts.biases = {{}, reference::noise(3, 1)};
    const reference::Values x = reference::noise(2 * parts.in.count(), 3);
    reference::Values expected = beside_each_other(parts, 2, x);
    for (float& value : expected) value = std::max(value, 0.0F);
    CHECK(reference::difference(answers(std::move(model), 2, x), expected) < kTolerance);
  }
}

TEST_CASE("SqueezeNet v1.1 knows the cat in the photo") {
  const char* const named = std::getenv("ALEXNET_SQUEEZENET");
  const fs::path file =
      named != nullptr ? named : ALEXNET_SOURCE_DIR "/../shared/models/squeezenet/SqueezeNet_fp16.onnx";
  if (!fs::exists(file)) {
    alexnet::test::skip("ALEXNET_SQUEEZENET names no SqueezeNet_fp16.onnx");
    return;
  }
  ClassifierOptions options;
  options.import.preset = "caffe";
  options.import.mean = "104,117,123";
  const Classifier classifier(file.string(), options);
  const std::vector<Prediction> best =
      classifier.classify(fs::path(ALEXNET_SOURCE_DIR) / "data/photos/cat.jpg", 1);
  CHECK(best.at(0).index == 285);  // Egyptian cat
  CHECK(best.at(0).probability > 0.6F);
}

TEST_CASE("branches of a Caffe network that are not parallel convolutions are refused") {
  const auto edited = [](const std::string& from, const std::string& to) {
    std::string text = kCaffeFire;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(caffe_refusal(kCaffeFire) == "no error");
  CHECK(caffe_refusal(edited("pad: 1", "pad: 0"))
            .starts_with("layers.join.bottom: joins convolutions that do not fit together: kernel_size gives "
                         "outputs of different sizes"));
  CHECK(caffe_refusal(edited("top: 'join'", "top: 'join' concat_param { axis: 2 }")) ==
        "layers.join.axis: is not 1, the channels, which is not supported");
  CHECK(caffe_refusal(edited("layer { name: 'rb' type: 'ReLU' bottom: 'b' top: 'b' }", "")) ==
        "layers.join.bottom: joins convolutions that different layers follow, which is not supported");
  const std::string supported =
      ": only networks without branches are supported, except for convolutions that one Concat joins";
  CHECK(caffe_refusal(edited("bottom: 'b' bottom: 'a'", "bottom: 'b' bottom: 'data'")) ==
        "layers.join.bottom: is one of several branches of 'data'" + supported);
  CHECK(caffe_refusal(edited("bottom: 'b' bottom: 'a'", "bottom: 'b'")) ==
        "layers.join.bottom: is one of several branches of 'data'" + supported);
  CHECK(caffe_refusal(edited("type: 'Concat'", "type: 'Eltwise'")) ==
        "layers.join.type: 'Eltwise' is not supported");
  CHECK(caffe_refusal(
            edited("layer { name: 'join' type: 'Concat' bottom: 'b' bottom: 'a' top: 'join' }", "")) ==
        "layers.a.top: is joined by no Concat: only networks without branches are supported");
}
