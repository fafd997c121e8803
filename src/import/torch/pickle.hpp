// What a pickle says, without doing what it says: nothing is imported, called or run. It reads the opcodes and globals
// that a state dict of torch.save needs, protocol 2, and refuses all others by name.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/shape.hpp"
#include "weights/stored_weights.hpp"

namespace alexnet::torch {

struct
    Value;  // those that others hold are in Pickle::values; one may be in several places, and even in itself

struct None {};
struct BigInteger {
  std::string_view bytes;  // more than 8, little-endian, two's complement
};
struct Text {
  std::string_view text;  // of the file's bytes
};
struct Global {
  std::string_view name;  // "torch.FloatStorage"
};
struct Tuple {
  std::vector<Value*> items;
};
struct List {
  std::vector<Value*> items;
};
struct Dict {
  std::vector<std::pair<Value*, Value*>> items;  // in the file's order; of equal keys the last one counts
};
// One of the file's blocks of numbers.
struct PickledStorage {
  Dtype dtype;
  std::string_view key;
  std::int64_t count = 0;  // of elements
};
// A view of a storage, as the pickle has it: nothing about the numbers is checked but that they are whole.
struct Tensor {
  PickledStorage storage;
  std::int64_t offset = 0;  // in elements
  Dims dims;
  Dims strides;  // in elements
};

struct Value {
  std::variant<None, bool, std::int64_t, double, BigInteger, Text, Global, Tuple, List, Dict, PickledStorage,
               Tensor>
      content;
};

struct Pickle {
  std::deque<Value> values;  // all there are; not a tree that owns its branches: no depth of nesting can hurt
  Value* root = nullptr;
  std::size_t end = 0;  // where the bytes after the pickle begin
};

// Reads the pickle that begins at bytes[begin]; `place`, "model.pth: data.pkl", is the file in errors, whose field is the
// opcode with its offset in bytes. The views in the result are into bytes. Throws ModelError.
Pickle read_pickle(std::string_view bytes, const std::string& place, std::size_t begin = 0);

// The value as a T, or null.
template <class T>
T* get(Value* value) {
  return std::get_if<T>(&value->content);
}
// The value of a text key; null where the dict has none.
Value* find(const Dict& dict, std::string_view key);

}  // namespace alexnet::torch
