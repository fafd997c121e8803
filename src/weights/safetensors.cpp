#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "core/mapped_file.hpp"
#include "core/parallel.hpp"
#include "weights/float_buffer.hpp"
#include "weights/half.hpp"
#include "weights/strict_json.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr std::size_t kLengthBytes = 8;

struct Dtype {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Dtype, 15> kDtypes{{{"F64", 8},
                                         {"F32", 4},
                                         {"F16", 2},
                                         {"BF16", 2},
                                         {"I64", 8},
                                         {"I32", 4},
                                         {"I16", 2},
                                         {"I8", 1},
                                         {"U64", 8},
                                         {"U32", 4},
                                         {"U16", 2},
                                         {"U8", 1},
                                         {"BOOL", 1},
                                         {"F8_E4M3", 1},
                                         {"F8_E5M2", 1}}};

struct Tensor {
  Dtype dtype;
  Dims dims;
  std::uint64_t begin = 0;  // of the data
  std::uint64_t end = 0;
  FloatBuffer copy = nullptr;  // of a fetched tensor that could not be handed out as it lies in the file
};
using Tensors = std::map<std::string, Tensor>;

// The header's bytes. All that is known of them then: they lie in the file and begin with '{'.
std::string_view header_text(std::string_view text, const std::string& file) {
  refuse_git_lfs_pointer(text, file);
  const auto fail = [&](const std::string& reason) { throw ModelError(file, "header", reason); };
  if (text.size() < kLengthBytes) {
    fail("the file has " + std::to_string(text.size()) +
         " bytes, fewer than the 8 that give the header's length");
  }
  static_assert(std::endian::native == std::endian::little, "the length is little-endian");
  std::uint64_t length = 0;
  std::memcpy(&length, text.data(), sizeof length);
  if (length > kMaxHeaderBytes) {
    fail("length " + std::to_string(length) + " is more than the allowed " + std::to_string(kMaxHeaderBytes));
  }
  if (length > text.size() - kLengthBytes) {
    fail("length " + std::to_string(length) + " runs past the end of the file, which has " +
         std::to_string(text.size()) + " bytes");
  }
  const std::string_view header = text.substr(kLengthBytes, length);
  if (!header.starts_with('{')) {
    fail(header.empty() ? "is empty" : "begins with '" + excerpt(header.substr(0, 1)) + "', not with '{'");
  }
  return header;
}

std::map<std::string, std::string> read_metadata(const json& value, const std::string& file) {
  if (!value.is_object()) throw ModelError(file, "__metadata__", "is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      throw ModelError(file, "__metadata__", "the value of '" + excerpt(key) + "' is not a string");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

Tensor read_tensor(const json& value, std::uint64_t data_bytes, const std::string& file,
                   const std::string& name) {
  const auto fail = [&](const std::string& reason) { throw ModelError(file, name, reason); };
  if (!value.is_object()) fail("is not an object with dtype, shape and data_offsets");
  for (const char* key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) fail(std::string(key) + " is missing");
  }
  for (const auto& [key, ignored] : value.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") fail("unknown key '" + excerpt(key) + "'");
  }

  if (!value["dtype"].is_string()) fail("dtype is not a string");
  const auto& dtype_name = value["dtype"].get_ref<const std::string&>();
  const auto* const dtype = std::ranges::find(kDtypes, dtype_name, &Dtype::name);
  if (dtype == kDtypes.end()) fail("unknown dtype '" + excerpt(dtype_name) + "'");

  const json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    fail("data_offsets is not a pair of whole numbers of 64 bits");
  }
  Tensor tensor{*dtype, read_dims(value["shape"], file, name), offsets[0].get<std::uint64_t>(),
                offsets[1].get<std::uint64_t>()};

  const std::string range =
      "data_offsets [" + std::to_string(tensor.begin) + ", " + std::to_string(tensor.end) + ")";
  if (tensor.begin > tensor.end) fail(range + " end before they begin");
  if (tensor.end > data_bytes)
    fail(range + " run past the end of the data, which has " + std::to_string(data_bytes) + " bytes");
  // Cannot overflow: check_dims has limited the count to kMaxElements.
  const std::uint64_t expected =
      static_cast<std::uint64_t>(check_dims(tensor.dims, file, name)) * dtype->bytes;
  if (tensor.end - tensor.begin != expected) {
    fail(range + " hold " + std::to_string(tensor.end - tensor.begin) + " bytes, but " +
         to_string(tensor.dims) + " of " + dtype_name + " takes " + std::to_string(expected));
  }
  return tensor;
}

// Throws unless the tensors cover the data without a gap and without an overlap.
void check_coverage(const Tensors& tensors, std::uint64_t data_bytes, const std::string& file) {
  std::vector<const Tensors::value_type*> order;
  for (const auto& entry : tensors) order.push_back(&entry);
  std::ranges::sort(order, {},
                    [](const auto* entry) { return std::pair(entry->second.begin, entry->second.end); });

  std::uint64_t covered = 0;
  std::string previous;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    if (tensor.begin < covered) {
      throw ModelError(file, excerpt(name),
                       "data begins at byte " + std::to_string(tensor.begin) + " and overlaps " + previous +
                           ", which ends at " + std::to_string(covered));
    }
    if (tensor.begin > covered) {
      throw ModelError(file, excerpt(name),
                       "data begins at byte " + std::to_string(tensor.begin) + " and leaves a hole from " +
                           std::to_string(covered));
    }
    covered = tensor.end;
    previous = excerpt(name);
  }
  if (covered != data_bytes) {
    throw ModelError(file, "header",
                     "the tensors cover " + std::to_string(covered) + " bytes, but the file holds " +
                         std::to_string(data_bytes) + " bytes of data");
  }
}

class SafetensorsWeights final : public Weights {
 public:
  explicit SafetensorsWeights(const std::filesystem::path& file) : file_(file.string()), mapped_(file) {
    const std::string_view header = header_text(mapped_.text(), file_);
    data_ = mapped_.bytes().subspan(kLengthBytes + header.size());
    const json document = parse_json(header, file_ + ": header");
    for (const auto& [name, value] : document.items()) {
      if (name == "__metadata__") {
        metadata_ = read_metadata(value, file_);
      } else {
        tensors_.emplace_hint(tensors_.end(), name, read_tensor(value, data_.size(), file_, excerpt(name)));
      }
    }
    check_coverage(tensors_, data_.size(), file_);
  }

  std::string file() const override { return file_; }
  std::span<const float> fetch(const WeightSpec& spec) override {
    const auto found = tensors_.find(spec.name);
    if (found == tensors_.end()) fail_missing(spec, file_);
    Tensor& tensor = found->second;
    require_shape(spec, tensor.dims, file_);
    const std::string_view dtype = tensor.dtype.name;
    if (dtype != "F32" && dtype != "F16" && dtype != "BF16") {
      throw ModelError(file_, excerpt(spec.name),
                       "dtype " + std::string(dtype) + " cannot be used; expected F32, F16 or BF16");
    }
    const std::byte* const data = data_.data() + tensor.begin;
    const std::size_t count = (tensor.end - tensor.begin) / tensor.dtype.bytes;
    if (dtype == "F32" && reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0) {
      return {reinterpret_cast<const float*>(data), count};
    }
    if (!tensor.copy) tensor.copy = to_float(tensor.dtype, data, count);
    return {tensor.copy.get(), count};
  }

  const std::map<std::string, std::string>& metadata() const override { return metadata_; }

  std::map<std::string, Dims> shapes() const override {
    std::map<std::string, Dims> shapes;
    for (const auto& [name, tensor] : tensors_) shapes.emplace_hint(shapes.end(), name, tensor.dims);
    return shapes;
  }

  std::uint64_t stored_bytes() const override { return data_.size(); }

 private:
  static FloatBuffer to_float(const Dtype& dtype, const std::byte* data, std::size_t count) {
    auto copy = allocate_floats(count);
    // In parallel for the sake of the page faults on the new memory, which cost more than the conversion.
    constexpr std::size_t kGrain = std::size_t{1} << 16;
    parallel_ranges(count, kGrain, [&](std::size_t begin, std::size_t end) {
      const std::byte* const in = data + begin * dtype.bytes;
      float* const out = copy.get() + begin;
      if (dtype.name == "F32") std::memcpy(out, in, (end - begin) * sizeof(float));
      if (dtype.name == "F16") half_to_float(in, end - begin, out);
      if (dtype.name == "BF16") bfloat16_to_float(in, end - begin, out);
    });
    return copy;
  }

  std::string file_;
  MappedFile mapped_;
  std::span<const std::byte> data_;
  std::map<std::string, std::string> metadata_;
  Tensors tensors_;
};

}  // namespace

std::unique_ptr<Weights> open_safetensors(const std::filesystem::path& file) {
  return std::make_unique<SafetensorsWeights>(file);
}

}  // namespace alexnet
