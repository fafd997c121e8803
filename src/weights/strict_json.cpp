#include "weights/strict_json.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"

namespace alexnet {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;

// Returns "line 3, column 7" for the byte `index` of text. Both count from 1; the column counts bytes.
std::string place(std::string_view text, std::size_t index) {
  const std::string_view before = text.substr(0, index);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// An iterator over the text that records how far the parser has read. The parser's events do not report it.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char*& furthest) : at_(at), furthest_(&furthest) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

// Builds the document from the parser's events. The library's own builder with a callback scans the whole
// parent after every object, which takes minutes for the 100,000 tensors that a header may list.
class Builder {
 public:
  Builder(std::string_view text, std::string file)
      : text_(text), file_(std::move(file)), read_(text.data()) {}

  json build() {
    json::sax_parse(Cursor(text_.data(), read_), Cursor(text_.data() + text_.size(), read_), this);
    return std::move(root_);
  }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(json::number_integer_t value) { return put(value); }
  bool number_unsigned(json::number_unsigned_t value) { return put(value); }
  bool number_float(json::number_float_t value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  static bool binary(json::binary_t&) { return false; }  // binary formats only
  bool start_object(std::size_t) { return descend(json::object()); }
  bool start_array(std::size_t) { return descend(json::array()); }
  bool end_object() { return ascend(); }
  bool end_array() { return ascend(); }

  bool key(std::string& key) {
    const auto [member, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(key, nullptr);
    if (!is_new) fail(consumed(), "duplicate key " + in_quotes(key));
    member_ = &member->second;
    return true;
  }

  // position is the number of bytes read, including the offending one. At the end of the text it is one more.
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error) {
    if (error.id == 406)
      fail(position, "number " + escape_for_terminal(token, 40) + " is outside the range of a double");
    // Keeps only REASON of error.what():
    // "[json.exception...] parse error at line 1, column 2: syntax error while parsing value - REASON; last
    // read: '...'"
    std::string reason = error.what();
    if (const auto dash = reason.find(" - "); dash != std::string::npos) reason.erase(0, dash + 3);
    if (const auto last = reason.find("; last read"); last != std::string::npos) reason.erase(last);
    const std::size_t end = std::min(position, text_.size());
    const std::size_t begin = end - std::min<std::size_t>(end, 16);
    if (begin < end) reason += ", near " + in_quotes(text_.substr(begin, end - begin));
    fail(position, reason);
  }

 private:
  [[noreturn]] void fail(std::size_t position, const std::string& reason) const {
    throw ModelError(
        file_, place(text_, std::min(position - std::min<std::size_t>(position, 1), text_.size())), reason);
  }

  std::size_t consumed() const { return static_cast<std::size_t>(read_ - text_.data()); }

  bool put(json value) {
    last_ = &root_;
    if (!open_.empty() && open_.back()->is_array()) {
      last_ = &open_.back()->get_ref<json::array_t&>().emplace_back();
    } else if (!open_.empty()) {
      last_ = member_;
    }
    *last_ = std::move(value);
    return true;
  }

  bool descend(json container) {
    if (open_.size() == kMaxDepth)
      fail(consumed(), "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    put(std::move(container));
    open_.push_back(last_);
    return true;
  }

  bool ascend() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  std::string file_;
  const char* read_;  // end of what the parser has read
  json root_;
  std::vector<json*> open_;  // containers around the current value, outermost first
  json* member_ = nullptr;   // value of the last key
  json* last_ = nullptr;     // last value put
};

}  // namespace

json parse_json(std::string_view text, const std::string& file) {
  refuse_git_lfs_pointer(text, file);
  if (text.empty()) throw ModelError(file, "", "is empty, not JSON");
  if (text.starts_with("\xEF\xBB\xBF"))
    throw ModelError(file, "", "begins with a byte-order mark, which JSON must not");
  // The parser treats NUL as the end of the text and would ignore what follows.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    throw ModelError(file, place(text, nul), "NUL byte");
  }
  return Builder(text, file).build();
}

json read_json(const std::filesystem::path& file, std::size_t max_bytes) {
  const MappedFile mapped(file);
  if (mapped.bytes().size() > max_bytes) {
    throw ModelError(file.string(), "",
                     "has " + std::to_string(mapped.bytes().size()) + " bytes, more than the " +
                         std::to_string(max_bytes) + " that are accepted");
  }
  return parse_json(mapped.text(), file.string());
}

}  // namespace alexnet
