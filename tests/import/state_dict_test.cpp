#include "import/torch/state_dict.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "import/torch_bytes.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::torch;
using namespace torch_bytes;

namespace {

const std::string kWeight = tensor(storage("FloatStorage", "0", 2), 0, {2}, {1});
const std::string kAverage = tensor(storage("FloatStorage", "1", 2), 0, {2}, {1});

struct Found {
  std::vector<std::string> names;
  std::string storages;  // keys of the storages, in the order of the names
  std::vector<std::string> notes;
};

Found found(const std::string& body, const std::set<std::string>& wanted = {}) {
  const std::string bytes = pickle(body, 4);
  const Pickle read = read_pickle(bytes, "a.pth");
  const NamedTensors weights = find_weights(read, "a.pth: data.pkl", wanted);
  Found result;
  for (const auto& [name, tensor] : weights.tensors) {
    result.names.push_back(name);
    result.storages += tensor->storage.key;
  }
  result.notes = weights.notes;
  return result;
}

std::string error_of(const std::string& body) {
  const std::string message = message_of<ModelError>([&] { found(body); });
  return message.starts_with("a.pth: data.pkl: ") ? message.substr(17) : message;
}

// Returns the names after reading a state dict with these names.
std::vector<std::string> renamed(const std::vector<std::string>& names,
                                 const std::set<std::string>& wanted = {}) {
  std::vector<std::pair<std::string, std::string>> items;
  for (const std::string& name : names) items.emplace_back(name, kWeight);
  return found(ordered(items), wanted).names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the state dict of a checkpoint is found under the usual names") {
  for (const char* const key : {"state_dict", "model_state_dict", "model", "model_state", "net", "network"}) {
    const Found weights =
        found(dict({{"epoch", whole(3)},
                    {"best", kAverage},
                    {"optimizer", dict({{"state", "}" + whole(0) + dict({{"m", kAverage}}) + "s"}})},
                    {key, ordered({{"a", kWeight}})}}));
    CHECK(weights.names == Names{"a"});
    CHECK(weights.storages == "0");
    CHECK(weights.notes.empty());
  }
  CHECK(found(dict({{"model", dict({{"state_dict", dict({{"a", kWeight}})}})}})).names == Names{"a"});
  CHECK(found(call("collections", "defaultdict", {global("builtins", "list")}) + text("a") + kWeight + "s")
            .names == Names{"a"});
}

TEST_CASE("of plain and averaged weights the plain ones are chosen, and a note says so") {
  const std::string plain = ordered({{"a", kWeight}});
  const std::string average = ordered({{"a", kAverage}});
  for (const char* const key : {"ema", "state_dict_ema", "model_ema", "averaged_model", "EMA_model"}) {
    const Found both = found(dict({{key, average}, {"state_dict", plain}}));
    CHECK(both.storages == "0");
    CHECK(both.notes ==
          Names{"the weights are those in 'state_dict'; not used are those in '" + std::string(key) + "'"});
    const Found alone = found(dict({{"epoch", whole(1)}, {key, average}}));
    CHECK(alone.storages == "1");
    CHECK(alone.notes ==
          Names{"the weights are the averages in '" + std::string(key) + "'; the file has no others"});
  }
  CHECK(found(dict({{"generator", plain}, {"generator_ema", average}})).notes ==
        Names{"the weights are those in 'generator'; not used are those in 'generator_ema'"});
  const Found flat =
      found(ordered({{"model.a", kWeight}, {"model_ema.a", kAverage}, {"model_ema.decay", kAverage}}));
  CHECK(flat.names == Names{"a"});
  CHECK(flat.storages == "0");
  CHECK(flat.notes == Names{"the averaged weights, such as 'model_ema.a', are not used"});
  const Found flat_alone = found(ordered({{"module.ema.module.a", kAverage}}));
  CHECK(flat_alone.names == Names{"a"});
  CHECK(flat_alone.notes == Names{"the weights are averages, such as 'ema.a'; the file has no others"});
  CHECK(found(ordered({{"ema", kWeight}})).notes.empty());
  CHECK(found(ordered({{"schema.a", kWeight}})).names == Names{"schema.a"});
}

TEST_CASE("weights under another name are found if they are the only ones") {
  const std::string weights = ordered({{"a", kWeight}});
  const Found only = found(dict({{"epoch", whole(1)}, {"alexnet", weights}}));
  CHECK(only.names == Names{"a"});
  CHECK(only.notes == Names{"the weights are those in 'alexnet'"});
  CHECK(error_of(dict({{"netG", weights}, {"netD", weights}})) ==
        "has the weights of several networks, 'netD', 'netG'; save those of one: "
        "torch.save(checkpoint[\"netD\"], "
        "\"model.pth\")");
}

TEST_CASE("prefixes that all names have are removed") {
  CHECK(renamed({"module.a.weight", "module.b"}) == Names{"a.weight", "b"});
  CHECK(renamed({"_orig_mod.module.a", "_orig_mod.module.b"}) == Names{"a", "b"});
  CHECK(renamed({"module.model.a", "module.model.b"}) == Names{"a", "b"});
  CHECK(renamed({"features.module.0.weight", "features.module.0.bias", "classifier.1.weight"}) ==
        Names{"classifier.1.weight", "features.0.bias", "features.0.weight"});
  CHECK(renamed({"net._orig_mod.features.module.0.weight", "net._orig_mod.b"}) ==
        Names{"b", "features.0.weight"});
  CHECK(renamed({"module.a", "b"}) == Names{"b", "module.a"});
  CHECK(renamed({"features.module.0", "features.1"}) == Names{"features.1", "features.module.0"});
  CHECK(renamed({"features.model.0"}) == Names{"features.model.0"});
  CHECK(renamed({"a-b.w", "a.w", "a"}) == Names{"a", "a-b.w", "a.w"});
  CHECK(renamed({"module"}) == Names{"module"});
  CHECK(renamed({"module.module.module.a"}) == Names{"a"});
}

TEST_CASE("names that the network has are kept") {
  CHECK(renamed({"model.a", "model.b"}, {"model.a", "model.b"}) == Names{"model.a", "model.b"});
  CHECK(renamed({"model.a", "model.b"}, {"a", "b"}) == Names{"a", "b"});
  CHECK(renamed({"features.module.0"}, {"features.module.0"}) == Names{"features.module.0"});
}

TEST_CASE("counters that tools add are left out") {
  const std::string counter = tensor(storage("DoubleStorage", "9", 1), 0, {1}, {1});
  const std::string scalar = tensor(storage("LongStorage", "9", 1), 0, {}, {});
  CHECK(found(ordered({{"total_ops", counter},
                       {"total_params", counter},
                       {"n_averaged", scalar},
                       {"module.a.total_ops", counter},
                       {"module.a.weight", kWeight}}))
            .names == Names{"a.weight"});
  CHECK(found(ordered({{"a.total_ops", kWeight}})).names == Names{"a.total_ops"});  // not a counter
}

TEST_CASE("the parameters of a whole module are read as data") {
  const std::string conv = module(global("torch.nn.modules.conv", "Conv2d"),
                                  ordered({{"weight", kWeight}, {"bias", none()}}), kOrderedDict);
  const std::string norm =
      module(global("torch.nn.modules.batchnorm", "BatchNorm2d"), ordered({{"weight", kWeight}}), dict({}),
             dict({{"running_mean", kWeight}, {"scratch", kWeight}}),
             call("builtins", "set", {kEmptyList + text("scratch") + "a"}));
  const std::string features = module(global("torch.nn.modules.container", "Sequential"), dict({}),
                                      ordered({{"0", conv}, {"1", norm}}));
  const auto net = [&](const std::string& left_out) {
    return module(global("__main__", "Net"), dict({{"scale", kWeight}}),
                  dict({{"features", features}, {"none", none()}, {"act", global("torch", "relu")}}),
                  dict({{"cache", kWeight}}), left_out);
  };
  const Names expected{"features.0.weight", "features.1.running_mean", "features.1.weight", "scale"};
  // A set as protocol 4 writes it.
  const std::string set = "\x8f(" + text("cache") + "\x90";
  CHECK(found(net(set)).names == expected);
  CHECK(found(dict({{"epoch", whole(1)}, {"model", net(set)}})).names == expected);
  CHECK(found(module(global("torch.nn.parallel.data_parallel", "DataParallel"), dict({}),
                     ordered({{"module", net(set)}})))
            .names == expected);
  const Names all{"cache", "features.0.weight", "features.1.running_mean", "features.1.weight", "scale"};
  CHECK(found(net(kEmptyList)).names == all);
  CHECK(found(net(none())).names == all);
}

TEST_CASE("what holds no weights is refused with advice") {
  const std::string save = "save the weights alone: torch.save(model.state_dict(), \"model.pth\")";
  CHECK(error_of(whole(1)) == "is not a state dict, which maps names to tensors");
  CHECK(error_of(dict({{"epoch", whole(1)}})) == "has no tensors");
  CHECK(error_of(object(global("my", "Trainer"), dict({{"model", kWeight}}))) ==
        "is an object of my.Trainer and not a state dict, which maps names to tensors; " + save);
  CHECK(error_of(ordered({{"w", call("numpy.core.multiarray", "_reconstruct", {})}})) ==
        "has no tensors: w is of numpy.core.multiarray._reconstruct, which is not read; " + save);
  const std::string long_name(1001, 'x');
  CHECK(error_of(ordered({{long_name, kWeight}})) ==
        std::string(100, 'x') + "...: has a name of 1001 bytes; at most 1000 are read");
}

TEST_CASE("modules that are in themselves or in too many others are refused in little time") {
  const std::string in_itself = global("my", "Net") + ")\x81q\x01" +
                                dict({{"_parameters", dict({})}, {"_modules", dict({{"me", "h\x01"}})}}) +
                                "b";
  const std::string refusal =
      "has too many modules in each other; save the weights alone: torch.save(model.state_dict(), "
      "\"model.pth\")";
  CHECK(error_of(in_itself) == refusal);
  // Each module has the one before it twice: 2^60 in all.
  std::string doubled = module(global("my", "Net"), dict({}), dict({})) + "q\x02";
  for (int i = 0; i < 60; ++i)
    doubled = module(global("my", "Net"), dict({}), dict({{"a", doubled}, {"b", "h\x02"}})) + "q\x02";
  CHECK(error_of(doubled) == refusal);
  // Dicts in themselves, and in each other.
  CHECK(error_of("}q\x01" + text("model") + "h\x01s") == "has no tensors");
  std::string nested = dict({{"a", kWeight}});
  for (int i = 0; i < 5; ++i) nested = dict({{"model", nested}});
  CHECK(error_of(nested) ==
        "has its weights too many dicts deep; save the weights alone: "
        "torch.save(model.state_dict(), \"model.pth\")");
}
