#include "weights/weights.hpp"

#include <oneapi/tbb/task_arena.h>

#include <nlohmann/json.hpp>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {

// Isolated: a thread that waits for the others of a parallel conversion must not take up a task that fetches
// a tensor, too, and so waits for the lock that it holds.
std::span<const float> Weights::fetch(const WeightSpec& spec) {
  const std::lock_guard lock(mutex_);
  return tbb::this_task_arena::isolate([&] { return read(spec); });
}

StoredView Weights::view(const WeightSpec& spec) {
  const std::lock_guard lock(mutex_);
  return tbb::this_task_arena::isolate([&] { return read_view(spec); });
}

const std::map<std::string, std::string>& Weights::metadata() const {
  static const std::map<std::string, std::string> kNone;
  return kNone;
}

std::map<std::string, Dims> Weights::shapes() const { return {}; }

std::unique_ptr<Weights> open_weights(const std::filesystem::path& file) {
  return file.extension() == ".json" ? open_json_weights(file) : open_safetensors(file);
}

Dims read_dims(const nlohmann::json& shape, const std::string& file, const std::string& tensor) {
  const auto bad = [&] { throw ModelError(file, tensor, "shape is not a list of whole numbers"); };
  if (!shape.is_array()) bad();
  Dims dims;
  for (const nlohmann::json& dim : shape) {
    if (!dim.is_number_integer()) bad();
    if (dim.is_number_unsigned() && dim.get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxElements)) {
      throw ModelError(file, tensor,
                       "dimension " + std::to_string(dim.get<std::uint64_t>()) + " is more than the " +
                           std::to_string(kMaxElements) + " elements that a tensor may have");
    }
    dims.push_back(dim.get<std::int64_t>());
  }
  check_dims(dims, file, tensor);
  return dims;
}

std::int64_t check_dims(const Dims& dims, const std::string& file, const std::string& tensor) {
  constexpr std::size_t kMaxRank = 64;  // torch has the same limit, and it keeps messages short
  if (dims.size() > kMaxRank) {
    throw ModelError(
        file, tensor,
        "has " + std::to_string(dims.size()) + " dimensions, more than " + std::to_string(kMaxRank));
  }
  for (const std::int64_t dim : dims) {
    if (dim < 1) throw ModelError(file, tensor, "shape " + to_string(dims) + " has a dimension below 1");
  }
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim > kMaxElements / count) {
      throw ModelError(
          file, tensor,
          "shape " + to_string(dims) + " has more than " + std::to_string(kMaxElements) + " elements");
    }
    count *= dim;
  }
  return count;
}

void require_shape(const WeightSpec& spec, const Dims& found, const std::string& file) {
  if (found == spec.dims) return;
  throw ModelError(file, escape_for_terminal(spec.name, kExcerpt),
                   "expected " + to_string(spec.dims) + ", found " + to_string(found));
}

void fail_missing(const WeightSpec& spec, const std::string& file) {
  throw ModelError(file, escape_for_terminal(spec.name, kExcerpt),
                   "is missing; expected a tensor of " + to_string(spec.dims));
}

}  // namespace alexnet
