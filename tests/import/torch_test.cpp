// Files of torch.save compared with PyTorch's results; tests/golden/torch_files.py wrote both.
#include <doctest/doctest.h>

#include <algorithm>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "import/stored_tensor.hpp"
#include "import/torch/torch_weights.hpp"
#include "import/torch_bytes.hpp"
#include "layers/layers.hpp"
#include "network/outputs.hpp"
#include "reference.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace torch_bytes;
using test::kTolerance;
using test::stored_tensor;
namespace fs = std::filesystem;

namespace {

const fs::path kTorchGolden = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden/torch";
const fs::path kNetwork = kTorchGolden / "network.json";

ImportOptions described(const fs::path& network, const std::string& preset = "",
                        const std::string& mean = "") {
  return {network, {}, preset, mean};
}

std::string state_dict_error(const std::string& bytes) {
  const TempDir dir;
  const fs::path file = dir.write("a.pth", bytes);
  const std::string message = message_of<ModelError>([&] { torch::open_state_dict(file); });
  return message == "no error" ? message : message.substr(file.string().size() + 2);
}

std::vector<float> fetched(const std::string& bytes, const std::string& name) {
  const TempDir dir;
  const auto found = torch::open_state_dict(dir.write("a.pth", bytes));
  const auto values = stored_tensor(*found.weights, name);
  return {values.begin(), values.end()};
}

// Returns a file with one tensor "a" in one float32 storage "0".
std::string file_of(const std::string& value, const std::vector<float>& values) {
  return archive(pickle(dict({{"a", value}})), {{"0", floats(values)}});
}
std::string view(std::int64_t count, std::int64_t offset, const Dims& dims, const Dims& strides) {
  return tensor(storage("FloatStorage", "0", count), offset, dims, strides);
}

}  // namespace

TEST_CASE("every form of torch's files gives PyTorch's scores and bit-identical tensors") {
  const auto golden = open_weights(kTorchGolden / "expected.safetensors");
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kTorchGolden)) {
    if (entry.path().extension() != ".pth") continue;
    ++files;
    const std::string name = entry.path().stem().string();
    CAPTURE(name);
    Model model = open_model(entry.path(), described(kNetwork));
    CHECK(model.format == (name.find("legacy") == std::string::npos ? "torch (zip)" : "torch (legacy)"));
    CHECK(model.description.input.resize == Size2{8, 8});
    CHECK(model.notes.empty());
    std::size_t tensors = 0;
    for (const Layer& layer : model.description.layers)
      for (const WeightSpec& spec : weight_specs(layer)) {
        ++tensors;
        CAPTURE(spec.name);
        CHECK(std::ranges::equal(model.weights->fetch(spec), stored_tensor(*golden, name + "/" + spec.name)));
      }
    CHECK(tensors == 8);

    const Network network = make_network(model);
    Workspace workspace(network, 2);
    std::ranges::copy(stored_tensor(*golden, "input"), workspace.input().begin());
    const auto outputs = test::step_outputs(network, workspace, 2);
    CHECK(reference::difference(outputs.at("classifier"), stored_tensor(*golden, name + "/scores")) <
          kTolerance);
  }
  CHECK(files == 9);
}

TEST_CASE("float32 tensors of a zip file are used without a copy") {
  const auto found = torch::open_state_dict(kTorchGolden / "zip.pth");
  const auto again = torch::open_state_dict(kTorchGolden / "strided.pth");
  CHECK(reinterpret_cast<std::uintptr_t>(stored_tensor(*found.weights, "features.0.weight").data()) % 64 ==
        0);
  // Two views of one storage, the second after the first: nothing was copied.
  CHECK(stored_tensor(*again.weights, "features.1.weight").data() + 4 ==
        stored_tensor(*again.weights, "features.1.bias").data());
  CHECK(stored_tensor(*again.weights, "features.1.bias").data() ==
        stored_tensor(*again.weights, "features.1.running_mean").data());
}

TEST_CASE("the size of a torch file's tensors counts each storage once") {
  CHECK(torch::open_state_dict(kTorchGolden / "zip.pth").weights->stored_bytes() ==
        4 * (108 + 4 * 5 + 180 + 5));
  CHECK(torch::open_state_dict(kTorchGolden / "half.pth").weights->stored_bytes() ==
        2 * (108 + 4 * 5 + 180 + 5));
  CHECK(torch::open_state_dict(kTorchGolden / "strided.pth").weights->stored_bytes() ==
        4 * (504 + 4 + 8 + 4 + 180 + 5));
}

TEST_CASE("a preset or a mean from the options overrides that of the network.json") {
  const Model preset = open_model(kTorchGolden / "zip.pth", described(kNetwork, "caffe"));
  CHECK(preset.description.input.rule == image::ResizeRule::squash);
  CHECK(preset.description.input.size == Size2{6, 6});
  CHECK(preset.notes.empty());
  const Model mean = open_model(kTorchGolden / "zip.pth", described(kNetwork, "", "0.1,0.2,0.35"));
  CHECK(mean.description.input.mean == std::array{0.1, 0.2, 0.35});
  CHECK(mean.description.input.resize == Size2{8, 8});
  CHECK(mean.notes.empty());
}

TEST_CASE("labels that the network.json names are used") {
  const TempDir dir;
  std::string network = R"({"name": "n", "input": {"size": 2}, "labels": "l.txt", "layers": [
      {"name": "a", "type": "fc", "output": 2, "bias": false}]})";
  dir.write("network.json", network);
  dir.write("l.txt", "one\ntwo\n");
  const std::string values = archive(pickle(dict({{"a.weight", view(24, 0, {2, 12}, {12, 1})}})),
                                     {{"0", floats(std::vector<float>(24))}});
  const fs::path file = dir.write("m.pth", values);
  CHECK(open_model(file, described(dir.path() / "network.json")).labels.at(1).text == "two");
  dir.write("l.txt", "one\n");
  CHECK(message_of<ModelError>([&] {
          open_model(file, described(dir.path() / "network.json"));
        }).ends_with("l.txt: has 1 labels, but the network has 2 outputs"));
}

TEST_CASE("a tensor that contradicts the network.json or is unused is refused at opening") {
  const TempDir dir;
  const auto refusal_by = [&](const std::string& layer, const std::string& extra = "b.weight") {
    dir.write(
        "network.json",
        R"({"name": "n", "input": {"size": 2}, "layers": [{"name": "a", "type": "fc", )" + layer + "}]}");
    const fs::path file = dir.write(
        "m.pth",
        archive(pickle(dict({{"a.weight", view(24, 0, {2, 12}, {12, 1})}, {extra, view(24, 0, {2}, {1})}})),
                {{"0", floats(std::vector<float>(24))}}));
    const std::string message =
        message_of<ModelError>([&] { open_model(file, described(dir.path() / "network.json")); });
    return message == "no error" ? message : message.substr(file.string().size() + 2);
  };
  const std::string no_bias = R"("output": 2, "bias": false)";
  CHECK(refusal_by(R"("output": 2)", "a.bias") == "no error");
  CHECK(refusal_by(no_bias, "a.num_batches_tracked") == "no error");
  CHECK(refusal_by(R"("output": 3)", "a.bias") == "a.weight: expected 3 x 12, found 2 x 12");
  CHECK(refusal_by(no_bias, "a.bias") ==
        "a.bias: is not used by any layer of the network; add the layer, or save the weights without it");
  CHECK(refusal_by(R"("output": 2)") == "no error");  // fails only when the missing bias is needed
  CHECK(refusal_by(no_bias).starts_with("b.weight: is not used by any layer of the network"));
}

TEST_CASE("a torch file may have any name") {
  const TempDir dir;
  for (const char* form : {"zip.pth", "legacy.pth"})
    for (const char* name : {"model.pth.tar", "checkpoint", "weights.bin"}) {
      CAPTURE(name);
      const fs::path file = dir.path() / name;
      fs::copy_file(kTorchGolden / form, file, fs::copy_options::overwrite_existing);
      CHECK(find_model(file.string()) == file);
      CHECK(open_model(file, described(kNetwork)).format.starts_with("torch"));
    }
  std::string tar(1024, '\0');
  tar.replace(0, 8, "storages").replace(257, 5, "ustar");
  CHECK(message_of<ModelError>([&] {
          open_model(dir.write("old.pth.tar", tar));
        }).find(": is a tar archive of torch 0.1, which is not read; save it again") != std::string::npos);
  const fs::path other = dir.write("model.tar", "not torch's");
  CHECK(message_of<ModelError>([&] { open_model(find_model(other.string())); }) ==
        other.string() +
            ": is not a model: its name does not end in .safetensors, .pth, .pt, .caffemodel, .prototxt or "
            ".onnx, "
            "and torch.save did not write it");
}

TEST_CASE("a network that its tensors do not identify is refused with the file's content") {
  const std::string message = message_of<ModelError>([] { open_model(kTorchGolden / "zip.pth"); });
  CHECK(
      message ==
      (kTorchGolden / "zip.pth").string() +
          ": network: is unknown. Known by their tensors are torchvision's alexnet, vgg11, vgg11_bn, vgg13, "
          "vgg13_bn, "
          "vgg16, vgg16_bn, vgg19, vgg19_bn; here they are classifier.bias (5), classifier.weight (5 x 36), "
          "features.0.bias (4), features.0.weight (4 x 3 x 3 x 3) and 4 more; name a "
          "network.json with the layers with --network");
}

TEST_CASE("views of a torch storage are read by their strides") {
  const std::vector<float> six{0, 1, 2, 3, 4, 5};
  CHECK(fetched(file_of(view(6, 0, {2, 3}, {3, 1}), six), "a") == six);
  CHECK(fetched(file_of(view(6, 0, {3, 2}, {1, 3}), six), "a") == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(fetched(file_of(view(6, 1, {2, 2}, {3, 1}), six), "a") == std::vector<float>{1, 2, 4, 5});
  CHECK(fetched(file_of(view(6, 5, {}, {}), six), "a") == std::vector<float>{5});
  CHECK(fetched(file_of(view(6, 3, {2}, {0}), six), "a") == std::vector<float>{3, 3});
  CHECK(fetched(file_of(view(6, 2, {1, 3, 1}, {1000, 1, -7}), six), "a") == std::vector<float>{2, 3, 4});
  const std::string unaligned = stream(
      pickle(dict({{"a", view(6, 1, {2, 2}, {3, 1})}, {"bcd", view(6, 0, {6}, {1})}})), {{"0", floats(six)}});
  for (int shift = 0; shift < 4; ++shift) {
    const std::string body =
        dict({{std::string(static_cast<std::size_t>(shift), 'x'), view(6, 0, {6}, {1})}});
    CHECK(fetched(stream(pickle(body), {{"0", floats(six)}}),
                  std::string(static_cast<std::size_t>(shift), 'x')) == six);
  }
  CHECK(fetched(unaligned, "a") == std::vector<float>{1, 2, 4, 5});
}

TEST_CASE("a torch tensor that exceeds its storage is refused by name") {
  const std::vector<float> six(6);
  const auto reason = [&](const Dims& dims, const Dims& strides, std::int64_t offset = 0) {
    return state_dict_error(file_of(view(6, offset, dims, strides), six));
  };
  const std::string past = "a: its offset and strides lead past the end of its storage 0";
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(reason({2, 3}, {4, 1}) == past);
  CHECK(reason({2}, {6}) == past);
  CHECK(reason({2}, {-1}, 5) == past);
  CHECK(reason({2}, {kMost}) == past);
  CHECK(reason({3}, {kMost}) == past);
  CHECK(reason({2, 2}, {5, 5}) == past);
  CHECK(reason({1}, {1}, 6) == past);
  CHECK(reason({1}, {1}, -1) == past);
  CHECK(reason({2}, {1}, kMost) == past);
  CHECK(reason({7}, {0}) == "a: has 7 elements, more than the 6 of its storage 0");
  CHECK(reason({2, 3}, {1}) == "a: has not one stride for each dimension");
  CHECK(reason({0}, {1}) == "a: shape 0 has a dimension below 1");
  CHECK(reason({-2, -3}, {1, 1}) == "a: shape -2 x -3 has a dimension below 1");
  CHECK(reason({65536, 65536, 65536, 65536}, {0, 0, 0, 0}).find("has more than 2147483647 elements") !=
        std::string::npos);
  CHECK(reason(Dims(65, 1), Dims(65, 1)) == "a: has 65 dimensions, more than 64");
  for (const std::int64_t count :
       {std::int64_t{5}, std::int64_t{7}, std::int64_t{6} + (std::int64_t{1} << 62)})
    CHECK(state_dict_error(file_of(view(count, 0, {1}, {1}), six)) ==
          "a: storage 0 should have " + std::to_string(count) +
              " elements of F32, but the file has 24 bytes of it");
  CHECK(state_dict_error(archive(pickle(dict({{"a", view(6, 0, {6}, {1})}})), {{"0", floats(six) + "x"}})) ==
        "a: storage 0 should have 6 elements of F32, but the file has 25 bytes of it");
  CHECK(state_dict_error(archive(pickle(dict({{"a", view(6, 0, {6}, {1})}})), {{"1", floats(six)}})) ==
        "a: storage 0 is not in the file");
}

TEST_CASE("a legacy torch file whose parts disagree is refused") {
  const std::vector<float> six(6);
  const std::string object = pickle(dict({{"a", view(6, 0, {6}, {1})}}));
  const Records records{{"0", floats(six)}};
  CHECK(state_dict_error(stream(object, records)) == "no error");
  CHECK(state_dict_error(stream(object, {{"0", floats({1, 2})}})) ==
        "storage 0: has 2 elements, but the object says 6");
  CHECK(state_dict_error(stream(object, {{"0", floats(six)}, {"0", floats(six)}})) ==
        "storage keys: 0: occurs twice");
  CHECK(state_dict_error(stream(object, {{"1", floats(six)}})) ==
        "storage keys: 1: is not a storage that the object names");
  CHECK(state_dict_error(stream(object, {})) == "a: storage 0 is not in the file");
  const std::string good = stream(object, records);
  for (const std::size_t cut : {1, 23, 24})
    CHECK(state_dict_error(good.substr(0, good.size() - cut)) ==
          "storage 0: has 6 elements, but the file ends after " + std::to_string((24 - cut) / 4));
  CHECK(state_dict_error(good.substr(0, good.size() - 25)) == "storage 0: is missing: the file is truncated");
  const std::string start = kMagic + pickle(whole(1001));
  CHECK(state_dict_error(kMagic + pickle(whole(1002)) + system_info() + object) == "protocol: is not 1001");
  const std::string endian = "system info: little_endian: is not true; only little-endian files are read";
  CHECK(state_dict_error(start + system_info("\x89") + object) == endian);
  CHECK(state_dict_error(start + pickle("N") + object) == endian);
  CHECK(state_dict_error(start + system_info() + object + pickle("N")) == "storage keys: are not a list");
  CHECK(state_dict_error(start + system_info() + object + pickle("]Na")) ==
        "storage keys: is not a storage that the object names");
  CHECK(state_dict_error(start + system_info() + pickle(global("os", "system")))
            .starts_with("object: GLOBAL os.system: is not allowed"));

  // 334 bytes that ask for 1 GiB
  constexpr std::int64_t kMany = std::int64_t{1} << 28;
  std::string greedy = start + system_info() + pickle(dict({{"a", view(kMany, 0, {kMany}, {1})}})) +
                       keys(records) + little_endian(kMany);
  REQUIRE(greedy.size() < 334);
  greedy.resize(334);
  CHECK(state_dict_error(greedy).starts_with("storage 0: has 268435456 elements, but the file ends after "));
}

TEST_CASE("a state dict of pickle.dump is read, with each storage as a file in it") {
  const auto bytes = [](const std::string& data) { return "B" + u32(data.size()) + data; };
  const auto storage_in = [&](const std::string& file) {
    return call("torch.storage", "_load_from_bytes", {bytes(file)});
  };
  const auto of_file = [&](const std::string& file) {
    return pickle(dict({{"model", ordered({{"a", tensor(storage_in(file) + "q\x07", 1, {2}, {1})},
                                           {"b", tensor("h\x07", 0, {3}, {1})}})}}),
                  4);
  };
  const std::string good = stream(pickle(storage("FloatStorage", "77", 3)), {{"77", floats({1, 2, 3})}});
  CHECK(fetched(of_file(good), "a") == std::vector<float>{2, 3});
  CHECK(fetched(of_file(good), "b") == std::vector<float>{1, 2, 3});
  const TempDir dir;
  const auto found = torch::open_state_dict(dir.write("a.pkl", of_file(good)));
  CHECK(found.format == "torch (pickle)");
  CHECK(found.weights->stored_bytes() == 12);
  CHECK(state_dict_error(of_file("hello")) == "a: storage: is not in the legacy format of torch.save");
  CHECK(state_dict_error(of_file(good.substr(0, good.size() - 1))) ==
        "a: storage 77: has 3 elements, but the file ends after 2");
  CHECK(state_dict_error(of_file(stream(pickle(whole(1)), {}))) == "a: storage: is not a storage");
  CHECK(state_dict_error(of_file(stream(pickle(storage("FloatStorage", "77", 3)), {}))) ==
        "a: storage 77: is not in the file");
  CHECK(state_dict_error(of_file(stream(pickle(storage_in(good)), {}))) == "a: storage: is not a storage");
  const std::string refusal = ": a storage is not in bytes; save it again with torch.save";
  CHECK(state_dict_error(of_file("")).ends_with(refusal));
  CHECK(state_dict_error(pickle(call("torch.storage", "_load_from_bytes",
                                     {call("_codecs", "encode", {text("x"), text("latin1")})})))
            .ends_with(refusal));
}

TEST_CASE("a checkpoint's state dict is found, and DataParallel's prefix is removed") {
  const std::string weight = view(2, 0, {2}, {1});
  const Records records{{"0", floats({1, 2})}};
  const auto opens = [&](const std::string& body, const std::string& name) {
    return fetched(archive(pickle(body), records), name) == std::vector<float>{1, 2};
  };
  for (const char* const key : {"state_dict", "model_state_dict", "model"})
    CHECK(opens(dict({{"epoch", "K\x03"}, {"best", weight}, {key, dict({{"module.a", weight}})}}), "a"));
  CHECK(opens(dict({{"module.a", weight}, {"b", weight}}), "module.a"));
  CHECK(opens(dict({{"model", weight}}), "model"));
  const auto reason = [&](const std::string& body) {
    return state_dict_error(archive(pickle(body), records));
  };
  CHECK(reason("N") == "data.pkl: is not a state dict, which maps names to tensors");
  CHECK(reason(weight) == "data.pkl: is not a state dict, which maps names to tensors");
  CHECK(reason(dict({{"epoch", "K\x03"}})) == "data.pkl: has no tensors");
  CHECK(reason("}K\x01" + weight + "s") == "data.pkl: has no tensors");  // the key is not a string
}

TEST_CASE("a file that is not a state dict of torch is refused with its content") {
  const std::string object = pickle(dict({{"a", view(1, 0, {1}, {1})}}));
  const Records records{{"0", floats({1})}};
  const std::string neither = "is not a file of torch.save: neither a zip archive nor a stream of pickles";
  CHECK(state_dict_error("") == neither);
  CHECK(state_dict_error("hello") == neither);
  CHECK(state_dict_error(object) == "a: storage 0 is not in the file");
  const auto tar = [](const std::string& member) {
    std::string bytes(1024, '\0');
    return bytes.replace(0, member.size(), member).replace(257, 8, "ustar  ");
  };
  for (const char* const member : {"storages", "tensors", "pickle"})
    CHECK(state_dict_error(tar(member)) ==
          "is a tar archive of torch 0.1, which is not read; save it again with a later torch: "
          "torch.save(torch.load(\"old.pth\"), \"model.pth\")");
  CHECK(state_dict_error(tar("model.pth")) ==
        "is a tar archive, and torch.save writes none; extract the file inside: tar -xf ARCHIVE");
  CHECK(state_dict_error("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
            .starts_with("is a Git LFS pointer"));
  CHECK(state_dict_error("PK").starts_with("zip directory: is missing"));
  CHECK(state_dict_error(zip({}).bytes) == "is a zip archive without data.pkl, which torch.save puts there");
  CHECK(state_dict_error(zip({{"m/data/0", "1234"}}).bytes) ==
        "is a zip archive without data.pkl, which torch.save puts there");
  const std::string script =
      "is a TorchScript archive, a program and not weights alone; save those: "
      "torch.save(torch.jit.load(\"model.pt\").state_dict(), \"model.pth\")";
  auto all = entries(object, records);
  all.push_back({"model/constants.pkl", "x"});
  CHECK(state_dict_error(zip(all).bytes) == script);
  all.back() = {"model/code/__torch__/net.py", "x", 0x808, 8};
  CHECK(state_dict_error(zip(all).bytes) == script);
  all.back() = {"model/byteorder", "big"};
  CHECK(state_dict_error(zip(all).bytes) == "byteorder: is 'big'; only little-endian files are read");
  all.back() = {"model/byteorder", "little"};
  CHECK(state_dict_error(zip(all).bytes) == "no error");
  CHECK(state_dict_error(zip(entries_of_torch_2(object, records)).bytes) == "no error");
}
