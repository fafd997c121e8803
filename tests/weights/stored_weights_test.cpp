#include "weights/stored_weights.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>

#include "alexnet/error.hpp"
#include "temp_dir.hpp"

using alexnet::Dims;
using alexnet::find_dtype;
using alexnet::Storage;
using alexnet::StoredTensor;
using alexnet::StoredView;
using alexnet::StoredWeights;

namespace {

template <class T>
std::shared_ptr<std::vector<T>> counting(std::size_t count) {
  auto values = std::make_shared<std::vector<T>>(count);
  std::iota(values->begin(), values->end(), T{0});
  return values;
}

template <class T>
StoredTensor tensor(const std::vector<T>& values, const char* dtype, const Dims& dims,
                    const Dims& strides = {}) {
  return {dims, *find_dtype(dtype), std::as_bytes(std::span(values)), strides};
}

// Returns a 2 x 3 tensor "w" of I8 with the given scales.
StoredWeights int8_weights(const std::shared_ptr<std::vector<std::int8_t>>& values,
                           const StoredTensor& scales) {
  return {"file", {{"w", tensor(*values, "I8", {2, 3})}, {"w_scale", scales}}, values, 6};
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("float32 in row-major order is returned without a copy") {
  const auto values = counting<float>(6);
  StoredWeights weights("file", {{"a", tensor(*values, "F32", {2, 3})}}, values, 24);
  CHECK(weights.fetch({"a", {2, 3}}).data() == values->data());
  CHECK(weights.stored_bytes() == 24);
}

TEST_CASE("a tensor with strides is copied to row-major order once") {
  const auto values = counting<float>(12);
  StoredWeights weights("file",
                        {{"transposed", tensor(*values, "F32", {3, 4}, {1, 3})},
                         {"columns", tensor(*values, "F32", {3, 2}, {4, 2})}},
                        values, 48);
  const auto transposed = weights.fetch({"transposed", {3, 4}});
  CHECK(copy(transposed) == std::vector<float>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11});
  CHECK(weights.fetch({"transposed", {3, 4}}).data() == transposed.data());
  CHECK(copy(weights.fetch({"columns", {3, 2}})) == std::vector<float>{0, 2, 4, 6, 8, 10});
}

TEST_CASE("float64 is rounded to float32, even at an unaligned address") {
  const auto values = std::make_shared<std::vector<double>>(std::vector<double>{0.1, -1e300, 3.0});
  StoredTensor all = tensor(*values, "F64", {3});
  StoredWeights weights("file", {{"a", all}}, values, 24);
  const auto floats = weights.fetch({"a", {3}});
  CHECK(floats[0] == 0.1F);
  CHECK(floats[1] == -std::numeric_limits<float>::infinity());
  CHECK(floats[2] == 3.0F);
}

TEST_CASE("an integer tensor is not accepted as weights") {
  const auto values = counting<std::int64_t>(1);
  StoredWeights weights("file", {{"n", tensor(*values, "I64", {1})}}, values, 8);
  CHECK(message_of<alexnet::ModelError>([&] {
          weights.fetch({"n", {1}});
        }) == "file: n: dtype I64 cannot be used; expected F32, F16, BF16, F64 or I8");
}

TEST_CASE("float32, 16-bit and 8-bit tensors are viewed without a copy") {
  const auto floats = counting<float>(6);
  const auto halves = counting<std::uint16_t>(6);
  const auto bytes = counting<std::int8_t>(6);
  const std::vector<float> scales{0.5F, 2.0F};
  StoredWeights weights("file",
                        {{"f32", tensor(*floats, "F32", {2, 3})},
                         {"f16", tensor(*halves, "F16", {2, 3})},
                         {"bf16", tensor(*halves, "BF16", {2, 3})},
                         {"i8", tensor(*bytes, "I8", {2, 3})},
                         {"i8_scale", tensor(scales, "F32", {2})}},
                        nullptr, 0);
  const auto check = [&](const char* name, Storage storage, const void* data) {
    CAPTURE(name);
    const StoredView view = weights.view({name, {2, 3}});
    CHECK(view.storage == storage);
    CHECK(view.data == data);
    CHECK(view.scales.data() == (storage == Storage::i8 ? scales.data() : nullptr));
    CHECK(view.scales.size() == (storage == Storage::i8 ? 2 : 0));
  };
  check("f32", Storage::f32, floats->data());
  check("f16", Storage::f16, halves->data());
  check("bf16", Storage::bf16, halves->data());
  check("i8", Storage::i8, bytes->data());
  CHECK(weights.shapes() ==
        std::map<std::string, Dims>{{"bf16", {2, 3}}, {"f16", {2, 3}}, {"f32", {2, 3}}, {"i8", {2, 3}}});
}

TEST_CASE("an unaligned, strided or float64 tensor is viewed as the float32 copy of fetch") {
  const auto values = counting<std::uint16_t>(64);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(*values));
  const auto of = [](const char* dtype) { return *find_dtype(dtype); };
  const std::vector<float> scales{0.5F, 2.0F};
  StoredWeights weights("file",
                        {{"odd f32", {{2, 3}, of("F32"), bytes.subspan(2, 24)}},
                         {"odd f16", {{2, 3}, of("F16"), bytes.subspan(1, 12)}},
                         {"odd bf16", {{2, 3}, of("BF16"), bytes.subspan(1, 12)}},
                         {"f16 strides", {{2, 3}, of("F16"), bytes, {1, 2}}},
                         {"i8 strides", {{2, 3}, of("I8"), bytes, {2, 4}}},
                         {"i8 strides_scale", tensor(scales, "F32", {2})},
                         {"f64", {{2, 3}, of("F64"), bytes.subspan(0, 48)}}},
                        values, 0);
  for (const char* name : {"odd f32", "odd f16", "odd bf16", "f16 strides", "i8 strides", "f64"}) {
    CAPTURE(name);
    const StoredView view = weights.view({name, {2, 3}});
    CHECK(view.storage == Storage::f32);
    CHECK(view.scales.empty());
    CHECK(view.data == weights.fetch({name, {2, 3}}).data());
  }
  // The integers as bytes: 0 0 1 0 2 0 ... The strides select 0 2 4 and 1 3 5.
  CHECK(copy(weights.fetch({"i8 strides", {2, 3}})) == std::vector<float>{0, 1, 2, 2, 6, 10});
}

TEST_CASE("an unaligned I8 tensor is viewed in place, and its misaligned scales are copied") {
  const auto values = counting<std::int8_t>(32);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(*values));
  const StoredTensor scales{{2}, *find_dtype("F32"), bytes.subspan(3, 8)};
  StoredWeights weights(
      "file", {{"w", {{2, 3}, *find_dtype("I8"), bytes.subspan(1, 6)}}, {"w_scale", scales}}, values, 0);
  const StoredView view = weights.view({"w", {2, 3}});
  CHECK(view.storage == Storage::i8);
  CHECK(view.data == values->data() + 1);
  CHECK(view.scales.data() == weights.fetch({"w_scale", {2}}).data());
}

TEST_CASE("fetch and view refuse an I8 tensor with invalid scales or numbers") {
  const auto values = counting<std::int8_t>(6);
  const std::vector<float> good{1.0F, 0.0F};
  const std::vector<double> doubles{1, 1};
  const auto complaint = [&](StoredWeights weights, const Dims& dims = {2, 3}) {
    const auto fetch = [&] { weights.fetch({"w", dims}); };
    const std::string said = message_of<alexnet::ModelError>(fetch);
    CHECK(message_of<alexnet::ModelError>(fetch) == said);
    CHECK(message_of<alexnet::ModelError>([&] { weights.view({"w", dims}); }) == said);
    return said;
  };
  CHECK(complaint(int8_weights(values, tensor(good, "F32", {2}))) == "no error");  // a scale may be 0
  CHECK(complaint({"file", {{"w", tensor(*values, "I8", {2, 3})}}, values, 6}) ==
        "file: w: is I8 without scales; expected w_scale, F32 of 2");
  CHECK(complaint(int8_weights(values, tensor(good, "F32", {1, 2}))) ==
        "file: w_scale: expected 2, found 1 x 2");
  CHECK(complaint(int8_weights(values, tensor(doubles, "F64", {2}))) ==
        "file: w_scale: is F64; the scales of an I8 tensor are F32");
  CHECK(
      complaint({"file", {{"w", tensor(*values, "I8", {})}, {"w_scale", tensor(good, "F32", {})}}, values, 6},
                {}) == "file: w: is I8 of no dimension; scales are for rows");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const auto& [bad, text] : {std::pair{-0.5F, "-0.500000"},
                                  {kInfinity, "inf"},
                                  {std::numeric_limits<float>::quiet_NaN(), "nan"}}) {
    const std::vector<float> scales{1.0F, bad};
    CHECK(complaint(int8_weights(values, tensor(scales, "F32", {2}))) ==
          std::string("file: w_scale: holds ") + text + " for row 1; a scale is finite and not negative");
  }
  (*values)[4] = -128;
  CHECK(complaint(int8_weights(values, tensor(good, "F32", {2}))) ==
        "file: w: holds -128; I8 weights are -127 to 127");
}
