#include "import/torch/rebuild.hpp"

#include <algorithm>

#include "core/escape_for_terminal.hpp"
#include "import/torch/globals.hpp"

namespace alexnet::torch {
namespace {

template <class T>
const T& require(Value* value, const std::string& what) {
  const T* const found = get<T>(value);
  if (found == nullptr) throw CallError(what);
  return *found;
}

Value* add(std::deque<Value>& values, Value value) { return &values.emplace_back(std::move(value)); }

// Many tensors may share one tuple, so its length is limited before it is copied.
Dims whole_numbers(Value* value, const char* what) {
  constexpr std::size_t kMax = 65;  // a tensor may have 64
  Dims numbers;
  const std::string reason = std::string("the ") + what + " is not a tuple of whole numbers";
  const std::vector<Value*>& items = require<Tuple>(value, reason).items;
  if (items.size() > kMax)
    throw CallError(std::string("the ") + what + " has " + std::to_string(items.size()) + " dimensions");
  numbers.reserve(items.size());
  for (Value* const item : items) numbers.push_back(require<std::int64_t>(item, reason));
  return numbers;
}

// Arguments: (storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata). The oldest
// form ends with stride; metadata is optional.
Tensor rebuild_tensor(const std::vector<Value*>& arguments) {
  return {require<PickledStorage>(arguments[0], "the first argument is not a storage"),
          require<std::int64_t>(arguments[1], "the storage offset is not a whole number"),
          whole_numbers(arguments[2], "size"), whole_numbers(arguments[3], "stride")};
}

// The metadata says whether the numbers are to be negated or conjugated.
void check_metadata(Value* metadata) {
  const Dict* const dict = get<Dict>(metadata);
  if (dict == nullptr && get<None>(metadata) == nullptr) throw CallError("a tensor's metadata is not a dict");
  constexpr std::size_t kMax = 100;  // many tensors may share it
  if (dict != nullptr && dict->items.size() > kMax)
    throw CallError("a tensor's metadata has " + std::to_string(dict->items.size()) + " items");
  for (const char* const key : {"neg", "conj"})
    if (Value* const set = dict == nullptr ? nullptr : find(*dict, key);
        set != nullptr && (get<bool>(set) == nullptr || *get<bool>(set)))
      throw CallError("a tensor is a view with " + in_quotes(key) + ", which is not read");
}

// Gives a view of an untyped storage its element type.
Tensor with_dtype(Tensor tensor, Value* type) {
  const auto& global = require<Global>(type, "a tensor's dtype is not a global");
  const auto dtype = tensor_dtype(global);
  if (!dtype) throw CallError(name_of(global) + " is not an element type that is read");
  PickledStorage& storage = tensor.storage;
  const auto size = static_cast<std::int64_t>(dtype->bytes);
  if (storage.dtype.bytes != 1 || storage.count % size != 0)
    throw CallError("storage " + escape_for_terminal(storage.key, kExcerpt) + " is not one of " +
                    name_of(global));
  storage = {*dtype, storage.key, storage.count / size};
  return tensor;
}

// Python 3 fills an OrderedDict after construction. Python 2 passes its items to the constructor as a list of
// pairs, which nothing else uses: they are moved, so that a list in many calls is not copied for each.
Dict ordered_dict(const std::vector<Value*>& arguments) {
  Dict dict;
  if (arguments.empty()) return dict;
  const char* const reason = "an OrderedDict is not made of a list of pairs";
  std::vector<Value*> items;
  require<List>(arguments[0], reason);
  items.swap(get<List>(arguments[0])->items);
  for (Value* const item : items) {
    const List* const list = get<List>(item);
    const std::vector<Value*>& pair = list != nullptr ? list->items : require<Tuple>(item, reason).items;
    if (pair.size() != 2) throw CallError(reason);
    dict.items.emplace_back(pair[0], pair[1]);
  }
  return dict;
}

Value* call_torch(const Global& function, const std::vector<Value*>& given, std::deque<Value>& values) {
  const auto takes = [&](std::size_t min, std::size_t max) {
    if (given.size() < min || given.size() > max)
      throw CallError(name_of(function) + " is called with " + std::to_string(given.size()) + " arguments");
  };
  if (function.name == "_rebuild_tensor") {
    takes(4, 4);
    return add(values, {rebuild_tensor(given)});
  }
  if (function.name == "_rebuild_tensor_v2") {
    takes(6, 7);
    if (given.size() == 7) check_metadata(given[6]);
    return add(values, {rebuild_tensor(given)});
  }
  if (function.name == "_rebuild_tensor_v3") {
    takes(7, 8);
    if (given.size() == 8) check_metadata(given[7]);
    return add(values, {with_dtype(rebuild_tensor(given), given[6])});
  }
  const bool with_state = function.name == "_rebuild_parameter_with_state";
  if (!with_state && function.name != "_rebuild_parameter")
    throw CallError(name_of(function) + " cannot be called");
  takes(with_state ? 4 : 3, with_state ? 4 : 3);
  require<Tensor>(given[0], "a parameter is not a tensor");
  return given[0];
}

// A tensor with attributes: (function, type, arguments, state). The attributes are ignored.
Value* rebuild_from_type(const std::vector<Value*>& given, std::deque<Value>& values) {
  if (given.size() != 4) throw CallError("a tensor of another type is not rebuilt from four arguments");
  const char* const reason = "a tensor of another type is not rebuilt by a function of torch._utils";
  const auto& function = require<Global>(given[0], reason);
  if (function.module != "torch._utils" || use_of(function) != GlobalUse::known) throw CallError(reason);
  return call_torch(function, require<Tuple>(given[2], reason).items, values);
}

PickledStorage storage_of(const std::vector<Value*>& id) {
  const auto& type = require<Global>(id[1], "the storage's type is not a global");
  const auto dtype = storage_dtype(type);
  if (!dtype) throw CallError(name_of(type) + " is not a storage's type");
  const std::string_view key = require<Text>(id[2], "the storage's key is not a text").text;
  constexpr std::size_t kMax = 1000;  // many tensors may share it
  if (key.size() > kMax) throw CallError("the storage's key has " + std::to_string(key.size()) + " bytes");
  const std::int64_t count =
      require<std::int64_t>(id[4], "the storage's element count is not a whole number");
  if (count < 0)
    throw CallError("storage " + escape_for_terminal(key, kExcerpt) + " has an element count of " +
                    std::to_string(count));
  if (id.size() == 6)
    require<None>(id[5], "storage " + escape_for_terminal(key, kExcerpt) + " is a view of another one");
  return {*dtype, key, count};
}

// A storage in a file of pickle.dump. Protocol 2 has no bytes.
PickledStorage storage_in(const std::vector<Value*>& given) {
  const Bytes* const file = given.size() == 1 ? get<Bytes>(given[0]) : nullptr;
  if (file == nullptr || file->bytes.empty())
    throw CallError("a storage is not in bytes; save it again with torch.save");
  return {{}, {}, 0, file->bytes};
}

}  // namespace

Value* persistent(Value* id, std::deque<Value>& values) {
  const char* const reason = "the persistent id is not that of a storage";
  const std::vector<Value*>& items = require<Tuple>(id, reason).items;
  const Text* const kind = items.empty() ? nullptr : get<Text>(items[0]);
  if (kind != nullptr && kind->text == "module" && items.size() == 4 && get<Global>(items[1]) != nullptr)
    return items[1];
  if (kind == nullptr || kind->text != "storage" || items.size() < 5 || items.size() > 6)
    throw CallError(reason);
  return add(values, {storage_of(items)});
}

Value* call(const Global& function, Value* arguments, std::deque<Value>& values) {
  const std::vector<Value*>& given =
      require<Tuple>(arguments, name_of(function) + " is called without a tuple").items;
  if (use_of(function) == GlobalUse::opaque) return add(values, {Object{function, arguments, nullptr, {}}});
  if (function.module == "torch._utils") return call_torch(function, given, values);
  if (function.name == "_load_from_bytes") return add(values, {storage_in(given)});
  if (function.module == "torch._tensor") return rebuild_from_type(given, values);
  if (function.name == "OrderedDict") {
    if (given.size() > 1)
      throw CallError(name_of(function) + " is called with " + std::to_string(given.size()) + " arguments");
    return add(values, {ordered_dict(given)});
  }
  if (storage_dtype(function)) throw CallError(name_of(function) + " cannot be called");
  // The functions of copyreg: the first argument is the class of the new object.
  if (given.empty()) throw CallError(name_of(function) + " is called without a class");
  return add(
      values,
      {Object{require<Global>(given[0], "the class of an object is not a global"), arguments, nullptr, {}}});
}

}  // namespace alexnet::torch
