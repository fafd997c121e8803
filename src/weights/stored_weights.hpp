// Tensors as they lie in memory, of any format's file: fetched as float32, copied only where they must be.
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
  std::string_view name;  // of a string that lives forever
  std::size_t bytes = 0;
};
std::optional<Dtype> find_dtype(std::string_view name);

// What the name of an I8 tensor's scales ends in.
inline constexpr std::string_view kScaleSuffix = "_scale";

// The reader of the format has checked that every element that dims and strides reach lies in data, and dims by
// check_dims.
struct StoredTensor {
  Dims dims;
  Dtype dtype;
  std::span<const std::byte> data;  // little-endian
  Dims strides = {};                // in elements, one for each dimension; empty: row-major without gaps
};

class StoredWeights final : public Weights {
 public:
  // file is named in errors; owner keeps the data alive; stored_bytes is what the tensors take in the file.
  StoredWeights(std::string file, std::map<std::string, StoredTensor> tensors,
                std::shared_ptr<const void> owner, std::uint64_t stored_bytes,
                std::map<std::string, std::string> metadata = {});

  std::string file() const override { return file_; }
  // float32 without strides is handed out as it lies there, where it is aligned; F16, BF16, F64 and I8 are converted, F64
  // by rounding and I8 by its scales. Other types are refused.
  std::span<const float> fetch(const WeightSpec& spec) override;
  StoredView view(const WeightSpec& spec) override;
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::map<std::string, Dims> shapes() const override;
  std::string_view dtype(const std::string& name) const override;
  std::uint64_t stored_bytes() const override { return stored_bytes_; }

 private:
  // Throws ModelError unless the tensor is there, of the shape that is asked for and of a type that can be used.
  const StoredTensor& find(const WeightSpec& spec) const;
  // Of an I8 tensor, both checked; of another, none.
  std::span<const float> scales_of(const std::string& name, const StoredTensor& tensor);

  std::string file_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, FloatBuffer>
      copies_;  // of fetched tensors that could not be handed out as they lie there
  std::shared_ptr<const void> owner_;
  std::uint64_t stored_bytes_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace alexnet
