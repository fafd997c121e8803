// ONNX graphs as exporters write them: shapes computed in the graph, channels last, arithmetic before the
// first layer, local response normalisation in simple nodes.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "import/onnx_reading.hpp"
#include "reference.hpp"

using namespace alexnet;
using namespace alexnet::test;

namespace {

// x (N x 3 x 4 x 5) through a convolution with 2 outputs of 1 x 1 and a ReLU.
OnnxMaker head(int opset) {
  OnnxMaker maker(opset);
  maker.input("x", {0, 3, 4, 5}).output("y").floats("conv.weight", {2, 3, 1, 1}).floats("fc.weight", {3, 40});
  maker.node("Conv", {"x", "conv.weight"}, {"c"}).node("Relu", {"c"}, {"r"});
  return maker;
}

OnnxMaker tail(OnnxMaker maker, const std::string& from) {
  return maker.node("Gemm", {from, "fc.weight"}, {"y"}, {{"transB", 1}});
}

std::vector<float> photo(std::size_t count) { return reference::noise(count, 7); }

// Returns the answer of head() and tail() with a Flatten between them.
std::vector<float> flattened_answer() {
  OnnxMaker maker = head(13);
  return answers(read(tail(maker.node("Flatten", {"r"}, {"f"}), "f")), 2, photo(120));
}

void check_same(const OnnxMaker& maker) {
  CHECK(reference::difference(answers(read(maker), 2, photo(120)), flattened_answer()) < kTolerance);
}

onnx::TensorProto int_tensor(const Dims& dims, const Dims& values) {
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::INT64);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return tensor;
}

// torch's F.local_response_norm at this opset.
OnnxMaker torch_lrn(int size, bool pad_node = true) {
  OnnxMaker maker(13);
  maker.input("x", {0, 7, 3, 2}).output("y");
  const std::int64_t half = size / 2;
  const std::int64_t rest = (size - 1) / 2;
  maker.integers("five", {0, 1, 7, 3, 2}).integers("pads", {0, 0, half, 0, 0, 0, 0, rest, 0, 0});
  maker.integers("four", {0, 7, 3, 2}).integers("one", {1});
  maker.floats("alpha", {}, {0.5F}).floats("k", {}, {2}).floats("beta", {}, {0.75F});
  maker.node("Identity", {"x"}, {"i"}).node("Mul", {"i", "i"}, {"s"});
  maker.node("Unsqueeze", {"s", "one"}, {"u"});
  if (pad_node) maker.node("Pad", {"u", "pads"}, {"p"});
  OnnxAttributes pool{{"kernel_shape", Dims{size, 1, 1}}, {"strides", Dims{1, 1, 1}}};
  if (!pad_node) {
    pool.emplace_back("pads", Dims{half, 0, 0, rest, 0, 0});
    pool.emplace_back("count_include_pad", 1);
  }
  maker
      .node("AveragePool",
            {
                pad_node ? "p" : "u",
            },
            {"a"}, pool)
      .node("Squeeze", {"a", "one"}, {"q"});
  maker.node("Mul", {"q", "alpha"}, {"m"}).node("Add", {"m", "k"}, {"d"}).node("Pow", {"d", "beta"}, {"w"});
  return maker.node("Div", {"i", "w"}, {"y"}, {}, "div");
}

// Adds an If whose two branches are one node each, from one tensor of the graph to `output`.
void add_if(OnnxMaker& maker, const std::string& condition, const std::string& output,
            const onnx::NodeProto& then_node, const onnx::NodeProto& else_node) {
  maker.node("If", {condition}, {output}, {}, "if");
  onnx::NodeProto& node = *maker.graph().mutable_node()->rbegin();
  for (const auto& [name, inner] :
       {std::pair("then_branch", then_node), std::pair("else_branch", else_node)}) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    *attribute.mutable_g()->add_node() = inner;
    attribute.mutable_g()->add_output()->set_name(inner.output(0));
  }
}

onnx::NodeProto node_of(const std::string& type, const std::string& input, const std::string& output) {
  onnx::NodeProto node;
  node.set_op_type(type);
  node.set_name(type + " inside");
  node.add_input(input);
  node.add_output(output);
  return node;
}

// F.local_response_norm of size 5 as torch.onnx.export writes it at opset 11 for a batch of any size: pads
// and shapes are computed, and an If removes the dimension of one if there is one.
OnnxMaker exported_lrn(const Dims& pads_reversed = {0, 0, 0, 0, 2, 2}) {
  OnnxMaker maker(11);
  maker.input("x", {0, 7, 3, 2}).output("y");
  maker.floats("alpha", {}, {0.5F}).floats("k", {}, {2}).floats("beta", {}, {0.75F});
  maker.integers("zero", {0}).integers("one", {1}).integers("two", {2}).integers("three", {3});
  maker.integers("minus_one", {-1}).integers("four", {4}).integers("lowest", {-9223372036854775807});
  maker.integers("pairs", {-1, 2}).integers("pads_reversed", pads_reversed).integers("none", Dims(10, 0));
  maker.node("Relu", {"x"}, {"r"}).node("Mul", {"r", "r"}, {"s"});
  maker.node("Unsqueeze", {"s"}, {"u"}, {{"axes", Dims{1}}}).node("Shape", {"r"}, {"shape"});
  for (const std::string dim : {"zero", "one", "two", "three"})
    maker.node("Gather", {"shape", dim}, {"size_" + dim}, {{"axis", 0}});
  maker.node("Concat", {"size_zero", "one", "size_one", "size_two", "minus_one"}, {"to"}, {{"axis", 0}});
  maker.node("Reshape", {"u", "to"}, {"v"});
  maker.node("ConstantOfShape", {"four"}, {"zeros"}, {{"value", int_tensor({1}, {0})}});
  maker.node("Concat", {"pads_reversed", "zeros"}, {"list"}, {{"axis", 0}});
  maker.node("Reshape", {"list", "pairs"}, {"rows"});
  maker.node("Slice", {"rows", "minus_one", "lowest", "zero", "minus_one"}, {"turned"});
  maker.node("Transpose", {"turned"}, {"columns"}, {{"perm", Dims{1, 0}}});
  maker.node("Reshape", {"columns", "minus_one"}, {"flat"}).node("Cast", {"flat"}, {"pads"}, {{"to", 7}});
  maker.node("Pad", {"v", "pads", ""}, {"p"}, {{"mode", "constant"}}).node("Pad", {"p", "none"}, {"p2"});
  maker.node("AveragePool", {"p2"}, {"a"},
             {{"ceil_mode", 0}, {"kernel_shape", Dims{5, 1, 1}}, {"strides", Dims{1, 1, 1}}});
  maker.node("Shape", {"a"}, {"pooled"}).node("Gather", {"pooled", "one"}, {"depth"}, {{"axis", 0}});
  maker.node("Equal", {"depth", "one"}, {"is_one"});
  onnx::NodeProto squeeze = node_of("Squeeze", "a", "inner1");
  onnx::AttributeProto& axes = *squeeze.add_attribute();
  axes.set_name("axes");
  axes.set_type(onnx::AttributeProto::INTS);
  axes.add_ints(1);
  add_if(maker, "is_one", "q", squeeze, node_of("Identity", "a", "inner2"));
  maker.node("Concat", {"size_zero", "size_one", "size_two", "size_three"}, {"back"}, {{"axis", 0}});
  maker.node("Reshape", {"q", "back"}, {"b"}).node("Mul", {"b", "alpha"}, {"m"});
  maker.node("Add", {"m", "k"}, {"d"}).node("Pow", {"d", "beta"}, {"w"});
  return maker.node("Div", {"r", "w"}, {"y"}, {}, "div");
}

Model opened(const OnnxMaker& maker, const ImportOptions& options = {}) {
  const TempDir dir;
  return open_model(dir.write("model.onnx", maker.bytes()), options);
}

}  // namespace

TEST_CASE("a view whose batch is computed in the graph is a flattening") {
  for (const int opset : {9, 11, 13, 18, 22}) {
    CAPTURE(opset);
    OnnxMaker maker = head(opset);
    maker.integers("axis", {0}).integers("rest", {-1});
    *maker.graph().add_initializer() = int_tensor({}, {0});
    maker.graph().mutable_initializer()->rbegin()->set_name("first");
    maker.node("Shape", {"r"}, {"shape"}).node("Gather", {"shape", "first"}, {"n"}, {{"axis", 0}});
    if (opset < 13) {
      maker.node("Unsqueeze", {"n"}, {"n1"}, {{"axes", Dims{0}}});
    } else {
      maker.node("Unsqueeze", {"n", "axis"}, {"n1"});
    }
    maker.node("Concat", {"n1", "rest"}, {"to"}, {{"axis", 0}}).node("Reshape", {"r", "to"}, {"f"});
    check_same(tail(maker, "f"));
  }
}

TEST_CASE("slices, casts and products of shapes are constants") {
  OnnxMaker maker = head(13);
  maker.integers("zero", {0}).integers("one", {1}).integers("two", {2}).integers("four", {4});
  maker.integers("end", {9223372036854775807});
  maker.node("Shape", {"r"}, {"shape"}).node("Cast", {"shape"}, {"cast"}, {{"to", 7}});
  maker.node("Slice", {"cast", "zero", "one", "zero"}, {"n"});
  maker.node("Slice", {"cast", "one", "two"}, {"ch"}).node("Slice", {"cast", "two", "end"}, {"hw"});
  maker.node("Gather", {"hw", "zero"}, {"h"})
      .node("Gather", {"hw", "one"}, {"w"})
      .node("Mul", {"h", "w"}, {"a"});
  maker.node("Mul", {"a", "ch"}, {"count"}).node("Concat", {"n", "count"}, {"to"}, {{"axis", 0}});
  maker.node("Reshape", {"r", "to"}, {"f"});
  check_same(tail(maker, "f"));
}

TEST_CASE("Shape takes a part of the dimensions since opset 15") {
  OnnxMaker maker = head(15);
  maker.integers("rest", {-1}).node("Shape", {"x"}, {"n"}, {{"start", 0}, {"end", -3}});
  maker.node("Concat", {"n", "rest"}, {"to"}, {{"axis", 0}}).node("Reshape", {"r", "to"}, {"f"});
  check_same(tail(maker, "f"));
}

TEST_CASE("an input with channels last and its Transpose give the same answer") {
  OnnxMaker maker(13);
  maker.input("x", {0, 4, 5, 3}).output("y").floats("conv.weight", {2, 3, 1, 1}).floats("fc.weight", {3, 40});
  maker.node("Transpose", {"x"}, {"t"}, {{"perm", Dims{0, 3, 1, 2}}})
      .node("Conv", {"t", "conv.weight"}, {"c"});
  maker.node("Relu", {"c"}, {"r"});
  SUBCASE("and a flattening in the order of the channels") {
    check_same(tail(maker.node("Flatten", {"r"}, {"f"}), "f"));
  }
  SUBCASE("and a flattening with channels last, as Keras has it") {
    // The matrix takes height x width x channels: its columns are those of fc.weight in that order.
    const std::vector<float> from = reference::noise(120, 1);
    std::vector<float> turned(120);
    for (std::size_t o = 0; o < 3; ++o)
      for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t p = 0; p < 20; ++p) turned[o * 40 + p * 2 + c] = from[o * 40 + c * 20 + p];
    maker.floats("last", {3, 40}, turned).node("Transpose", {"r"}, {"u"}, {{"perm", Dims{0, 2, 3, 1}}});
    maker.integers("flat", {0, 40}).node("Reshape", {"u", "flat"}, {"f"});
    check_same(maker.node("Gemm", {"f", "last"}, {"y"}, {{"transB", 1}}));
  }
  SUBCASE("and a convolution between them is refused with its order") {
    maker.node("Transpose", {"r"}, {"u"}, {{"perm", Dims{0, 2, 3, 1}}});
    CHECK(refusal(maker.node("MaxPool", {"u"}, {"y"}, {{"kernel_shape", Dims{2, 2}}}, "pool")) ==
          "nodes.pool: reads height x width x channels; supported is that order before a Transpose only");
  }
  SUBCASE("and a mean over height and width") {
    maker.node("Transpose", {"r"}, {"u"}, {{"perm", Dims{0, 2, 3, 1}}});
    const Model model = read(maker.node("ReduceMean", {"u"}, {"y"}, {{"axes", Dims{1, 2}}, {"keepdims", 0}}));
    CHECK(std::holds_alternative<GlobalAveragePool>(layer(model, 2).params));
    CHECK(model.description.layers.back().out == Shape{2, 1, 1});
  }
}

TEST_CASE("other transposes of what is computed from the photo are refused") {
  OnnxMaker maker = head(13);
  CHECK(refusal(maker.node("Transpose", {"r"}, {"y"}, {{"perm", Dims{0, 1, 3, 2}}}, "t")) ==
        "nodes.t: transposes what is computed from the photo; supported is the transpose of weights, and the "
        "change between N x C x H x W and N x H x W x C");
}

TEST_CASE(
    "ReduceMean over height and width is a global average pool, GlobalMaxPool and ReduceMax a max pool") {
  for (const int opset : {13, 18}) {
    OnnxMaker maker = head(opset);
    maker.integers("axes", {-1, 2});
    if (opset < 18) {
      maker.node("ReduceMean", {"r"}, {"y"}, {{"axes", Dims{-1, 2}}});
    } else {
      maker.node("ReduceMean", {"r", "axes"}, {"y"});
    }
    OnnxMaker pool = head(13);
    CHECK(answers(read(maker), 2, photo(120)) ==
          answers(read(pool.node("GlobalAveragePool", {"r"}, {"y"})), 2, photo(120)));
  }
  OnnxMaker max = head(13);
  const Model model = read(max.node("GlobalMaxPool", {"r"}, {"y"}));
  CHECK(std::get<MaxPool>(layer(model, 2).params).kernel == Size2{4, 5});
  CHECK(layer(model, 2).out == Shape{2, 1, 1});
  OnnxMaker reduced = head(13);
  const auto axes = OnnxAttributes{{"axes", Dims{2, -1}}, {"keepdims", 0}};
  CHECK(answers(read(reduced.node("ReduceMax", {"r"}, {"y"}, axes)), 2, photo(120)) ==
        answers(read(max), 2, photo(120)));
  OnnxMaker channels = head(13);
  CHECK(refusal(channels.node("ReduceMax", {"r"}, {"y"}, {{"axes", Dims{1}}}, "m")) ==
        "nodes.m: takes the maximum over other dimensions than height and width");
  OnnxMaker other = head(13);
  CHECK(refusal(other.node("ReduceMean", {"r"}, {"y"}, {{"axes", Dims{1}}}, "m")) ==
        "nodes.m: takes the mean over other dimensions than height and width");
}

TEST_CASE("PyTorch's local response normalisation in simple nodes is one layer") {
  for (const bool pad_node : {true, false}) {
    for (const int size : {1, 3, 5}) {
      CAPTURE(size);
      Model model = read(torch_lrn(size, pad_node));
      REQUIRE(model.description.layers.size() == 1);
      const Lrn lrn = std::get<Lrn>(layer(model, 0).params);
      CHECK(lrn.size == size);
      CHECK(lrn.alpha == 0.5F);
      CHECK(lrn.beta == 0.75F);
      CHECK(lrn.k == 2.0F);
    }
  }
  CHECK(refusal(torch_lrn(4)) ==
        "nodes.div: ends a local response normalisation over 4 channels with 2 and 1 of padding; supported "
        "are an "
        "odd number, and half of it on both sides");
  OnnxMaker broken = torch_lrn(5);
  broken.graph().mutable_node(7)->set_op_type("Sqrt");
  CHECK(refusal(broken).find("operator 'Sqrt'") != std::string::npos);
  OnnxMaker reversed = torch_lrn(5);
  reversed.graph().mutable_node()->rbegin()->mutable_input()->SwapElements(0, 1);
  CHECK(refusal(reversed) ==
        "nodes.div: operator 'Div' after a square is supported as part of a local response normalisation "
        "only, as "
        "PyTorch exports it");
}

TEST_CASE("PyTorch's local response normalisation for a batch of any size is one layer") {
  Model model = read(exported_lrn());
  REQUIRE(model.description.layers.size() == 2);
  const Lrn lrn = std::get<Lrn>(layer(model, 1).params);
  CHECK(lrn.size == 5);
  CHECK(lrn.alpha == 0.5F);
  CHECK(lrn.beta == 0.75F);
  CHECK(lrn.k == 2.0F);
  const char* const kNoPattern = "local response normalisation only, as PyTorch exports it";
  // Padding of other dimensions, and of too few channels.
  CHECK(refusal(exported_lrn({0, 2, 0, 0, 2, 2})).ends_with(kNoPattern));
  CHECK(refusal(exported_lrn({0, 0, 0, 0, 2, 1})) ==
        "nodes[25]: cannot give 1 x 6 x 3 x 2 the shape 1 x 7 x 3 x 2");
  // The dimensions before the division are other ones.
  OnnxMaker turned = exported_lrn();
  for (onnx::NodeProto& node : *turned.graph().mutable_node())
    if (node.output(0) == "back") node.mutable_input()->SwapElements(2, 3);
  CHECK(refusal(turned).ends_with(kNoPattern));
}

TEST_CASE("a normalisation of scores is refused") {
  OnnxMaker maker(13);
  maker.input("x", {0, 7}).output("y").integers("one", {1});
  maker.node("Relu", {"x"}, {"r"}).node("Mul", {"r", "r"}, {"s"}, {}, "square");
  maker.node("Unsqueeze", {"s", "one"}, {"u"});
  maker.node("AveragePool", {"u"}, {"a"}, {{"kernel_shape", Dims{5, 1, 1}}, {"strides", Dims{1, 1, 1}}});
  CHECK(refusal(maker.node("Div", {"r", "a"}, {"y"})) ==
        "nodes.square: squares 1 x 7; supported is a square of N x C x H x W");
  OnnxMaker padded = exported_lrn({0, 0, 0, 0, 1 << 28, 0});
  CHECK(refusal(padded).find("nodes[") == 0);
}

TEST_CASE("an If whose condition is constant is the branch that it takes") {
  for (const bool then_branch : {true, false}) {
    CAPTURE(then_branch);
    OnnxMaker maker = head(13);
    maker.integers("a", {2}).integers("b", {then_branch ? 2 : 3}).node("Equal", {"a", "b"}, {"same"});
    add_if(maker, "same", "f", node_of(then_branch ? "Flatten" : "Relu", "r", "p"),
           node_of(then_branch ? "Relu" : "Flatten", "r", "q"));
    check_same(tail(maker, "f"));
  }
  OnnxMaker computed = head(13);
  add_if(computed, "r", "y", node_of("Relu", "r", "p"), node_of("Relu", "r", "q"));
  CHECK(refusal(computed) == "nodes.if: its input 'r' is computed from the photo, must be a constant");
  OnnxMaker inner = head(13);
  inner.integers("yes", {1});
  add_if(inner, "yes", "y", node_of("Resize", "r", "p"), node_of("Relu", "r", "q"));
  CHECK(refusal(inner) == "nodes.if.Resize inside: operator 'Resize' (opset 13) is not supported");
  OnnxMaker several = head(13);
  several.integers("yes", {1, 1});
  add_if(several, "yes", "y", node_of("Relu", "r", "p"), node_of("Relu", "r", "q"));
  CHECK(refusal(several) == "nodes.if: has a condition of several elements");
}

TEST_CASE("a slice of constants takes any axes and steps") {
  struct Case {
    const char* name;
    Dims starts, ends, axes, steps;
    const char* result;
  };
  // The constant has the rows 1 2 3 and 4 5 6.
  for (const Case& c : {Case{"a row", {1}, {2}, {0}, {1}, "4 x 5 x 6"},
                        {"columns", {0, 1}, {2, 3}, {0, 1}, {1, 1}, "2 x 3 x 5 x 6"},
                        {"rows backwards", {-1}, {-100}, {0}, {-1}, "4 x 5 x 6 x 1 x 2 x 3"},
                        {"every second column", {0}, {100}, {-1}, {2}, "1 x 3 x 4 x 6"},
                        {"a long step", {2}, {-100}, {1}, {-9223372036854775807}, "3 x 6"}}) {
    CAPTURE(c.name);
    OnnxMaker maker(13);
    maker.input("x", {0, 7}).output("y").integers("rows", {1, 2, 3, 4, 5, 6}).integers("two", {2, 3});
    maker.integers("starts", c.starts).integers("ends", c.ends).integers("axes", c.axes);
    maker.integers("steps", c.steps).integers("flat", {-1}).node("Reshape", {"rows", "two"}, {"matrix"});
    maker.node("Slice", {"matrix", "starts", "ends", "axes", "steps"}, {"slice"});
    maker.node("Reshape", {"slice", "flat"}, {"list"}).node("Reshape", {"x", "list"}, {"y"}, {}, "r");
    CHECK(refusal(maker) == std::string("nodes.r: cannot give 1 x 7 the shape ") + c.result);
  }
  const auto refused = [](const Dims& starts, const Dims& ends, const Dims& steps) {
    OnnxMaker maker(13);
    maker.input("x", {0, 3}).output("y").integers("list", {1, 2, 3}).integers("starts", starts);
    maker.integers("ends", ends).integers("axes", {0}).integers("steps", steps);
    return refusal(maker.node("Slice", {"list", "starts", "ends", "axes", "steps"}, {"y"}, {}, "slice"));
  };
  CHECK(refused({2}, {2}, {1}) == "nodes.slice: takes an empty slice");
  CHECK(refused({0}, {2}, {0}) == "nodes.slice: takes a slice with the step 0");
  CHECK(refused({0}, {2, 3}, {1}) == "nodes.slice: has lists of different lengths");
}

TEST_CASE("arithmetic with the largest integers is refused") {
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 40}) {
    OnnxMaker maker = head(13);
    maker.integers("n", {number}).node("Mul", {"n", "n"}, {"m"}, {}, "product");
    CHECK(refusal(maker) == "nodes.product: combines numbers larger than 2147483647");
  }
}

TEST_CASE("a constant of floating-point numbers may be cast to integers") {
  OnnxMaker maker = head(7);  // as torch.onnx.export writes numbers in shapes at opset 7
  onnx::TensorProto last;
  last.set_data_type(onnx::TensorProto::DOUBLE);
  last.add_dims(1);
  last.add_double_data(-1);
  maker.node("Shape", {"r"}, {"shape"}).node("Constant", {}, {"rest"}, {{"value", last}});
  maker.node("Cast", {"rest"}, {"minus_one"}, {{"to", 7}});
  maker.node("Slice", {"shape"}, {"n"}, {{"starts", Dims{0}}, {"ends", Dims{1}}});
  maker.node("Concat", {"n", "minus_one"}, {"to"}, {{"axis", 0}}).node("Reshape", {"r", "to"}, {"f"});
  maker.floats("bias", {1, 3}, {0, 0, 0});
  check_same(maker.node("Gemm", {"f", "fc.weight", "bias"}, {"y"}, {{"transB", 1}}));
  for (const float number : {NAN, INFINITY, 3e9F}) {
    OnnxMaker large = head(13);
    large.floats("number", {1}, {number}).node("Cast", {"number"}, {"n"}, {{"to", 7}}, "cast");
    CHECK(refusal(large) == "nodes.cast: casts a number that float32 does not hold exactly");
  }
}

TEST_CASE("casts to floating-point types at both ends change nothing") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 4, 5}).output("y").floats("conv.weight", {2, 3, 1, 1}).floats("fc.weight", {3, 40});
  maker.node("Cast", {"x"}, {"h"}, {{"to", 10}}).node("Conv", {"h", "conv.weight"}, {"c"});
  maker.node("Relu", {"c"}, {"r"}).node("Flatten", {"r"}, {"f"});
  maker.node("Gemm", {"f", "fc.weight"}, {"g"}, {{"transB", 1}}).node("Cast", {"g"}, {"y"}, {{"to", 1}});
  check_same(maker);
  for (const std::string ends : {"half inside", "half everywhere", "bfloat16 inside"}) {
    CAPTURE(ends);
    const bool weights = ends != "bfloat16 inside";
    const bool everywhere = ends == "half everywhere";
    const std::int64_t inner = weights ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::BFLOAT16;
    OnnxMaker half(13);
    half.input("x", {0, 3, 4, 5}).output("y");
    OnnxMaker single = half;
    // -1, 0.5 and 2, which half precision holds exactly
    constexpr std::array kHalves{0xBC00, 0x3800, 0x4000};
    constexpr std::array kSingles{-1.0F, 0.5F, 2.0F};
    for (const auto& [name, dims] :
         {std::pair("conv.weight", Dims{2, 3, 1, 1}), std::pair("fc.weight", Dims{3, 40})}) {
      onnx::TensorProto stored;
      stored.set_name(name);
      stored.set_data_type(onnx::TensorProto::FLOAT16);
      for (const std::int64_t dim : dims) stored.add_dims(dim);
      std::vector<float> values;
      for (std::size_t i = 0; i < (dims.size() == 4 ? 6 : 120); ++i) {
        stored.add_int32_data(kHalves[i * i % 3]);
        values.push_back(kSingles[i * i % 3]);
      }
      single.floats(name, dims, values);
      if (weights) {
        *half.graph().add_initializer() = stored;
      } else {
        half.floats(name, dims, values);
      }
    }
    if (everywhere) {
      half.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
          onnx::TensorProto::FLOAT16);
      half.node("Conv", {"x", "conv.weight"}, {"c"}).node("Relu", {"c"}, {"r"});
      half.node("Flatten", {"r"}, {"f"}).node("Gemm", {"f", "fc.weight"}, {"y"}, {{"transB", 1}});
    } else {
      half.node("Cast", {"x"}, {"h"}, {{"to", static_cast<int>(inner)}});
      half.node("Conv", {"h", "conv.weight"}, {"c"}).node("Relu", {"c"}, {"r"}).node("Flatten", {"r"}, {"f"});
      half.node("Gemm", {"f", "fc.weight"}, {"g"}, {{"transB", 1}}).node("Cast", {"g"}, {"y"}, {{"to", 1}});
    }
    single.node("Conv", {"x", "conv.weight"}, {"c"}).node("Relu", {"c"}, {"r"});
    single.node("Flatten", {"r"}, {"f"}).node("Gemm", {"f", "fc.weight"}, {"y"}, {{"transB", 1}});
    CHECK(reference::difference(answers(read(half), 2, photo(120)), answers(read(single), 2, photo(120))) <
          kTolerance);
  }
  OnnxMaker integers = head(13);
  CHECK(refusal(integers.node("Cast", {"r"}, {"y"}, {{"to", 7}}, "cast")) ==
        "nodes.cast: casts what is computed from the photo to a type that is not floating-point");
}

TEST_CASE("arithmetic before the first layer becomes the preparation of photos") {
  const auto scaled = [](const std::vector<std::string>& types,
                         const std::vector<std::vector<float>>& numbers) {
    OnnxMaker maker(13);
    maker.input("x", {0, 3, 4, 4}).output("y");
    std::string value = "x";
    for (std::size_t i = 0; i < types.size(); ++i) {
      const std::string name = std::to_string(i);
      maker.floats("n" + name, numbers[i].size() == 3 ? Dims{1, 3, 1, 1} : Dims{}, numbers[i]);
      maker.node(types[i], {value, "n" + name}, {"s" + name}, {}, "s" + name);
      value = "s" + name;
    }
    return maker.node("Relu", {value}, {"y"});
  };
  const auto input_of = [&](const OnnxMaker& maker, const ImportOptions& options = {}) {
    return opened(maker, options).description.input;
  };
  const image::Preprocess bytes =
      input_of(scaled({"Sub", "Div"}, {{123.675F, 116.28F, 103.53F}, {58.395F, 57.12F, 57.375F}}));
  CHECK(bytes.scale == 1);
  CHECK(bytes.mean[0] == doctest::Approx(123.675));
  CHECK(bytes.std[2] == doctest::Approx(57.375));
  const image::Preprocess unit = input_of(scaled({"Sub", "Mul"}, {{0.5F}, {2}}));
  CHECK(unit.scale == doctest::Approx(1.0 / 255));
  CHECK(unit.mean[1] == doctest::Approx(0.5));
  CHECK(unit.std[1] == doctest::Approx(0.5));
  const image::Preprocess both = input_of(scaled({"Div", "Add"}, {{127.5F}, {-1}}));
  CHECK(both.scale == 1);
  CHECK(both.mean[0] == doctest::Approx(127.5));
  CHECK(both.std[0] == doctest::Approx(127.5));
  ImportOptions caffe;
  caffe.preset = "caffe";
  const image::Preprocess above = input_of(scaled({"Mul"}, {{0.5F}}), caffe);
  CHECK(above.mean[0] == doctest::Approx(104.00699));
  CHECK(above.std[0] == doctest::Approx(2));
  ImportOptions mean;
  mean.mean = "0,0,0";
  CHECK(message_of<ModelError>([&] {
          opened(scaled({"Mul"}, {{2}}), mean);
        }).ends_with("mean: the graph has its own arithmetic on the photo; another cannot be given"));
  CHECK(refusal(scaled({"Mul"}, {{-1}})) ==
        "nodes.s0: scales the photo by a number that is not greater than 0");
  OnnxMaker later = head(13);
  later.floats("two", {}, {2});
  CHECK(refusal(later.node("Mul", {"r", "two"}, {"y"}, {}, "late")) ==
        "nodes.late: operator 'Mul' is supported before the first layer only");
}

TEST_CASE("quantised files are refused with a sentence") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 4, 4}).output("y").floats("scale", {}, {0.1F});
  CHECK(refusal(maker.node("QuantizeLinear", {"x", "scale"}, {"y"}, {}, "q")) ==
        "nodes.q: operator 'QuantizeLinear': the file is quantised, which is not supported; use the float32 "
        "file "
        "that it was made from");
}

TEST_CASE("a sigmoid of one score gives two classes") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3}).output("y").floats("w", {1, 3}, {1, 2, -1});
  maker.node("Gemm", {"x", "w"}, {"s"}, {{"transB", 1}}).node("Sigmoid", {"s"}, {"y"});
  const std::vector<float> got = answers(read(maker), 2, {0.5F, 0.25F, 2, 0, 0, 0});
  REQUIRE(got.size() == 4);
  CHECK(got[1] == doctest::Approx(1 / (1 + std::exp(1.0))));
  CHECK(got[0] == doctest::Approx(1 - 1 / (1 + std::exp(1.0))));
  CHECK(got[3] == doctest::Approx(0.5));
  OnnxMaker many(13);
  many.input("x", {0, 3}).output("y").floats("w", {2, 3});
  many.node("Gemm", {"x", "w"}, {"s"}, {{"transB", 1}}).node("Sigmoid", {"s"}, {"y"}, {}, "sigmoid");
  CHECK(refusal(many) ==
        "nodes.sigmoid: is a sigmoid of 2 numbers; supported is that of one score, as the last layer");
}

TEST_CASE("a network whose file fixes no size takes that of --crop") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 0, 0}).output("y").floats("w", {2, 3, 3, 3});
  maker.node("Conv", {"x", "w"}, {"c"}).node("GlobalAveragePool", {"c"}, {"y"});
  CHECK(
      message_of<ModelError>([&] { opened(maker); })
          .ends_with(
              "graph.input.x: its dimension 2, 'd2', is not fixed; export the model for one size of photos, "
              "or give the size with --crop"));
  ImportOptions options;
  options.crop = Size2{16, 16};
  CHECK(opened(maker, options).description.layers.front().in == Shape{3, 16, 16});
  OnnxMaker fixed(13);
  fixed.input("x", {0, 3, 8, 8}).output("y").node("Relu", {"x"}, {"y"});
  CHECK(message_of<ModelError>([&] {
          opened(fixed, options);
        }).ends_with("crop: is 16 x 16, but the network's input is 8 x 8"));
}

TEST_CASE("the options set scale, std, order of the channels and size of the resized photo") {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 8, 8}).output("y").node("Relu", {"x"}, {"y"});
  const auto input_of = [&](const std::function<void(ImportOptions&)>& change) {
    ImportOptions options;
    change(options);
    return opened(maker, options).description.input;
  };
  const image::Preprocess bgr = input_of([](auto& o) { o.channels = image::ChannelOrder::bgr; });
  CHECK(bgr.order == image::ChannelOrder::bgr);
  CHECK(bgr.mean == std::array{0.406, 0.456, 0.485});  // the preset's mean stays with its colours
  CHECK(input_of([](auto& o) { o.std = "0.5"; }).std == std::array{0.5, 0.5, 0.5});
  CHECK(input_of([](auto& o) { o.std = "0.5,0.4,0.3"; }).std == std::array{0.5, 0.4, 0.3});
  const image::Preprocess bytes = input_of([](auto& o) {
    o.scale = 1;
    o.mean = "123,117,104";
    o.std = "58,57,57";
  });
  CHECK(bytes.scale == 1);
  CHECK(bytes.mean == std::array{123.0, 117.0, 104.0});
  CHECK(bytes.std == std::array{58.0, 57.0, 57.0});
  const image::Preprocess wide = input_of([](auto& o) { o.resize = "10x12"; });
  CHECK(wide.rule == image::ResizeRule::squash);
  CHECK(wide.resize == Size2{10, 12});
  const image::Preprocess shorter = input_of([](auto& o) { o.resize = "11"; });
  CHECK(shorter.rule == image::ResizeRule::shorter_side);
  CHECK(shorter.resize == Size2{11, 11});
  const auto error = [&](const std::function<void(ImportOptions&)>& change) {
    const std::string message = message_of<ModelError>([&] { input_of(change); });
    return message.substr(message.find("onnx: ") + 6);
  };
  CHECK(error([](auto& o) { o.std = "58,57,57"; }) ==
        "std: has 58, but the network's numbers of a photo are 0 to 1; divide the numbers by 255");
  CHECK(error([](auto& o) { o.std = "0"; }) == "std: must be greater than 0");
  CHECK(error([](auto& o) { o.std = "1,2"; }) ==
        "std: '1,2' is neither one number nor three, red,green,blue");
  CHECK(error([](auto& o) { o.resize = "7"; }) == "resize: '7' is less than the input of 8 x 8");
  CHECK(error([](auto& o) { o.resize = "9x"; }) ==
        "resize: '9x' is neither one size, for the shorter side, nor HEIGHTxWIDTH");
  CHECK(error([](auto& o) { o.channels = image::ChannelOrder::grey; }) ==
        "channels: the network has 3 channels; rgb and bgr fit");
  CHECK(error([](auto& o) {
          o.preset = "caffe";
          o.mean = "104,117,123";
          o.scale = 0.017;
        })
            .ends_with(
                "for Caffe's scale, which multiplies after the mean, give --std 58.8235 instead of --scale"));
}

TEST_CASE("a network of one channel gets grey photos") {
  OnnxMaker maker(13);
  maker.input("x", {0, 1, 2, 2}).output("y").floats("w", {2, 4});
  maker.node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "w"}, {"y"}, {{"transB", 1}});
  const Model model = opened(maker);
  const image::Preprocess& input = model.description.input;
  CHECK(input.order == image::ChannelOrder::grey);
  CHECK(image::channels(input) == 1);
  CHECK(input.mean[0] == 0);
  CHECK(model.notes.at(0) ==
        "the file does not say how photos are prepared: as torchvision does, in grey, without a mean");
  const image::Image photo{2, 2, {10, 200, 30, 255, 0, 0, 0, 255, 0, 0, 0, 255}};
  image::Preprocess plain = input;
  plain.resize = {2, 2};
  std::array<float, 4> grey{};
  image::normalise(image::resize_and_crop(photo, plain), plain, grey.data());
  // Pillow's "L": (19595 R + 38470 G + 7471 B + 32768) >> 16
  CHECK(grey == std::array{124.0F / 255, 76.0F / 255, 150.0F / 255, 29.0F / 255});
  ImportOptions options;
  options.mean = "0.1307";
  options.std = "0.3081";
  const image::Preprocess mnist = opened(maker, options).description.input;
  CHECK(mnist.mean[0] == 0.1307);
  CHECK(mnist.std[0] == 0.3081);
}
