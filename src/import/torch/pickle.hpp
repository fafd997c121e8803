// Reads a pickle without executing it: nothing is imported, called or constructed. Reads what Python's pickle
// module writes in protocols 2 to 5. globals.hpp decides which globals a file may name and call.
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

// Pickle::values owns all values. Several containers may point to the same value, and a value may contain
// itself.
struct Value;

struct None {};
struct BigInteger {
  std::string_view bytes;  // more than 8 bytes, little-endian, two's complement
};
struct Text {
  std::string_view text;  // part of the file's bytes
};
struct Bytes {
  std::string_view bytes;
};
struct Global {
  std::string_view module;  // "torch"
  std::string_view name;    // "FloatStorage"
};
struct Tuple {
  std::vector<Value*> items;
};
// A list or a set.
struct List {
  std::vector<Value*> items;
};
struct Dict {
  std::vector<std::pair<Value*, Value*>> items;  // in the file's order; the last one of equal keys counts
};
// An object that is not constructed. `type` is its class, or the function that would return it.
struct Object {
  Global type;
  Value* arguments = nullptr;  // a Tuple, or null
  Value* state = nullptr;      // usually a Dict of its attributes, or null
  Dict items;                  // if it is a kind of dict
};
// A block of numbers in the file.
struct PickledStorage {
  Dtype dtype;
  std::string_view key;
  std::int64_t count = 0;  // number of elements
  // Not empty for a file of pickle.dump, which has each storage as the bytes of a legacy file with the
  // storage alone. Type, key and count are in that file.
  std::string_view file = {};
};
// A view of a storage, as the pickle has it. Only checked: offset, dims and strides are whole numbers.
struct Tensor {
  PickledStorage storage;
  std::int64_t offset = 0;  // in elements
  Dims dims;
  Dims strides;  // in elements
};

struct Value {
  std::variant<None, bool, std::int64_t, double, BigInteger, Text, Bytes, Global, Tuple, List, Dict, Object,
               PickledStorage, Tensor>
      content;
};

struct Pickle {
  // All values. They do not own each other, so deep nesting cannot overflow the stack when they are
  // destroyed.
  std::deque<Value> values;
  Value* root = nullptr;
  std::size_t end = 0;  // offset of the first byte after the pickle
};

// Reads the pickle that begins at bytes[begin]. The result points into bytes. Throws ModelError about `place`
// ("model.pth: data.pkl"), with the opcode and its byte offset.
Pickle read_pickle(std::string_view bytes, const std::string& place, std::size_t begin = 0);

// Returns true if text begins as a pickle of protocol 2 to 5 does.
bool is_pickle(std::string_view text);

// Returns the content of value as a T, or null if it has another type.
template <class T>
T* get(Value* value) {
  return std::get_if<T>(&value->content);
}
// Returns the items of a dict, or of an object that is a kind of dict. Returns null for any other value.
const Dict* dict_of(Value* value);
// Returns the value of a text key, or null if the dict does not have it.
Value* find(const Dict& dict, std::string_view key);

}  // namespace alexnet::torch
