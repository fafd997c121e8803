#include "import/protobuf/onnx_branches.hpp"

#include <algorithm>

#include "core/escape_for_terminal.hpp"
#include "import/parallel_convs.hpp"
#include "import/protobuf/onnx_operators.hpp"

namespace alexnet {
namespace {

constexpr const char* kSupported =
    "; supported is a graph without branches, except for convolutions that read one tensor and meet in one "
    "Concat";

StoredTensor float_tensor(Dims dims, std::span<const float> values) {
  return {std::move(dims), *find_dtype("F32"), std::as_bytes(values)};
}

void require_channel_axis(const OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"axis"});
  const auto rank = static_cast<std::int64_t>(flow.dims().size()) + 1;
  if (!node.has("axis")) node.fail("has no axis");
  const std::int64_t axis = node.integer("axis", std::int64_t{0});
  if (axis != 1 && axis != 1 - rank)
    node.fail("joins along dimension " + std::to_string(axis) + "; supported is 1, the channels");
}

}  // namespace

bool OnnxBranches::has(const std::string& activation) const {
  return activation == input_ ||
         std::ranges::find(branches_, activation, &Branch::activation) != branches_.end();
}

void OnnxBranches::add(const OnnxFlow& flow, const OnnxNode& node, const std::string& activation) {
  OnnxOperator* const read = find_operator(node.type());
  if (read == nullptr) node.fail_unsupported();
  auto branch = std::ranges::find(branches_, activation, &Branch::activation);
  if (activation == input_) {
    Dims dims = flow.dims();
    dims.insert(dims.begin(), flow.batch());
    branches_.push_back({OnnxFlow(node.file(), dims), activation});
    branch = branches_.end() - 1;
  }
  read(branch->flow, node);
  branch->activation = node.proto().output(0);
  const std::vector<Layer>& layers = branch->flow.stack().layers();
  const auto fits = [&](const Layer& layer) {
    return &layer == &layers.front() ? std::holds_alternative<Conv>(layer.params)
                                     : is_pointwise(layer.params);
  };
  if (!std::ranges::all_of(layers, fits))
    node.fail("is one of several nodes that depend on " + in_quotes(input_) + kSupported);
}

void OnnxBranches::join(OnnxFlow& flow, const OnnxNode& node) const {
  require_channel_axis(flow, node);
  std::vector<const OnnxFlow*> parts;
  for (const std::string& name : node.proto().input()) {
    const auto branch = std::ranges::find(branches_, name, &Branch::activation);
    if (branch == branches_.end() || std::ranges::find(parts, &branch->flow) != parts.end())
      node.fail("joins " + in_quotes(name) + ", which is not the end of another branch" + kSupported);
    branch->flow.finish();
    if (branch->flow.stack().layers().empty())
      node.fail("joins " + in_quotes(name) + ", which is not a convolution" + kSupported);
    parts.push_back(&branch->flow);
  }
  if (parts.size() != branches_.size())
    node.fail("does not join all nodes that depend on " + in_quotes(input_) + kSupported);

  std::vector<Conv> convs;
  convs.reserve(parts.size());
  for (const OnnxFlow* part : parts) convs.push_back(std::get<Conv>(part->stack().layers().front().params));
  const int channels = flow.shape().channels;
  Conv merged;
  try {
    merged = merge_parallel(convs, flow.shape());
  } catch (const ParameterError& e) {
    node.fail("joins convolutions that do not fit together: " + e.field + " " + e.what());
  }
  const std::vector<Layer>& first = parts.front()->stack().layers();
  for (const OnnxFlow* part : parts)
    if (!same_pointwise({part->stack().layers().begin() + 1, part->stack().layers().end()},
                        {first.begin() + 1, first.end()}))
      node.fail("joins convolutions that different layers follow" + std::string(kSupported));

  OnnxFile& file = node.file();
  const std::span<float> weight = file.new_floats(kernel_elements(merged, channels), node.field());
  const std::span<float> bias = merged.bias
                                    ? file.new_floats(static_cast<std::size_t>(merged.output), node.field())
                                    : std::span<float>();
  const Layer& layer = flow.add(node, merged);
  const std::size_t row = weight.size() / static_cast<std::size_t>(merged.output);
  std::size_t output = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string name = parts[i]->stack().layers().front().name;
    embed_kernels(convs[i], merged, channels,
                  file.floats(parts[i]->tensors.at(name + ".weight"), node.field()),
                  weight.subspan(output * row));
    if (convs[i].bias)
      std::ranges::copy(file.floats(parts[i]->tensors.at(name + ".bias"), node.field()),
                        bias.begin() + static_cast<std::ptrdiff_t>(output));
    output += static_cast<std::size_t>(convs[i].output);
  }
  flow.set_tensor(node, layer, "weight",
                  float_tensor({merged.output, channels, merged.kernel.h, merged.kernel.w}, weight));
  if (merged.bias) flow.set_tensor(node, layer, "bias", float_tensor({merged.output}, bias));
  for (std::size_t i = 1; i < first.size(); ++i) flow.add_named(node, first[i].params, first[i].name);
}

}  // namespace alexnet
