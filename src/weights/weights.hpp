// Where a network's weights come from: a .safetensors file, a JSON file, or a random generator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
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
  Dims dims;                // slowest first
  std::int64_t fan_in = 0;  // inputs that one output sums; 0 for batch normalisation's tensors
  float neutral = 0.0F;     // what random weights put in a tensor whose fan_in is 0
};

// A tensor as it is stored: row-major without gaps, little-endian, aligned for its type.
struct StoredView {
  Storage storage = Storage::f32;
  const void* data = nullptr;
  // i8 only: element [r, ...] is data * scales[r], one for each of the first dimension.
  std::span<const float> scales = {};
};

// Tensors by name. What fetch returns lives as long as the object, and a second fetch returns the same span.
// Not for several threads at once.
class Weights {
 public:
  virtual ~Weights() = default;

  // The tensor's elements, row-major, as float32. Throws ModelError that says file, tensor, expected, found.
  virtual std::span<const float> fetch(const WeightSpec& spec) = 0;

  // The tensor as it is stored, where that is F32, F16, BF16 or I8 with scales, row-major and aligned; else as float32,
  // like fetch. Lives as long as the object. Throws as fetch does.
  virtual StoredView view(const WeightSpec& spec) { return {Storage::f32, fetch(spec).data()}; }

  // The file, as errors name it; "random weights" where there is none.
  virtual std::string file() const { return "random weights"; }

  // The string-to-string __metadata__ of a .safetensors file; empty elsewhere.
  virtual const std::map<std::string, std::string>& metadata() const;

  // The shape of every tensor, by name; empty for random weights. The scales of an I8 tensor are a part of it.
  virtual std::map<std::string, Dims> shapes() const;

  // The element type of a tensor in the file, as .safetensors names it ("I8"); "" where there is no such tensor, and where
  // numbers are not stored as bytes.
  virtual std::string_view dtype(const std::string&) const { return ""; }

  // The bytes that the tensors take in the file.
  virtual std::uint64_t stored_bytes() const { return 0; }
};

// Opens .safetensors (F32, F16, BF16, F64, I8) or, where the name ends in .json,
// {"conv1.weight": {"shape": [2, 2], "data": [1, 2, 3, 4]}, ...}. Tensors of a .safetensors file are mapped, not copied,
// where the file aligns them; other types than F32 are converted at the first fetch. Throws ModelError.
//
// An I8 tensor NAME holds -127 to 127 and has its scales, one for each of its first dimension (an output), in NAME_scale:
// F32, one dimension, finite, not negative. A scale of 0 makes a row of zeros. Any tensor may be stored so.
std::unique_ptr<Weights> open_weights(const std::filesystem::path& file);

// Weights that any program can make again from the seed, uniform in [-bound, bound) (He, Zhang, Ren, Sun
// 2015). Element i, counted from 0 in row-major order, of the tensor `name` is, in integers modulo 2^64:
//   fnv1a64(name): h = 0xCBF29CE484222325; for each byte of the name: h = (h xor byte) * 0x100000001B3
//   mix(z), one step of SplitMix64 from state z (Steele, Lea, Flood 2014): z += 0x9E3779B97F4A7C15;
//     z = (z xor z >> 30) * 0xBF58476D1CE4E5B9; z = (z xor z >> 27) * 0x94D049BB133111EB; z xor z >> 31
//   k = mix(mix(seed xor fnv1a64(name)) + i) >> 40, a whole number below 2^24
// and then, in floating point:
//   bound = float32(sqrt(6.0 / fan_in)), the division and the root in float64
//   element = bound * ((k - 2^23) / 2^23), in float32: the fraction is exact, the product is rounded once.
// A tensor whose fan_in is 0 is filled with spec.neutral. tests/golden/random_weights.py is the same in
// NumPy.
std::unique_ptr<Weights> random_weights(std::uint64_t seed);

// A tensor to be written: dtype is "F32", "F16" or "BF16", to which the data is rounded, halves to even, or "I8": then
// each row (of the first dimension) has the scale max |x| / 127 and holds x / scale, rounded likewise; a row too small
// for a scale that is a normal float32 is zeros, with scale 0.
struct NamedTensor {
  std::string name;
  Dims dims;
  std::span<const float> data;
  std::string_view dtype = "F32";
};

// Writes a .safetensors file of tensors in the given order, but wider types first, so that each is aligned for its type; the
// data begins on a 64-byte boundary. The file appears only when it is complete. Throws OutputError, also for what
// open_weights would refuse, and ModelError for a number that the type cannot hold.
void save_safetensors(const std::filesystem::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace alexnet
