#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace alexnet::cli {

using Json = nlohmann::ordered_json;

Json tiny_network() {
  return {{"name", "tiny"},
          {"input", {{"size", 4}}},
          {"layers",
           {{{"name", "conv1"}, {"type", "conv"}, {"output", 2}, {"kernel", 3}},
            {{"name", "fc2"}, {"type", "fc"}, {"output", 3}},
            {{"name", "prob"}, {"type", "softmax"}}}},
          {"weights", "weights.safetensors"},
          {"labels", "labels.txt"}};
}

Json tiny_header() {
  Json header;
  std::size_t offset = 0;
  const auto add = [&](const char* name, const std::vector<std::size_t>& shape) {
    std::size_t bytes = sizeof(float);
    for (const std::size_t dim : shape) bytes *= dim;
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  };
  add("conv1.weight", {2, 3, 3, 3});
  add("conv1.bias", {2});
  add("fc2.weight", {3, 8});
  add("fc2.bias", {3});
  return header;
}

std::string tiny_data() {
  constexpr std::size_t kCount = 54 + 2 + 24 + 3;
  std::string data(kCount * sizeof(float), '\0');
  for (std::size_t i = 0; i < kCount; ++i) {
    const float value = 0.01F * static_cast<float>(i * 37 % 19) - 0.09F;
    std::memcpy(data.data() + i * sizeof(float), &value, sizeof value);
  }
  return data;
}

std::string safetensors(const std::string& header, const std::string& data) {
  std::string length(8, '\0');
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return length + header + data;
}

std::string write_tiny_model(const TemporaryFolder& folder) {
  folder.write("tiny/network.json", tiny_network().dump());
  folder.write("tiny/weights.safetensors", safetensors(tiny_header().dump(), tiny_data()));
  folder.write("tiny/labels.txt", "n00000001 first\nsecond, other\nthird\n");
  return folder.path("tiny");
}

void check_refused(const std::string& model, const std::string& file, const std::vector<std::string>& words) {
  const Result result = run({"classify", "-m", model, fixture("upright.png")});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.starts_with("alexnet: " + file + ": "));
  CHECK(result.err.find('\n') + 1 == result.err.size());
  CHECK(result.err.size() < file.size() + 400);
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(contains(result.err, word));
  }
}

}  // namespace alexnet::cli
