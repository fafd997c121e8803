// Checkpoints as training scripts write them give the answer of the plain state dict.
#include <doctest/doctest.h>

#include "command.hpp"
#include "import/torch_bytes.hpp"

using namespace alexnet::cli;
using namespace torch_bytes;

namespace {

constexpr const char* kSmall = R"({"name": "small", "input": {"preset": "torchvision", "size": 8}, "layers": [
    {"name": "features.0", "type": "conv", "output": 2, "kernel": 1},
    {"name": "gap", "type": "global_average_pool"},
    {"name": "classifier.1", "type": "fc", "output": 3},
    {"name": "prob", "type": "softmax"}]})";

// PyTorch's answer for the colour (200, 150, 60).
constexpr const char* kAnswer = "  1   52.0 %  class 2\n  2   45.4 %  class 1\n  3    2.6 %  class 0\n";

struct Part {
  const char* name;
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> strides;
  std::vector<float> values;
};
const std::vector<Part> kParts{
    {"features.0.weight",
     {2, 3, 1, 1},
     {3, 1, 1, 1},
     {1.5409961F, -0.2934289F, -2.1787894F, 0.56843126F, -1.0845224F, -1.3985955F}},
    {"features.0.bias", {2}, {1}, {0.40334684F, 0.8380263F}},
    {"classifier.1.weight",
     {3, 2},
     {2, 1},
     {-0.7192576F, -0.40334353F, -0.59663534F, 0.18203649F, -0.8566746F, 1.1006042F}},
    {"classifier.1.bias", {3}, {1}, {-1.0711874F, 0.12270124F, -0.5663175F}}};

// Storages 0 to 3 have the weights, 4 to 7 other ones. A legacy file has only those that it uses.
Records records(std::size_t storages = 8) {
  Records all;
  for (std::size_t i = 0; i < storages; ++i) {
    std::vector<float> values = kParts[i % kParts.size()].values;
    if (i >= kParts.size()) values.assign(values.size(), 0.25F);
    all.emplace_back(std::to_string(i), floats(values));
  }
  return all;
}

std::int64_t count(const Part& part) { return static_cast<std::int64_t>(part.values.size()); }

using Items = std::vector<std::pair<std::string, std::string>>;

std::string weight(std::size_t i, std::size_t first_key = 0) {
  return tensor(storage("FloatStorage", std::to_string(first_key + i), count(kParts[i])), 0, kParts[i].dims,
                kParts[i].strides);
}

Items prefixed(const std::string& prefix, std::size_t first_key = 0) {
  Items items;
  for (std::size_t i = 0; i < kParts.size(); ++i)
    items.emplace_back(prefix + kParts[i].name, weight(i, first_key));
  return items;
}
const Items kPlain = prefixed("");
const Items kAverages = prefixed("", kParts.size());

Items with(Items items, const Items& more) {
  items.insert(items.end(), more.begin(), more.end());
  return items;
}

std::string namespace_of(const Items& attributes) {
  return object(global("argparse", "Namespace"), dict(attributes));
}

// In protocol 4 and with torch 2's functions.
std::string modern(const std::string& key, bool untyped) {
  std::string body = stack_global("collections", "OrderedDict") + ")R(";
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    const std::int64_t size = untyped ? 4 * count(kParts[i]) : count(kParts[i]);
    const std::string of = tuple({short_text("storage"),
                                  untyped ? stack_global("torch.storage", "UntypedStorage")
                                          : stack_global("torch", "FloatStorage"),
                                  short_text(std::to_string(i)), short_text("cpu"), whole(size)}) +
                           "Q";
    std::vector<std::string> arguments{
        of, whole(0), numbers(kParts[i].dims), numbers(kParts[i].strides), "\x89", kOrderedDict};
    if (untyped) arguments.push_back(stack_global("torch", "float32"));
    body += short_text(kParts[i].name) + "\x94" +
            stack_global("torch._utils", untyped ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2") +
            tuple(arguments) + "R";
  }
  body += "u";
  return key.empty() ? body : "}" + short_text(key) + body + "s";
}

// A whole module; `type` returns the class of a name.
template <class Type>
std::string whole_module(const Type& type) {
  const auto layer = [&](const char* name, std::size_t first) {
    const auto parameter = [&](std::size_t i) {
      return call("torch._utils", "_rebuild_parameter", {weight(i), "\x88", kOrderedDict});
    };
    return module(type(name), ordered({{"weight", parameter(first)}, {"bias", parameter(first + 1)}}),
                  kOrderedDict);
  };
  const auto sequence = [&](const Items& layers) {
    return module(type("Sequential"), kOrderedDict, ordered(layers));
  };
  return module(type("Net"), kOrderedDict,
                ordered({{"features", sequence({{"0", layer("Conv2d", 0)}})},
                         {"classifier", sequence({{"0", module(type("Dropout"), kOrderedDict, kOrderedDict)},
                                                  {"1", layer("Linear", 2)}})}}),
                ordered({{"scratch", weight(1)}}), call("__builtin__", "set", {"]" + text("scratch") + "a"}));
}

std::string checkpoint(const Items& items) { return archive(pickle(dict(items)), records()); }

struct Checkpoint {
  const char* file;
  std::string bytes;
  const char* note = "";
};

std::vector<Checkpoint> checkpoints() {
  const std::string plain = ordered(kPlain);
  const std::string state = pickle(plain);
  const auto type = [](const std::string& name) { return global("torch.nn", name); };
  const auto type_with_source = [](const std::string& name) {
    return tuple({text("module"), global("__main__", name), text("net.py"), text("class Net:")}) + "Q";
  };
  const std::string float64 = call("numpy", "dtype", {text("f8"), "\x89", "\x88"}) +
                              tuple({whole(3), text("<"), "NNNJ\xff\xff\xff\xff"}) + "b";
  const Items others{
      {"epoch", whole(90)},
      {"arch", text("small")},
      {"args", namespace_of({{"lr", "G\x3f\xb9\x99\x99\x99\x99\x99\x9a"},
                             {"out", call("pathlib", "PosixPath", {text("/"), text("runs")})}})},
      {"best_acc1", call("numpy.core.multiarray", "scalar",
                         {float64, call("_codecs", "encode", {text("abcdefgh"), text("latin1")})})},
      {"counts", call("collections", "Counter", {dict({{"cat", whole(3)}})})},
      {"date", call("datetime", "datetime", {text("\x07\xe8\x01\x01")})},
      {"groups", call("collections", "defaultdict", {global("__builtin__", "list")})},
      {"device", call("torch", "device", {text("cuda"), whole(0)})},
      {"loss", object(global("torch.nn.modules.loss", "CrossEntropyLoss"), dict({{"training", "\x88"}}))},
      {"optimizer", dict({{"state", "}" + whole(0) + dict({{"momentum_buffer", weight(0, 4)}}) + "s"},
                          {"param_groups", kEmptyList}})}};
  const std::string legacy = stream(framed(modern("net", false), 4), records(4));
  const std::string counter = tensor(storage("FloatStorage", "5", 2), 0, {1}, {1});
  return {
      {"plain.pth", archive(state, records())},
      {"key_net.pth", checkpoint({{"net", ordered(prefixed("module."))}, {"acc", whole(1)}})},
      {"orig_mod.pth", archive(pickle(ordered(prefixed("_orig_mod."))), records())},
      {"features_module.pth", archive(pickle(ordered({{"features.module.0.weight", weight(0)},
                                                      {"features.module.0.bias", weight(1)},
                                                      {"classifier.1.weight", weight(2)},
                                                      {"classifier.1.bias", weight(3)}})),
                                      records())},
      {"namespace.pth",
       checkpoint(
           {{"model", plain}, {"epoch", whole(3)}, {"args", namespace_of({{"model", text("alexnet")}})}})},
      {"protocol4.pth", archive(framed(modern("", false), 4), records())},
      {"checkpoint.pth.tar", checkpoint({{"epoch", whole(90)}, {"state_dict", plain}})},

      {"legacy.pth.tar",
       stream(pickle(dict(with(others, {{"state_dict", ordered(prefixed("module."))}}))), records(5))},
      {"epoch=89.ckpt",
       checkpoint(
           with(others, {{"state_dict", ordered(prefixed("model."))},
                         {"hyper_parameters", object(global("lightning.utilities", "AttributeDict"), "}") +
                                                  text("lr") + whole(1) + "s"},
                         {"callbacks", "}" + global("lightning.callbacks", "ModelCheckpoint") + "}s"}}))},
      {"pytorch_model.bin", archive(pickle(ordered(prefixed("module._orig_mod."))), records())},
      {"weights", checkpoint({{"model_state", plain}})},
      {"resnet.onnx", checkpoint({{"network", plain}})},
      {"last", checkpoint(with({{"model_state_dict", plain}}, others))},
      {"thop.pt", archive(pickle(ordered(with(prefixed("module."),
                                              {{"total_ops", counter},
                                               {"total_params", counter},
                                               {"module.features.0.total_ops", counter},
                                               {"module.features.0.num_batches_tracked", counter}}))),
                          records())},
      {"ema_beside.pth", checkpoint({{"state_dict_ema", ordered(kAverages)}, {"state_dict", plain}}),
       "the weights are those in 'state_dict'; not used are those in 'state_dict_ema'"},
      {"ema_alone.pth", checkpoint({{"epoch", whole(1)}, {"model_ema", ordered(prefixed("module."))}}),
       "the weights are the averages in 'model_ema'; the file has no others"},
      {"ema_flat.ckpt",
       checkpoint({{"state_dict", ordered(with(prefixed("model_ema.", 4), prefixed("model.")))}}),
       "the averaged weights, such as 'model_ema.classifier.1.bias', are not used"},
      {"protocol5.bin", archive(framed(modern("model", false), 5), records())},
      {"protocol3.bin", archive(pickle(plain, 3), records())},
      {"legacy_protocol4.pt",
       pickle("\x95" + u64(13) + kMagic.substr(2, 12), 4) + legacy.substr(kMagic.size())},
      {"torch2.pt", zip(entries_of_torch_2(state, records())).bytes},
      {"torch2_untyped.pt", zip(entries_of_torch_2(framed(modern("state_dict", true), 4), records())).bytes},
      {"whole.pt", archive(pickle(whole_module(type)), records())},
      {"whole_legacy.pt", stream(pickle(whole_module(type_with_source)), records(4))},
      {"whole_parallel.pth", checkpoint({{"model", module(type("DataParallel"), kOrderedDict,
                                                          ordered({{"module", whole_module(type)}}))}})},
  };
}

}  // namespace

TEST_CASE("checkpoints of training scripts, under any name, give the answer of the plain state dict") {
  const TemporaryFolder folder;
  const std::string network = folder.write("small.json", kSmall);
  std::string pixels;
  for (int i = 0; i < 64; ++i) pixels += "\xc8\x96\x3c";
  const std::string image = folder.write("flat.ppm", "P6 8 8 255\n" + pixels);
  for (const Checkpoint& c : checkpoints()) {
    CAPTURE(c.file);
    const std::string file = folder.write(c.file, c.bytes);
    const Result result = run({"classify", "-m", file, "--network", network, image});
    CHECK(result.status == 0);
    CHECK(result.out == image + "\n" + kAnswer);
    CHECK(result.err == (*c.note == '\0' ? "" : "alexnet: note: " + file + ": " + c.note + "\n"));
  }
}
