#include "import/torch/state_dict.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/is_one_of.hpp"
#include "import/torch/globals.hpp"

namespace alexnet::torch {
namespace {

using Tensors = std::map<std::string, const Tensor*>;

// Names under which training scripts save a network or its state dict, the first choice first.
constexpr std::array<std::string_view, 13> kPlain{
    "state_dict", "model_state_dict", "model",      "model_state", "net",    "network", "net_state_dict",
    "net_state",  "network_state",    "model_dict", "module",      "params", "weights"};

// Prefixes of all names of a network that is a part of another module.
constexpr std::array<std::string_view, 2> kInnerPrefixes{"module", "_orig_mod"};
constexpr std::array<std::string_view, 3> kOuterPrefixes{"model", "net", "network"};

// Tensors that no network uses: the counters of thop and of AveragedModel.
constexpr std::array<std::string_view, 3> kCounters{"total_ops", "total_params", "n_averaged"};

constexpr const char* kSave = "save the weights alone: torch.save(model.state_dict(), \"model.pth\")";

// A text of the file may be long and in many dicts, so long ones are not looked at.
constexpr std::size_t kMaxName = 1000;  // bytes
constexpr std::size_t kMaxTensors = 100'000;

// Returns true for "ema", "model_ema", "ema_state_dict", "averaged_model" and the like.
bool is_average(std::string_view key) {
  constexpr std::array<std::string_view, 4> kWords{"ema", "swa", "averaged", "average"};
  std::string word;
  if (key.size() > kMaxName) return false;
  for (std::size_t i = 0; i <= key.size(); ++i) {
    const bool letter = i < key.size() && std::isalpha(static_cast<unsigned char>(key[i])) != 0;
    if (letter) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(key[i])));
    } else {
      if (is_one_of(word, kWords)) return true;
      word.clear();
    }
  }
  return false;
}

// Returns the attribute of an object, or null. An object without a dict of attributes has none.
Value* attribute(const Object& object, std::string_view name) {
  const Dict* const state = object.state == nullptr ? nullptr : get<Dict>(object.state);
  return state == nullptr ? nullptr : find(*state, name);
}

// Returns the value as a whole module, or null if it is none.
const Object* module_of(Value* value) {
  const Object* const object = get<Object>(value);
  return object != nullptr && attribute(*object, "_parameters") != nullptr ? object : nullptr;
}

// ---- the entry of a checkpoint ---------------------------------------------------------------------------

using Entries = std::map<std::string_view, Value*>;

std::string names_of(const Entries& entries) {
  constexpr std::size_t kShown = 4;
  std::string names;
  std::size_t shown = 0;
  for (const auto& [key, value] : entries) {
    if (shown++ == kShown) break;
    names += (names.empty() ? "" : ", ") + in_quotes(key);
  }
  if (entries.size() > kShown) names += " and " + std::to_string(entries.size() - kShown) + " more";
  return names;
}

bool has_tensors(const Dict& dict) {
  return std::ranges::any_of(dict.items, [](const auto& item) {
    return get<Text>(item.first) != nullptr && get<Tensor>(item.second) != nullptr;
  });
}

class Checkpoint {
 public:
  Checkpoint(std::string place, std::vector<std::string>& notes) : place_(std::move(place)), notes_(notes) {}

  // Returns the state dict or whole module in the value, which may be one itself.
  Value* weights_in(Value* value) {
    for (int depth = 0; depth <= kMaxDepth; ++depth) {
      Value* const part = part_of(value);
      if (part == nullptr) return value;
      value = part;
    }
    throw ModelError(place_, "", std::string("has its weights too many dicts deep; ") + kSave);
  }

 private:
  static constexpr int kMaxDepth = 4;

  // Returns true for a state dict, a whole module, and a dict with one of them under a usual name.
  bool has_weights(Value* value, int depth = 0) {
    const Dict* const dict = dict_of(value);
    if (dict == nullptr || depth > kMaxDepth) return false;
    const auto known = known_.find(value);
    if (known != known_.end()) return known->second;
    known_[value] = false;  // for a dict in itself
    if (module_of(value) != nullptr) return known_[value] = true;
    const bool found = has_tensors(*dict) || std::ranges::any_of(dict->items, [&](const auto& item) {
                         const Text* const key = get<Text>(item.first);
                         return key != nullptr && (is_one_of(key->text, kPlain) || is_average(key->text)) &&
                                has_weights(item.second, depth + 1);
                       });
    return known_[value] = found;
  }

  Entries entries_of(const Dict& dict) {
    Entries entries;
    for (const auto& [key, value] : dict.items)
      if (const Text* const text = get<Text>(key); text != nullptr && text->text.size() <= kMaxName)
        entries.insert_or_assign(text->text, value);
    std::erase_if(entries, [&](const auto& entry) { return !has_weights(entry.second); });
    return entries;
  }

  // Returns the entry with the weights, or null if the value is a state dict or whole module, or has none.
  Value* part_of(Value* value) {
    const Dict* const dict = dict_of(value);
    if (dict == nullptr || module_of(value) != nullptr) return nullptr;
    Entries entries = entries_of(*dict);
    for (const std::string_view key : kPlain)
      if (const auto entry = entries.find(key); entry != entries.end()) return take(entry, entries);
    if (entries.empty() || has_tensors(*dict)) return nullptr;
    Entries plain = entries;
    std::erase_if(plain, [](const auto& entry) { return is_average(entry.first); });
    if (plain.empty()) {
      notes_.push_back("the weights are the averages in " + in_quotes(entries.begin()->first) +
                       "; the file has no others");
      return entries.begin()->second;
    }
    if (plain.size() > 1)
      throw ModelError(place_, "",
                       "has the weights of several networks, " + names_of(plain) +
                           R"(; save those of one: torch.save(checkpoint[")" +
                           escape_for_terminal(plain.begin()->first, kExcerpt) + R"("], "model.pth"))");
    const std::string_view key = plain.begin()->first;
    if (entries.size() == 1) notes_.push_back("the weights are those in " + in_quotes(key));
    return take(entries.find(key), entries);
  }

  Value* take(Entries::iterator entry, Entries& entries) {
    const std::string_view key = entry->first;
    Value* const value = entry->second;
    entries.erase(entry);
    if (!entries.empty())
      notes_.push_back("the weights are those in " + in_quotes(key) + "; not used are those in " +
                       names_of(entries));
    return value;
  }

  std::string place_;
  std::vector<std::string>& notes_;
  std::unordered_map<const Value*, bool> known_;  // results of has_weights()
};

// ---- tensors ---------------------------------------------------------------------------------------------

std::string_view last_component(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool is_counter(std::string_view name, const Tensor& tensor) {
  return is_one_of(last_component(name), kCounters) &&
         std::ranges::all_of(tensor.dims, [](auto d) { return d == 1; });
}

class Collector {
 public:
  explicit Collector(std::string place) : place_(std::move(place)) {}

  Tensors collect(Value* value) {
    const Object* const module = module_of(value);
    const Dict* const dict = dict_of(value);
    if (module != nullptr) {
      walk(*module);
    } else if (dict != nullptr) {
      for (const auto& [key, item] : dict->items)
        if (const Text* const name = get<Text>(key)) add("", name->text, item);
    } else {
      throw ModelError(place_, "", "is not a state dict, which maps names to tensors");
    }
    if (tensors_.empty()) fail_empty(value);
    return std::move(tensors_);
  }

 private:
  // Adds the tensor, unless it is a counter. Ignores other values, of which there are many in a checkpoint.
  void add(const std::string& prefix, std::string_view name, Value* value) {
    if (get<Object>(value) != nullptr && opaque_.empty())
      opaque_ = escape_for_terminal(prefix + std::string(name.substr(0, kMaxName)), kExcerpt) + " is of " +
                name_of(get<Object>(value)->type);
    const Tensor* const tensor = get<Tensor>(value);
    if (tensor == nullptr || is_counter(name, *tensor)) return;
    const std::size_t size = prefix.size() + name.size();
    if (size > kMaxName)
      throw ModelError(place_, escape_for_terminal(name, kExcerpt),
                       "has a name of " + std::to_string(size) + " bytes; at most " +
                           std::to_string(kMaxName) + " are read");
    tensors_.insert_or_assign(prefix + std::string(name), tensor);
    if (tensors_.size() > kMaxTensors)
      throw ModelError(place_, "", "has more than " + std::to_string(kMaxTensors) + " tensors");
  }

  struct Part {
    const Object* module;
    std::string prefix;  // "features.0."
  };

  // Adds the parameters and buffers of a module and of the modules in it, as its state_dict() does.
  void walk(const Object& root) {
    std::vector<Part> parts{{&root, ""}};
    count_attributes(root);
    while (!parts.empty()) {
      const Part part = std::move(parts.back());
      parts.pop_back();
      const std::set<std::string_view> left_out =
          texts_in(attribute(*part.module, "_non_persistent_buffers_set"));
      for (const auto& [name, value] : items_of(*part.module, "_parameters")) add(part.prefix, name, value);
      for (const auto& [name, value] : items_of(*part.module, "_buffers"))
        if (!left_out.contains(name)) add(part.prefix, name, value);
      for (const auto& [name, value] : items_of(*part.module, "_modules")) {
        const Object* const inner = get<Object>(value);
        if (inner == nullptr) continue;
        count_attributes(*inner);
        if (module_of(value) == nullptr) continue;
        std::string prefix = part.prefix + std::string(name) + ".";
        if (prefix.size() > kMaxName) fail_depth();
        parts.push_back({inner, std::move(prefix)});
      }
    }
  }

  // Modules may be in themselves, and in many others.
  void count_steps(std::size_t steps) {
    constexpr std::size_t kMaxSteps = 300'000;
    steps_ += steps + 1;
    if (steps_ > kMaxSteps) fail_depth();
  }
  void count_attributes(const Object& module) {
    const Dict* const state = module.state == nullptr ? nullptr : get<Dict>(module.state);
    count_steps(state == nullptr ? 0 : state->items.size());
  }

  [[noreturn]] void fail_depth() const {
    throw ModelError(place_, "", std::string("has too many modules in each other; ") + kSave);
  }

  std::vector<std::pair<std::string_view, Value*>> items_of(const Object& module, std::string_view name) {
    std::vector<std::pair<std::string_view, Value*>> items;
    Value* const value = attribute(module, name);
    const Dict* const dict = value == nullptr ? nullptr : dict_of(value);
    count_steps(dict == nullptr ? 0 : dict->items.size());
    if (dict == nullptr) return items;
    for (const auto& [key, item] : dict->items)
      if (const Text* const text = get<Text>(key); text != nullptr && text->text.size() <= kMaxName)
        items.emplace_back(text->text, item);
    return items;
  }

  // Returns the texts in a set, which older protocols write as set([...]).
  std::set<std::string_view> texts_in(Value* set) {
    std::set<std::string_view> texts;
    if (set == nullptr) return texts;
    if (const Object* const object = get<Object>(set)) {
      const Tuple* const arguments = object->arguments == nullptr ? nullptr : get<Tuple>(object->arguments);
      if (arguments == nullptr || arguments->items.size() != 1) return texts;
      set = arguments->items[0];
    }
    const List* const list = get<List>(set);
    count_steps(list == nullptr ? 0 : list->items.size());
    if (list == nullptr) return texts;
    for (Value* const item : list->items)
      if (const Text* const text = get<Text>(item); text != nullptr && text->text.size() <= kMaxName)
        texts.insert(text->text);
    return texts;
  }

  [[noreturn]] void fail_empty(Value* value) const {
    const Object* const object = get<Object>(value);
    if (object != nullptr && module_of(value) == nullptr)
      throw ModelError(place_, "",
                       "is an object of " + name_of(object->type) +
                           " and not a state dict, which maps names to tensors; " + kSave);
    throw ModelError(
        place_, "",
        "has no tensors" + (opaque_.empty() ? "" : ": " + opaque_ + ", which is not read; " + kSave));
  }

  std::string place_;
  Tensors tensors_;
  std::string opaque_;  // the first value that is an object
  std::size_t steps_ = 0;
};

// ---- names -----------------------------------------------------------------------------------------------

// Removes the prefixes that all names at their place have.
class ShortNames {
 public:
  explicit ShortNames(const Tensors& tensors) {
    for (const auto& [name, tensor] : tensors) names_.push_back(name);
    short_.resize(names_.size());
    if (!names_.empty()) shorten(0, names_.size(), 0, true);
  }

  Tensors rename(const Tensors& tensors) const {
    Tensors renamed;
    std::size_t i = 0;
    for (const auto& [name, tensor] : tensors) renamed.emplace(short_[i++], tensor);
    return renamed;
  }

 private:
  // Returns the component that begins at `at`, or nullopt for the last one.
  std::optional<std::string_view> component(std::size_t i, std::size_t at) const {
    const std::size_t end = names_[i].find('.', at);
    return end == std::string_view::npos ? std::nullopt : std::optional(names_[i].substr(at, end - at));
  }

  // The names [begin, end) begin with the same `at` bytes. They are sorted, so that names with one more
  // common component are neighbours. kMaxName limits the depth.
  void shorten(std::size_t begin, std::size_t end, std::size_t at, bool outermost) {
    const auto first = component(begin, at);
    if (first && first == component(end - 1, at) &&
        (is_one_of(*first, kInnerPrefixes) || (outermost && is_one_of(*first, kOuterPrefixes))))
      return shorten(begin, end, at + first->size() + 1, outermost);
    for (std::size_t i = begin; i < end;) {
      const auto common = component(i, at);
      if (!common) {
        short_[i] += names_[i].substr(at);
        ++i;
        continue;
      }
      const std::size_t group = i;
      for (; i < end && component(i, at) == common; ++i) short_[i] += std::string(*common) + ".";
      shorten(group, i, at + common->size() + 1, false);
    }
  }

  std::vector<std::string_view> names_;
  std::vector<std::string> short_;
};

// Leaves out the averaged weights if there are others beside them, as in "model.conv.weight" and
// "model_ema.conv.weight". If there are no others, removes the prefix.
void choose_average(Tensors& tensors, std::vector<std::string>& notes) {
  const auto first_dot = [](const std::string& name) { return std::min(name.find('.'), name.size()); };
  const auto averaged = [&](const auto& entry) {
    const std::size_t end = first_dot(entry.first);
    return end < entry.first.size() && is_average(std::string_view(entry.first).substr(0, end));
  };
  const auto found = std::ranges::find_if(tensors, averaged);
  if (found == tensors.end()) return;
  const std::string name = in_quotes(found->first);
  if (!std::ranges::all_of(tensors, averaged)) {
    notes.push_back("the averaged weights, such as " + name + ", are not used");
    std::erase_if(tensors, averaged);
    return;
  }
  notes.push_back("the weights are averages, such as " + name + "; the file has no others");
  Tensors renamed;
  for (const auto& [full, tensor] : tensors) renamed.emplace(full.substr(first_dot(full) + 1), tensor);
  if (renamed.size() == tensors.size()) tensors = std::move(renamed);
}

}  // namespace

NamedTensors find_weights(const Pickle& object, const std::string& place,
                          const std::set<std::string>& wanted) {
  NamedTensors found;
  Value* const weights = Checkpoint(place, found.notes).weights_in(object.root);
  found.tensors = Collector(place).collect(weights);
  const auto matches = [&](const Tensors& tensors) {
    return std::ranges::count_if(tensors, [&](const auto& entry) { return wanted.contains(entry.first); });
  };
  std::vector<std::string> notes = found.notes;
  Tensors tensors = ShortNames(found.tensors).rename(found.tensors);
  choose_average(tensors, notes);
  tensors = ShortNames(tensors).rename(tensors);
  if (matches(found.tensors) <= matches(tensors)) found = {std::move(tensors), std::move(notes)};
  return found;
}

}  // namespace alexnet::torch
