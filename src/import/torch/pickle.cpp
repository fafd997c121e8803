#include "import/torch/pickle.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "alexnet/error.hpp"
#include "import/torch/globals.hpp"
#include "import/torch/opcodes.hpp"
#include "import/torch/rebuild.hpp"

namespace alexnet::torch {
namespace {

static_assert(std::endian::native == std::endian::little, "pickles are little-endian");

// A state dict has about 40 opcodes per tensor. Each opcode makes at most one value, so this also limits
// memory.
constexpr std::size_t kMaxOpcodes = 1'000'000;

constexpr int kMinProtocol = 2;
constexpr int kMaxProtocol = 5;

class Reader {
 public:
  Reader(std::string_view bytes, std::string place, std::size_t begin)
      : bytes_(bytes), place_(std::move(place)), at_(begin) {}

  Pickle read() {
    for (std::size_t count = 0; count < kMaxOpcodes; ++count) {
      const Op op = next();
      if (count == 0 && op != Op::proto) fail("a pickle begins with PROTO");
      if (op == Op::stop) {
        if (stack_.size() != 1 || !marks_.empty())
          fail("leaves " + std::to_string(stack_.size()) + " values; a pickle is one");
        pickle_.root = stack_.back();
        pickle_.end = at_;
        return std::move(pickle_);
      }
      run(op);
    }
    fail("there are more than " + std::to_string(kMaxOpcodes) + " opcodes, which no state dict has");
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw ModelError(place_, name_ + " at byte " + std::to_string(op_at_), reason);
  }

  Op next() {
    op_at_ = at_;
    name_ = "STOP";
    if (at_ >= bytes_.size()) fail("is missing: the pickle is truncated");
    const auto code = static_cast<unsigned char>(bytes_[at_++]);
    const auto* const known = std::ranges::find(kOpNames, static_cast<Op>(code), &OpName::op);
    if (known == kOpNames.end()) {
      constexpr char kHex[] = "0123456789abcdef";
      name_ = std::string("opcode 0x") + kHex[code >> 4] + kHex[code & 15];
      fail("is not one that a state dict needs");
    }
    name_ = known->name;
    return known->op;
  }

  void run(Op op) {
    switch (op) {
      case Op::proto:
        if (const int version = number<std::uint8_t>(); version < kMinProtocol || version > kMaxProtocol)
          fail("protocol " + std::to_string(version) + "; torch.save writes 2 to 5");
        return;
      case Op::frame:
        return frame();
      case Op::stop:
        return;  // handled in read()
      case Op::mark:
        return marks_.push_back(stack_.size());
      case Op::pop:
        pop();
        return;
      case Op::pop_mark:
        pop_to_mark();
        return;
      case Op::dup:
        return stack_.push_back(top());
      case Op::global: {
        const std::string_view module = line();
        return global({module, line()});
      }
      case Op::stack_global:
        return stack_global();
      case Op::reduce:
        return reduce();
      case Op::newobj:
        return new_object(pop());
      case Op::newobj_ex:
        pop();  // arguments by keyword
        return new_object(pop());
      case Op::binpersid:
        return persistent_value();
      case Op::build:
        return build();
      case Op::tuple:
        return push({Tuple{pop_to_mark()}});
      case Op::tuple1:
        return tuple_of(1);
      case Op::tuple2:
        return tuple_of(2);
      case Op::tuple3:
        return tuple_of(3);
      case Op::empty_tuple:
        return push({Tuple{}});
      case Op::empty_list:
        return push({List{}});
      case Op::empty_dict:
        return push({Dict{}});
      case Op::empty_set:
        return push({List{}});
      case Op::frozenset:
        return push({List{pop_to_mark()}});
      case Op::append:
        return append({pop()});
      case Op::appends:
      case Op::additems:
        return append(pop_to_mark());
      case Op::setitem: {
        Value* const value = pop();
        return set_items({pop(), value});
      }
      case Op::setitems:
        return set_items(pop_to_mark());
      case Op::binunicode:
      case Op::binstring:
        return push({Text{take(number<std::uint32_t>())}});
      case Op::short_binstring:
      case Op::short_binunicode:
        return push({Text{take(number<std::uint8_t>())}});
      case Op::binunicode8:
        return push({Text{take(number<std::uint64_t>())}});
      case Op::short_binbytes:
        return push({Bytes{take(number<std::uint8_t>())}});
      case Op::binbytes:
        return push({Bytes{take(number<std::uint32_t>())}});
      case Op::binbytes8:
      case Op::bytearray8:
        return push({Bytes{take(number<std::uint64_t>())}});
      case Op::binint:
        return push({std::int64_t{number<std::int32_t>()}});
      case Op::binint1:
        return push({std::int64_t{number<std::uint8_t>()}});
      case Op::binint2:
        return push({std::int64_t{number<std::uint16_t>()}});
      case Op::long1:
        return integer(take(number<std::uint8_t>()));
      case Op::long4:
        return integer(take(number<std::uint32_t>()));
      case Op::binfloat:
        return push({std::bit_cast<double>(__builtin_bswap64(number<std::uint64_t>()))});
      case Op::none:
        return push({None{}});
      case Op::newtrue:
        return push({true});
      case Op::newfalse:
        return push({false});
      case Op::binput:
        return remember(number<std::uint8_t>());
      case Op::long_binput:
        return remember(number<std::uint32_t>());
      case Op::memoize:
        return remember(static_cast<std::uint32_t>(memo_.size()));
      case Op::binget:
        return recall(number<std::uint8_t>());
      case Op::long_binget:
        return recall(number<std::uint32_t>());
    }
  }

  // ---- the opcode's argument ----------------------------------------------------------------------

  std::string_view take(std::size_t count) {
    if (count > bytes_.size() - at_)
      fail("asks for " + std::to_string(count) + " bytes, but the pickle is truncated after " +
           std::to_string(bytes_.size() - at_));
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  template <class T>
  T number() {
    T value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("is truncated");
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  // ---- the stack ----------------------------------------------------------------------------------

  void push(Value value) { stack_.push_back(&pickle_.values.emplace_back(std::move(value))); }

  // Values below the topmost mark cannot be accessed until the mark is removed.
  Value* top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("finds the stack empty");
    return stack_.back();
  }

  Value* pop() {
    Value* const value = top();
    stack_.pop_back();
    return value;
  }

  std::vector<Value*> pop_to_mark() {
    if (marks_.empty()) fail("finds no mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Value*> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }

  // ---- opcodes ------------------------------------------------------------------------------------

  // The size of a frame helps readers of streams only.
  void frame() {
    const auto size = number<std::uint64_t>();
    if (size > bytes_.size() - at_)
      fail("asks for " + std::to_string(size) + " bytes, but the pickle is truncated after " +
           std::to_string(bytes_.size() - at_));
  }

  [[noreturn]] void refuse(const Global& global) const {
    throw ModelError(place_, "GLOBAL " + name_of(global),
                     "is not allowed; nothing in the file is run. A file that holds more than weights can "
                     "be saved as them: torch.save(model.state_dict(), \"model.pth\")");
  }

  void global(const Global& global) {
    if (use_of(global) == GlobalUse::refused) refuse(global);
    push({global});
  }

  void stack_global() {
    const Text* const name = get<Text>(pop());
    const Text* const module = get<Text>(pop());
    if (name == nullptr || module == nullptr) fail("the name of a global is not a text");
    global({module->text, name->text});
  }

  void reduce() {
    Value* const arguments = pop();
    const Global* const function = get<Global>(pop());
    if (function == nullptr) fail("what is called is not a global");
    if (use_of(*function) == GlobalUse::by_name) refuse(*function);
    try {
      stack_.push_back(call(*function, arguments, pickle_.values));
    } catch (const CallError& e) {
      fail(e.what());
    }
  }

  void new_object(Value* arguments) {
    const Global* const type = get<Global>(pop());
    if (type == nullptr) fail("the class of an object is not a global");
    push({Object{*type, arguments, nullptr, {}}});
  }

  void persistent_value() {
    try {
      stack_.push_back(persistent(pop(), pickle_.values));
    } catch (const CallError& e) {
      fail(e.what());
    }
  }

  // Ignores the attributes of a state dict: _metadata does not affect the numbers.
  void build() {
    Value* const state = pop();
    if (auto* const object = get<Object>(top())) {
      object->state = state;
    } else if (get<Dict>(top()) == nullptr) {
      fail("the value that it gives a state to is neither a dict nor an object");
    }
  }

  void tuple_of(std::size_t count) {
    Tuple tuple;
    for (std::size_t i = 0; i < count; ++i) tuple.items.push_back(pop());
    std::ranges::reverse(tuple.items);
    push({std::move(tuple)});
  }

  // Ignores what is added to an object: no kind of list holds weights.
  void append(const std::vector<Value*>& items) {
    if (get<Object>(top()) != nullptr) return;
    List* const list = get<List>(top());
    if (list == nullptr) fail("the value that it adds to is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<Value*>& items) {
    auto* const object = get<Object>(top());
    Dict* const dict = object != nullptr ? &object->items : get<Dict>(top());
    if (dict == nullptr) fail("the value that it sets an item of is no dict");
    if (items.size() % 2 != 0) fail("a key has no value");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }

  void integer(std::string_view bytes) {
    if (bytes.size() > sizeof(std::int64_t)) return push({BigInteger{bytes}});
    std::int64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? -1 : 0;  // sign extension
    std::memcpy(&value, bytes.data(), bytes.size());
    push({value});
  }

  void remember(std::uint32_t slot) { memo_[slot] = top(); }

  void recall(std::uint32_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail("the memo has nothing under " + std::to_string(slot));
    stack_.push_back(found->second);
  }

  std::string_view bytes_;
  std::string place_;
  std::size_t at_;
  std::size_t op_at_ = 0;
  std::string name_;  // name of the opcode at op_at_
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;  // stack sizes at the marks
  std::unordered_map<std::uint32_t, Value*> memo_;
  Pickle pickle_;
};

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& place, std::size_t begin) {
  return Reader(bytes, place, begin).read();
}

bool is_pickle(std::string_view text) {
  // The bytes of a .safetensors file may be the same by chance: its header begins with a length and '{'.
  constexpr std::string_view kHeader("\0\0\0\0{", 5);
  return text.size() > 1 && text[0] == static_cast<char>(Op::proto) && text[1] >= kMinProtocol &&
         text[1] <= kMaxProtocol && text.substr(std::min<std::size_t>(4, text.size()), 5) != kHeader;
}

const Dict* dict_of(Value* value) {
  const Object* const object = get<Object>(value);
  return object != nullptr ? &object->items : get<Dict>(value);
}

Value* find(const Dict& dict, std::string_view key) {
  const auto found = std::find_if(dict.items.rbegin(), dict.items.rend(), [&](const auto& item) {
    const Text* const text = get<Text>(item.first);
    return text != nullptr && text->text == key;
  });
  return found == dict.items.rend() ? nullptr : found->second;
}

}  // namespace alexnet::torch
