#include "core/escape_for_terminal.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

using alexnet::Backslash;
using alexnet::escape_for_terminal;
using alexnet::in_quotes;
using namespace std::string_literals;

TEST_CASE("text without control characters stays unchanged") {
  for (const char* text :
       {"", "cat.png", "größe", "猫", "👩‍💻", "می‌خواهم", "\u00a0", "\U0010FFFF", "\ufffd"})
    CHECK(escape_for_terminal(text) == text);
}

TEST_CASE("hidden characters and bytes that are not UTF-8 are escaped byte by byte") {
  const std::vector<std::pair<std::string, std::string>> kEscapes{
      {"\0"s, "\\x00"},
      {"\x1b[31m", "\\x1b[31m"},
      {"\x07\r\n\t\x7f", "\\x07\\x0d\\n\\t\\x7f"},
      {"\\", "\\\\"},
      {"\u0080\u009b\u009f", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f"},
      {"\u00ad", "\\xc2\\xad"},
      {"\u061c", "\\xd8\\x9c"},
      {"\u180e", "\\xe1\\xa0\\x8e"},
      {"\u200b", "\\xe2\\x80\\x8b"},
      {"\u200e\u200f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f"},
      {"\u2028\u2029", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
      {"\u202a\u202e", "\\xe2\\x80\\xaa\\xe2\\x80\\xae"},
      {"\u2066\u2069", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
      {"\ufeff", "\\xef\\xbb\\xbf"},
      {"\U000E0041", "\\xf3\\xa0\\x81\\x81"},
      {"\x9b"
       "a",
       "\\x9ba"},  // a C1 control in Latin-1
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc3", "\\xc3"},  // truncated
      {"\xc3(", "\\xc3("},
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
      {"\xc0\x9b", "\\xc0\\x9b"},  // overlong encoding
      {"\xe0\x82\x9b", "\\xe0\\x82\\x9b"},
      {"\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
      {"ä\xe4"
       "é",
       "ä\\xe4é"}};
  for (const auto& [text, escaped] : kEscapes) {
    CHECK(escape_for_terminal(text) == escaped);
    CHECK(escape_for_terminal("a" + text + "b") == "a" + escaped + "b");
  }
}

TEST_CASE("different texts have different escaped forms") {
  std::set<std::string> escapes;
  for (int a = 0; a < 256; ++a) {
    escapes.insert(escape_for_terminal(std::string{static_cast<char>(a)}));
    for (const char b : {'\\', 'x', 'n', '0', '\n', '\x1b', '\x9b'})
      escapes.insert(escape_for_terminal(std::string{static_cast<char>(a), b}));
  }
  escapes.insert(escape_for_terminal("\\x1b"));
  escapes.insert(escape_for_terminal("\\\\x1b"));
  CHECK(escapes.size() == 256 * 8 + 2);
}

TEST_CASE("a message keeps its backslashes, so the names in it are escaped once") {
  const std::string name = escape_for_terminal("a\\b\x1b");
  CHECK(name == "a\\\\b\\x1b");
  CHECK(escape_for_terminal("'" + name + "' is\nmissing", Backslash::kept) == "'a\\\\b\\x1b' is\\nmissing");
}

TEST_CASE("an excerpt is truncated between two characters") {
  CHECK(escape_for_terminal("", alexnet::kExcerpt) == "''");
  CHECK(escape_for_terminal("12345", 5) == "12345");
  CHECK(escape_for_terminal("123456", 5) == "12345...");
  CHECK(escape_for_terminal("1\x1b[31m", 2) == "1\\x1b...");
  CHECK(escape_for_terminal("ä猫b", 4) == "ä...");
  CHECK(escape_for_terminal("ä猫b", 5) == "ä猫...");
  CHECK(escape_for_terminal("\xc3\xc3\xc3", 2) == "\\xc3\\xc3...");
}

TEST_CASE("a quoted name is escaped, and an empty name is a pair of quotes") {
  CHECK(in_quotes("cat") == "'cat'");
  CHECK(in_quotes("") == "''");
  CHECK(in_quotes("a\\b\n") == "'a\\\\b\\n'");
  CHECK(in_quotes(std::string(101, 'x')) == "'" + std::string(100, 'x') + "...'");
}
