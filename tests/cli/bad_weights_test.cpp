// Weights that are refused.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <limits>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using Json = nlohmann::ordered_json;
using namespace std::string_literals;

namespace {

// A change of the tiny header, as a pointer into its JSON.
struct HeaderCase {
  const char* name;
  const char* pointer;  // RFC 6901
  Json value;
  std::vector<std::string> words;
};

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i) & 0xFF);
  return bytes + rest;
}

// Returns header entries of F32 vectors of `count` values each, one after the other.
std::string many_tensors(std::size_t tensors, std::size_t count) {
  std::string header = "{";
  for (std::size_t i = 0; i < tensors; ++i)
    header += "\"t" + std::to_string(i) + R"(":{"dtype":"F32","shape":[)" + std::to_string(count) +
              R"(],"data_offsets":[)" + std::to_string(4 * count * i) + "," +
              std::to_string(4 * count * (i + 1)) + "]},";
  header.back() = '}';
  return header;
}

// Returns the tiny model's header with fc2.weight as 24 I8 values and its 3 scales.
Json int8_header() {
  Json header = tiny_header();
  header["fc2.weight"] = {{"dtype", "I8"}, {"shape", {3, 8}}, {"data_offsets", {224, 248}}};
  header["fc2.weight_scale"] = {{"dtype", "F32"}, {"shape", {3}}, {"data_offsets", {248, 260}}};
  header["fc2.bias"]["data_offsets"] = {260, 272};
  return header;
}

std::string int8_data() {
  const float scales[] = {0.01F, 0.0F, 0.02F};
  std::string data = tiny_data().substr(0, 272);
  for (std::size_t i = 224; i < 248; ++i) data[i] = static_cast<char>(i % 255 - 127);
  std::memcpy(data.data() + 248, scales, sizeof scales);
  return data;
}

}  // namespace

TEST_CASE("an invalid safetensors file is refused with the reason") {
  const std::string header = tiny_header().dump();
  const std::string data = tiny_data();
  std::string twice = header;
  twice.insert(1, R"("fc2.bias":{"dtype":"F32","shape":[3],"data_offsets":[320,332]},)");
  std::string not_utf8 = header;
  not_utf8[2] = '\xff';
  const std::vector<FileCase> cases{
      {"empty", "", {"header: the file has 0 bytes, fewer than the 8"}},
      {"under 8 bytes", "\x10\0\0\0\0\0\0"s, {"header: the file has 7 bytes, fewer than the 8"}},
      {"length over the cap",
       with_length(100'000'001, header + data),
       {"header: length 100000001 is more than the allowed"}},
      {"length of all bits",
       with_length(~std::uint64_t{0}, header + data),
       {"header: length 18446744073709551615"}},
      {"length over the file",
       with_length(100'000'000, header + data),
       {"header: length 100000000 runs past the end"}},
      {"no header", with_length(0, data), {"header: is empty"}},
      {"header without its start", safetensors(" " + header, data), {"header: begins with ' '"}},
      {"not UTF-8", safetensors(not_utf8, data), {"header: line 1, column 3", "UTF-8"}},
      {"not JSON", safetensors(header + "}", data), {"header: line 1, column "}},
      {"cut header", safetensors(header.substr(0, 100), data), {"header: line 1, column "}},
      {"100,000 brackets",
       safetensors("{\"a\":" + std::string(100000, '['), data),
       {"nested deeper than 64"}},
      {"duplicate name", safetensors(twice, data), {"header: ", "duplicate key 'fc2.bias'"}},
      {"trailing bytes",
       safetensors(header, data + "1234"),
       {"header: the tensors cover 332 bytes, but the file holds 336"}},
      {"data cut short",
       safetensors(header, data.substr(0, 328)),
       {"fc2.bias: ", "[320, 332)", "run past the end"}},
      {"no tensors", safetensors("{}", ""), {"conv1.weight: is missing"}},
      {"100,000 tensors",
       safetensors(many_tensors(100000, 1), std::string(400000, '\0')),
       {"conv1.weight: is missing"}},
      {"a Git LFS pointer",
       "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
       {"is a Git LFS pointer"}},
  };
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const FileCase& c : cases) {
    CAPTURE(c.name);
    check_refused(model, folder.write("tiny/weights.safetensors", c.bytes), c.words);
  }
}

TEST_CASE("a tensor that does not match the file or the network is named in the error") {
  const std::vector<HeaderCase> cases{
      {"hole",
       "/conv1.bias",
       {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {220, 224}}},
       {"conv1.bias: data begins at byte 220 and leaves a hole from 216"}},
      {"overlap",
       "/conv1.bias",
       {{"dtype", "F32"}, {"shape", {2}}, {"data_offsets", {212, 220}}},
       {"conv1.bias: data begins at byte 212 and overlaps conv1.weight, which ends at 216"}},
      {"begin after end",
       "/conv1.bias/data_offsets",
       {224, 216},
       {"conv1.bias: data_offsets [224, 216) end before they begin"}},
      {"past the end",
       "/fc2.bias/data_offsets",
       {320, 336},
       {"fc2.bias: data_offsets [320, 336) run past the end"}},
      {"far past the end",
       "/fc2.bias/data_offsets",
       {320, 18446744073709551615U},
       {"fc2.bias: ", "run past the end"}},
      {"negative offset", "/fc2.bias/data_offsets", {-8, 4}, {"fc2.bias: data_offsets is not a pair"}},
      {"an offset of 65 bits",
       "/fc2.bias/data_offsets",
       {320, 1.8446744073709552e19},
       {"fc2.bias: data_offsets is not"}},
      {"one offset", "/fc2.bias/data_offsets", Json::array({320}), {"fc2.bias: data_offsets is not a pair"}},
      {"product overflow", "/fc2.bias/shape", {4294967296, 4294967296}, {"fc2.bias: ", "4294967296"}},
      {"product of 2^64",
       "/fc2.bias/shape",
       {65536, 65536, 65536, 65536},
       {"fc2.bias: shape ", "more than 2147483647 elements"}},
      {"size against offsets", "/fc2.bias/shape", {4}, {"fc2.bias: ", "hold 12 bytes, but ", "takes 16"}},
      {"zero dimension", "/fc2.bias/shape", {3, 0}, {"fc2.bias: shape ", "a dimension below 1"}},
      {"negative dimension", "/fc2.bias/shape", {-1, -3}, {"fc2.bias: shape ", "a dimension below 1"}},
      {"half a dimension", "/fc2.bias/shape", {1.5}, {"fc2.bias: shape is not a list of whole numbers"}},
      {"unknown dtype", "/fc2.bias/dtype", "F33", {"fc2.bias: unknown dtype 'F33'"}},
      {"a dtype that is of no use",
       "/fc2.bias/dtype",
       "I32",
       {"fc2.bias: dtype I32 cannot be used; expected F32, F16, BF16, F64 or I8"}},
      {"no dtype",
       "/fc2.bias",
       {{"shape", {3}}, {"data_offsets", {320, 332}}},
       {"fc2.bias: dtype is missing"}},
      {"unknown key", "/fc2.bias/stride", 1, {"fc2.bias: unknown key 'stride'"}},
      {"misshaped", "/fc2.weight/shape", {8, 3}, {"fc2.weight: expected ", "3 x 8", ", found ", "8 x 3"}},
      {"of another rank",
       "/fc2.weight/shape",
       {3, 2, 2, 2},
       {"fc2.weight: expected ", "3 x 8", "3 x 2 x 2 x 2"}},
      {"metadata of another kind",
       "/__metadata__",
       {{"a", 1}},
       {"__metadata__: the value of 'a' is not a string"}},
  };
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const HeaderCase& c : cases) {
    CAPTURE(c.name);
    Json header = tiny_header();
    header[Json::json_pointer(c.pointer)] = c.value;
    check_refused(model, folder.write("tiny/weights.safetensors", safetensors(header.dump(), tiny_data())),
                  c.words);
  }
  Json header = tiny_header();
  header["fc2.wait"] = header["fc2.weight"];
  header.erase("fc2.weight");
  check_refused(model, folder.write("tiny/weights.safetensors", safetensors(header.dump(), tiny_data())),
                {"fc2.weight: is missing; expected a tensor of ", "3 x 8"});
}

TEST_CASE("invalid 8-bit weights and invalid scales are refused") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  folder.write("tiny/weights.safetensors", safetensors(int8_header().dump(), int8_data()));
  CHECK(run({"classify", "-m", model, fixture("upright.png")}).status == 0);
  const Json scales = int8_header()["fc2.weight_scale"];
  const std::vector<HeaderCase> headers{
      {"scales of another shape",
       "/fc2.weight_scale/shape",
       {3, 1},
       {"fc2.weight_scale: expected 3, found 3 x 1"}},
      {"scales of another type",
       "/fc2.weight_scale",
       {{"dtype", "F16"}, {"shape", {6}}, {"data_offsets", {248, 260}}},
       {"fc2.weight_scale: is F16; the scales of an I8 tensor are F32"}},
      {"unsigned", "/fc2.weight/dtype", "U8", {"fc2.weight_scale: scales fc2.weight, which is U8, not I8"}},
      {"scales of floats",
       "/fc2.bias_scale",
       scales,
       {"fc2.bias_scale: scales fc2.bias, which is F32, not I8"}},
      {"scales of nothing",
       "/fc3.weight_scale",
       scales,
       {"fc3.weight_scale: scales fc3.weight, which is missing"}},
      {"no scales",
       "/fc2.num_batches_tracked",  // ignored
       scales,
       {"fc2.weight: is I8 without scales; expected fc2.weight_scale, F32 of 3"}},
  };
  for (const HeaderCase& c : headers) {
    CAPTURE(c.name);
    Json header = int8_header();
    if (c.value == scales) header.erase("fc2.weight_scale");  // the new name takes over its data
    header[Json::json_pointer(c.pointer)] = c.value;
    check_refused(model, folder.write("tiny/weights.safetensors", safetensors(header.dump(), int8_data())),
                  c.words);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [scale, word] : {std::pair{nan, "nan"}, {-0.01F, "-0.010000"}, {1.0F / 0.0F, "inf"}}) {
    std::string data = int8_data();
    std::memcpy(data.data() + 252, &scale, sizeof scale);
    check_refused(model, folder.write("tiny/weights.safetensors", safetensors(int8_header().dump(), data)),
                  {std::string("fc2.weight_scale: holds ") + word + " for row 1; a scale is finite"});
  }
  std::string data = int8_data();
  data[230] = '\x80';
  check_refused(model, folder.write("tiny/weights.safetensors", safetensors(int8_header().dump(), data)),
                {"fc2.weight: holds -128; I8 weights are -127 to 127"});
}

TEST_CASE("any tensor can be stored in 8 bits, including a convolution's") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  Json header = tiny_header();
  header["conv1.weight"] = {{"dtype", "I8"}, {"shape", {2, 3, 3, 3}}, {"data_offsets", {0, 54}}};
  header["conv1.weight_scale"] = {{"dtype", "F32"}, {"shape", {2}}, {"data_offsets", {54, 62}}};
  header["conv1.bias"]["data_offsets"] = {62, 70};
  header["fc2.weight"]["data_offsets"] = {70, 166};
  header["fc2.bias"]["data_offsets"] = {166, 178};
  const std::string file = folder.path("tiny/weights.safetensors");
  // 0.01 x (1 2 3 ...) as scale and integers must give the same result as the expanded floats.
  const float scale[] = {0.01F, 0.03F};
  std::string data(54, '\0');
  std::string floats = tiny_data();
  for (std::size_t i = 0; i < 54; ++i) {
    data[i] = static_cast<char>(static_cast<int>(i * 31 % 255) - 127);
    const float value = static_cast<float>(static_cast<signed char>(data[i])) * scale[i / 27];
    std::memcpy(floats.data() + 4 * i, &value, sizeof value);
  }
  data.append(reinterpret_cast<const char*>(scale), sizeof scale);
  folder.write("tiny/weights.safetensors", safetensors(header.dump(), data + floats.substr(216)));
  const auto answer = [&] {
    auto record = json_lines(run({"classify", "--json", "-m", model, photo("cat.png")}).out).at(0);
    record.erase("ms");
    return record;
  };
  const auto stored = answer();
  folder.write("tiny/weights.safetensors", safetensors(tiny_header().dump(), floats));
  CHECK(stored == answer());
}

TEST_CASE("weights in JSON are checked as strictly as safetensors") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  Json network = tiny_network();
  network["layers"] = {{{"name", "fc"}, {"type", "fc"}, {"output", 3}},
                       {{"name", "prob"}, {"type", "softmax"}}};
  network["input"] = {{"size", 1}};
  network["weights"] = "w.json";
  folder.write("tiny/network.json", network.dump());
  Json weights{{"fc.weight", {{"shape", {3, 3}}, {"data", {1, 2, 3, 4, 5, 6, 7, 8, 9}}}},
               {"fc.bias", {{"shape", {3}}, {"data", {1, 2, 3}}}}};
  const std::string file = folder.write("tiny/w.json", weights.dump());
  CHECK(run({"classify", "-m", model, fixture("1x1.png")}).status == 0);
  const std::vector<HeaderCase> cases{
      {"shorter", "/fc.bias/data", {1, 2}, {"fc.bias: data has 2 numbers, but ", "takes 3"}},
      {"longer", "/fc.bias/data", {1, 2, 3, 4}, {"fc.bias: data has 4 numbers, but ", "takes 3"}},
      {"of another shape", "/fc.weight/shape", {9}, {"fc.weight: expected ", "3 x 3"}},
      {"a string", "/fc.bias/data/1", "2", {"fc.bias: data[1] is not a number"}},
      {"too large for a float32",
       "/fc.bias/data/2",
       1e39,
       {"fc.bias: data[2] is outside the range of a float32"}},
      {"no data", "/fc.bias", {{"shape", {3}}}, {"fc.bias: data is missing"}},
      {"unknown key", "/fc.bias/dtype", "F32", {"fc.bias: unknown key 'dtype'"}},
  };
  for (const HeaderCase& c : cases) {
    CAPTURE(c.name);
    Json bad = weights;
    bad[Json::json_pointer(c.pointer)] = c.value;
    check_refused(model, folder.write("tiny/w.json", bad.dump()), c.words);
  }
  weights.erase("fc.bias");
  check_refused(model, folder.write("tiny/w.json", weights.dump()), {"fc.bias: is missing"});
  check_refused(model, folder.write("tiny/w.json", "[1]"), {"is not an object of tensors by name"});
  check_refused(model, folder.write("tiny/w.json", "{\"a\": NaN}"), {"line 1, column 7"});
}

TEST_CASE("a FIFO or a folder instead of the weights does not block") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string file = folder.path("tiny/weights.safetensors");
  std::filesystem::remove(file);
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  check_refused(model, file, {"is not a regular file"});
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  check_refused(model, file, {"is a folder"});
}

TEST_CASE("weights that contain NaN cause one warning, and the image is classified") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  std::string data = tiny_data();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(data.data() + 216, &nan, sizeof nan);  // in conv1.bias
  folder.write("tiny/weights.safetensors", safetensors(tiny_header().dump(), data));
  const std::string warning =
      "alexnet: warning: " + model + ": conv1.bias: holds NaN: the probabilities are not numbers\n";
  Result result = run({"classify", "-m", model, "--json", photo("cat.png"), photo("cat.jpg")});
  CHECK(result.status == 0);
  CHECK(result.err == warning);  // only once
  const auto records = json_lines(result.out);
  REQUIRE(records.size() == 2);
  CHECK(records.at(0).at("predictions").at(0).at("probability").is_null());
  result = run({"batch", "-m", model, "--format", "csv", photo("cat.png"), photo("cat.jpg")});
  CHECK(result.status == 0);
  CHECK(result.err.starts_with(warning));
  CHECK(csv_rows(result.out).at(1).at(5) == "nan");
}
