#include "import/protobuf/caffe_fields.hpp"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"

namespace alexnet {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kMaxUnknown = 10'000;

// A field that does not change the result: it is for training, describes where training photos come from, or
// selects between implementations of the same arithmetic. Numbers and names are those of BVLC's caffe.proto.
struct Harmless {
  std::string_view message;
  std::string_view name;
  int number;
};
constexpr Harmless kHarmless[] = {
    {"NetParameter", "force_backward", 5},
    {"NetParameter", "debug_info", 7},
    {"LayerParameter", "loss_weight", 5},
    {"LayerParameter", "param", 6},
    {"LayerParameter", "phase", 10},
    {"LayerParameter", "propagate_down", 11},
    {"LayerParameter", "loss_param", 101},
    {"LayerParameter", "hdf5_data_param", 112},
    {"V1LayerParameter", "blobs_lr", 7},
    {"V1LayerParameter", "weight_decay", 8},
    {"V1LayerParameter", "hdf5_data_param", 13},
    {"V1LayerParameter", "loss_weight", 35},
    {"V1LayerParameter", "loss_param", 42},
    {"V1LayerParameter", "param", 1001},
    {"V1LayerParameter", "blob_share_mode", 1002},
    {"BlobProto", "diff", 6},
    {"BlobProto", "double_diff", 9},
    {"TransformationParameter", "mirror", 2},
    {"TransformationParameter", "force_color", 6},
    {"DataParameter", "source", 1},
    {"DataParameter", "batch_size", 4},
    {"DataParameter", "mirror", 6},
    {"DataParameter", "rand_skip", 7},
    {"DataParameter", "backend", 8},
    {"DataParameter", "force_encoded_color", 9},
    {"DataParameter", "prefetch", 10},
    {"ImageDataParameter", "source", 1},
    {"ImageDataParameter", "batch_size", 4},
    {"ImageDataParameter", "mirror", 6},
    {"ImageDataParameter", "rand_skip", 7},
    {"ImageDataParameter", "shuffle", 8},
    {"ImageDataParameter", "root_folder", 12},
    {"WindowDataParameter", "source", 1},
    {"WindowDataParameter", "batch_size", 4},
    {"WindowDataParameter", "mirror", 6},
    {"WindowDataParameter", "fg_threshold", 7},
    {"WindowDataParameter", "bg_threshold", 8},
    {"WindowDataParameter", "fg_fraction", 9},
    {"WindowDataParameter", "context_pad", 10},
    {"WindowDataParameter", "crop_mode", 11},
    {"WindowDataParameter", "cache_images", 12},
    {"WindowDataParameter", "root_folder", 13},
    {"MemoryDataParameter", "batch_size", 1},
    {"DummyDataParameter", "data_filler", 1},
    {"DummyDataParameter", "num", 2},
    {"ConvolutionParameter", "weight_filler", 7},
    {"ConvolutionParameter", "bias_filler", 8},
    {"ConvolutionParameter", "engine", 15},
    {"ConvolutionParameter", "force_nd_im2col", 17},
    {"PoolingParameter", "engine", 11},
    {"LRNParameter", "engine", 6},
    {"InnerProductParameter", "weight_filler", 3},
    {"InnerProductParameter", "bias_filler", 4},
    {"ReLUParameter", "engine", 2},
    {"SoftmaxParameter", "engine", 1},
    {"BatchNormParameter", "moving_average_fraction", 2},
    {"ScaleParameter", "filler", 3},
    {"ScaleParameter", "bias_filler", 5},
};

constexpr const char* kRemoveIt = "; it may change the predictions. If it does not, remove it from the file";
constexpr const char* kNameAnother =
    "; it may change the predictions. If it does not, name a .prototxt without it with --network";

// Returns the reason for the first unknown field of one message, or "" if there is none.
std::string own_unknown_field(const pb::Message& message) {
  const pb::Descriptor& type = *message.GetDescriptor();
  const pb::UnknownFieldSet& fields = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    const int number = fields.field(i).number();
    const auto is_it = [&](const Harmless& h) { return h.message == type.name() && h.number == number; };
    if (std::ranges::any_of(kHarmless, is_it)) continue;
    const pb::FieldDescriptor* const known = type.FindFieldByNumber(number);
    return (known == nullptr ? "unknown field " + std::to_string(number)
                             : "unknown value of " + known->name()) +
           " of " + type.name() + kNameAnother;
  }
  return "";
}

// BVLC's round_mode CEIL and the ceil_mode false of some forks have the same encoding.
std::string ambiguous_rounding(const pb::Message& message) {
  const auto* const pooling = dynamic_cast<const caffe::PoolingParameter*>(&message);
  if (pooling == nullptr || !pooling->has_round_mode() ||
      pooling->round_mode() != caffe::PoolingParameter::CEIL)
    return "";
  return "field 13 of PoolingParameter is 0, which is round_mode CEIL or, in forks of Caffe, ceil_mode "
         "false; name a .prototxt that says which with --network";
}

// Returns the first reason for a message and all messages in it, or "".
std::string unknown_field(const pb::Message& message) {
  if (std::string found = own_unknown_field(message); !found.empty()) return found;
  if (std::string found = ambiguous_rounding(message); !found.empty()) return found;
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* const field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const pb::Message& inner = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                      : reflection.GetMessage(message, field);
      if (std::string found = unknown_field(inner); !found.empty()) return found;
    }
  }
  return "";
}

// Returns the text between the first occurrence of `before` and the next quotation mark, or "" if there is
// none.
std::string quoted_after(const std::string& text, std::string_view before) {
  const std::size_t found = text.find(before);
  if (found == std::string::npos) return "";
  const std::size_t begin = found + before.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

// Returns the known field of the message type that is most like the name, or "".
std::string nearest_field(const std::string& type, const std::string& name) {
  const pb::Descriptor* const message =
      caffe::NetParameter::descriptor()->file()->FindMessageTypeByName(type);
  if (message == nullptr) return "";
  std::vector<std::string> known;
  known.reserve(static_cast<std::size_t>(message->field_count()));
  for (int i = 0; i < message->field_count(); ++i) known.push_back(message->field(i)->name());
  for (const Harmless& h : kHarmless)
    if (h.message == type) known.emplace_back(h.name);
  return nearest(name, known);
}

}  // namespace

UnknownFields find_unknown_fields(const caffe::NetParameter& net) {
  UnknownFields found{own_unknown_field(net), {}};
  if (found.net.empty()) found.net = unknown_field(net.state());
  for (const caffe::BlobShape& shape : net.input_shape())
    if (found.net.empty()) found.net = unknown_field(shape);
  for (const caffe::V1LayerParameter& layer : net.layers()) found.layers.push_back(unknown_field(layer));
  for (const caffe::LayerParameter& layer : net.layer()) found.layers.push_back(unknown_field(layer));
  return found;
}

void TextReport::AddError(int line, pb::io::ColumnNumber column, const std::string& message) {
  if (!reason_.empty()) return;
  if (line >= 0) place_ = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1);
  constexpr std::size_t kMaxReason = 200;
  const bool at_end = message.ends_with("found \"\".") || message.ends_with("got: ");
  reason_ = at_end ? "the text ends too early" : escape_for_terminal(message, kMaxReason);
}

void TextReport::AddWarning(int line, pb::io::ColumnNumber column, const std::string& message) {
  if (unknown_.size() > kMaxUnknown) return;
  // Message type "alexnet.caffe.PoolingParameter" has no field named "dilation".
  const std::string type = quoted_after(message, "type \"alexnet.caffe.");
  const std::string name = quoted_after(message, "named \"");
  const auto is_it = [&](const Harmless& h) { return h.message == type && h.name == name; };
  if (std::ranges::any_of(kHarmless, is_it)) return;
  const std::string what = name.empty() ? escape_for_terminal(message, kExcerpt)
                                        : "unknown field " + in_quotes(name) + " of " + type +
                                              did_you_mean(nearest_field(type, name));
  unknown_.emplace(Place(line, column), "line " + std::to_string(line + 1) + ": " + what + kRemoveIt);
}

void TextReport::fail(const std::string& file) const {
  throw ModelError(file, place_, reason_.empty() ? "is not the text of a Caffe network" : reason_);
}

UnknownFields TextReport::unknown_fields(const caffe::NetParameter& net,
                                         const pb::TextFormat::ParseInfoTree& places,
                                         const std::string& file) const {
  if (unknown_.size() > kMaxUnknown)
    throw ModelError(file, "", "has more than " + std::to_string(kMaxUnknown) + " unknown fields");
  UnknownFields found;
  std::map<Place, std::string> outside = unknown_;
  const auto add = [&](const char* field, int count) {
    const pb::FieldDescriptor* const layers = caffe::NetParameter::descriptor()->FindFieldByName(field);
    for (int i = 0; i < count; ++i) {
      const auto range = places.GetLocationRange(layers, i);
      const auto begin = outside.lower_bound(Place(range.start.line, range.start.column));
      const auto end = outside.upper_bound(Place(range.end.line, range.end.column));
      found.layers.push_back(begin == end ? "" : begin->second);
      outside.erase(begin, end);
    }
  };
  add("layers", net.layers_size());
  add("layer", net.layer_size());
  if (!outside.empty()) found.net = outside.begin()->second;
  return found;
}

}  // namespace alexnet
