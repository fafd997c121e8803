// Torch files that are refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "import/torch_bytes.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using namespace torch_bytes;

namespace {

std::string patched(std::string bytes, std::size_t at, const std::string& by) {
  return bytes.replace(at, by.size(), by);
}

}  // namespace

TEST_CASE("an invalid torch file is refused with the reason") {
  const std::string of = storage("FloatStorage", "0", 4);
  const auto weights = [&](std::int64_t count, const std::vector<std::int64_t>& strides) {
    return pickle(dict({{"w", tensor(storage("FloatStorage", "0", count), 0, {2, 2}, strides)}}));
  };
  const std::string object = weights(4, {2, 1});
  const Records records{{"0", floats({1, 2, 3, 4})}};
  const auto with = [&](const std::string& body) { return archive(pickle(body), records); };
  constexpr std::int64_t kMany = std::int64_t{1} << 28;
  const std::string greedy =
      kMagic + pickle(whole(1001)) + system_info() +
      pickle(dict({{"w", tensor(storage("FloatStorage", "0", kMany), 0, {kMany}, {1})}})) + keys(records) +
      little_endian(kMany);
  std::vector<Entry> deflated = entries(object, records), encrypted = deflated, twice = deflated;
  deflated[1].method = 8;
  encrypted[1].flags |= 1U;
  twice.push_back(twice[1]);
  const Zip good = zip(entries(object, records));
  const std::vector<FileCase> cases{
      {"a global that runs a program",
       with(global("os", "system") + text("touch ran") + "\x85R"),
       {"data.pkl: GLOBAL os.system: is not allowed; nothing in the file is run"}},
      {"an unknown opcode", with("N\x82"), {"data.pkl: opcode 0x82 at byte 3: is not one"}},
      {"a call that the file hides in an object",
       with(module(global("my", "Net"), dict({{"w", global("os", "system") + text("touch ran") + "\x85R"}}),
                   "}")),
       {"data.pkl: GLOBAL os.system: is not allowed; nothing in the file is run"}},
      {"a call by the names on the stack",
       archive(framed(stack_global("posix", "system") + text("touch ran") + "\x85R", 4), records),
       {"data.pkl: GLOBAL posix.system: is not allowed"}},
      {"an object that runs a program when it is made",
       with(global("subprocess", "Popen") + text("touch ran") + "\x85\x81"),
       {"data.pkl: GLOBAL subprocess.Popen: is not allowed"}},
      {"an empty stack", with("\x85"), {"data.pkl: TUPLE1 at byte 2: finds the stack empty"}},
      {"an empty memo", with("h\x07"), {"data.pkl: BINGET at byte 2: the memo has nothing under 7"}},
      {"an item of no dict", with("NNNs"), {"data.pkl: SETITEM at byte 5: ", "no dict"}},
      {"another element count",
       archive(weights(5, {2, 1}), records),
       {"w: storage 0 should have 5 elements"}},
      {"strides past the end", archive(weights(4, {3, 1}), records), {"w: its offset and strides lead past"}},
      {"more than there is",
       greedy + std::string(334 - greedy.size(), '\0'),
       {"storage 0: has 268435456 elements"}},
      {"a patched offset",
       patched(good.bytes, good.records[1] + 42, u32(good.locals[1] + 64)),
       {"zip entry model/data/0: is not where the directory says"}},
      {"a patched offset that hits another entry",
       patched(good.bytes, good.records[1] + 42, u32(good.locals[2])),
       {"zip entry model/data/0: has another name"}},
      {"a compressed entry", zip(deflated).bytes, {"zip entry model/data/0: is compressed (method 8)"}},
      {"an encrypted entry", zip(encrypted).bytes, {"zip entry model/data/0: is encrypted"}},
      {"an entry twice", zip(twice).bytes, {"zip entry model/data/0: occurs twice"}},
      {"a network that is not known",
       archive(object, records),
       {"network: is unknown", "w (2 x 2)", "--network"}},
  };
  const TemporaryFolder folder;
  for (const FileCase& c : cases) {
    CAPTURE(c.name);
    const std::string file = folder.write("m.pth", c.bytes);
    check_refused(file, file, c.words);
    CHECK_FALSE(std::filesystem::exists(folder.path("ran")));
  }
}

TEST_CASE("a torch file with a network.json can be classified, inspected and converted") {
  const TemporaryFolder folder;
  const std::string data = tiny_data();
  const auto whole_storage = [](const std::string& key, std::int64_t count,
                                const std::vector<std::int64_t>& dims,
                                const std::vector<std::int64_t>& strides) {
    return tensor(storage("FloatStorage", key, count), 0, dims, strides);
  };
  const std::string object =
      pickle(dict({{"conv1.weight", whole_storage("0", 54, {2, 3, 3, 3}, {27, 9, 3, 1})},
                   {"conv1.bias", whole_storage("1", 2, {2}, {1})},
                   {"fc2.weight", whole_storage("2", 24, {3, 8}, {8, 1})},
                   {"fc2.bias", whole_storage("3", 3, {3}, {1})}}));
  const std::string file = folder.write("m.pt", archive(object, {{"0", data.substr(0, 216)},
                                                                 {"1", data.substr(216, 8)},
                                                                 {"2", data.substr(224, 96)},
                                                                 {"3", data.substr(320)}}));
  const std::string tiny = write_tiny_model(folder);
  const std::string network = tiny + "/network.json";
  const Result result = run({"classify", "-m", file, "--network", network, "--json", photo("cat.png")});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const auto predictions = [](const std::string& out) { return json_lines(out).at(0).at("predictions"); };
  const auto expected = predictions(run({"classify", "-m", tiny, "--json", photo("cat.png")}).out);
  CHECK(predictions(result.out) == expected);
  CHECK(contains(run({"inspect", file, "--network", network}).out, "torch (zip)"));
  const std::string converted = folder.path("c.safetensors");
  CHECK(run({"convert", file, "--network", network, "-o", converted}).status == 0);
  CHECK(predictions(run({"classify", "-m", converted, "--json", photo("cat.png")}).out) == expected);
  const std::string bare = folder.write("b.safetensors", safetensors(tiny_header().dump(), data));
  CHECK(predictions(run({"classify", "-m", bare, "--network", network, "--json", photo("cat.png")}).out) ==
        expected);
  check_refused(
      bare, bare,
      {"network: is unknown", "conv1.bias (2)", "name a network.json with the layers with --network"});
}
