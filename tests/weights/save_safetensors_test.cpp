#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.hpp"
#include "temp_dir.hpp"
#include "weights/weights.hpp"

using alexnet::NamedTensor;
using alexnet::open_weights;
using alexnet::OutputError;
using alexnet::save_safetensors;

namespace {

constexpr std::array kSix{1.0F, -2.0F, 0.1F, 1e-40F, 3e38F, -0.0F};

std::string complaint(const std::filesystem::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {}) {
  return message_of<OutputError>([&] { save_safetensors(file, tensors, metadata); });
}

}  // namespace

TEST_CASE("what is saved opens again, bit for bit, on a 64-byte boundary") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  for (std::size_t extra = 0; extra < 70;
       ++extra) {  // every remainder that the header's padding has to deal with
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

TEST_CASE("tensors that would not open again are not saved") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const auto says = [&](const std::string& reason) { return file.string() + ": " + reason; };
  CHECK(complaint(file, {{"a", {2, 2}, kSix}}) == says("a: 2 x 2 takes 4 numbers, not 6"));
  CHECK(complaint(file, {{"a", {0}, {}}}) == says("a: shape 0 has a dimension below 1"));
  CHECK(complaint(file, {{"a", {6}, kSix}, {"a", {6}, kSix}}) == says("a: the name is taken"));
  CHECK(complaint(file, {{"__metadata__", {6}, kSix}}) == says("__metadata__: the name is taken"));
  CHECK(complaint(file, {{"\xFF", {6}, kSix}}) == says("a name or the metadata is not valid UTF-8"));
  CHECK(complaint(file, {}, {{"key", "\xFF"}}) == says("a name or the metadata is not valid UTF-8"));
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("an output that cannot be written is named with the system's reason") {
  const TempDir dir;
  const std::vector<NamedTensor> tensors{{"a", {6}, kSix}};
  const std::string folder = dir.path().string();
  CHECK(complaint(dir.path(), tensors) == folder + ": cannot be opened for writing: Is a directory");
  CHECK(complaint(dir.path() / "no" / "w", tensors) ==
        folder + "/no/w: cannot be opened for writing: No such file or directory");
  const auto file = dir.write("file", "");
  CHECK(complaint(file / "w", tensors) == folder + "/file/w: cannot be opened for writing: Not a directory");
  CHECK(complaint("/dev/full", tensors) == "/dev/full: cannot be written: No space left on device");
  CHECK(complaint("/proc/w.safetensors", tensors)
            .starts_with("/proc/w.safetensors: cannot be opened for writing: "));
}

TEST_CASE("a file that is saved over itself keeps what is open") {
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

TEST_CASE("weights are stored in 16 bits where that is asked for") {
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

TEST_CASE("a number that float16 cannot hold is refused, and no file is left") {
  const TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const std::vector<float> values{1.0F, 70000.0F};
  CHECK(message_of<alexnet::ModelError>([&] {
          save_safetensors(file, {{"fc.weight", {2}, values, "F16"}});
        }) == "fc.weight: holds 70000.000000, more than float16 can hold; bf16 can");
  CHECK(std::filesystem::is_empty(dir.path()));
  CHECK(message_of<OutputError>([&] {
          save_safetensors(file, {{"a", {2}, values, "I8"}});
        }) == file.string() + ": a: weights are written as F32, F16 or BF16, not I8");
}
