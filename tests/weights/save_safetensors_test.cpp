#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "alexnet/error.hpp"
#include "reference.hpp"
#include "temp_dir.hpp"
#include "weights/weights.hpp"

using alexnet::NamedTensor;
using alexnet::open_weights;
using alexnet::OutputError;
using alexnet::save_safetensors;

namespace {

constexpr std::array kSix{1.0F, -2.0F, 0.1F, 1e-40F, 3e38F, -0.0F};

std::string save_error(const std::filesystem::path& file, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {}) {
  return message_of<OutputError>([&] { save_safetensors(file, tensors, metadata); });
}

std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Returns rows of 11 values that are hard to round: halves, zeros, denormals, maximum values, and others.
alexnet::reference::Values hard_rows(std::size_t rows) {
  constexpr float kMost = std::numeric_limits<float>::max();
  alexnet::reference::Values values{
      127.0F,    0.5F,       1.5F,      2.5F,   -0.5F, -1.5F, 126.5F, -126.5F, 63.49999F, -0.0F, 3.0F,
      0,         0,          0,         0,      0,     0,     0,      0,       0,         0,     -0.0F,
      1e-38F,    -4e-38F,    1e-40F,    1e-36F, 0,     0,     0,      0,       0,         0,     0,
      1e-40F,    -1e-35F,    1e-45F,    0,      0,     0,     0,      0,       0,         0,     0,
      kMost / 2, -kMost / 2, kMost / 3, 1,      0,     0,     0,      0,       0,         0,     0};
  for (std::size_t i = values.size(); i < rows * 11; ++i)
    values.push_back(std::sin(static_cast<float>(i * i)) * std::exp(static_cast<float>(i % 23) - 11.0F));
  return values;
}

}  // namespace

TEST_CASE("saved tensors are read back bit for bit, aligned to 64 bytes") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  for (std::size_t extra = 0; extra < 70; ++extra) {  // every remainder for the header's padding
    const std::string name = "z\"\n\xC3\xA9" + std::string(extra, 'n');
    save_safetensors(file, {{name, {2, 3}, kSix}, {"a", {}, std::span(kSix).first(1)}},
                     {{"key", "a \\ value"}});
    const auto weights = open_weights(file);
    CHECK(weights->metadata() == std::map<std::string, std::string>{{"key", "a \\ value"}});
    CHECK(weights->shapes().size() == 2);
    const auto six = weights->fetch({name, {2, 3}});
    CHECK(std::memcmp(six.data(), kSix.data(), sizeof kSix) == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(six.data()) % 64 == 0);
    CHECK(weights->fetch({"a", {}})[0] == 1.0F);
    CHECK((std::filesystem::file_size(file) - 28) % 64 == 0);
  }
}

TEST_CASE("a safetensors file without tensors can be saved") {
  const TempDir dir;
  save_safetensors(dir.path() / "w.safetensors", {});
  CHECK(open_weights(dir.path() / "w.safetensors")->shapes().empty());
}

TEST_CASE("tensors that could not be read back are not saved") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const auto says = [&](const std::string& reason) { return file.string() + ": " + reason; };
  CHECK(save_error(file, {{"a", {2, 2}, kSix}}) == says("a: 2 x 2 takes 4 numbers, not 6"));
  CHECK(save_error(file, {{"a", {0}, {}}}) == says("a: shape 0 has a dimension below 1"));
  CHECK(save_error(file, {{"a", {6}, kSix}, {"a", {6}, kSix}}) == says("a: the name is taken"));
  CHECK(save_error(file, {{"__metadata__", {6}, kSix}}) == says("__metadata__: the name is taken"));
  CHECK(save_error(file, {{"\xFF", {6}, kSix}}) == says("a name or the metadata is not valid UTF-8"));
  CHECK(save_error(file, {}, {{"key", "\xFF"}}) == says("a name or the metadata is not valid UTF-8"));
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("an output that cannot be written is an error with the system's reason") {
  const TempDir dir;
  const std::vector<NamedTensor> tensors{{"a", {6}, kSix}};
  const std::string folder = dir.path().string();
  CHECK(save_error(dir.path(), tensors) ==
        folder + ": cannot be opened for writing: Is a directory; name a file in it");
  CHECK(save_error(dir.path() / "no" / "w", tensors) ==
        folder +
            "/no/w: cannot be opened for writing: No such file or directory; create its folder, or use "
            "another output file");
  const auto file = dir.write("file", "");
  CHECK(save_error(file / "w", tensors) == folder + "/file/w: cannot be opened for writing: Not a directory");
  CHECK(save_error("/dev/full", tensors) == "/dev/full: cannot be written: No space left on device");
  CHECK(save_error("/proc/w.safetensors", tensors)
            .starts_with("/proc/w.safetensors: cannot be opened for writing: "));
}

TEST_CASE("saving a file over itself does not change its open mapping") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  save_safetensors(file, {{"a", {6}, kSix}});
  const auto weights = open_weights(file);
  const auto values = weights->fetch({"a", {6}});
  save_safetensors(file, {{"b", {6}, values}});
  CHECK(std::ranges::equal(values, kSix));
  CHECK(std::ranges::equal(open_weights(file)->fetch({"b", {6}}), kSix));
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("weights are stored in 16 bits on request") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const std::vector<float> values{1.0F, -0.1F, 65504.0F, 1e-9F};
  save_safetensors(file, {{"a", {4}, values, "F16"}});
  auto weights = open_weights(file);
  CHECK(weights->stored_bytes() == 8);
  auto stored = weights->fetch({"a", {4}});
  CHECK(std::vector<float>(stored.begin(), stored.end()) ==
        std::vector<float>{1.0F, -0.0999755859375F, 65504.0F, 0.0F});
  save_safetensors(file, {{"a", {4}, values, "BF16"}});
  weights = open_weights(file);
  stored = weights->fetch({"a", {4}});
  CHECK(std::vector<float>(stored.begin(), stored.end()) ==
        std::vector<float>{1.0F, -0.10009765625F, 65536.0F, 0x1.120000p-30F});
}

TEST_CASE("a number outside the range of float16 is refused and leaves no file") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const std::vector<float> values{1.0F, 70000.0F};
  CHECK(message_of<alexnet::ModelError>([&] {
          save_safetensors(file, {{"fc.weight", {2}, values, "F16"}});
        }) == "fc.weight: holds 70000.000000, more than float16 can hold; bf16 can");
  CHECK(std::filesystem::is_empty(dir.path()));
  CHECK(message_of<OutputError>([&] {
          save_safetensors(file, {{"a", {2}, values, "F64"}});
        }) == file.string() + ": a: weights are written as F32, F16, BF16 or I8, not F64");
}

TEST_CASE("8-bit weights equal those of plain loops, and no error exceeds half a scale") {
  constexpr std::size_t kRows = 37;
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const auto values = hard_rows(kRows);
  save_safetensors(file, {{"w", {kRows, 11}, values, "I8"}});
  const auto expected = alexnet::reference::int8_rows(kRows, values);
  CHECK(std::ranges::count(expected.scales, 0.0F) == 2);
  const auto weights = open_weights(file);
  CHECK(weights->stored_bytes() == kRows * (11 + 4));
  CHECK(weights->shapes() == std::map<std::string, alexnet::Dims>{{"w", {kRows, 11}}});
  const auto view = weights->view({"w", {kRows, 11}});
  REQUIRE(view.storage == alexnet::Storage::i8);
  CHECK(std::ranges::equal(view.scales, expected.scales));
  const std::span numbers(static_cast<const std::int8_t*>(view.data), values.size());
  CHECK(std::ranges::equal(numbers, expected.numbers));
  const auto floats = weights->fetch({"w", {kRows, 11}});
  REQUIRE(floats.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float scale = expected.scales[i / 11];
    CAPTURE(i);
    CHECK(floats[i] == static_cast<float>(expected.numbers[i]) * scale);
    CHECK(std::abs(floats[i] - values[i]) <=
          std::max(0.50001F * scale, 127 * std::numeric_limits<float>::min()));
  }
}

TEST_CASE("saved tensors are aligned for their type, and equal input gives equal bytes") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const std::vector<NamedTensor> tensors{{"i8", {3, 1}, std::span(kSix).first(3), "I8"},
                                         {"f16", {3}, std::span(kSix).first(3), "F16"},
                                         {"f32", {1}, std::span(kSix).first(1)},
                                         {"bf16", {5}, std::span(kSix).first(5), "BF16"},
                                         {"f32 too", {6}, kSix}};
  save_safetensors(file, tensors);
  const auto weights = open_weights(file);
  const auto at = [&](const alexnet::WeightSpec& spec, alexnet::Storage storage) {
    const auto view = weights->view(spec);
    CHECK(view.storage == storage);
    return static_cast<const char*>(view.data);
  };
  using enum alexnet::Storage;
  // The pointers are contiguous as in the file, so nothing was copied.
  const char* const begin = at({"f32", {1}}, f32) - 3 * sizeof(float);
  CHECK(reinterpret_cast<const char*>(weights->view({"i8", {3, 1}}).scales.data()) == begin);
  CHECK(at({"f32 too", {6}}, f32) == begin + 4 * sizeof(float));
  CHECK(at({"f16", {3}}, f16) == begin + 10 * sizeof(float));
  CHECK(at({"bf16", {5}}, bf16) == begin + 46);
  CHECK(at({"i8", {3, 1}}, i8) == begin + 56);
  const std::string first = file_bytes(file);
  save_safetensors(file, tensors);
  CHECK(file_bytes(file) == first);
}

TEST_CASE("a tensor that 8 bits cannot represent is refused and leaves no file") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  for (const auto& [bad, text] : {std::pair{std::numeric_limits<float>::infinity(), "inf"},
                                  {std::numeric_limits<float>::quiet_NaN(), "nan"}}) {
    const std::vector<float> values{1.0F, bad, 2.0F};
    CHECK(message_of<alexnet::ModelError>([&] {
            save_safetensors(file, {{"fc.weight", {3, 1}, values, "I8"}});
          }) == std::string("fc.weight: holds ") + text + ", which I8 cannot hold; F16 and BF16 can");
  }
  const auto says = [&](const std::string& reason) { return file.string() + ": " + reason; };
  const auto one = std::span(kSix).first(1);
  CHECK(save_error(file, {{"a", {}, one, "I8"}}) ==
        says("a: is one number; I8 is for rows, each with a scale"));
  CHECK(save_error(file, {{"a", {0, 2}, {}, "I8"}}) == says("a: shape 0 x 2 has a dimension below 1"));
  CHECK(save_error(file, {{"a", {1}, one, "I8"}, {"a_scale", {1}, one}}) ==
        says("a_scale: the name is taken"));
  CHECK(std::filesystem::is_empty(dir.path()));
}
