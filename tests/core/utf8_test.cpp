#include "core/utf8.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using alexnet::first_code_point;
using alexnet::is_continuation_byte;
using alexnet::is_utf8;
using alexnet::utf8;

namespace {

// The replacement character, U+FFFD.
const std::string kBad = "\xEF\xBF\xBD";

// Returns the text as nlohmann/json, a second implementation, repairs it.
std::string oracle(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

TEST_CASE("the bytes of a character after its first one continue it") {
  for (const int byte : {0x80, 0xBF}) CHECK(is_continuation_byte(static_cast<char>(byte)));
  for (const int byte : {0x00, 0x7F, 0xC0, 0xC2, 0xF4, 0xFF})
    CHECK(!is_continuation_byte(static_cast<char>(byte)));
}

TEST_CASE("valid UTF-8 is accepted up to the limits of each length and stays unchanged") {
  for (const std::string& text :
       {std::string(), std::string(1, '\0'), std::string("\x7f"), std::string("\u0080\u07ff"),
        std::string("\u0800\xed\x9f\xbf\xee\x80\x80\uffff"), std::string("\U00010000\U0010ffff"),
        std::string("größe 猫 👩‍💻")}) {
    CHECK(is_utf8(text));
    CHECK(utf8(text) == text);
  }
}

TEST_CASE("overlong, surrogate, too large and truncated characters are not UTF-8") {
  const std::vector<std::pair<std::string, std::string>> kRepaired{
      {"\x80", kBad},                                              // a continuation alone
      {"\xc0\x80", kBad + kBad},                                   // overlong: U+0000 in two bytes
      {"\xc1\xbf", kBad + kBad},                                   // overlong: U+007F in two bytes
      {"\xe0\x9f\xbf", kBad + kBad + kBad},                        // overlong: U+07FF in three bytes
      {"\xf0\x8f\xbf\xbf", kBad + kBad + kBad + kBad},             // overlong: U+FFFF in four bytes
      {"\xed\xa0\x80", kBad + kBad + kBad},                        // the first surrogate, U+D800
      {"\xed\xbf\xbf", kBad + kBad + kBad},                        // the last surrogate, U+DFFF
      {"\xf4\x90\x80\x80", kBad + kBad + kBad + kBad},             // U+110000
      {"\xf5\x80\x80\x80", kBad + kBad + kBad + kBad},             // a first byte above F4
      {"\xf8\x88\x80\x80\x80", kBad + kBad + kBad + kBad + kBad},  // five bytes
      {"\xff\xfe", kBad + kBad},
      {"\xc3", kBad},          // truncated after 1 of 2 bytes
      {"\xe2\x82", kBad},      // after 2 of 3
      {"\xf0\x9f\x98", kBad},  // after 3 of 4
      {"\xe2\x82(", kBad + "("},
      {"\xf0\x9f\xc3\xa4", kBad + "\xc3\xa4"}};
  for (const auto& [text, repaired] : kRepaired) {
    CAPTURE(repaired);
    CHECK(!is_utf8(text));
    CHECK(!first_code_point(text));
    for (const std::string& before : std::vector<std::string>{"", "a", "\xc3\xa4"})
      for (const std::string& after : std::vector<std::string>{"", "b", "\xe7\x8c\xab"}) {
        CHECK(!is_utf8(before + text + after));
        CHECK(utf8(before + text + after) == before + repaired + after);
        CHECK(utf8(before + text + after) == oracle(before + text + after));
      }
  }
}

TEST_CASE("a text that ends inside a character is truncated without reading past its end") {
  for (const std::string_view character : {"\xc3\xa4", "\xe7\x8c\xab", "\xf0\x9f\x98\x80"}) {
    for (std::size_t size = 1; size < character.size(); ++size) {
      CHECK(!is_utf8(character.substr(0, size)));
      CHECK(!first_code_point(character.substr(0, size)));
      CHECK(utf8(character.substr(0, size)) == kBad);
    }
  }
}

TEST_CASE("UTF-8 validation agrees with a second implementation") {
  std::mt19937 random(1);
  const std::string kBytes = "a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4\xf5\xff";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::size_t n = random() % 7; n > 0; --n) text += kBytes[random() % kBytes.size()];
    REQUIRE(utf8(text) == oracle(text));
    REQUIRE(is_utf8(text) == (oracle(text) == text));
  }
}

TEST_CASE("the first character is decoded to its value and length") {
  CHECK(!first_code_point(""));
  for (const auto& [text, value, bytes] : {std::tuple{"\x7f!", U'\x7f', 1U},
                                           {"\xc3\xa4!", U'ä', 2U},
                                           {"\xe7\x8c\xab!", U'猫', 3U},
                                           {"\xf4\x8f\xbf\xbf!", U'\U0010FFFF', 4U}}) {
    const auto first = first_code_point(text);
    REQUIRE(first);
    CHECK(first->value == value);
    CHECK(first->bytes == bytes);
  }
}
