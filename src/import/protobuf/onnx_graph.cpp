#include "import/protobuf/onnx_graph.hpp"

#include <algorithm>
#include <set>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/protobuf/onnx_branches.hpp"
#include "import/protobuf/onnx_lrn.hpp"
#include "import/protobuf/onnx_operators.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

using Constants = std::map<std::string, StoredTensor>;

Constants read_initializers(OnnxFile& file) {
  if (file.graph().sparse_initializer_size() > 0)
    throw ModelError(file.name(), "graph.sparse_initializer", "is not supported");
  Constants constants;
  for (const onnx::TensorProto& proto : file.graph().initializer()) {
    const std::string field = "initializers." + escape_for_terminal(proto.name(), kExcerpt);
    if (!constants.emplace(proto.name(), file.tensor(proto, field)).second)
      throw ModelError(file.name(), field, "occurs twice");
  }
  return constants;
}

// Returns the only input that is not an initializer. Older files list initializers as inputs too.
const onnx::ValueInfoProto& find_input(const OnnxFile& file, const Constants& initializers) {
  const onnx::ValueInfoProto* found = nullptr;
  for (const onnx::ValueInfoProto& input : file.graph().input()) {
    if (initializers.contains(input.name())) continue;
    if (found != nullptr)
      throw ModelError(file.name(), "graph.input",
                       in_quotes(found->name()) + " and " + in_quotes(input.name()) +
                           " are two inputs; supported is one, the photo");
    found = &input;
  }
  if (found == nullptr) throw ModelError(file.name(), "graph.input", "there is none");
  return *found;
}

// Returns the dimensions of the input, batch first. The batch is 1 if it is not fixed.
Dims input_dims(const OnnxFile& file, const onnx::ValueInfoProto& input, std::optional<Size2> size,
                bool channels_last) {
  const std::string field = "graph.input." + escape_for_terminal(input.name(), kExcerpt);
  const auto fail = [&](const std::string& reason) { throw ModelError(file.name(), field, reason); };
  const auto& type = input.type().tensor_type();
  switch (type.elem_type()) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::DOUBLE:
      break;
    default:
      fail("is not a tensor of floating-point numbers");
  }
  const int rank = type.shape().dim_size();
  if (rank < 2 || rank > 4)
    fail("has " + std::to_string(rank) + " dimensions; a batch of photos has 4: N x C x H x W");
  Dims dims;
  for (const auto& dim : type.shape().dim()) {
    // Exporters write 0 or -1 for an unknown dimension without a name.
    const bool fixed = dim.dim_value() > 0;
    const std::size_t height = channels_last ? 1 : 2;
    if (!fixed && rank == 4 && size && (dims.size() == height || dims.size() == height + 1)) {
      dims.push_back(dims.size() == height ? size->h : size->w);
      continue;
    }
    if (!fixed && !dims.empty())
      fail("its dimension " + std::to_string(dims.size()) +
           (dim.has_dim_param() ? ", " + in_quotes(dim.dim_param()) + "," : "") +
           " is not fixed; export the model for one size of photos, or give the size with --crop");
    dims.push_back(fixed ? dim.dim_value() : 1);
  }
  constexpr std::int64_t kMostPixels = 65535;
  for (std::size_t i = 2; i < dims.size(); ++i)
    if (dims[i] > kMostPixels)
      fail("its dimension " + std::to_string(i) + " is " + std::to_string(dims[i]) + ", must be at most " +
           std::to_string(kMostPixels));
  check_dims(dims, file.name(), field);
  return dims;
}

constexpr const char* kSpent = "was used by a node before; supported is a graph without branches";

// Returns true if the photos have the shape N x H x W x C: the last dimension fits, the second does not, and
// a Transpose changes the order.
bool has_channels_last(const OnnxFile& file, const onnx::ValueInfoProto& input) {
  const auto& shape = input.type().tensor_type().shape();
  const auto is_colour = [](std::int64_t count) { return count == 1 || count == 3; };
  if (shape.dim_size() != 4 || !is_colour(shape.dim(3).dim_value()) || is_colour(shape.dim(1).dim_value()))
    return false;
  const auto turns = [](const onnx::NodeProto& node) {
    if (node.op_type() != "Transpose") return false;
    const Dims first{0, 3, 1, 2};
    return std::ranges::any_of(node.attribute(),
                               [&](const auto& a) { return std::ranges::equal(a.ints(), first); });
  };
  return std::ranges::any_of(file.graph().node(), turns);
}

// Returns true if the operator reads height x width x channels.
bool takes_channels_last(const std::string& type) {
  static const std::set<std::string> kTypes{
      "Add",     "Cast",      "Clip",       "Div",     "Dropout", "Flatten", "Identity", "Mul",      "Relu",
      "Reshape", "ReduceMax", "ReduceMean", "Softmax", "Squeeze", "Sub",     "Sigmoid",  "Transpose"};
  return kTypes.contains(type);
}

class Walk {
 public:
  Walk(OnnxFile& file, std::optional<Size2> size)
      : file_(file),
        constants_(read_initializers(file)),
        input_(find_input(file, constants_)),
        flow_(file, input_dims(file, input_, size, has_channels_last(file, input_)),
              has_channels_last(file, input_)),
        activation_(input_.name()) {
    shapes_[activation_] = batched(flow_);
    for (const onnx::NodeProto& node : file.graph().node()) count_reader(node);
  }

  OnnxFlow all() {
    for (int i = 0; i < file_.graph().node_size(); ++i) {
      OnnxNode node(file_, i);
      step(node);
    }
    finish();
    return std::move(flow_);
  }

 private:
  void step(OnnxNode& node) {
    const std::string& domain = node.proto().domain();
    OnnxOperator* const read = find_operator(node.type());
    OnnxConstant* const make = find_constant_operator(node.type());
    const bool known = read != nullptr || make != nullptr || lrn_ || node.type() == "Pow" ||
                       node.type() == "If" || (branches_ && node.type() == "Concat");
    if (!known || (!domain.empty() && domain != "ai.onnx")) node.fail_unsupported();
    if (node.proto().output_size() == 0 || node.proto().output(0).empty()) node.fail("has no output");
    if (node.type() == "Shape" && node.proto().input_size() == 1) {
      const auto shape = shapes_.find(node.proto().input(0));
      if (shape != shapes_.end()) {
        node.allow({"end", "start"});
        claim_outputs(node);
        constants_.emplace(node.proto().output(0), onnx_shape(node, shape->second));
        return;
      }
    }
    const std::vector<std::string> activations = resolve(node);
    if (node.type() == "If") {
      step_through_branch(node);
      return;
    }
    if (lrn_ && !activations.empty()) {
      if (lrn_->read(node, activations)) {
        lrn_->finish(flow_, node);
        lrn_.reset();
        use(node);
      } else {
        shapes_[node.proto().output(0)] = lrn_->dims();
      }
      return;
    }
    if (activations.empty()) {
      if (make == nullptr) node.fail(node.type() + " of constants is not supported");
      constants_.emplace(node.proto().output(0), make(node));
      node.refuse_further_inputs();
    } else if (!branches_ && OnnxLrn::begins(node, activations) && readers_[activations[0]] == 2) {
      lrn_.emplace(node, activation_, shapes_[activation_]);
    } else if (branches_ || readers_[activations[0]] > 1) {
      if (!branches_) branches_.emplace(activation_);
      step_in_branches(node, activations);
    } else {
      if (activations.size() > 1)
        node.fail("uses " + in_quotes(activation_) + " twice; supported is a graph without branches");
      require_first(node, activation_);
      if (read == nullptr) node.fail_unsupported();
      if (flow_.channels_last() && !takes_channels_last(node.type()))
        node.fail("reads height x width x channels; supported is that order before a Transpose only");
      read(flow_, node);
      node.refuse_further_inputs();
      use(node);
    }
  }

  // Reads the nodes of the branch that the condition of an If takes, as if they stood in its place.
  void step_through_branch(const OnnxNode& node) {
    node.allow({"else_branch", "then_branch"});
    const Dims condition = node.elements(node.needed_constant(0, "condition"), "condition");
    if (condition.size() != 1) node.fail("has a condition of several elements");
    const onnx::GraphProto& branch = node.graph(condition[0] != 0 ? "then_branch" : "else_branch");
    if (branch.output_size() != 1 || node.proto().output_size() != 1 || branch.initializer_size() > 0)
      node.fail("has a branch of several outputs or with initializers, which is not supported");
    for (const onnx::NodeProto& inner : branch.node()) count_reader(inner);
    for (const onnx::NodeProto& inner : branch.node()) {
      OnnxNode inside(file_, inner, node.field() + "." + escape_for_terminal(inner.name(), kExcerpt));
      step(inside);
    }
    onnx::NodeProto& result = file_.new_node();
    result.set_op_type("Identity");
    result.add_input(branch.output(0).name());
    result.add_output(node.proto().output(0));
    count_reader(result);
    made_.erase(node.proto().output(0));  // the Identity makes it
    OnnxNode inside(file_, result, node.field());
    step(inside);
  }

  void count_reader(const onnx::NodeProto& node) {
    if (node.op_type() == "Shape") return;
    for (const std::string& name : std::set(node.input().begin(), node.input().end())) ++readers_[name];
  }

  void step_in_branches(const OnnxNode& node, const std::vector<std::string>& activations) {
    if (node.type() == "Concat") {
      branches_->join(flow_, node);
      branches_.reset();
      use(node);
      return;
    }
    if (activations.size() > 1)
      node.fail("joins " + in_quotes(activations[0]) + " and " + in_quotes(activations[1]) +
                "; supported is a graph without branches");
    require_first(node, activations[0]);
    branches_->add(flow_, node, activations[0]);
    node.refuse_further_inputs();
    if (activations[0] != branches_->input()) spent_[activations[0]] = kSpent;
  }

  static void require_first(const OnnxNode& node, const std::string& activation) {
    const bool either = node.type() == "Add" || node.type() == "MatMul" || node.type() == "Gemm";
    if (node.input_name(0) != activation && !either)
      node.fail("must have what is computed from the photo as its first input");
  }

  // The node's output becomes the activation.
  void use(const OnnxNode& node) {
    spent_[activation_] = kSpent;
    activation_ = node.proto().output(0);
    shapes_[activation_] = batched(flow_);
  }

  // Resolves the node's inputs. Returns those that are not constants.
  std::vector<std::string> resolve(OnnxNode& node) {
    std::vector<std::string> activations;
    for (const std::string& name : node.proto().input()) {
      const auto constant = constants_.find(name);
      node.inputs.push_back({name, constant == constants_.end() ? nullptr : &constant->second});
      if (name.empty() || constant != constants_.end()) continue;
      const bool known = lrn_ ? lrn_->has(name) : branches_ ? branches_->has(name) : name == activation_;
      if (!known) fail_input(node, name);
      activations.push_back(name);
    }
    claim_outputs(node);
    return activations;
  }

  // Throws ModelError if an output of the node exists already.
  void claim_outputs(const OnnxNode& node) {
    for (const std::string& name : node.proto().output()) {
      if (!name.empty() && !made_.insert(name).second)
        node.fail("makes " + in_quotes(name) + ", which has two producers");
      if (constants_.contains(name) || name == input_.name())
        node.fail("makes " + in_quotes(name) + "; it is already there");
    }
    for (int i = 1; i < node.proto().output_size(); ++i)
      spent_[node.proto().output(i)] = "is a second output of " + node.field() + ", which is not supported";
  }

  static Dims batched(const OnnxFlow& flow) {
    Dims dims = flow.dims();
    dims.insert(dims.begin(), flow.batch());
    return dims;
  }

  [[noreturn]] void fail_input(const OnnxNode& node, const std::string& name) const {
    if (const auto spent = spent_.find(name); spent != spent_.end())
      node.fail("its input " + in_quotes(name) + " " + spent->second);
    for (int i = 0; i < file_.graph().node_size(); ++i)
      for (const std::string& output : file_.graph().node(i).output())
        if (output == name)
          node.fail("its input " + in_quotes(name) + " is made by " + OnnxNode(file_, i).field() +
                    ", not before it: a cycle, or nodes out of order");
    node.fail("its input " + in_quotes(name) + " is not an output of any node");
  }

  void finish() const {
    if (lrn_)
      throw ModelError(file_.name(), "graph.node",
                       "the nodes of a local response normalisation are incomplete");
    if (branches_)
      throw ModelError(file_.name(), "graph.node",
                       "several nodes use " + in_quotes(branches_->input()) +
                           ", and no Concat joins them; supported is a graph without branches");
    const auto fail = [&](const std::string& reason) {
      throw ModelError(file_.name(), "graph.output", reason);
    };
    const auto& outputs = file_.graph().output();
    if (outputs.size() != 1) fail("there are " + std::to_string(outputs.size()) + "; supported is one");
    if (outputs[0].name() != activation_)
      fail(in_quotes(outputs[0].name()) + " is not what the last node makes, " + in_quotes(activation_));
    flow_.finish();
    if (flow_.stack().layers().empty())
      throw ModelError(file_.name(), "graph.node", "none of them is a layer");
  }

  OnnxFile& file_;
  Constants constants_;
  const onnx::ValueInfoProto& input_;
  OnnxFlow flow_;
  std::string activation_;                    // name of the last node's output
  std::map<std::string, std::string> spent_;  // outputs that cannot be used any more, and the reason
  std::set<std::string> made_;
  std::map<std::string, int> readers_;  // number of nodes that read a tensor
  std::map<std::string, Dims> shapes_;  // dimensions of the activations, batch first
  std::optional<OnnxBranches> branches_;
  std::optional<OnnxLrn> lrn_;
};

}  // namespace

OnnxFlow read_graph(OnnxFile& file, std::optional<Size2> size) { return Walk(file, size).all(); }

}  // namespace alexnet
