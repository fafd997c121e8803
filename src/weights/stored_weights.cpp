#include "weights/stored_weights.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "core/parallel.hpp"
#include "weights/half.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

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

// out (count) = in (count elements, little-endian, aligned or not)
void convert(const Dtype& dtype, const std::byte* in, std::size_t count, float* out) {
  if (dtype.name == "F32") std::memcpy(out, in, count * sizeof(float));
  if (dtype.name == "F16") half_to_float(in, count, out);
  if (dtype.name == "BF16") bfloat16_to_float(in, count, out);
  if (dtype.name == "F64") {
    for (std::size_t i = 0; i < count; ++i) {
      double value = 0;
      std::memcpy(&value, in + i * sizeof value, sizeof value);
      out[i] = static_cast<float>(value);
    }
  }
}

// Puts the tensor's elements into row-major order: out (bytes) is filled in the order of dims.
void gather(const StoredTensor& tensor, std::size_t dimension, std::int64_t element, std::byte*& out) {
  if (dimension == tensor.dims.size()) {
    std::memcpy(out, tensor.data.data() + static_cast<std::size_t>(element) * tensor.dtype.bytes,
                tensor.dtype.bytes);
    out += tensor.dtype.bytes;
    return;
  }
  for (std::int64_t i = 0; i < tensor.dims[dimension]; ++i)
    gather(tensor, dimension + 1, element + i * tensor.strides[dimension], out);
}

FloatBuffer to_float(const StoredTensor& tensor, std::size_t count) {
  auto copy = allocate_floats(count);
  std::vector<std::byte> gathered;
  const std::byte* data = tensor.data.data();
  if (!tensor.strides.empty()) {
    gathered.resize(count * tensor.dtype.bytes);
    std::byte* out = gathered.data();
    gather(tensor, 0, 0, out);
    data = gathered.data();
  }
  // In parallel for the sake of the page faults on the new memory, which cost more than the conversion.
  constexpr std::size_t kGrain = std::size_t{1} << 16;
  parallel_ranges(count, kGrain, [&](std::size_t begin, std::size_t end) {
    convert(tensor.dtype, data + begin * tensor.dtype.bytes, end - begin, copy.get() + begin);
  });
  return copy;
}

bool aligned(const std::byte* data) { return reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0; }

}  // namespace

std::optional<Dtype> find_dtype(std::string_view name) {
  const auto* const found = std::ranges::find(kDtypes, name, &Dtype::name);
  return found == kDtypes.end() ? std::nullopt : std::optional(*found);
}

StoredWeights::StoredWeights(std::string file, std::map<std::string, StoredTensor> tensors,
                             std::shared_ptr<const void> owner, std::uint64_t stored_bytes,
                             std::map<std::string, std::string> metadata)
    : file_(std::move(file)),
      tensors_(std::move(tensors)),
      owner_(std::move(owner)),
      stored_bytes_(stored_bytes),
      metadata_(std::move(metadata)) {}

std::span<const float> StoredWeights::fetch(const WeightSpec& spec) {
  const auto found = tensors_.find(spec.name);
  if (found == tensors_.end()) fail_missing(spec, file_);
  const StoredTensor& tensor = found->second;
  require_shape(spec, tensor.dims, file_);
  const std::string_view dtype = tensor.dtype.name;
  if (dtype != "F32" && dtype != "F16" && dtype != "BF16" && dtype != "F64") {
    throw ModelError(file_, excerpt(spec.name),
                     "dtype " + std::string(dtype) + " cannot be used; expected F32, F16, BF16 or F64");
  }
  const auto count = static_cast<std::size_t>(check_dims(tensor.dims, file_, excerpt(spec.name)));
  if (dtype == "F32" && tensor.strides.empty() && aligned(tensor.data.data()))
    return {reinterpret_cast<const float*>(tensor.data.data()), count};
  FloatBuffer& copy = copies_[spec.name];
  if (!copy) copy = to_float(tensor, count);
  return {copy.get(), count};
}

std::map<std::string, Dims> StoredWeights::shapes() const {
  std::map<std::string, Dims> shapes;
  for (const auto& [name, tensor] : tensors_) shapes.emplace_hint(shapes.end(), name, tensor.dims);
  return shapes;
}

}  // namespace alexnet
