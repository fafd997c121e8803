#include "import/torch/rebuild.hpp"

#include <algorithm>
#include <array>

#include "core/escape_for_terminal.hpp"

namespace alexnet::torch {
namespace {

struct StorageType {
  std::string_view global;
  std::string_view dtype;
};
constexpr std::array<StorageType, 10> kStorages{{{"torch.FloatStorage", "F32"},
                                                 {"torch.HalfStorage", "F16"},
                                                 {"torch.BFloat16Storage", "BF16"},
                                                 {"torch.DoubleStorage", "F64"},
                                                 {"torch.LongStorage", "I64"},
                                                 {"torch.IntStorage", "I32"},
                                                 {"torch.ShortStorage", "I16"},
                                                 {"torch.CharStorage", "I8"},
                                                 {"torch.ByteStorage", "U8"},
                                                 {"torch.BoolStorage", "BOOL"}}};

// torch before 0.4 wrote _rebuild_tensor. Some published files are that old.
constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor";
constexpr std::string_view kRebuildTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

template <class T>
const T& require(Value* value, const std::string& what) {
  const T* const found = get<T>(value);
  if (found == nullptr) throw CallError(what);
  return *found;
}

Dims whole_numbers(Value* value, const char* what) {
  Dims numbers;
  const std::string reason = std::string("the ") + what + " is not a tuple of whole numbers";
  for (Value* const item : require<Tuple>(value, reason).items)
    numbers.push_back(require<std::int64_t>(item, reason));
  return numbers;
}

// Arguments: (storage, storage_offset, size, stride, requires_grad, backward_hooks). The older form ends with
// stride.
Tensor rebuild_tensor(const std::vector<Value*>& arguments) {
  return {require<PickledStorage>(arguments[0], "the first argument is not a storage"),
          require<std::int64_t>(arguments[1], "the storage offset is not a whole number"),
          whole_numbers(arguments[2], "size"), whole_numbers(arguments[3], "stride")};
}

// Python 3 fills an OrderedDict after construction. Python 2 passes its items to the constructor as a list of
// pairs.
Dict ordered_dict(const std::vector<Value*>& arguments) {
  Dict dict;
  if (arguments.empty()) return dict;
  const char* const reason = "an OrderedDict is not made of a list of pairs";
  for (Value* const item : require<List>(arguments[0], reason).items) {
    const List* const list = get<List>(item);
    const std::vector<Value*>& pair = list != nullptr ? list->items : require<Tuple>(item, reason).items;
    if (pair.size() != 2) throw CallError(reason);
    dict.items.emplace_back(pair[0], pair[1]);
  }
  return dict;
}

}  // namespace

std::string_view known_global(std::string_view module, std::string_view name) {
  const std::string full = std::string(module) + "." + std::string(name);
  for (const std::string_view known : {kOrderedDict, kRebuildTensor, kRebuildTensor2, kRebuildParameter})
    if (full == known) return known;
  const auto* const storage = std::ranges::find(kStorages, full, &StorageType::global);
  return storage == kStorages.end() ? std::string_view() : storage->global;
}

PickledStorage storage_of(Value* persistent_id) {
  const std::vector<Value*>& id =
      require<Tuple>(persistent_id, "the persistent id is not that of a storage").items;
  const Text* const kind = id.empty() ? nullptr : get<Text>(id[0]);
  if (kind == nullptr || kind->text != "storage" || id.size() < 5 || id.size() > 6)
    throw CallError("the persistent id is not that of a storage");
  const std::string_view type = require<Global>(id[1], "the storage's type is not a global").name;
  const auto* const known = std::ranges::find(kStorages, type, &StorageType::global);
  if (known == kStorages.end()) throw CallError(std::string(type) + " is not a storage's type");
  const std::string_view key = require<Text>(id[2], "the storage's key is not a text").text;
  const std::int64_t count =
      require<std::int64_t>(id[4], "the storage's element count is not a whole number");
  if (count < 0)
    throw CallError("storage " + escape_for_terminal(key, kExcerpt) + " has an element count of " +
                    std::to_string(count));
  if (id.size() == 6)
    require<None>(id[5], "storage " + escape_for_terminal(key, kExcerpt) + " is a view of another one");
  return {*find_dtype(known->dtype), key, count};
}

Value call(Value* callable, Value* arguments) {
  const std::string_view name = require<Global>(callable, "what is called is not a global").name;
  const std::vector<Value*>& given =
      require<Tuple>(arguments, std::string(name) + " is called without a tuple").items;
  const auto takes = [&](std::size_t min, std::size_t max) {
    if (given.size() < min || given.size() > max)
      throw CallError(std::string(name) + " is called with " + std::to_string(given.size()) + " arguments");
  };
  if (name == kOrderedDict) {
    takes(0, 1);
    return {ordered_dict(given)};
  }
  if (name == kRebuildTensor) {
    takes(4, 4);
    return {rebuild_tensor(given)};
  }
  if (name == kRebuildTensor2) {
    takes(6, 6);
    return {rebuild_tensor(given)};
  }
  if (name == kRebuildParameter) {
    takes(3, 3);
    return {require<Tensor>(given[0], "a parameter is not a tensor")};
  }
  throw CallError(std::string(name) + " cannot be called");
}

}  // namespace alexnet::torch
