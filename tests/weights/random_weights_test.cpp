#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "alexnet/error.hpp"
#include "temp_dir.hpp"
#include "weights/strict_json.hpp"
#include "weights/weights.hpp"

using alexnet::Dims;
using alexnet::ModelError;
using alexnet::random_weights;

namespace {

// Computes the same CRC-32 as zlib.crc32.
std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

}  // namespace

TEST_CASE("random weights are bit-identical to those of tests/golden/random_weights.py") {
  const auto golden = alexnet::read_json(ALEXNET_SOURCE_DIR "/tests/golden/random_weights.json");
  REQUIRE(golden.size() == 6);
  for (const auto& tensor : golden) {
    const auto name = tensor["name"].get<std::string>();
    CAPTURE(name);
    const auto weights = random_weights(tensor["seed"].get<std::uint64_t>());
    const auto values =
        weights->fetch({name, tensor["dims"].get<Dims>(), tensor["fan_in"].get<std::int64_t>()});
    const auto bits = [&](std::size_t i) { return std::bit_cast<std::uint32_t>(values[i]); };
    const auto hex = [](const nlohmann::json& text) {
      return std::stoul(text.get<std::string>(), nullptr, 16);
    };
    const std::size_t shown = tensor["first"].size();
    REQUIRE(values.size() >= shown);
    for (std::size_t i = 0; i < shown; ++i) {
      CHECK(bits(i) == hex(tensor["first"][i]));
      CHECK(bits(values.size() - shown + i) == hex(tensor["last"][i]));
    }
    CHECK(crc32(std::as_bytes(values)) == hex(tensor["crc32"]));
  }
}

TEST_CASE("random weights fill the interval that the fan-in determines") {
  const auto weights = random_weights(3);
  const auto values = weights->fetch({"w", {200, 500}, 600});
  const auto [least, most] = std::ranges::minmax(values);
  CHECK(least >= -0.1F);
  CHECK(least < -0.0999F);
  CHECK(most < 0.1F);
  CHECK(most > 0.0999F);
  double sum = 0;
  for (const float value : values) sum += value;
  CHECK(std::abs(sum / 100'000) < 0.001);  // 5 standard deviations
}

TEST_CASE("a tensor without a fan-in is filled with its neutral value") {
  const auto weights = random_weights(3);
  const auto values = weights->fetch({"bn.variance", {70'000}, 0, 1.0F});
  CHECK(values.size() == 70'000);
  CHECK(std::ranges::all_of(values, [](float value) { return value == 1.0F; }));
}

TEST_CASE("random weights depend on the seed and on the name") {
  const auto value = [](std::uint64_t seed, const char* name) {
    return random_weights(seed)->fetch({name, {1}, 1})[0];
  };
  CHECK(value(1, "a") == value(1, "a"));
  CHECK(value(1, "a") != value(2, "a"));
  CHECK(value(1, "a") != value(1, "b"));
}

TEST_CASE("a second fetch of random weights returns the same span, or an error for another shape") {
  const auto weights = random_weights(3);
  const auto first = weights->fetch({"w", {2, 3}, 3});
  const auto second = weights->fetch({"w", {2, 3}, 3});
  CHECK(first.data() == second.data());
  CHECK(first.size() == second.size());
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"w", {3, 2}, 3});
        }) == "random weights: w: expected 3 x 2, found 2 x 3");
}

TEST_CASE("random weights of an impossible shape are refused") {
  const auto weights = random_weights(3);
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"w", {0}, 1});
        }) == "random weights: w: shape 0 has a dimension below 1");
  CHECK(message_of<ModelError>([&] {
          weights->fetch({"w", {1 << 30, 1 << 30}, 1});
        }) == "random weights: w: shape 1073741824 x 1073741824 has more than " +
                  std::to_string(alexnet::kMaxElements) + " elements");
  CHECK(weights->shapes().empty());
  CHECK(weights->stored_bytes() == 0);
}
