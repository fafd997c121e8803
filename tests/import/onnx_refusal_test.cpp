// ONNX files that are refused, with the reason and the name of the faulty part.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "import/onnx_reading.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

struct Case {
  const char* name;
  OnnxMaker maker;
  std::string message;  // expected message, from the field on
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(refusal(one.maker) == one.message);
  }
}

// x (N x 3 x 7 x 5) -> conv1 -> c -> relu1 -> y
OnnxMaker small(int opset = 13) {
  OnnxMaker maker(opset);
  maker.input("x", {0, 3, 7, 5}).output("y").floats("w", {2, 3, 3, 3}).floats("b", {2});
  return maker.node("Conv", {"x", "w", "b"}, {"c"}, {}, "conv1").node("Relu", {"c"}, {"y"}, {}, "relu1");
}

OnnxMaker with(OnnxMaker maker, const std::function<void(onnx::ModelProto&)>& change) {
  change(maker.model);
  return maker;
}

// Returns the small graph with another node instead of relu1, and initializers for it.
OnnxMaker then(int opset, const std::string& type, const Names& inputs,
               const OnnxAttributes& attributes = {}) {
  OnnxMaker maker(opset);
  maker.input("x", {0, 3, 7, 5})
      .output("y")
      .floats("w", {2, 3, 3, 3})
      .floats("one", {1}, {1})
      .floats("two", {2});
  maker.integers("shape", {2, -1})
      .integers("axes", {7})
      .integers("pads", {0, 1, 0, 0, 0, 0, 0, 0})
      .truth("true", true);
  maker.node("Conv", {"x", "w"}, {"c"}, {}, "conv1").node(type, inputs, {"y"}, attributes, "n");
  return maker;
}

// x (N x 4) -> Gemm with an initializer of these dimensions.
OnnxMaker gemm(const Dims& w, const OnnxAttributes& attributes = {}, const Dims& c = {}) {
  OnnxMaker maker(13);
  maker.input("x", {0, 4}).output("y").floats("w", w);
  if (!c.empty()) maker.floats("c", c);
  return maker.node("Gemm", c.empty() ? Names{"x", "w"} : Names{"x", "w", "c"}, {"y"}, attributes, "fc");
}

onnx::TensorProto& first_initializer(onnx::ModelProto& model) {
  return *model.mutable_graph()->mutable_initializer(0);
}

// Returns the small graph with weights in a separate file.
OnnxMaker external(const std::vector<std::pair<std::string, std::string>>& entries) {
  return with(small(), [&](onnx::ModelProto& model) {
    onnx::TensorProto& w = first_initializer(model);
    w.clear_raw_data();
    w.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : entries) {
      auto& entry = *w.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
  });
}

constexpr const char* kNoOtherBranches =
    "supported is a graph without branches, except for convolutions that read one tensor and meet in one "
    "Concat";
constexpr const char* kNoBranches = "supported is a graph without branches";

}  // namespace

TEST_CASE("an invalid ONNX file is refused with the reason") {
  const TempDir dir;
  const auto message = [&](const std::string& bytes) {
    const auto file = dir.write("model.onnx", bytes);
    return message_of<ModelError>([&] { read_file(file); }).substr(file.string().size() + 2);
  };
  const std::string good = small().bytes();
  CHECK(message("") == "is empty");
  CHECK(message("PK\x03\x04") == "is not an ONNX file, or is damaged: it is not a Protocol Buffers message");
  CHECK(message(good.substr(0, good.size() - 20)) ==
        "is not an ONNX file, or is damaged: it is not a Protocol Buffers message");
  CHECK(message("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
            .starts_with("is a Git LFS pointer"));
  CHECK(message("\x08\x07") == "graph: is missing: the file is not an ONNX file");
}

TEST_CASE("an ONNX file of 2 GiB is refused before it is read") {
  const TempDir dir;
  const auto file = dir.write("model.onnx", small().bytes());
  fs::resize_file(file, std::uintmax_t{1} << 31U);  // sparse: takes no disk space
  CHECK(message_of<ModelError>([&] { read_file(file); }) ==
        file.string() +
            ": has 2147483648 bytes; ONNX files of 2 GiB and more keep their weights in files beside them");
}

TEST_CASE("opsets other than 7 to 22 are refused by number") {
  check({{"6", small(6), "opset_import: opset 6 is not supported; 7 to 22 are"},
         {"23", small(23), "opset_import: opset 23 is not supported; 7 to 22 are"},
         {"none", with(small(), [](auto& m) { m.clear_opset_import(); }),
          "opset_import: has no version of ONNX's operators"},
         {"of others alone",
          with(small(), [](auto& m) { m.mutable_opset_import(0)->set_domain("ai.onnx.ml"); }),
          "opset_import: has no version of ONNX's operators"}});
  for (int opset = 7; opset <= 22; ++opset) CHECK(refusal(small(opset)) == "no error");
}

TEST_CASE("an unsupported operator is refused with its node and the opset") {
  check({{"Resize", then(11, "Resize", {"c"}), "nodes.n: operator 'Resize' (opset 11) is not supported"},
         {"without a name",
          with(then(11, "Resize", {"c"}), [](auto& m) { m.mutable_graph()->mutable_node(1)->clear_name(); }),
          "nodes[1]: operator 'Resize' (opset 11) is not supported"},
         {"of another domain",
          with(small(), [](auto& m) { m.mutable_graph()->mutable_node(1)->set_domain("com.microsoft"); }),
          "nodes.relu1: operator 'com.microsoft.Relu' (opset 13) is not supported"},
         {"with control characters", then(11, "\x1B[31m", {"c"}),
          "nodes.n: operator '\\x1b[31m' (opset 11) is not supported"},
         {"a subgraph",
          with(then(11, "Loop", {"c"}),
               [](auto& m) {
                 auto& attribute = *m.mutable_graph()->mutable_node(1)->add_attribute();
                 attribute.set_name("then_branch");
                 attribute.set_type(onnx::AttributeProto::GRAPH);
                 attribute.mutable_g()->add_node()->set_op_type("If");
               }),
          "nodes.n: operator 'Loop' (opset 11) is not supported"}});
}

TEST_CASE("graphs that are nested 2,000 deep are refused as damaged") {
  std::string inner;
  const auto wrap = [&inner](int field) {
    std::string head(1, static_cast<char>(field << 3 | 2));
    std::size_t size = inner.size();
    for (; size >= 0x80; size >>= 7U) head += static_cast<char>(size | 0x80U);
    inner.insert(0, head + static_cast<char>(size));
  };
  for (int i = 0; i < 2000; ++i) {
    wrap(5);  // NodeProto.attribute
    wrap(1);  // GraphProto.node
    wrap(6);  // AttributeProto.g
  }
  const auto nested = with(small(), [&](onnx::ModelProto& model) {
    onnx::NodeProto& node = *model.mutable_graph()->mutable_node(1);
    node.GetReflection()->MutableUnknownFields(&node)->AddLengthDelimited(5, inner);
  });
  CHECK(refusal(nested) == "is not an ONNX file, or is damaged: it is not a Protocol Buffers message");
}

TEST_CASE("a graph without an input or with several inputs is refused") {
  check({{"none", with(small(), [](auto& m) { m.mutable_graph()->clear_input(); }),
          "graph.input: there is none"},
         {"two", small().input("z", {0, 3}),
          "graph.input: 'x' and 'z' are two inputs; supported is one, the photo"},
         {"a node without inputs", then(13, "Relu", {}), "nodes.n: Relu of constants is not supported"},
         {"a Gemm without inputs", then(13, "Gemm", {}), "nodes.n: Gemm of constants is not supported"},
         {"no dimensions", with(small(), [](auto& m) { m.mutable_graph()->mutable_input(0)->clear_type(); }),
          "graph.input.x: is not a tensor of floating-point numbers"},
         {"one dimension", OnnxMaker(13).input("x", {3}).output("y").node("Relu", {"x"}, {"y"}),
          "graph.input.x: has 1 dimensions; a batch of photos has 4: N x C x H x W"},
         {"a size that is not fixed",
          OnnxMaker(13).input("x", {0, 3, 0, 5}).output("y").node("Relu", {"x"}, {"y"}),
          "graph.input.x: its dimension 2, 'd2', is not fixed; export the model for one size of photos, or "
          "give the size with --crop"},
         {"too large",
          OnnxMaker(13).input("x", {0, 65535, 65535, 65535}).output("y").node("Relu", {"x"}, {"y"}),
          "graph.input.x: shape 1 x 65535 x 65535 x 65535 has more than 2147483647 elements"},
         {"too wide", OnnxMaker(13).input("x", {0, 1, 1, 65536}).output("y").node("Relu", {"x"}, {"y"}),
          "graph.input.x: its dimension 3 is 65536, must be at most 65535"},
         {"whole numbers",
          with(small(),
               [](auto& m) {
                 m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
                     onnx::TensorProto::UINT8);
               }),
          "graph.input.x: is not a tensor of floating-point numbers"}});
}

TEST_CASE("a graph that is not a sequence is refused with the node") {
  const auto swap = [](auto& m) { m.mutable_graph()->mutable_node()->SwapElements(0, 1); };
  const auto feed = [](const char* name) {
    return [name](auto& m) { m.mutable_graph()->mutable_node(0)->set_input(0, name); };
  };
  const auto relu = [](OnnxMaker maker, const char* from) {
    return maker.node("Relu", {from}, {"z"}, {}, "relu2");
  };
  check({{"a cycle", with(small(), feed("y")),
          "nodes.conv1: its input 'y' is made by nodes.relu1, not before it: a cycle, or nodes out of order"},
         {"out of order", with(small(), swap),
          "nodes.relu1: its input 'c' is made by nodes.conv1, not before it: a cycle, or nodes out of order"},
         {"on itself", with(small(), feed("c")),
          "nodes.conv1: its input 'c' is made by nodes.conv1, not before it: a cycle, or nodes out of order"},
         {"from nowhere", with(small(), feed("\n")),
          "nodes.conv1: its input '\\n' is not an output of any node"},
         {"a branch", relu(small(), "c"),
          std::string("nodes.relu1: is one of several nodes that depend on 'c'; ") + kNoOtherBranches},
         {"the input again", relu(small(), "x"),
          std::string("nodes.relu2: is one of several nodes that depend on 'x'; ") + kNoOtherBranches},
         {"twice", then(13, "Add", {"c", "c"}), std::string("nodes.n: uses 'c' twice; ") + kNoBranches},
         {"a second output",
          OnnxMaker(13)
              .input("x", {0, 3})
              .output("y")
              .node("Dropout", {"x"}, {"d", "mask"}, {}, "drop")
              .node("Relu", {"mask"}, {"y"}, {}, "relu1"),
          "nodes.relu1: its input 'mask' is a second output of nodes.drop, which is not supported"},
         {"made twice",
          with(relu(small(), "y"), [](auto& m) { m.mutable_graph()->mutable_node(2)->set_output(0, "c"); }),
          "nodes.relu2: makes 'c', which has two producers"},
         {"an initializer made",
          with(small(), [](auto& m) { m.mutable_graph()->mutable_node(1)->set_output(0, "w"); }),
          "nodes.relu1: makes 'w'; it is already there"},
         {"no output", with(small(), [](auto& m) { m.mutable_graph()->mutable_node(1)->clear_output(); }),
          "nodes.relu1: has no output"}});
}

TEST_CASE("a graph has one output, made by the last node, and at least one layer") {
  check({{"none", with(small(), [](auto& m) { m.mutable_graph()->clear_output(); }),
          "graph.output: there are 0; supported is one"},
         {"two", small().output("c"), "graph.output: there are 2; supported is one"},
         {"another", with(small(), [](auto& m) { m.mutable_graph()->mutable_output(0)->set_name("c"); }),
          "graph.output: 'c' is not what the last node makes, 'y'"},
         {"no layers", OnnxMaker(13).input("x", {0, 3}).output("y").node("Identity", {"x"}, {"y"}),
          "graph.node: none of them is a layer"},
         {"no nodes", OnnxMaker(13).input("x", {0, 3}).output("x"), "graph.node: none of them is a layer"}});
}

TEST_CASE("tensors whose dimensions and data disagree are refused before memory is allocated") {
  const auto w = [](const std::function<void(onnx::TensorProto&)>& change) {
    return with(small(), [&](onnx::ModelProto& model) { change(first_initializer(model)); });
  };
  check({{"2^62 x 8", w([](auto& t) {
            t.set_dims(0, std::int64_t{1} << 62);
            t.set_dims(1, 8);
          }),
          "initializers.w: shape 4611686018427387904 x 8 x 3 x 3 has more than 2147483647 elements"},
         {"negative", w([](auto& t) { t.set_dims(0, -2); }),
          "initializers.w: shape -2 x 3 x 3 x 3 has a dimension below 1"},
         {"100 dimensions", w([](auto& t) {
            for (int i = 0; i < 96; ++i) t.add_dims(1);
          }),
          "initializers.w: has 100 dimensions, more than 64"},
         {"too little raw data", w([](auto& t) { t.mutable_raw_data()->pop_back(); }),
          "initializers.w: has 215 bytes, but its shape 2 x 3 x 3 x 3 takes 216"},
         {"too much raw data", w([](auto& t) { t.mutable_raw_data()->push_back('\0'); }),
          "initializers.w: has 217 bytes, but its shape 2 x 3 x 3 x 3 takes 216"},
         {"too few numbers", w([](auto& t) {
            t.clear_raw_data();
            t.add_float_data(1);
          }),
          "initializers.w: has 1 numbers, but its shape 2 x 3 x 3 x 3 takes 54"},
         {"too few halves", w([](auto& t) {
            t.clear_raw_data();
            t.set_data_type(onnx::TensorProto::FLOAT16);
            t.add_int32_data(1);
          }),
          "initializers.w: has 1 numbers, but its shape 2 x 3 x 3 x 3 takes 54"},
         {"strings", w([](auto& t) { t.set_data_type(onnx::TensorProto::STRING); }),
          "initializers.w: data type STRING is not supported"},
         {"of no type", w([](auto& t) { t.set_data_type(99); }), "initializers.w: data type 99 is unknown"},
         {"a segment", w([](auto& t) { t.mutable_segment()->set_begin(0); }),
          "initializers.w: is a segment of a larger tensor, which is not supported"},
         {"twice", small().floats("b", {2}), "initializers.b: occurs twice"},
         {"sparse", with(small(), [](auto& m) { m.mutable_graph()->add_sparse_initializer(); }),
          "graph.sparse_initializer: is not supported"}});
}

TEST_CASE("external data of an ONNX file outside its folder is refused") {
  const TempDir dir;
  fs::create_directory(dir.path() / "model");
  dir.write("secret", std::string(216, '\0'));
  fs::create_symlink(dir.path() / "secret", dir.path() / "model/link");
  fs::create_directory_symlink(dir.path(), dir.path() / "model/up");
  const auto message = [&](const std::string& location) {
    const auto file = dir.write("model/model.onnx", external({{"location", location}}).bytes());
    const std::string prefix = file.string() + ": initializers.w.external_data.location: ";
    const std::string text = message_of<ModelError>([&] { read_file(file); });
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  };
  CHECK(message("../secret") == "'../secret' leads out of the model's folder");
  CHECK(message("a/../../secret") == "'a/../../secret' leads out of the model's folder");
  CHECK(message((dir.path() / "secret").string())
            .ends_with("is absolute; it must be inside the model's folder"));
  CHECK(message("link") == "'link' is a link that leads out of the model's folder");
  CHECK(message("up/secret") == "'up/secret' is a link that leads out of the model's folder");
  CHECK(message(std::string("link\0", 5)) == "'link\\x00' holds a NUL");
  CHECK(message("") == "is missing");
  CHECK(message(".") == (dir.path() / "model/.").string() + ": is a folder; name a file");
  CHECK(message("none").ends_with("model/none: cannot be opened: No such file or directory; check the name"));
}

TEST_CASE("offsets and lengths of external data are checked against the file and the shape") {
  const TempDir dir;
  dir.write("w.bin", std::string(220, '\0'));
  const auto message = [&](const char* offset, const char* length) {
    const auto file = dir.write(
        "model.onnx", external({{"location", "w.bin"}, {"offset", offset}, {"length", length}}).bytes());
    const std::string text = message_of<ModelError>([&] { read_file(file); });
    const std::string prefix = file.string() + ": initializers.w.external_data";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  };
  CHECK(message("4", "216") == "no error");
  CHECK(message("5", "216") == ": 216 bytes from offset 5 on reach past the end of 'w.bin', which has 220");
  CHECK(message("-4", "216") == ".offset: '-4' is not a number of bytes");
  CHECK(message("18446744073709551615", "216") ==
        ": 216 bytes from offset 18446744073709551615 on reach past the end of 'w.bin', which has 220");
  CHECK(message("18446744073709551616", "216") == ".offset: '18446744073709551616' is not a number of bytes");
  CHECK(message("0", "-1") == ".length: '-1' is not a number of bytes");
  CHECK(message("0", "217") == ".length: is 217, but the shape takes 216 bytes");
  CHECK(message("", "216") == ".offset: '' is not a number of bytes");
}

TEST_CASE("a ConstantOfShape of several gigabytes is refused before memory is allocated") {
  const auto bomb = [](const Dims& shape) {
    OnnxMaker maker(13);
    maker.input("x", {0, shape[0]}).output("y").integers("shape", shape);
    return maker.node("ConstantOfShape", {"shape"}, {"w"}, {}, "bomb")
        .node("MatMul", {"x", "w"}, {"y"}, {}, "fc");
  };
  OnnxMaker many(13);
  many.input("x", {0, 8192})
      .output("y")
      .integers("shape", {8192, 8192})
      .node("ConstantOfShape", {"shape"}, {"w"});
  std::string from = "x";
  for (int i = 0; i < 5; ++i) {
    const std::string to = i == 4 ? "y" : "y" + std::to_string(i);
    many.node("MatMul", {from, "w"}, {to}, {}, "fc" + std::to_string(i));
    from = to;
  }
  check({{"over the most elements", bomb({65535, 65535}),
          "nodes.bomb: shape 65535 x 65535 has more than 2147483647 elements"},
         {"over 2^63", bomb({65535, std::int64_t{1} << 62U}),
          "nodes.bomb: shape 65535 x 4611686018427387904 has more than 2147483647 elements"},
         {"over 1 GiB", bomb({32768, 32768}),
          "nodes.fc: asks for 1073741824 numbers made of others: over 268435456 in all"},
         {"in parts", many, "nodes.fc4: asks for 67108864 numbers made of others: over 268435456 in all"}});
}

TEST_CASE("matrix products of unsupported shapes are refused") {
  const Dims none;
  check({{"rank 1", gemm({4}), "nodes.fc: its second input has the shape 4, must be a matrix"},
         {"rank 0", with(gemm({1}), [](auto& m) { first_initializer(m).clear_dims(); }),
          "nodes.fc: its second input has the shape scalar, must be a matrix"},
         {"rank 3", gemm({1, 4, 2}), "nodes.fc: its second input has the shape 1 x 4 x 2, must be a matrix"},
         {"sizes", gemm({5, 2}), "nodes.fc: multiplies 4 columns by 5 rows"},
         {"turned", gemm({4, 2}, {{"transB", 1}}), "nodes.fc: multiplies 4 columns by 2 rows"},
         {"transA", gemm({4, 2}, {{"transA", 1}}), "nodes.fc: transA is 1: it mixes the images of a batch"},
         {"one input",
          with(gemm({4, 2}),
               [](auto& m) { m.mutable_graph()->mutable_node(0)->mutable_input()->RemoveLast(); }),
          "nodes.fc: has no second matrix"},
         {"a bias for each image", gemm({4, 2}, {}, {3, 2}),
          "nodes.fc: its third input has the shape 3 x 2, must be 2, a bias for each output"},
         {"a bias of another size", gemm({4, 2}, {}, {4}),
          "nodes.fc: its third input has the shape 4, must be 2, a bias for each output"},
         {"alpha", gemm({4, 2}, {{"alpha", INFINITY}}), "nodes.fc: alpha is not a finite number"},
         {"of a map", then(13, "Gemm", {"c", "w"}),
          "nodes.n: its second input has the shape 2 x 3 x 3 x 3, must be a matrix"},
         {"the other order",
          OnnxMaker(13)
              .input("x", {0, 4})
              .output("y")
              .floats("w", {4, 4})
              .node("MatMul", {"w", "x"}, {"y"}, {}, "n"),
          "nodes.n: multiplies weights by what is computed from the photo; supported is the other order"},
         {"a map",
          OnnxMaker(13)
              .input("x", {0, 3, 2, 2})
              .output("y")
              .floats("w", {2, 2})
              .node("MatMul", {"x", "w"}, {"y"}, {}, "n"),
          "nodes.n: its first input is a batch of 3 x 2 x 2, must be a matrix: flatten it before"}});
}

TEST_CASE("nodes with unsupported parameters are refused with the reason") {
  const Dims two{2, 2};
  check({
      {"dilated pool", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"dilations", Dims{2, 1}}}),
       "nodes.n: dilations other than 1 are not supported"},
      {"column-major", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"storage_order", 1}}),
       "nodes.n: storage_order 1, column-major, is not supported"},
      {"no kernel", then(10, "MaxPool", {"c"}), "nodes.n: has no kernel_shape"},
      {"1-D", then(10, "MaxPool", {"c"}, {{"kernel_shape", Dims{2}}}),
       "nodes.n: kernel_shape has 1 numbers; only windows of two dimensions are supported"},
      {"kernel 0", then(10, "MaxPool", {"c"}, {{"kernel_shape", Dims{2, 0}}}),
       "nodes.n: kernel_shape holds 0, must be 1 to 65535"},
      {"stride 0",
       then(10, "MaxPool", {"c"},
            {{"kernel_shape", two}, {"strides", Dims{0, 1}}, {"auto_pad", std::string("SAME_UPPER")}}),
       "nodes.n: strides holds 0, must be 1 to 65535"},
      {"negative pad", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"pads", Dims{0, 0, -1, 0}}}),
       "nodes.n: pads holds -1, must be 0 to 65535"},
      {"two pads", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"pads", two}}),
       "nodes.n: pads has 2 numbers, must have 4"},
      {"auto_pad", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"auto_pad", std::string("SAME")}}),
       "nodes.n: auto_pad is 'SAME', must be NOTSET, VALID, SAME_UPPER or SAME_LOWER"},
      {"pads and auto_pad",
       then(10, "MaxPool", {"c"},
            {{"kernel_shape", two}, {"pads", Dims{0, 1, 0, 1}}, {"auto_pad", std::string("VALID")}}),
       "nodes.n: has both pads and auto_pad"},
      {"large pool", then(10, "MaxPool", {"c"}, {{"kernel_shape", Dims{9, 9}}}),
       "nodes.n: kernel_shape: a window of 9 x 9 does not fit the input of 5 x 3 with pad 0 x 0: the output "
       "would "
       "be empty"},
      {"ceil_mode too early", then(9, "MaxPool", {"c"}, {{"kernel_shape", two}, {"ceil_mode", 1}}),
       "nodes.n: MaxPool (opset 9) has no attribute 'ceil_mode'"},
      {"type of an attribute", then(10, "MaxPool", {"c"}, {{"kernel_shape", 2}}),
       "nodes.n: attribute kernel_shape is of type INT, must be INTS"},
      {"attribute twice", then(10, "MaxPool", {"c"}, {{"kernel_shape", two}, {"kernel_shape", two}}),
       "nodes.n: attribute kernel_shape occurs twice"},
      {"weights from the photo", then(13, "Conv", {"w", "c"}),
       "nodes.n: must have what is computed from the photo as its first input"},
      {"weights for other channels", then(13, "Conv", {"c", "w"}),
       "nodes.n: its weights have the shape 2 x 3 x 3 x 3, in 1 groups, but its input has 2 channels"},
      {"bias of another size",
       OnnxMaker(13)
           .input("x", {0, 3, 7, 5})
           .output("y")
           .floats("w", {2, 3, 1, 1})
           .floats("b", {3})
           .node("Conv", {"x", "w", "b"}, {"y"}, {}, "n"),
       "nodes.n: its bias has the shape 3, expected 2"},
      {"kernel_shape",
       OnnxMaker(13)
           .input("x", {0, 3, 7, 5})
           .output("y")
           .floats("w", {2, 3, 1, 1})
           .node("Conv", {"x", "w"}, {"y"}, {{"kernel_shape", two}}, "n"),
       "nodes.n: kernel_shape is not that of its weights, 2 x 3 x 1 x 1"},
      {"groups",
       OnnxMaker(13)
           .input("x", {0, 4, 7, 5})
           .output("y")
           .floats("w", {3, 2, 1, 1})
           .node("Conv", {"x", "w"}, {"y"}, {{"group", 2}}, "n"),
       "nodes.n: group: 2 does not divide the 3 output channels"},
      {"1-D convolution",
       OnnxMaker(13)
           .input("x", {0, 3, 7})
           .output("y")
           .floats("w", {2, 3, 3})
           .node("Conv", {"x", "w"}, {"y"}, {}, "n"),
       "nodes.n: its input is a batch of 3 x 7; supported are those of channels x height x width"},
      {"an addend of another shape", then(13, "Add", {"c", "two"}),
       "nodes.n: adds 2 to a batch of 2 x 5 x 3; supported is a bias, one number for each channel"},
      {"statistics", then(13, "BatchNormalization", {"c", "two", "two", "one", "two"}),
       "nodes.n: running_mean has the shape 1, expected 2"},
      {"fewer statistics", then(13, "BatchNormalization", {"c", "two"}), "nodes.n: has no bias"},
      {"training", then(14, "BatchNormalization", {"c", "two", "two", "two", "two"}, {{"training_mode", 1}}),
       "nodes.n: training_mode must be 0: photos are classified, not trained on"},
      {"spatial", then(8, "BatchNormalization", {"c", "two", "two", "two", "two"}, {{"spatial", 0}}),
       "nodes.n: spatial is 0: statistics for each position are not supported"},
      {"training dropout", then(12, "Dropout", {"c", "one", "true"}),
       "nodes.n: training_mode must be false: photos are classified, not trained on"},
      {"dropout of all", then(12, "Dropout", {"c", "one"}),
       "nodes.n: ratio: must be at least 0 and less than 1"},
      {"size of a norm", then(13, "LRN", {"c"}), "nodes.n: size is 0, must be 1 to 2147483647"},
      {"a limit that is none", then(10, "Clip", {"c"}, {{"min", NAN}}), "nodes.n: a limit is not a number"},
      {"limits of two", then(11, "Clip", {"c", "two"}), "nodes.n: min has the shape 2, must be one number"},
      {"limits of whole numbers", then(11, "Clip", {"c", "axes"}),
       "nodes.n: min: dtype I64 cannot be used; expected F32, F16, BF16, F64 or I8"},
      {"padded channels", then(13, "Pad", {"c", "pads"}),
       "nodes.n: pads the batch or the channels, which is not supported"},
      {"a Pad at the end", then(9, "Pad", {"c"}, {{"pads", Dims{0, 0, 1, 1, 0, 0, 1, 1}}}),
       "nodes.n: a Pad is supported right before a convolution or a pool only"},
      {"a Pad that reflects",
       then(9, "Pad", {"c"}, {{"pads", Dims{0, 0, 1, 1, 0, 0, 1, 1}}, {"mode", std::string("reflect")}}),
       "nodes.n: mode 'reflect' is not supported; constant is"},
      {"a Pad of four", then(9, "Pad", {"c"}, {{"pads", Dims{0, 0, 1, 1}}}),
       "nodes.n: must have 8 pads: two for each dimension"},
      {"another form", then(13, "Reshape", {"c", "shape"}),
       "nodes.n: gives the shape 2 x 15; supported are a batch of 1, channels, and up to two more "
       "dimensions"},
      {"no such form", then(13, "Reshape", {"c", "axes"}), "nodes.n: cannot give 1 x 2 x 5 x 3 the shape 7"},
      {"a form of numbers", then(13, "Reshape", {"c", "two"}),
       "nodes.n: shape is F32 of the shape 2, must be a list of at most 64 int64"},
      {"no such axis", then(13, "Squeeze", {"c", "axes"}), "nodes.n: axis 7 is none of the 4 dimensions"},
      {"transposed", then(13, "Transpose", {"c"}),
       "nodes.n: transposes what is computed from the photo; supported is the transpose of weights, and the "
       "change between N x C x H x W and N x H x W x C"},
      {"constants alone", then(13, "Relu", {"w"}), "nodes.n: Relu of constants is not supported"},
      {"no constant",
       with(then(13, "Relu", {"c"}),
            [](auto& m) {
              m.mutable_graph()->add_node()->set_op_type("Constant");
              m.mutable_graph()->mutable_node(2)->add_output("k");
            }),
       "nodes[2]: has 0 attributes, must have one"},
      {"after LogSoftmax",
       with(then(13, "LogSoftmax", {"c"}, {{"axis", 1}}),
            [](auto& m) {
              auto& node = *m.mutable_graph()->add_node();
              node.set_op_type("Relu");
              node.add_input("y");
              node.add_output("z");
            }),
       "nodes[2]: follows the LogSoftmax nodes.n, which is supported as the last layer only"},
  });
}

TEST_CASE("inputs that an operator does not have are refused") {
  check({{"limits of an older Clip", then(10, "Clip", {"c", "one", "one"}),
          "nodes.n: Clip (opset 10) takes no input 2, 'one'"},
         {"a second input of Relu", then(13, "Relu", {"c", "one"}),
          "nodes.n: Relu (opset 13) takes no input 2, 'one'"},
         {"pads of an older Pad", then(10, "Pad", {"c", "pads"}, {{"pads", Dims{0, 0, 0, 0, 0, 0, 0, 0}}}),
          "nodes.n: Pad (opset 10) takes no input 2, 'pads'"},
         {"of a constant", then(13, "Identity", {"w", "one"}),
          "nodes.n: Identity (opset 13) takes no input 2, 'one'"},
         {"a sixth statistic", then(13, "BatchNormalization", {"c", "two", "two", "two", "two", "one"}),
          "nodes.n: BatchNormalization (opset 13) takes no input 6, 'one'"}});
  CHECK(refusal(then(13, "Relu", {"c", ""})) == "no error");  // omitted
}

TEST_CASE("attributes are accepted only in the opsets that define them") {
  const auto at = [](int opset, const std::string& type, const Names& more,
                     const OnnxAttributes& attributes) {
    Names inputs{"c"};
    inputs.insert(inputs.end(), more.begin(), more.end());
    const std::string message = refusal(then(opset, type, inputs, attributes));
    return message.find("has no attribute") == std::string::npos;
  };
  const Names statistics(4, "two");
  const auto last = [&at](int opset, const std::string& type, const Names& more,
                          const OnnxAttributes& attributes) {
    return at(opset, type, more, attributes) && !at(opset + 1, type, more, attributes);
  };
  CHECK(last(8, "BatchNormalization", statistics, {{"spatial", 1}}));
  CHECK(last(10, "Clip", {}, {{"min", 0.0F}}));
  CHECK(last(10, "Pad", {}, {{"pads", Dims{0, 0, 0, 0, 0, 0, 0, 0}}}));
  CHECK(last(11, "Dropout", {}, {{"ratio", 0.5F}}));
  CHECK(last(12, "Squeeze", {}, {{"axes", Dims{0}}}));
  CHECK(last(12, "Unsqueeze", {}, {{"axes", Dims{0}}}));
  const auto first = [&at](int opset, const std::string& type, const Names& more,
                           const OnnxAttributes& attributes) {
    return at(opset, type, more, attributes) && !at(opset - 1, type, more, attributes);
  };
  CHECK(first(10, "AveragePool", {}, {{"kernel_shape", Dims{2, 2}}, {"ceil_mode", 1}}));
  CHECK(first(10, "MaxPool", {}, {{"kernel_shape", Dims{2, 2}}, {"ceil_mode", 1}}));
  CHECK(first(14, "BatchNormalization", statistics, {{"training_mode", 0}}));
}

TEST_CASE("metadata that write_onnx stores is checked like a network.json") {
  const auto written = [](const std::string& key, const std::string& value) {
    return with(small(), [&](onnx::ModelProto& model) {
      auto& entry = *model.add_metadata_props();
      entry.set_key(key);
      entry.set_value(value);
    });
  };
  check({{"no JSON", written("alexnet.network", "{"),
          "metadata_props.alexnet.network: line 1, column 2: unexpected end of input; expected string "
          "literal, near '{'"},
         {"labels", written("alexnet.labels", "a\nb\n"),
          "metadata_props.alexnet.labels: has 2 labels, but the network has 30 outputs"}});
}
