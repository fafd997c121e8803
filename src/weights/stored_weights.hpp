// Tensors in memory, read from a file of any format. Returns float32 and copies only if it must.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weights/float_buffer.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Element types, by the names that .safetensors gives them.
struct Dtype {
  std::string_view name;  // points to a string with static lifetime
  std::size_t bytes = 0;
};
std::optional<Dtype> find_dtype(std::string_view name);

// Suffix of the name of an I8 tensor's scales.
inline constexpr std::string_view kScaleSuffix = "_scale";

// A tensor and its data. The format's reader has checked dims with check_dims, and that every element that
// dims and strides reach is inside data.
struct StoredTensor {
  Dims dims;
  Dtype dtype;
  std::span<const std::byte> data;  // little-endian
  Dims strides = {};                // in elements, one per dimension; empty: row-major without gaps
};

class StoredWeights final : public Weights {
 public:
  // file: named in errors. owner: keeps the data alive. stored_bytes: size of the tensors in the file.
  StoredWeights(std::string file, std::map<std::string, StoredTensor> tensors,
                std::shared_ptr<const void> owner, std::uint64_t stored_bytes,
                std::map<std::string, std::string> metadata = {});

  std::string file() const override { return file_; }
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::map<std::string, Dims> shapes() const override;
  std::string_view dtype(const std::string& name) const override;
  std::uint64_t stored_bytes() const override { return stored_bytes_; }

 private:
  // Returns aligned float32 data without strides in place. Converts F16, BF16, F64 (rounded) and I8
  // (multiplied by its scales), and copies all other float32 data. Throws ModelError for other types.
  std::span<const float> read(const WeightSpec& spec) override;
  StoredView read_view(const WeightSpec& spec) override;
  // Throws ModelError unless the tensor exists, has the requested shape and a supported type.
  const StoredTensor& find(const WeightSpec& spec) const;
  // Returns the scales of an I8 tensor after checking tensor and scales. Returns an empty span for other
  // types.
  std::span<const float> scales_of(const std::string& name, const StoredTensor& tensor);

  std::string file_;
  std::map<std::string, StoredTensor> tensors_;
  // Fetched tensors that could not be returned in place.
  std::map<std::string, FloatBuffer> copies_;
  std::shared_ptr<const void> owner_;
  std::uint64_t stored_bytes_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace alexnet
