#include "weights/stored_weights.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "core/error.hpp"
#include "temp_dir.hpp"

using alexnet::Dims;
using alexnet::find_dtype;
using alexnet::StoredTensor;
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

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("float32 in row-major order is handed out as it lies in memory") {
  const auto values = counting<float>(6);
  StoredWeights weights("file", {{"a", tensor(*values, "F32", {2, 3})}}, values, 24);
  CHECK(weights.fetch({"a", {2, 3}}).data() == values->data());
  CHECK(weights.stored_bytes() == 24);
}

TEST_CASE("a tensor with strides is put into row-major order once") {
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

TEST_CASE("float64 is rounded to float32, from an odd address too") {
  const auto values = std::make_shared<std::vector<double>>(std::vector<double>{0.1, -1e300, 3.0});
  StoredTensor all = tensor(*values, "F64", {3});
  StoredWeights weights("file", {{"a", all}}, values, 24);
  const auto floats = weights.fetch({"a", {3}});
  CHECK(floats[0] == 0.1F);
  CHECK(floats[1] == -std::numeric_limits<float>::infinity());
  CHECK(floats[2] == 3.0F);
}

TEST_CASE("whole numbers are no weights") {
  const auto values = counting<std::int64_t>(1);
  StoredWeights weights("file", {{"n", tensor(*values, "I64", {1})}}, values, 8);
  CHECK(message_of<alexnet::ModelError>([&] {
          weights.fetch({"n", {1}});
        }) == "file: n: dtype I64 cannot be used; expected F32, F16, BF16 or F64");
}
