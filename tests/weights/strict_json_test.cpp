#include "weights/strict_json.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "alexnet/error.hpp"
#include "temp_dir.hpp"

using alexnet::ModelError;
using alexnet::parse_json;
using alexnet::read_json;

namespace {

std::string json_error(std::string_view text) {
  return message_of<ModelError>([&] { parse_json(text, "f"); });
}

std::string brackets(std::size_t count) { return std::string(count, '['); }

}  // namespace

TEST_CASE("well-formed JSON is read completely") {
  const auto value =
      parse_json(R"( {"a": [1, -2, 2.5e-3, "\u00e9\n", true, null, {}, []], "b": {"a": 1}} )", "f");
  CHECK(value["a"].size() == 8);
  CHECK(value["a"][0].is_number_unsigned());
  CHECK(value["a"][1] == -2);
  CHECK(value["a"][2] == 2.5e-3);
  CHECK(value["a"][3] == "\xC3\xA9\n");
  CHECK(value["a"][7].empty());
  CHECK(value["b"]["a"] == 1);
  CHECK(parse_json("7", "f") == 7);
  CHECK(parse_json("18446744073709551615", "f").get<std::uint64_t>() == 18446744073709551615U);
}

TEST_CASE("malformed JSON is refused with the position and the reason") {
  struct Case {
    const char* what;
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {"an empty text", "", "f: is empty, not JSON"},
      {"only white space", " \n ",
       "f: line 2, column 2: unexpected end of input; expected '[', '{', or a literal, near ' \\n '"},
      {"a byte-order mark", "\xEF\xBB\xBF{}", "f: begins with a byte-order mark, which JSON must not"},
      {"invalid UTF-8 in a string", "[\"a\xFF\"]",
       "f: line 1, column 4: invalid string: ill-formed UTF-8 byte, near '[\"a\\xff'"},
      {"invalid UTF-8 in a key", "{\"\xC3\": 1}",
       "f: line 1, column 4: invalid string: ill-formed UTF-8 byte, near "
       "'{\"\\xc3\"'"},
      {"an overlong UTF-8 sequence", "\"\xC0\xAF\"",
       "f: line 1, column 2: invalid string: ill-formed UTF-8 byte, near '\"\\xc0'"},
      {"a UTF-8 surrogate", "\"\xED\xA0\x80\"",
       "f: line 1, column 3: invalid string: ill-formed UTF-8 byte, near '\"\\xed\\xa0'"},
      {"invalid UTF-8 outside of strings", "[1, \xFE]",
       "f: line 1, column 5: invalid literal, near '[1, \\xfe'"},
      {"a NUL byte, even after the value", std::string("{}\0junk", 7), "f: line 1, column 3: NUL byte"},
      {"a key given twice", "{\"a\": 1,\n \"b\": 2, \"a\": 3}", "f: line 2, column 12: duplicate key 'a'"},
      {"a key given twice deep inside", R"([{"x": {"y": 1, "y": 1}}])",
       "f: line 1, column 19: duplicate key 'y'"},
      {"a key given twice in two spellings", R"({"a": 1, "\u0061": 1})",
       "f: line 1, column 17: duplicate key 'a'"},
      {"trailing junk", "{} x", "f: line 1, column 4: invalid literal, near '{} x'"},
      {"a second value", "{}\n{}",
       "f: line 2, column 1: unexpected '{'; expected end of input, near '{}\\n{'"},
      {"NaN", "[NaN]", "f: line 1, column 2: invalid literal, near '[N'"},
      {"Infinity", "[-Infinity]",
       "f: line 1, column 3: invalid number; expected digit after '-', near '[-I'"},
      {"1e400", "[1e400]", "f: line 1, column 6: number 1e400 is outside the range of a double"},
      {"-1e400", "-1e400", "f: line 1, column 6: number -1e400 is outside the range of a double"},
      {"65 levels", brackets(65), "f: line 1, column 65: nested deeper than 64 levels"},
      {"an unclosed object", "{\"a\": 1",
       "f: line 1, column 8: unexpected end of input; expected '}', near '{\"a\": 1'"},
      {"an unclosed string", "[\"abc",
       "f: line 1, column 6: invalid string: missing closing quote, near '[\"abc'"},
      {"a comma too many", "[1,]",
       "f: line 1, column 4: unexpected ']'; expected '[', '{', or a literal, near '[1,]'"},
      {"a comment", "// x\n1", "f: line 1, column 1: invalid literal, near '/'"},
      {"single quotes", "['a']", "f: line 1, column 2: invalid literal, near '[''"},
      {"a line break in a string", "\"a\nb\"",
       "f: line 1, column 3: invalid string: control character U+000A (LF) must be escaped to \\u000A or "
       "\\n, near '\"a\\n'"},
      {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
       "f: is a Git LFS pointer, not the data itself; `git lfs pull` fetches the data"},
  };
  for (const Case& c : cases) {
    SUBCASE(c.what) { CHECK(json_error(c.text) == std::string(c.message)); }
  }
}

TEST_CASE("64 levels of nesting are accepted") {
  CHECK(json_error(brackets(64) + std::string(64, ']')) == "no error");
}

TEST_CASE("100,000 nested brackets are refused") {
  CHECK(json_error(brackets(100'000)) == "f: line 1, column 65: nested deeper than 64 levels");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(json_error(objects) == "f: line 1, column 321: nested deeper than 64 levels");
}

TEST_CASE("an object of 100,000 objects is read") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += '"' + std::to_string(i) + "\":{\"a\":[]},";
  text.back() = '}';
  CHECK(parse_json(text, "f").size() == 100'000);
}

TEST_CASE("text of a file is short and printable in a message") {
  const std::string message = json_error("{\"\\u001b[31m\": 1, \"\\u001b[31m\": 2}");
  CHECK(message.find("duplicate key '\\x1b[31m'") != std::string::npos);
  CHECK(json_error("[1e" + std::string(100'000, '9') + "]").size() < 120);
  CHECK(json_error("\"" + std::string(100'000, 'x')).size() < 120);
}

TEST_CASE("a whole file is read, and a file that cannot be read is named in the error") {
  const TempDir dir;
  const auto file = dir.write("a.json", "{\"a\": 1}");
  const auto read_complaint = [](const std::filesystem::path& path, std::size_t max_bytes) {
    return message_of<ModelError>([&] { read_json(path, max_bytes); });
  };
  CHECK(read_json(file)["a"] == 1);
  CHECK(read_complaint(file, 8) == "no error");
  CHECK(read_complaint(file, 7) == file.string() + ": has 8 bytes, more than the 7 that are accepted");
  CHECK(read_complaint(dir.path(), 9) == dir.path().string() + ": is a folder; name a file");
  const auto missing = dir.path() / "missing.json";
  CHECK(read_complaint(missing, 9) ==
        missing.string() + ": cannot be opened: No such file or directory; check the name");
  CHECK(read_complaint("/dev/null", 9) == "/dev/null: is not a regular file");
  const auto empty = dir.write("empty.json", "");
  CHECK(read_complaint(empty, 9) == empty.string() + ": is empty, not JSON");
}

TEST_CASE("a FIFO is refused without waiting for a writer") {
  const TempDir dir;
  const auto fifo = dir.path() / "fifo.json";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(message_of<ModelError>([&] { read_json(fifo); }) == fifo.string() + ": is not a regular file");
}
