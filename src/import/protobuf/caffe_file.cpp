#include "import/protobuf/caffe_file.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <limits>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/byte_order_mark.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"
#include "import/protobuf/caffe_fields.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
constexpr int kMaxDepth = 100;

MappedFile map(const fs::path& file, std::size_t max_bytes, const char* limit) {
  MappedFile mapped(file);
  if (mapped.bytes().empty()) throw ModelError(file.string(), "", "is empty");
  if (mapped.bytes().size() > max_bytes)
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

UnknownFields parse_text(const fs::path& file, caffe::NetParameter& net) {
  const MappedFile mapped = map(file, kMaxTextBytes, "64 MiB");
  const std::string_view text = without_byte_order_mark(mapped.text(), file.string());
  const pb::LogSilencer silence;
  TextReport report;
  pb::TextFormat::ParseInfoTree places;
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&report);
  parser.WriteLocationsTo(&places);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kMaxDepth);
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &net)) report.fail(file.string());
  return report.unknown_fields(net, places, file.string());
}

constexpr std::pair<caffe::V1LayerParameter::LayerType, const char*> kV1Types[] = {
    {caffe::V1LayerParameter::ACCURACY, "Accuracy"},
    {caffe::V1LayerParameter::CONCAT, "Concat"},
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
    {caffe::V1LayerParameter::SIGMOID, "Sigmoid"},
    {caffe::V1LayerParameter::SILENCE, "Silence"},
    {caffe::V1LayerParameter::SOFTMAX, "Softmax"},
    {caffe::V1LayerParameter::SOFTMAX_LOSS, "SoftmaxWithLoss"},
    {caffe::V1LayerParameter::SPLIT, "Split"},
    {caffe::V1LayerParameter::WINDOW_DATA, "WindowData"},
};

// Returns the V2 name of the type, or the V1 name if there is no V2 name or the type is not supported.
std::string type_of(const caffe::V1LayerParameter& layer) {
  if (!layer.has_type()) return "";
  for (const auto& [type, name] : kV1Types)
    if (type == layer.type()) return name;
  return caffe::V1LayerParameter::LayerType_Name(layer.type());
}

// Moves all fields, including tensors, from a V1 layer to a V2 layer.
void upgrade(caffe::V1LayerParameter& from, caffe::LayerParameter& to) {
  to.set_name(from.name());
  if (from.has_type()) to.set_type(type_of(from));
  to.mutable_bottom()->Swap(from.mutable_bottom());
  to.mutable_top()->Swap(from.mutable_top());
  to.mutable_blobs()->Swap(from.mutable_blobs());
  to.mutable_include()->Swap(from.mutable_include());
  to.mutable_exclude()->Swap(from.mutable_exclude());
  to.mutable_concat_param()->Swap(from.mutable_concat_param());
  to.mutable_convolution_param()->Swap(from.mutable_convolution_param());
  to.mutable_data_param()->Swap(from.mutable_data_param());
  to.mutable_image_data_param()->Swap(from.mutable_image_data_param());
  to.mutable_window_data_param()->Swap(from.mutable_window_data_param());
  to.mutable_memory_data_param()->Swap(from.mutable_memory_data_param());
  to.mutable_dummy_data_param()->Swap(from.mutable_dummy_data_param());
  to.mutable_dropout_param()->Swap(from.mutable_dropout_param());
  to.mutable_inner_product_param()->Swap(from.mutable_inner_product_param());
  to.mutable_lrn_param()->Swap(from.mutable_lrn_param());
  to.mutable_pooling_param()->Swap(from.mutable_pooling_param());
  to.mutable_relu_param()->Swap(from.mutable_relu_param());
  to.mutable_softmax_param()->Swap(from.mutable_softmax_param());
  if (from.has_transform_param()) to.mutable_transform_param()->Swap(from.mutable_transform_param());
}

// Moves the preparation of photos from a data layer's parameters to transform_param, which older files do not
// have.
template <class Params>
void upgrade(Params& from, caffe::LayerParameter& layer) {
  if (!from.has_scale() && !from.has_mean_file() && !from.has_crop_size()) return;
  caffe::TransformationParameter& to = *layer.mutable_transform_param();
  if (from.has_scale()) to.set_scale(from.scale());
  if (from.has_mean_file()) to.set_mean_file(from.mean_file());
  if (from.has_crop_size()) to.set_crop_size(from.crop_size());
}

void upgrade_layers(CaffeFile& file) {
  caffe::NetParameter& net = file.net;
  file.v1 = net.layers_size() > 0;
  if (!file.v1) return;
  if (net.layer_size() > 0)
    throw ModelError(file.path, "layers", "occur twice, as `layers` (V1) and as `layer` (V2)");
  for (caffe::V1LayerParameter& layer : *net.mutable_layers()) {
    if (layer.has_layer())
      throw ModelError(file.path, "layers",
                       "are of Caffe's oldest form (V0), which is not supported; Caffe's own "
                       "upgrade_net_proto_binary and upgrade_net_proto_text bring them up to date");
    upgrade(layer, *net.add_layer());
  }
  net.clear_layers();
}

// Completes a file of either format: converts its layers and records their unknown fields.
std::shared_ptr<const CaffeFile> finished(std::shared_ptr<CaffeFile> file, const UnknownFields& unknown) {
  upgrade_layers(*file);
  if (!unknown.net.empty()) file->unknown.emplace(nullptr, unknown.net);
  for (int i = 0; i < file->net.layer_size(); ++i) {
    caffe::LayerParameter& layer = *file->net.mutable_layer(i);
    if (layer.type() == "Data") upgrade(*layer.mutable_data_param(), layer);
    if (layer.type() == "ImageData") upgrade(*layer.mutable_image_data_param(), layer);
    if (layer.type() == "WindowData") upgrade(*layer.mutable_window_data_param(), layer);
    const std::string& reason = unknown.layers[static_cast<std::size_t>(i)];
    if (!reason.empty()) file->unknown.emplace(&layer, reason);
  }
  return file;
}

}  // namespace

std::shared_ptr<const CaffeFile> read_caffemodel(const fs::path& file) {
  auto read = std::make_shared<CaffeFile>();
  read->path = file.string();
  parse_binary(file, CaffeMessage::net, read->net);
  const UnknownFields unknown = find_unknown_fields(read->net);
  return finished(std::move(read), unknown);
}

std::shared_ptr<const CaffeFile> read_prototxt(const fs::path& file) {
  auto read = std::make_shared<CaffeFile>();
  read->path = file.string();
  const UnknownFields unknown = parse_text(file, read->net);
  return finished(std::move(read), unknown);
}

void refuse_unknown_fields(const CaffeFile& file, const caffe::LayerParameter* layer) {
  const auto found = file.unknown.find(layer);
  if (found != file.unknown.end())
    throw ModelError(file.path,
                     layer == nullptr ? "" : "layers." + escape_for_terminal(layer->name(), kExcerpt),
                     found->second);
}

caffe::BlobProto read_binaryproto(const fs::path& file) {
  caffe::BlobProto blob;
  parse_binary(file, CaffeMessage::blob, blob);
  return blob;
}

}  // namespace alexnet
