// Checks that all readers of weights share, and the readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/shape.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Returns the dimensions in a JSON list of whole numbers. Throws ModelError about `file: tensor` if the list
// is malformed or check_dims fails.
Dims read_dims(const nlohmann::json& shape, const std::string& file, const std::string& tensor);

// Returns the product of the dimensions. Throws ModelError about `file: tensor` unless there are at most 64
// dimensions, each is at least 1 and the product is at most kMaxElements.
std::int64_t check_dims(const Dims& dims, const std::string& file, const std::string& tensor);

// Throws ModelError unless found is spec.dims.
void require_shape(const WeightSpec& spec, const Dims& found, const std::string& file);

[[noreturn]] void fail_missing(const WeightSpec& spec, const std::string& file);

std::unique_ptr<Weights> open_safetensors(const std::filesystem::path& path);
std::unique_ptr<Weights> open_json_weights(const std::filesystem::path& file);

}  // namespace alexnet
