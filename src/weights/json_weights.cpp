#include "weights/weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "weights/strict_json.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

using nlohmann::json;

struct Tensor {
  Dims dims;
  std::vector<float> data;
};

Tensor read_tensor(const json& value, const std::string& file, const std::string& name) {
  const auto fail = [&](const std::string& reason) { throw ModelError(file, name, reason); };
  if (!value.is_object()) fail("is not an object with shape and data");
  for (const char* key : {"shape", "data"}) {
    if (!value.contains(key)) fail(std::string(key) + " is missing");
  }
  for (const auto& [key, ignored] : value.items()) {
    if (key != "shape" && key != "data") fail("unknown key " + in_quotes(key));
  }

  Tensor tensor{read_dims(value["shape"], file, name), {}};
  const json& data = value["data"];
  if (!data.is_array()) fail("data is not a list of numbers");
  const auto expected = static_cast<std::size_t>(check_dims(tensor.dims, file, name));
  if (data.size() != expected) {
    fail("data has " + std::to_string(data.size()) + " numbers, but " + to_string(tensor.dims) + " takes " +
         std::to_string(expected));
  }
  tensor.data.reserve(expected);
  for (const json& number : data) {
    const auto element = [&] { return "data[" + std::to_string(tensor.data.size()) + "] "; };
    if (!number.is_number()) fail(element() + "is not a number");
    const auto wide = number.get<double>();
    // From half a unit above the largest float, the nearest float32 is infinity. A shortest decimal of the
    // largest float itself may be slightly above it.
    constexpr double kTooLarge = 0x1.FFFFFFp127;
    constexpr double kLargest = std::numeric_limits<float>::max();
    if (std::abs(wide) >= kTooLarge) fail(element() + "is outside the range of a float32");
    tensor.data.push_back(static_cast<float>(std::clamp(wide, -kLargest, kLargest)));
  }
  return tensor;
}

class JsonWeights final : public Weights {
 public:
  explicit JsonWeights(const std::filesystem::path& file) : file_(file.string()) {
    json document = read_json(file);
    if (!document.is_object()) throw ModelError(file_, "", "is not an object of tensors by name");
    for (auto& [name, value] : document.get_ref<json::object_t&>()) {
      tensors_.emplace(name, read_tensor(value, file_, escape_for_terminal(name, kExcerpt)));
      value = nullptr;  // frees memory: a parsed number takes four times that of a float
    }
    std::error_code ignored;
    stored_bytes_ = std::filesystem::file_size(file, ignored);
  }

  std::string file() const override { return file_; }
  std::span<const float> read(const WeightSpec& spec) override {
    const auto found = tensors_.find(spec.name);
    if (found == tensors_.end()) fail_missing(spec, file_);
    require_shape(spec, found->second.dims, file_);
    return found->second.data;
  }

  std::map<std::string, Dims> shapes() const override {
    std::map<std::string, Dims> shapes;
    for (const auto& [name, tensor] : tensors_) shapes.emplace(name, tensor.dims);
    return shapes;
  }

  std::uint64_t stored_bytes() const override { return stored_bytes_; }

 private:
  std::string file_;
  std::map<std::string, Tensor> tensors_;
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Weights> open_json_weights(const std::filesystem::path& file) {
  return std::make_unique<JsonWeights>(file);
}

}  // namespace alexnet
