#include "import/protobuf/onnx_file.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/inside.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

constexpr std::int64_t kMostCopied = std::int64_t{1} << 28;  // elements, 1 GiB: twice the size of VGG-19

// The supported element types.
struct Type {
  onnx::TensorProto_DataType type;
  const char* dtype;
};
constexpr Type kTensorTypes[] = {{onnx::TensorProto::FLOAT, "F32"},   {onnx::TensorProto::DOUBLE, "F64"},
                                 {onnx::TensorProto::FLOAT16, "F16"}, {onnx::TensorProto::BFLOAT16, "BF16"},
                                 {onnx::TensorProto::INT64, "I64"},   {onnx::TensorProto::INT32, "I32"},
                                 {onnx::TensorProto::BOOL, "BOOL"}};

void parse(const std::filesystem::path& path, const std::string& name, onnx::ModelProto& model) {
  const MappedFile mapped(path);
  refuse_git_lfs_pointer(mapped.text(), name);
  const std::size_t size = mapped.bytes().size();
  if (size == 0) throw ModelError(name, "", "is empty");
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw ModelError(name, "",
                     "has " + std::to_string(size) +
                         " bytes; ONNX files of 2 GiB and more keep their weights in files beside them");
  const google::protobuf::LogSilencer silence;
  if (!model.ParseFromArray(mapped.bytes().data(), static_cast<int>(size)))
    throw ModelError(name, "", "is not an ONNX file, or is damaged: it is not a Protocol Buffers message");
  if (!model.has_graph()) throw ModelError(name, "graph", "is missing: the file is not an ONNX file");
}

int find_opset(const onnx::ModelProto& model, const std::string& name) {
  for (const auto& set : model.opset_import()) {
    if (!set.domain().empty() && set.domain() != "ai.onnx") continue;
    if (set.version() < OnnxFile::kMinOpset || set.version() > OnnxFile::kMaxOpset)
      throw ModelError(name, "opset_import",
                       "opset " + std::to_string(set.version()) + " is not supported; " +
                           std::to_string(OnnxFile::kMinOpset) + " to " +
                           std::to_string(OnnxFile::kMaxOpset) + " are");
    return static_cast<int>(set.version());
  }
  throw ModelError(name, "opset_import", "has no version of ONNX's operators");
}

template <class T>
std::span<const std::byte> bytes_of(const google::protobuf::RepeatedField<T>& numbers) {
  return std::as_bytes(std::span(numbers.data(), static_cast<std::size_t>(numbers.size())));
}

// Returns the elements of a tensor that does not use raw_data.
std::span<const std::byte> typed_data(const onnx::TensorProto& proto) {
  switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT:
      return bytes_of(proto.float_data());
    case onnx::TensorProto::DOUBLE:
      return bytes_of(proto.double_data());
    case onnx::TensorProto::INT64:
      return bytes_of(proto.int64_data());
    default:
      return bytes_of(proto.int32_data());  // int32 per element of a smaller type, in its low bytes
  }
}

std::uint64_t read_size(const std::string& text, const std::string& file, const std::string& field) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end)
    throw ModelError(file, field, in_quotes(text) + " is not a number of bytes");
  return value;
}

}  // namespace

OnnxFile::OnnxFile(const std::filesystem::path& path) : path_(path), name_(path.string()) {
  parse(path_, name_, model_);
  opset_ = find_opset(model_, name_);
}

StoredTensor OnnxFile::tensor(const onnx::TensorProto& proto, const std::string& field) {
  const auto fail = [&](const std::string& reason) { throw ModelError(name_, field, reason); };
  const auto* const type = std::ranges::find(kTensorTypes, proto.data_type(), &Type::type);
  if (type == std::end(kTensorTypes)) {
    const auto number = static_cast<onnx::TensorProto_DataType>(proto.data_type());
    fail(onnx::TensorProto_DataType_IsValid(proto.data_type())
             ? "data type " + onnx::TensorProto_DataType_Name(number) + " is not supported"
             : "data type " + std::to_string(proto.data_type()) + " is unknown");
  }
  if (proto.has_segment()) fail("is a segment of a larger tensor, which is not supported");
  StoredTensor tensor{{proto.dims().begin(), proto.dims().end()}, *find_dtype(type->dtype), {}};
  const auto count = static_cast<std::size_t>(check_dims(tensor.dims, name_, field));
  const std::size_t bytes = count * tensor.dtype.bytes;
  const auto require = [&](std::size_t found, std::size_t expected, const char* what) {
    if (found != expected)
      fail("has " + std::to_string(found) + what + ", but its shape " + to_string(tensor.dims) + " takes " +
           std::to_string(expected));
  };
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    tensor.data = external(proto, bytes, field);
  } else if (proto.has_raw_data()) {
    require(proto.raw_data().size(), bytes, " bytes");
    tensor.data = std::as_bytes(std::span(proto.raw_data()));
  } else {
    tensor.data = typed_data(proto);
    const std::size_t step = std::max(tensor.dtype.bytes, sizeof(std::int32_t)) / tensor.dtype.bytes;
    require(tensor.data.size() / tensor.dtype.bytes / step, count, " numbers");
    if (step > 1) tensor.strides = row_major_strides(tensor.dims, static_cast<std::int64_t>(step));
  }
  return tensor;
}

std::span<const std::byte> OnnxFile::external(const onnx::TensorProto& proto, std::size_t bytes,
                                              const std::string& field) {
  const std::string place = field + ".external_data";
  std::map<std::string, std::string> entries;
  for (const auto& entry : proto.external_data())
    if (!entries.emplace(entry.key(), entry.value()).second)
      throw ModelError(name_, place, in_quotes(entry.key()) + " occurs twice");
  const std::string& location = entries["location"];
  if (location.empty()) throw ModelError(name_, place + ".location", "is missing");
  auto file = external_.find(location);
  if (file == external_.end()) {
    const auto path = inside(path_.parent_path(), location, name_, place + ".location");
    file = external_.emplace(location, MappedFile(path)).first;
    refuse_git_lfs_pointer(file->second.text(), path.string());
  }
  const std::span<const std::byte> all = file->second.bytes();
  const std::uint64_t offset =
      entries.contains("offset") ? read_size(entries["offset"], name_, place + ".offset") : 0;
  const std::uint64_t length =
      entries.contains("length") ? read_size(entries["length"], name_, place + ".length") : bytes;
  if (length != bytes)
    throw ModelError(
        name_, place + ".length",
        "is " + std::to_string(length) + ", but the shape takes " + std::to_string(bytes) + " bytes");
  if (offset > all.size() || bytes > all.size() - offset)
    throw ModelError(name_, place,
                     std::to_string(bytes) + " bytes from offset " + std::to_string(offset) +
                         " on reach past the end of " + in_quotes(location) + ", which has " +
                         std::to_string(all.size()));
  return all.subspan(offset, bytes);
}

std::span<const float> OnnxFile::floats(const StoredTensor& tensor, const std::string& field) {
  count_copied(tensor, field);
  copies_.emplace_back(name_, std::map<std::string, StoredTensor>{{field, tensor}}, nullptr, 0);
  return copies_.back().fetch({field, tensor.dims});
}

std::span<const float> OnnxFile::scaled(const StoredTensor& tensor, float factor, const std::string& field) {
  const std::span<const float> from = floats(tensor, field);
  const std::span<float> to = new_floats(from.size(), field);
  std::ranges::transform(from, to.begin(), [factor](float value) { return value * factor; });
  return to;
}

std::span<float> OnnxFile::new_floats(std::size_t count, const std::string& field) {
  count_copied(static_cast<std::int64_t>(count), field);
  return computed_.emplace_back(count);
}

void OnnxFile::count_copied(const StoredTensor& tensor, const std::string& field) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(tensor.data.data()) % alignof(float) == 0;
  if (tensor.strides.empty() && tensor.dtype.name == "F32" && aligned) return;
  count_copied(check_dims(tensor.dims, name_, field), field);
}

void OnnxFile::count_copied(std::int64_t elements, const std::string& field) {
  copied_ += elements;
  if (copied_ > kMostCopied)
    throw ModelError(name_, field,
                     "asks for " + std::to_string(elements) + " numbers made of others: over " +
                         std::to_string(kMostCopied) + " in all");
}

Dims row_major_strides(const Dims& dims, std::int64_t step) {
  Dims strides(dims.size());
  for (std::size_t i = dims.size(); i-- > 0; step *= dims[i]) strides[i] = step;
  return strides;
}

std::int64_t offset_of(std::int64_t i, const Dims& dims, const Dims& strides) {
  std::int64_t offset = 0;
  for (std::size_t d = dims.size(); d-- > 0; i /= dims[d]) offset += i % dims[d] * strides[d];
  return offset;
}

}  // namespace alexnet
