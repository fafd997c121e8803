#include "import/protobuf/caffe_file.hpp"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <limits>
#include <string_view>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
constexpr int kMaxDepth = 100;

MappedFile map(const fs::path& file, std::size_t most, const char* limit) {
  MappedFile mapped(file);
  if (mapped.bytes().empty()) throw ModelError(file.string(), "", "is empty");
  if (mapped.bytes().size() > most)
    throw ModelError(file.string(), "",
                     "has " + std::to_string(mapped.bytes().size()) + " bytes, more than " + limit);
  refuse_git_lfs_pointer(mapped.text(), file.string());
  return mapped;
}

void parse_binary(const fs::path& file, CaffeMessage kind, pb::Message& message) {
  const MappedFile mapped = map(file, std::numeric_limits<int>::max(), "a Caffe file may have, 2147483647");
  check_wire_format(mapped.bytes(), kind, file.string());
  const pb::LogSilencer silence;
  if (!message.ParseFromArray(mapped.bytes().data(), static_cast<int>(mapped.bytes().size())))
    throw ModelError(file.string(), "", "is damaged: a field inside a layer or a tensor is malformed");
}

// The first fault; the rest mostly follow from it.
class FirstError : public pb::io::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    if (!reason_.empty()) return;
    if (line >= 0) place_ = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1);
    constexpr std::size_t kMaxReason = 200;
    const bool at_end = message.ends_with("found \"\".") || message.ends_with("got: ");
    reason_ = at_end ? "the text ends too early" : escape_for_terminal(message, kMaxReason);
  }

  [[noreturn]] void fail(const std::string& file) const {
    throw ModelError(file, place_, reason_.empty() ? "is not the text of a Caffe network" : reason_);
  }

 private:
  std::string place_;
  std::string reason_;
};

void parse_text(const fs::path& file, pb::Message& message) {
  const MappedFile mapped = map(file, kMaxTextBytes, "64 MiB");
  const pb::LogSilencer silence;
  FirstError error;
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kMaxDepth);
  pb::io::ArrayInputStream stream(mapped.bytes().data(), static_cast<int>(mapped.bytes().size()));
  if (!parser.Parse(&stream, &message)) error.fail(file.string());
}

constexpr std::pair<caffe::V1LayerParameter::LayerType, const char*> kTypes[] = {
    {caffe::V1LayerParameter::ACCURACY, "Accuracy"},
    {caffe::V1LayerParameter::CONVOLUTION, "Convolution"},
    {caffe::V1LayerParameter::DATA, "Data"},
    {caffe::V1LayerParameter::DROPOUT, "Dropout"},
    {caffe::V1LayerParameter::DUMMY_DATA, "DummyData"},
    {caffe::V1LayerParameter::FLATTEN, "Flatten"},
    {caffe::V1LayerParameter::HDF5_DATA, "HDF5Data"},
    {caffe::V1LayerParameter::IMAGE_DATA, "ImageData"},
    {caffe::V1LayerParameter::INNER_PRODUCT, "InnerProduct"},
    {caffe::V1LayerParameter::LRN, "LRN"},
    {caffe::V1LayerParameter::MEMORY_DATA, "MemoryData"},
    {caffe::V1LayerParameter::POOLING, "Pooling"},
    {caffe::V1LayerParameter::RELU, "ReLU"},
    {caffe::V1LayerParameter::SILENCE, "Silence"},
    {caffe::V1LayerParameter::SOFTMAX, "Softmax"},
    {caffe::V1LayerParameter::SOFTMAX_LOSS, "SoftmaxWithLoss"},
    {caffe::V1LayerParameter::SPLIT, "Split"},
    {caffe::V1LayerParameter::WINDOW_DATA, "WindowData"},
};

// The newer name of the type; where there is none, or the layer is of no use here, the older one.
std::string type_of(const caffe::V1LayerParameter& layer) {
  if (!layer.has_type()) return "";
  for (const auto& [type, name] : kTypes)
    if (type == layer.type()) return name;
  return caffe::V1LayerParameter::LayerType_Name(layer.type());
}

// Moves what the older form holds, tensors and all, into the newer.
void upgrade(caffe::V1LayerParameter& from, caffe::LayerParameter& to) {
  to.set_name(from.name());
  if (from.has_type()) to.set_type(type_of(from));
  to.mutable_bottom()->Swap(from.mutable_bottom());
  to.mutable_top()->Swap(from.mutable_top());
  to.mutable_blobs()->Swap(from.mutable_blobs());
  to.mutable_include()->Swap(from.mutable_include());
  to.mutable_exclude()->Swap(from.mutable_exclude());
  to.mutable_convolution_param()->Swap(from.mutable_convolution_param());
  to.mutable_data_param()->Swap(from.mutable_data_param());
  to.mutable_image_data_param()->Swap(from.mutable_image_data_param());
  to.mutable_dropout_param()->Swap(from.mutable_dropout_param());
  to.mutable_inner_product_param()->Swap(from.mutable_inner_product_param());
  to.mutable_lrn_param()->Swap(from.mutable_lrn_param());
  to.mutable_pooling_param()->Swap(from.mutable_pooling_param());
  to.mutable_relu_param()->Swap(from.mutable_relu_param());
  to.mutable_softmax_param()->Swap(from.mutable_softmax_param());
  if (from.has_transform_param()) to.mutable_transform_param()->Swap(from.mutable_transform_param());
}

void upgrade(CaffeFile& file) {
  caffe::NetParameter& net = file.net;
  file.v1 = net.layers_size() > 0;
  if (!file.v1) return;
  if (net.layer_size() > 0)
    throw ModelError(file.path, "layers", "are there twice, as `layers` (V1) and as `layer` (V2)");
  for (caffe::V1LayerParameter& layer : *net.mutable_layers()) {
    if (layer.has_layer())
      throw ModelError(file.path, "layers",
                       "are of Caffe's oldest form (V0), which is not supported; Caffe's own "
                       "upgrade_net_proto_binary and upgrade_net_proto_text bring them up to date");
    upgrade(layer, *net.add_layer());
  }
  net.clear_layers();
}

}  // namespace

std::shared_ptr<const CaffeFile> read_caffemodel(const fs::path& file) {
  auto read = std::make_shared<CaffeFile>();
  read->path = file.string();
  parse_binary(file, CaffeMessage::net, read->net);
  upgrade(*read);
  return read;
}

std::shared_ptr<const CaffeFile> read_prototxt(const fs::path& file) {
  auto read = std::make_shared<CaffeFile>();
  read->path = file.string();
  parse_text(file, read->net);
  upgrade(*read);
  return read;
}

caffe::BlobProto read_binaryproto(const fs::path& file) {
  caffe::BlobProto blob;
  parse_binary(file, CaffeMessage::blob, blob);
  return blob;
}

}  // namespace alexnet
