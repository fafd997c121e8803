// operators CASES EXPECTED FOLDER: runs the single-operator cases that ONNX publishes (Debian:
// libonnx-testdata) for the supported operators. Prints one line per case: passed, unsupported with the
// reason, or failed. The output must equal EXPECTED. To make the cases look like files of exporters,
// - weights, which are graph inputs there, become initializers: all inputs except the first;
// - cases before opset 7 are read as opset 7, whose operators differ only in attributes that were removed;
// - a Dropout, which changes nothing, is appended if there would be no other layer.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "import/readers.hpp"

using namespace alexnet;
namespace fs = std::filesystem;

namespace {

constexpr double kTolerance = 1e-5;  // relative to the maximum, which is at least 1

const std::set<std::string> kNoLayers{"Constant", "Flatten",   "Identity", "Reshape",
                                      "Squeeze",  "Transpose", "Unsqueeze"};
const std::set<std::string> kLayers{
    "Add",  "AveragePool", "BatchNormalization", "Clip",       "ConstantOfShape", "Conv",    "Dropout",
    "Gemm", "LRN",         "GlobalAveragePool",  "LogSoftmax", "MatMul",          "MaxPool", "Pad",
    "Relu", "Softmax"};

template <class Message>
Message read_message(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  Message message;
  if (!message.ParseFromIstream(&in)) throw std::runtime_error(file.string() + " cannot be read");
  return message;
}

onnx::TensorProto read_tensor(const fs::path& folder, const char* what, int i) {
  return read_message<onnx::TensorProto>(folder / "test_data_set_0" / (what + std::to_string(i) + ".pb"));
}

std::vector<float> floats(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) throw std::runtime_error("the data is not float32");
  if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  return values;
}

bool uses_known_operators(const onnx::GraphProto& graph) {
  return graph.node_size() > 0 && std::ranges::all_of(graph.node(), [](const onnx::NodeProto& node) {
           return node.domain().empty() &&
                  (kLayers.contains(node.op_type()) || kNoLayers.contains(node.op_type()));
         });
}

// Converts a model to opset 7, which removed `broadcast` (implied now) and `is_test`.
void lift(onnx::ModelProto& model) {
  if (model.opset_import(0).version() >= 7) return;
  model.mutable_opset_import(0)->set_version(7);
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    auto& attributes = *node.mutable_attribute();
    attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                    [](const onnx::AttributeProto& a) {
                                      return (a.name() == "broadcast" || a.name() == "is_test") && a.i() == 1;
                                    }),
                     attributes.end());
  }
}

void add_dropout(onnx::GraphProto& graph) {
  if (!std::ranges::all_of(graph.node(), [](const auto& node) { return kNoLayers.contains(node.op_type()); }))
    return;
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type("Dropout");
  node.add_input(graph.output(0).name());
  node.add_output("passed on");
  graph.mutable_output(0)->set_name("passed on");
}

void make_initializers(const fs::path& folder, onnx::GraphProto& graph) {
  std::set<std::string> known;
  for (const auto& tensor : graph.initializer()) known.insert(tensor.name());
  int input = 0;
  for (const onnx::ValueInfoProto& info : graph.input()) {
    if (known.contains(info.name())) continue;
    if (input > 0) {
      onnx::TensorProto& weight = *graph.add_initializer();
      weight = read_tensor(folder, "input_", input);
      weight.set_name(info.name());
    }
    ++input;
  }
}

// Returns the maximum difference between the network's output and the expected one, relative to its maximum.
double difference(Model& model, const onnx::TensorProto& input, const std::vector<float>& expected,
                  bool logarithms) {
  const Network network(model.description.layers, std::move(model.weights));
  const std::vector<float> x = floats(input);
  const std::size_t batch = x.size() / network.input_shape().count();
  if (batch * network.input_shape().count() != x.size()) throw std::runtime_error("the input's size differs");
  Workspace workspace(network, static_cast<int>(batch));
  std::ranges::copy(x, workspace.input().begin());
  const std::span<const float> y = network.forward(workspace, static_cast<int>(batch));
  if (y.size() != expected.size()) throw std::runtime_error("the output's size differs");
  double worst = 0;
  double greatest = 1;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double value = logarithms ? std::log(static_cast<double>(y[i])) : static_cast<double>(y[i]);
    const double off = std::abs(value - static_cast<double>(expected[i]));
    worst = std::isnan(off) ? INFINITY : std::max(worst, off);
    greatest = std::max(greatest, std::abs(static_cast<double>(expected[i])));
  }
  return worst / greatest;
}

std::string verdict(const fs::path& folder, onnx::ModelProto model, const fs::path& file) {
  onnx::GraphProto& graph = *model.mutable_graph();
  // The reader turns a final LogSoftmax into a softmax.
  const bool logarithms = graph.node().rbegin()->op_type() == "LogSoftmax";
  lift(model);
  add_dropout(graph);
  make_initializers(folder, graph);
  std::ofstream(file, std::ios::binary) << model.SerializeAsString();
  Model read;
  try {
    read = module<ProtobufModule>("protobuf").onnx(file, {});
  } catch (const ModelError& e) {
    return "unsupported: " + std::string(e.what()).substr(file.string().size() + 2);
  }
  try {
    const double off = difference(read, read_tensor(folder, "input_", 0),
                                  floats(read_tensor(folder, "output_", 0)), logarithms);
    return off <= kTolerance ? "passed" : "failed: differs by " + std::to_string(off);
  } catch (const std::exception& e) {
    return std::string("failed: ") + e.what();
  }
}

std::vector<fs::path> case_folders(const fs::path& all) {
  std::vector<fs::path> folders;
  for (const char* part : {"node", "pytorch-converted", "pytorch-operator", "simple"})
    for (const auto& entry : fs::directory_iterator(all / part)) folders.push_back(entry.path());
  std::ranges::sort(folders);
  return folders;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  int passed = 0;
  int unsupported = 0;
  int failed = 0;
  bool as_expected = true;
  std::ifstream table(argv[2]);
  std::string expected;
  for (const fs::path& folder : case_folders(argv[1])) {
    const auto model = read_message<onnx::ModelProto>(folder / "model.onnx");
    if (!uses_known_operators(model.graph())) continue;
    const std::string name = folder.filename().string();
    const std::string line = verdict(folder, model, fs::path(argv[3]) / (name + ".onnx"));
    (line == "passed" ? passed : line.starts_with("unsupported") ? unsupported : failed) += 1;
    std::getline(table, expected);
    const std::string row = folder.parent_path().filename().string() + "/" + name + ": " + line;
    if (row != expected || !table) std::printf("%s\n", row.c_str());
    as_expected = as_expected && row == expected && table;
  }
  if (std::getline(table, expected)) as_expected = false;
  if (!as_expected) std::printf("this is not what %s says\n", argv[2]);
  std::printf("ONNX's operator cases: %d passed, %d unsupported, %d failed\n", passed, unsupported, failed);
  return failed == 0 && passed > 0 && as_expected ? 0 : 1;
}
