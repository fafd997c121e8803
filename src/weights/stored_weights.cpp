#include "weights/stored_weights.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
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

// out (count floats) = in (count elements, little-endian, aligned or not)
void convert(const Dtype& dtype, const std::byte* in, std::size_t count, float* out) {
  if (dtype.name == "F32") std::memcpy(out, in, count * sizeof(float));
  if (dtype.name == "F16") half_to_float(in, count, out);
  if (dtype.name == "BF16") bfloat16_to_float(in, count, out);
  if (dtype.name == "I8")
    std::transform(in, in + count, out,
                   [](std::byte b) { return static_cast<float>(static_cast<std::int8_t>(b)); });
  if (dtype.name == "F64") {
    for (std::size_t i = 0; i < count; ++i) {
      double value = 0;
      std::memcpy(&value, in + i * sizeof value, sizeof value);
      out[i] = static_cast<float>(value);
    }
  }
}

// Copies the tensor's elements to out in row-major order and advances out.
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

// Multiplies the elements [begin, end) of a tensor with `count` elements by the scales of their rows.
void scale_rows(std::span<const float> scales, std::size_t count, std::size_t begin, std::size_t end,
                float* data) {
  const std::size_t row = count / scales.size();
  for (std::size_t i = begin; i < end;) {
    const float scale = scales[i / row];
    for (const std::size_t stop = std::min(end, (i / row + 1) * row); i < stop; ++i) data[i] *= scale;
  }
}

FloatBuffer to_float(const StoredTensor& tensor, std::size_t count, std::span<const float> scales) {
  auto copy = allocate_floats(count);
  std::vector<std::byte> gathered;
  const std::byte* data = tensor.data.data();
  if (!tensor.strides.empty()) {
    gathered.resize(count * tensor.dtype.bytes);
    std::byte* out = gathered.data();
    gather(tensor, 0, 0, out);
    data = gathered.data();
  }
  // Parallel because page faults on the new memory cost more than the conversion.
  constexpr std::size_t kGrain = std::size_t{1} << 16;
  parallel_ranges(count, kGrain, [&](std::size_t begin, std::size_t end) {
    convert(tensor.dtype, data + begin * tensor.dtype.bytes, end - begin, copy.get() + begin);
    if (!scales.empty()) scale_rows(scales, count, begin, end, copy.get());
  });
  return copy;
}

// Returns true if the tensor is row-major without gaps and aligned for its type.
bool lies_ready(const StoredTensor& tensor) {
  return tensor.strides.empty() &&
         reinterpret_cast<std::uintptr_t>(tensor.data.data()) % tensor.dtype.bytes == 0;
}

bool contains_min_int8(std::span<const std::byte> data) {
  std::atomic<bool> found = false;
  // Parallel because the pages of the file are mapped on first access.
  constexpr std::size_t kGrain = std::size_t{1} << 20;
  parallel_ranges(data.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    if (std::memchr(data.data() + begin, 0x80, end - begin) != nullptr) found = true;
  });
  return found;
}

std::optional<Storage> storage_of(const Dtype& dtype) {
  static constexpr std::array<std::pair<std::string_view, Storage>, 4> kStorages{
      {{"F32", Storage::f32}, {"F16", Storage::f16}, {"BF16", Storage::bf16}, {"I8", Storage::i8}}};
  for (const auto& [name, storage] : kStorages)
    if (name == dtype.name) return storage;
  return std::nullopt;
}

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

const StoredTensor& StoredWeights::find(const WeightSpec& spec) const {
  const auto found = tensors_.find(spec.name);
  if (found == tensors_.end()) fail_missing(spec, file_);
  const StoredTensor& tensor = found->second;
  require_shape(spec, tensor.dims, file_);
  if (!storage_of(tensor.dtype) && tensor.dtype.name != "F64")
    throw ModelError(
        file_, escape_for_terminal(spec.name, kExcerpt),
        "dtype " + std::string(tensor.dtype.name) + " cannot be used; expected F32, F16, BF16, F64 or I8");
  return tensor;
}

std::span<const float> StoredWeights::scales_of(const std::string& name, const StoredTensor& tensor) {
  if (tensor.dtype.name != "I8") return {};
  if (tensor.dims.empty())
    throw ModelError(file_, escape_for_terminal(name, kExcerpt),
                     "is I8 of no dimension; scales are for rows");
  const WeightSpec spec{name + std::string(kScaleSuffix), {tensor.dims[0]}};
  const auto found = tensors_.find(spec.name);
  if (found == tensors_.end())
    throw ModelError(file_, escape_for_terminal(name, kExcerpt),
                     "is I8 without scales; expected " + escape_for_terminal(spec.name, kExcerpt) +
                         ", F32 of " + to_string(spec.dims));
  if (found->second.dtype.name != "F32")
    throw ModelError(file_, escape_for_terminal(spec.name, kExcerpt),
                     "is " + std::string(found->second.dtype.name) + "; the scales of an I8 tensor are F32");
  const std::span<const float> scales = read(spec);
  const auto bad = std::ranges::find_if(scales, [](float s) { return !std::isfinite(s) || s < 0.0F; });
  if (bad != scales.end())
    throw ModelError(file_, escape_for_terminal(spec.name, kExcerpt),
                     "holds " + std::to_string(*bad) + " for row " + std::to_string(bad - scales.begin()) +
                         "; a scale is finite and not negative");
  // -128 is refused: writers of such files use the symmetric range, and kernels may then negate and multiply
  // without overflow.
  if (contains_min_int8(tensor.data))
    throw ModelError(file_, escape_for_terminal(name, kExcerpt), "holds -128; I8 weights are -127 to 127");
  return scales;
}

std::span<const float> StoredWeights::read(const WeightSpec& spec) {
  const StoredTensor& tensor = find(spec);
  const auto count =
      static_cast<std::size_t>(check_dims(tensor.dims, file_, escape_for_terminal(spec.name, kExcerpt)));
  if (tensor.dtype.name == "F32" && lies_ready(tensor))
    return {reinterpret_cast<const float*>(tensor.data.data()), count};
  if (const auto had = copies_.find(spec.name); had != copies_.end()) return {had->second.get(), count};
  const std::span<const float> scales = scales_of(spec.name, tensor);
  return {(copies_[spec.name] = to_float(tensor, count, scales)).get(), count};
}

StoredView StoredWeights::read_view(const WeightSpec& spec) {
  const StoredTensor& tensor = find(spec);
  const std::optional<Storage> storage = storage_of(tensor.dtype);
  if (!storage || !lies_ready(tensor)) return Weights::read_view(spec);
  return {*storage, tensor.data.data(), scales_of(spec.name, tensor)};
}

std::string_view StoredWeights::dtype(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? "" : found->second.dtype.name;
}

std::map<std::string, Dims> StoredWeights::shapes() const {
  std::map<std::string, Dims> shapes;
  for (const auto& [name, tensor] : tensors_) shapes.emplace_hint(shapes.end(), name, tensor.dims);
  for (const auto& [name, tensor] : tensors_)
    if (tensor.dtype.name == "I8") shapes.erase(name + std::string(kScaleSuffix));
  return shapes;
}

}  // namespace alexnet
