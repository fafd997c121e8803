#include <doctest/doctest.h>

#include <limits>

#include "alexnet/error.hpp"
#include "temp_dir.hpp"
#include "weights/weights.hpp"

using alexnet::Dims;
using alexnet::ModelError;
using alexnet::open_weights;

TEST_CASE("weights in JSON are read as float32") {
  const TempDir dir;
  const std::string text =
      R"({"a": {"shape": [2, 3], "data": [1, -2, 0.1, 3.4028235e38, 1e-60, 16777217]},
          "s": {"data": [4], "shape": []}})";
  const auto file = dir.write("w.json", text);
  const auto weights = open_weights(file);
  const auto a = weights->fetch({"a", {2, 3}});
  REQUIRE(a.size() == 6);
  CHECK(a[0] == 1.0F);
  CHECK(a[1] == -2.0F);
  CHECK(a[2] == 0.1F);
  CHECK(a[3] == std::numeric_limits<float>::max());
  CHECK(a[4] == 0.0F);
  CHECK(a[5] == 16777216.0F);
  CHECK(weights->fetch({"s", {}})[0] == 4.0F);
  CHECK(weights->fetch({"a", {2, 3}}).data() == a.data());
  CHECK(weights->shapes() == std::map<std::string, Dims>{{"a", {2, 3}}, {"s", {}}});
  CHECK(weights->metadata().empty());
  CHECK(weights->stored_bytes() == text.size());
}

TEST_CASE("a missing JSON tensor or one of another shape is refused with the expected shape") {
  const TempDir dir;
  const auto file = dir.write("w.json", R"({"a": {"shape": [2], "data": [1, 2]}})");
  const auto weights = open_weights(file);
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"b", {2, 3}});
        }) == file.string() + ": b: is missing; expected a tensor of 2 x 3");
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"a", {3}});
        }) == file.string() + ": a: expected 3, found 2");
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"a", {2, 1}});
        }) == file.string() + ": a: expected 2 x 1, found 2");
}

TEST_CASE("malformed weights in JSON are refused with the reason") {
  struct Case {
    const char* what;
    const char* text;
    std::string message;
  };
  const Case cases[] = {
      {"no object", "[]", "is not an object of tensors by name"},
      {"an empty file", "", "is empty, not JSON"},
      {"a tensor that is no object", R"({"a": [1]})", "a: is not an object with shape and data"},
      {"no shape", R"({"a": {"data": []}})", "a: shape is missing"},
      {"no data", R"({"a": {"shape": [1]}})", "a: data is missing"},
      {"an unknown key", R"({"a": {"shape": [1], "data": [1], "dtype": "F32"}})", "a: unknown key 'dtype'"},
      {"a name given twice", R"({"a": 1, "a": 1})", "line 1, column 12: duplicate key 'a'"},
      {"too few numbers", R"({"a": {"shape": [2, 2], "data": [1, 2, 3]}})",
       "a: data has 3 numbers, but 2 x 2 takes 4"},
      {"too many numbers", R"({"a": {"shape": [1], "data": [1, 2]}})",
       "a: data has 2 numbers, but 1 takes 1"},
      {"nested data", R"({"a": {"shape": [1], "data": [[1]]}})", "a: data[0] is not a number"},
      {"data of strings", R"({"a": {"shape": [2], "data": [1, "1"]}})", "a: data[1] is not a number"},
      {"data that is no list", R"({"a": {"shape": [1], "data": 1}})", "a: data is not a list of numbers"},
      {"a number beyond float32", R"({"a": {"shape": [2], "data": [0, -3.5e38]}})",
       "a: data[1] is outside the range of a float32"},
      {"a number beyond double", R"({"a": {"shape": [1], "data": [1e400]}})",
       "line 1, column 35: number 1e400 is outside the range of a double"},
      {"a zero dimension", R"({"a": {"shape": [0], "data": []}})", "a: shape 0 has a dimension below 1"},
      {"a negative dimension", R"({"a": {"shape": [-1, -1], "data": [1]}})",
       "a: shape -1 x -1 has a dimension below 1"},
      {"a fractional dimension", R"({"a": {"shape": [1.0], "data": [1]}})",
       "a: shape is not a list of whole numbers"},
      {"a shape that is no list", R"({"a": {"shape": 1, "data": [1]}})",
       "a: shape is not a list of whole numbers"},
      {"a product over 2^64", R"({"a": {"shape": [65536, 65536, 65536, 65536], "data": []}})",
       "a: shape 65536 x 65536 x 65536 x 65536 has more than " + std::to_string(alexnet::kMaxElements) +
           " elements"},
  };
  for (const Case& c : cases) {
    SUBCASE(c.what) {
      const TempDir dir;
      const auto file = dir.write("w.json", c.text);
      CHECK(message_of<ModelError>([&] { open_weights(file); }) == file.string() + ": " + c.message);
    }
  }
}
