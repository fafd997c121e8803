// Labels as a JSON value or a Python literal: one reader for both, because their strings, lists and
// dictionaries differ in a few characters only.
#include "network/label_file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

// A value. Numbers, true, None and their kind are kept as they are written.
struct Literal {
  enum class Kind { text, word, list, map };
  Kind kind = Kind::word;
  std::string text = {};
  std::vector<Literal> items = {};  // of a list, or the keys and values of a map in turn

  bool is_list() const { return kind == Kind::list; }
  bool is_text() const { return kind == Kind::text; }
  bool is_scalar() const { return kind == Kind::text || kind == Kind::word; }
};

void append_utf8(std::string& text, std::uint32_t c) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3f));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3f));
    add(0x80 | (c >> 6 & 0x3f));
  }
  add(0x80 | (c & 0x3f));
}

class LiteralParser {
 public:
  LiteralParser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Literal parse() {
    Literal value = read_value(0);
    skip_spaces();
    if (at_ != text_.size()) fail("the text goes on after the value");
    return value;
  }

 private:
  static constexpr int kDeepest = 64;

  [[noreturn]] void fail(const std::string& reason) const {
    const std::string_view before = text_.substr(0, at_);
    const std::size_t line = before.rfind('\n');  // npos + 1 is 0
    throw ModelError(file_,
                     "line " + std::to_string(std::ranges::count(before, '\n') + 1) + ", column " +
                         std::to_string(before.size() - (line + 1) + 1),
                     reason);
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size()); }
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Literal read_value(int depth) {
    if (depth > kDeepest) fail("the values are nested too deeply");
    skip_spaces();
    if (at_ == text_.size()) fail("the text ends too early");
    if (take('{')) return read_items(Literal::Kind::map, '}', depth);
    if (take('[')) return read_items(Literal::Kind::list, ']', depth);
    if (take('(')) return read_items(Literal::Kind::list, ')', depth);
    const bool python2 = next() == 'u' && at_ + 1 < text_.size() && is_quote(text_[at_ + 1]);
    if (python2) ++at_;
    if (is_quote(next())) return {Literal::Kind::text, read_string(text_[at_++])};
    return {Literal::Kind::word, read_word()};
  }

  static bool is_quote(char c) { return c == '"' || c == '\''; }

  Literal read_items(Literal::Kind kind, char end, int depth) {
    Literal value{kind};
    while (!take(end)) {
      value.items.push_back(read_value(depth + 1));
      if (kind == Literal::Kind::map) {
        if (!take(':')) fail("expected ':' and a value");
        value.items.push_back(read_value(depth + 1));
      }
      if (take(',')) continue;
      if (take(end)) break;
      fail("expected ',' or " + in_quotes({&end, 1}));
    }
    return value;
  }

  // Reads a number, or a word such as true or None.
  std::string read_word() {
    const std::size_t begin = at_;
    const auto is_part = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == '+' || c == '.' || c == '_';
    };
    while (at_ < text_.size() && is_part(text_[at_])) ++at_;
    if (at_ == begin) fail("expected a value");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string read_string(char quote) {
    std::string value;
    for (;;) {
      if (at_ == text_.size()) fail("a string does not end");
      const char c = text_[at_++];
      if (c == quote) return value;
      if (c == '\n') fail("a string does not end on its line");
      if (c == '\\') {
        read_escape(value);
      } else {
        value += c;
      }
    }
  }

  void read_escape(std::string& value) {
    constexpr std::string_view kLetters = "nrtbf\"'\\/";
    constexpr std::string_view kMeanings = "\n\r\t\b\f\"'\\/";
    const char c = next();
    const std::size_t known = kLetters.find(c);
    if (c != '\0' && known != std::string_view::npos) {
      ++at_;
      value += kMeanings[known];
      return;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) fail("unknown escape");
    ++at_;
    std::uint32_t character = read_hex(digits);
    // JSON writes a character above U+FFFF as a pair of surrogates.
    if (character >= 0xd800 && character < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      const std::uint32_t low = read_hex(4);
      if (low < 0xdc00 || low >= 0xe000) fail("half of a surrogate pair");
      character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    }
    if ((character >= 0xd800 && character < 0xe000) || character > 0x10ffff)
      fail("an escape is not a character");
    append_utf8(value, character);
  }

  std::uint32_t read_hex(std::size_t digits) {
    const std::string_view hex = text_.substr(at_, digits);
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (hex.size() != digits || error != std::errc() || stop != hex.data() + hex.size())
      fail("an escape has too few digits");
    at_ += digits;
    return value;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

// Returns the index that a key or a value gives, or none.
std::optional<std::size_t> index_in(const Literal& literal) {
  std::size_t index = 0;
  const std::string& text = literal.text;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool is_number = literal.is_scalar() && error == std::errc() && stop == text.data() + text.size();
  return is_number ? std::optional(index) : std::nullopt;
}

// Returns a label from a text, a number, or a WordNet id with a name; none for any other value.
std::optional<Label> label_in(const Literal& literal) {
  const auto& items = literal.items;
  const bool is_number = literal.text.find_first_of("0123456789") == 0;
  if (literal.is_text() || (literal.is_scalar() && is_number)) return with_id(literal.text);
  const bool is_pair = literal.is_list() && items.size() == 2 && items[0].is_text() && items[1].is_text();
  if (is_pair && is_wordnet_id(items[0].text)) return Label{items[0].text, items[1].text};
  return std::nullopt;
}

// Reads a map of which the keys (key = 0) or the values (key = 1) are the indices 0 to N - 1. Returns none if
// they are not.
std::optional<std::vector<Label>> read_map(const Literal& map, std::size_t key) {
  std::vector<std::optional<Label>> labels(map.items.size() / 2);
  for (std::size_t i = 0; i < map.items.size(); i += 2) {
    const std::optional<std::size_t> index = index_in(map.items[i + key]);
    std::optional<Label> label = label_in(map.items[i + 1 - key]);
    if (!index || *index >= labels.size() || labels[*index] || !label) return std::nullopt;
    labels[*index] = std::move(label);
  }
  std::vector<Label> found;
  found.reserve(labels.size());
  for (std::optional<Label>& label : labels) found.push_back(std::move(*label));
  return found;
}

// Describes why a map does not give the labels.
std::string why_not(const Literal& map) {
  std::vector<std::size_t> keys;
  for (std::size_t i = 0; i < map.items.size(); i += 2) {
    const std::optional<std::size_t> index = index_in(map.items[i]);
    if (!index)
      return "neither its keys nor its values are the indices 0 to " +
             std::to_string(map.items.size() / 2 - 1) + " of classes";
    if (!label_in(map.items[i + 1]))
      return "the value of " + std::to_string(*index) + " is neither a label nor a WordNet id with a label";
    keys.push_back(*index);
  }
  std::ranges::sort(keys);
  const auto last = std::to_string(keys.size() - 1);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] != i)
      return (keys[i] < i ? "has the index " + std::to_string(keys[i]) + " twice"
                          : "has no label for index " + std::to_string(i)) +
             "; its " + std::to_string(keys.size()) + " keys must be 0 to " + last;
  return "";
}

std::vector<Label> labels_of_map(const Literal& map, const std::string& file) {
  for (std::size_t i = 0; i < map.items.size(); i += 2)
    if (map.items[i].text == "id2label" && map.items[i + 1].kind == Literal::Kind::map)
      return labels_of_map(map.items[i + 1], file);
  if (map.items.empty()) throw ModelError(file, "", "has no labels");
  std::vector<LabelReading> readings;
  if (auto labels = read_map(map, 0)) readings.push_back({"its keys are the indices", std::move(*labels)});
  if (auto labels = read_map(map, 1)) readings.push_back({"its values are the indices", std::move(*labels)});
  if (readings.empty()) throw ModelError(file, "", why_not(map));
  return labels_of(std::move(readings), file);
}

}  // namespace

bool begins_literal(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return false;
  // A plain file may begin with a label such as "[unknown]".
  const bool map = text[0] == '{';
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces, 1), text.size()));
  if (text.starts_with("u'") || text.starts_with("u\"")) text.remove_prefix(1);
  return text.empty() ||
         std::string_view(map ? "\"'0123456789}" : "\"'[(]").find(text[0]) != std::string_view::npos;
}

std::vector<Label> parse_label_literal(std::string_view text, const std::string& file) {
  const Literal root = LiteralParser(text, file).parse();
  if (root.kind == Literal::Kind::map) return labels_of_map(root, file);
  std::vector<Label> labels;
  for (const Literal& item : root.items) {
    std::optional<Label> label = label_in(item);
    if (!label)
      throw ModelError(file, "item " + std::to_string(labels.size()),
                       "is neither a label nor a WordNet id with a label");
    labels.push_back(std::move(*label));
  }
  return labels;
}

}  // namespace alexnet
