// Sources of a network's weights: a .safetensors file, a JSON file, or a random generator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shape.hpp"
#include "core/storage.hpp"

namespace alexnet {

// A tensor that a layer asks for.
struct WeightSpec {
  std::string name;         // "conv1.weight"
  Dims dims;                // slowest dimension first
  std::int64_t fan_in = 0;  // number of inputs summed for one output; 0 for batch normalisation
  float neutral = 0.0F;     // value for random weights if fan_in is 0
};

// A tensor as stored: row-major without gaps, little-endian, aligned for its type.
struct StoredView {
  Storage storage = Storage::f32;
  const void* data = nullptr;
  // i8 only: element [r, ...] is data * scales[r], with one scale for each index r of the first dimension.
  std::span<const float> scales = {};
};

// Tensors by name. What fetch() and view() return lives as long as the object, and fetching a tensor again
// returns the same span. Thread-safe: networks that are made at the same time may share one object.
class Weights {
 public:
  virtual ~Weights() = default;

  // Returns the elements as float32, row-major. Throws ModelError naming the file, the tensor, and the
  // expected and found shape.
  std::span<const float> fetch(const WeightSpec& spec);

  // Returns the tensor as stored if it is F32, F16, BF16 or I8 with scales, row-major and aligned; else as
  // float32, like fetch. Throws like fetch.
  StoredView view(const WeightSpec& spec);

  // Returns the file's name for errors, or "random weights" if there is no file.
  virtual std::string file() const { return "random weights"; }

  // Returns the __metadata__ of a .safetensors file. Empty for other formats.
  virtual const std::map<std::string, std::string>& metadata() const;

  // Returns the shape of every tensor by name, without the scales of I8 tensors. Empty for random weights.
  virtual std::map<std::string, Dims> shapes() const;

  // Returns the type of a tensor in the file, named as in .safetensors ("I8"). Returns "" if there is no such
  // tensor, and for JSON and random weights.
  virtual std::string_view dtype(const std::string&) const { return ""; }

  // Returns the number of bytes that the tensors take in the file. For JSON, this is the size of the whole
  // file.
  virtual std::uint64_t stored_bytes() const { return 0; }

 protected:
  // fetch() and view() without the lock.
  virtual std::span<const float> read(const WeightSpec& spec) = 0;
  virtual StoredView read_view(const WeightSpec& spec) { return {Storage::f32, read(spec).data()}; }

 private:
  std::mutex mutex_;
};

// Opens a .safetensors file (F32, F16, BF16, F64, I8) or, if the name ends in .json, a file of the form
// {"conv1.weight": {"shape": [2, 2], "data": [1, 2, 3, 4]}, ...}. Tensors of a .safetensors file are mapped,
// not copied, if the file aligns them; types other than F32 are converted at the first fetch. Throws
// ModelError.
//
// An I8 tensor NAME holds -127 to 127. Its scales are in NAME_scale, one for each index of the first
// dimension (an output): F32, one dimension, finite, not negative. A scale of 0 makes a row of zeros. Any
// tensor with at least one dimension may be stored as I8.
std::unique_ptr<Weights> open_weights(const std::filesystem::path& file);

// Returns weights that any program can reproduce from the seed, uniform in [-bound, bound) (He, Zhang, Ren,
// Sun 2015). Element i, counted from 0 in row-major order, of the tensor `name` is, in integers modulo 2^64:
//   fnv1a64(name): h = 0xCBF29CE484222325; for each byte of the name: h = (h xor byte) * 0x100000001B3
//   mix(z), one step of SplitMix64 from state z (Steele, Lea, Flood 2014): z += 0x9E3779B97F4A7C15;
//     z = (z xor z >> 30) * 0xBF58476D1CE4E5B9; z = (z xor z >> 27) * 0x94D049BB133111EB; z xor z >> 31
//   k = mix(mix(seed xor fnv1a64(name)) + i) >> 40, a whole number below 2^24
// and then, in floating point:
//   bound = float32(sqrt(6.0 / fan_in)), the division and the root in float64
//   element = bound * ((k - 2^23) / 2^23), in float32: the fraction is exact, the product is rounded once.
// A tensor whose fan_in is 0 is filled with spec.neutral. tests/golden/random_weights.py does the same in
// NumPy.
std::unique_ptr<Weights> random_weights(std::uint64_t seed);

// A tensor to write. "F32", "F16" and "BF16" store the data rounded to nearest, ties to even. "I8" stores,
// for each row (index of the first dimension), the scale max |x| / 127 and x / scale, rounded the same way.
// If this scale is below the minimum normal float32, the row is stored as zeros with scale 0.
struct NamedTensor {
  std::string name;
  Dims dims;
  std::span<const float> data;
  std::string_view dtype = "F32";
};

// Writes a .safetensors file. Tensors keep the given order, except that wider types come first, so that each
// is aligned for its type. The data begins on a 64-byte boundary. The file appears only when it is complete.
// Throws OutputError if writing fails or open_weights would refuse the file, and ModelError if a number does
// not fit its type.
void save_safetensors(const std::filesystem::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace alexnet
