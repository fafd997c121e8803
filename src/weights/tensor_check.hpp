// What every reader of weights checks in the same way, and the readers themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/shape.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// The dimensions in a JSON list of whole numbers. Throws ModelError about `file: tensor` as check_dims does.
Dims read_dims(const nlohmann::json& shape, const std::string& file, const std::string& tensor);

// The product of the dimensions. Throws ModelError about `file: tensor` unless every one is at least 1, there
// are at most 64 of them and the product is at most kMaxElements.
std::int64_t check_dims(const Dims& dims, const std::string& file, const std::string& tensor);

// Throws ModelError unless found is the shape that the layer asks for.
void require_shape(const WeightSpec& spec, const Dims& found, const std::string& file);

[[noreturn]] void fail_missing(const WeightSpec& spec, const std::string& file);

std::unique_ptr<Weights> open_safetensors(const std::filesystem::path& path);
std::unique_ptr<Weights> open_json_weights(const std::filesystem::path& file);

}  // namespace alexnet
