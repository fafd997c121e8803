#include "import/readers.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <exception>
#include <limits>
#include <set>

#include "alexnet/error.hpp"
#include "alexnet/version.hpp"
#include "core/file.hpp"
#include "import/protobuf/onnx_file.hpp"
#include "layers/layers.hpp"
#include "network/save_model.hpp"

namespace alexnet {
namespace {

constexpr int kOpset = 13;
constexpr int kIrVersion = 7;

// Writes layers into a graph, one after another. Tensors keep the names of the layers' tensors. Each
// activation is named after its layer.
class Writer {
 public:
  Writer(onnx::GraphProto& graph, Model& model) : graph_(graph), weights_(*model.weights) {
    for (const Layer& layer : model.description.layers)
      for (const WeightSpec& spec : own_specs(layer)) values_.insert(spec.name);
    const Layer& first = model.description.layers.front();
    value_ = unused("input");
    declare(*graph_.add_input(), first.in);
    for (const Layer& layer : model.description.layers) {
      layer_ = &layer;
      std::visit([this](const auto& params) { write(params); }, layer.params);
    }
    declare(*graph_.add_output(), model.description.layers.back().out);
  }

 private:
  static std::vector<WeightSpec> own_specs(Layer layer) {
    layer.tensors.clear();
    return weight_specs(layer);
  }

  std::string unused(std::string name) {
    while (!values_.insert(name).second) name += "_";
    return name;
  }

  void declare(onnx::ValueInfoProto& info, const Shape& shape) {
    info.set_name(value_);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    type.mutable_shape()->add_dim()->set_dim_value(shape.channels);
    if (flat_) return;
    type.mutable_shape()->add_dim()->set_dim_value(shape.height);
    type.mutable_shape()->add_dim()->set_dim_value(shape.width);
  }

  // Adds a node that reads the current activation and makes the next one.
  onnx::NodeProto& add(const char* type, const std::string& name) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(type);
    node.set_name(name);
    node.add_input(value_);
    value_ = unused(name);
    node.add_output(value_);
    return node;
  }
  onnx::NodeProto& add(const char* type) { return add(type, layer_->name); }

  static onnx::AttributeProto& attribute(onnx::NodeProto& node, const char* name,
                                         onnx::AttributeProto_AttributeType type) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  }
  static void set(onnx::NodeProto& node, const char* name, int value) {
    attribute(node, name, onnx::AttributeProto::INT).set_i(value);
  }
  static void set(onnx::NodeProto& node, const char* name, float value) {
    attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
  }
  static void set(onnx::NodeProto& node, const char* name, std::initializer_list<int> values) {
    auto& ints = *attribute(node, name, onnx::AttributeProto::INTS).mutable_ints();
    for (const int value : values) ints.Add(value);
  }

  template <class T>
  onnx::TensorProto& constant(onnx::NodeProto& node, const std::string& name, const Dims& dims,
                              std::span<const T> values) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(std::is_same_v<T, float> ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64);
    for (const std::int64_t dim : dims) tensor.add_dims(dim);
    tensor.set_raw_data(values.data(), values.size_bytes());
    node.add_input(name);
    return tensor;
  }
  void scalar(onnx::NodeProto& node, const char* name, float value) {
    constant<float>(node, unused(layer_->name + "." + name), {}, std::span(&value, 1));
  }

  // Adds the layer's tensors as inputs of the node.
  void add_tensors(onnx::NodeProto& node) {
    const std::vector<WeightSpec> found = weight_specs(*layer_);
    const std::vector<WeightSpec> own = own_specs(*layer_);
    for (std::size_t i = 0; i < own.size(); ++i)
      constant(node, own[i].name, own[i].dims, weights_.fetch(found[i]));
  }

  void flatten(const std::string& name) {
    set(add("Flatten", name), "axis", 1);
    flat_ = true;
  }

  // After a fully-connected layer the activation is N x C, but layers with windows need N x C x 1 x 1.
  void unflatten() {
    if (!flat_) return;
    static constexpr std::int64_t kAxes[] = {2, 3};
    const std::string name = layer_->name + "/unsqueeze";
    constant<std::int64_t>(add("Unsqueeze", name), unused(name + ".axes"), {2}, kAxes);
    flat_ = false;
  }

  static void set_window(onnx::NodeProto& node, Size2 kernel, Size2 stride, const Pad& pad) {
    set(node, "kernel_shape", {kernel.h, kernel.w});
    set(node, "strides", {stride.h, stride.w});
    set(node, "pads", {pad.top, pad.left, pad.bottom, pad.right});
  }

  void write(const Conv& conv) {
    unflatten();
    onnx::NodeProto& node = add("Conv");
    add_tensors(node);
    set_window(node, conv.kernel, conv.stride, conv.pad);
    set(node, "dilations", {conv.dilation.h, conv.dilation.w});
    set(node, "group", conv.group);
  }
  void write(const FullyConnected&) {
    if (!flat_) flatten(layer_->name + "/flatten");
    onnx::NodeProto& node = add("Gemm");
    add_tensors(node);
    set(node, "transB", 1);
  }
  onnx::NodeProto& write_pool(const char* type, const Pool& pool) {
    unflatten();
    onnx::NodeProto& node = add(type);
    set_window(node, pool.kernel, pool.stride, pool.pad);
    set(node, "ceil_mode", pool.ceil ? 1 : 0);
    return node;
  }
  void write(const MaxPool& pool) { write_pool("MaxPool", pool); }
  void write(const AveragePool& pool) {
    set(write_pool("AveragePool", pool), "count_include_pad", pool.count_include_pad ? 1 : 0);
  }
  void write(const GlobalAveragePool&) {
    unflatten();
    add("GlobalAveragePool");
  }
  void write(const Relu&) { add("Relu"); }
  void write(const Clip& clip) {
    onnx::NodeProto& node = add("Clip");
    scalar(node, "min", clip.min);
    scalar(node, "max", clip.max);
  }
  void write(const Lrn& lrn) {
    unflatten();
    onnx::NodeProto& node = add("LRN");
    set(node, "size", lrn.size);
    set(node, "alpha", lrn.alpha);
    set(node, "beta", lrn.beta);
    set(node, "bias", lrn.k);
  }
  void write(const BatchNorm& norm) {
    onnx::NodeProto& node = add("BatchNormalization");
    add_tensors(node);
    set(node, "epsilon", norm.epsilon);
  }
  void write(const Dropout& dropout) { scalar(add("Dropout"), "ratio", static_cast<float>(dropout.ratio)); }
  void write(const Flatten&) { flatten(layer_->name); }
  void write(const Softmax&) { set(add("Softmax"), "axis", 1); }

  onnx::GraphProto& graph_;
  Weights& weights_;
  std::set<std::string> values_;  // names of all tensors and activations
  std::string value_;             // name of the current activation
  bool flat_ = false;             // the activation is N x C instead of N x C x H x W
  const Layer* layer_ = nullptr;
};

// The output of the serialiser. Stores exceptions, so that none passes through protobuf's code.
class Stream final : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit Stream(AtomicFile& file) : file_(file) {}
  bool Write(const void* bytes, int count) override {
    try {
      if (!error_) file_.write_all({static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
    } catch (const OutputError&) {
      error_ = std::current_exception();
    }
    return !error_;
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  AtomicFile& file_;
  std::exception_ptr error_;
};

void require_size(std::uint64_t bytes, const std::filesystem::path& file) {
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
    throw OutputError(file.string(),
                      "would have " + std::to_string(bytes) +
                          " bytes; an ONNX file is smaller than 2 GiB. .safetensors has no such limit");
}

}  // namespace

void write_onnx(Model& model, const std::filesystem::path& file) {
  if (!model.weights) throw MissingWeights(model.path.string(), "weights", "the model has none to write");
  std::uint64_t numbers = 0;
  for (const Layer& layer : model.description.layers)
    numbers += static_cast<std::uint64_t>(parameter_count(layer));
  require_size(numbers * sizeof(float), file);  // check before making the message, which copies the numbers

  onnx::ModelProto proto;
  proto.set_ir_version(kIrVersion);
  proto.set_producer_name("alexnet");
  proto.set_producer_version(version());
  auto& opset = *proto.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  for (const auto& [key, text] : model_metadata(model)) {
    auto& entry = *proto.add_metadata_props();
    entry.set_key("alexnet." + key);
    entry.set_value(text);
  }
  proto.mutable_graph()->set_name(model.description.name);
  const Writer writer(*proto.mutable_graph(), model);
  require_size(proto.ByteSizeLong(), file);

  const google::protobuf::LogSilencer silence;
  AtomicFile out(file);
  Stream stream(out);
  {
    google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&stream);
    if (!proto.SerializeToZeroCopyStream(&adaptor) || !adaptor.Flush()) stream.rethrow();
  }
  stream.rethrow();
  out.finish();
}

}  // namespace alexnet
