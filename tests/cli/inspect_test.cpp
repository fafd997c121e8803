// alexnet inspect, and the search path of models.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "tiny_model.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// Packs the whole model folder into one .safetensors file.
std::string pack(const TemporaryFolder& folder, const std::string& model_folder) {
  const json network = json::parse(read_file(model_folder + "/network.json"));
  const auto weights = open_weights(model_folder + "/" + network.at("weights").get<std::string>());
  std::vector<NamedTensor> tensors;
  for (const auto& [name, dims] : weights->shapes())
    tensors.push_back({name, dims, weights->fetch({name, dims})});
  const std::string file = folder.path("packed.safetensors");
  save_safetensors(file, tensors,
                   {{"network", network.dump()},
                    {"labels", read_file(model_folder + "/" + network.at("labels").get<std::string>())}});
  return file;
}

}  // namespace

TEST_CASE("inspect lists the models, one per line") {
  const Result result = run({"inspect"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const std::vector<std::string> text = lines(result.out);
  REQUIRE(text.size() >= 5);
  CHECK(text.at(0).starts_with("model "));
  for (const char* model : {"\nalexnet ", "\nalexnet-torchvision ", "\ntiny-alexnet ", "\nworked-example "})
    CHECK(contains(result.out, model));
  CHECK(contains(result.out, "60,965,224"));
  CHECK(contains(result.out, "61,100,840"));
  const auto models = json_lines(run({"inspect", "--json"}).out);
  CHECK(models.size() == text.size() - 1);
}

TEST_CASE("inspect shows a model's layers") {
  const Result result = run({"inspect", "tiny-alexnet"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  for (const char* part : {"tiny-alexnet  ", "\nlicence ", "\naccuracy  top-1 61.6 %",
                           "\ninput     shorter side to 64 (pillow-bilinear)", "\nlabels    200\n",
                           "\nconv1 ", "5x5 pad 2", "64 x 75 x 4096", "\nprob ",
                           "\ntotal: 6,481,416 parameters (25.9 MB in float32), 574,057,472 multiply-adds"})
    CHECK(contains(result.out, part));
  CHECK(run({"inspect", "-m", "tiny-alexnet"}).out == result.out);
}

TEST_CASE("inspect needs no weights") {
  const Result result = run({"inspect", "alexnet", "--json"});
  CHECK(result.status == 0);
  const json report = json::parse(result.out);
  CHECK(report.at("name") == "alexnet");
  CHECK(report.at("has_weights") == false);
  CHECK(report.at("stored_bytes") == 0);
  CHECK(report.at("parameters") == 60965224);
  CHECK(report.at("multiply_adds") == 724406816);
  const json& layers = report.at("layers");
  CHECK(layers.at(0).at("name") == "conv1");
  CHECK(layers.at(0).at("out") == json{96, 55, 55});
  std::int64_t parameters = 0;
  for (const json& layer : layers) parameters += layer.at("parameters").get<std::int64_t>();
  CHECK(parameters == 60965224);
}

TEST_CASE("inspect shows how packed computes each convolution and the memory that this saves") {
  const std::vector<std::string> convs{"conv1", "conv2", "conv3", "conv4", "conv5"};
  const std::string text = run({"inspect", "alexnet"}).out;
  const std::size_t table = text.find("\nconv   by packed ");
  REQUIRE(table != std::string::npos);
  for (const std::string& conv : convs) CHECK(contains(text.substr(table), "\n" + conv + "  "));
  for (const char* title : {" patch matrix ", " scratch ", " saved\n"})
    CHECK(contains(text.substr(table), title));
  CHECK(contains(text.substr(table), " 3.5 MB "));  // conv2's patches, one of two groups

  std::vector<std::string> seen;
  const json report = json::parse(run({"inspect", "alexnet", "--json"}).out);
  for (const json& layer : report.at("layers")) {
    CAPTURE(layer.dump());
    const json& packed = layer.at("packed");
    CHECK(packed.is_null() == (layer.at("type") != "conv"));
    if (packed.is_null()) continue;
    seen.push_back(layer.at("name"));
    CHECK(packed.size() == 2);
    CHECK(!packed.at("method").get<std::string>().empty());
    CHECK(packed.at("scratch_bytes") > 0);
  }
  CHECK(seen == convs);
  const TemporaryFolder folder;
  const std::string network = R"({"name": "fc", "input": {"preset": "tiny-imagenet"},
      "layers": [{"name": "fc", "type": "fc", "output": 2}]})";
  folder.write("fc/network.json", network);
  const Result flat = run({"inspect", folder.path("fc")});
  CHECK(flat.status == 0);
  CHECK(!contains(flat.out, "by packed"));
}

TEST_CASE("inspect of a model without weights says how to get them") {
  for (const char* command : {"classify", "batch", "time"}) {
    CAPTURE(command);
    const Result result = run({command, "-m", "alexnet", photo("cat.png")});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(lines(result.err).size() == 1);
    CHECK(contains(result.err, "models/alexnet/network.json: weights: the model has no weights"));
    CHECK(contains(result.err, "README.md"));
  }
}

TEST_CASE("a model in one file gives the same answers as its folder") {
  const TemporaryFolder folder;
  // tiny-alexnet with all weights in float16, which pack() widens to float32.
  const std::string half = folder.path("half/weights.safetensors");
  fs::create_directory(folder.path("half"));
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "f16", "-o", half}).status == 0);
  fs::copy_file(model("tiny-alexnet/network.json"), folder.path("half/network.json"));
  fs::copy_file(model("tiny-alexnet/labels.txt"), folder.path("half/labels.txt"));
  const std::string packed = pack(folder, folder.path("half"));
  const auto answers = [](const std::string& where) {
    const Result result = run({"classify", "--json", "-m", where, "-k", "200", photo("cat.png")});
    CHECK(result.status == 0);
    json record = json::parse(result.out);
    record.erase("ms");
    return record;
  };
  CHECK(answers(packed) == answers(folder.path("half")));
  const std::map<std::string, std::string> env{{"ALEXNET_MODELS", folder.path()}};
  CHECK(run({"classify", "-m", "packed", "-k", "1", photo("cat.png")}, "", env).out ==
        run({"classify", "-k", "1", photo("cat.png")}).out);
  CHECK(json::parse(run({"inspect", packed, "--json"}).out).at("labels") == 200);
}

TEST_CASE("a model in one file is checked in the same way as a folder") {
  const TemporaryFolder folder;
  const auto packed = [&](const json& metadata) {
    nlohmann::ordered_json header = tiny_header();
    header["__metadata__"] = metadata;
    return folder.write("m.safetensors", safetensors(header.dump(), tiny_data()));
  };
  const std::string network = tiny_network().dump();
  const std::string file = packed({{"network", network}, {"labels", "a\nb\nc\n"}});
  CHECK(run({"classify", "-m", file, photo("cat.png")}).status == 0);
  CHECK(run({"classify", "-m", packed({{"network", network}}), "--json", photo("cat.png")}).status == 0);
  packed({{"network", network}, {"labels", "a\nb\n"}});
  check_refused(file, file, {"__metadata__.labels: has 2 labels, but the network has 3 outputs"});
  packed({{"labels", "a\nb\nc\n"}});
  check_refused(file, file, {"network: is unknown"});
  packed({{"network", "{"}});
  check_refused(file, file, {"__metadata__.network: line 1, column 2"});
  folder.write("m.safetensors", safetensors(tiny_header().dump(), tiny_data()));
  check_refused(
      file, file,
      {"network: is unknown", "conv1.bias (2)", "name a network.json with the layers with --network"});
}

TEST_CASE("ALEXNET_MODELS adds folders that are searched first") {
  const TemporaryFolder folder;
  const std::string tiny = write_tiny_model(folder);
  fs::create_directories(folder.path("second"));
  fs::rename(tiny, folder.path("second/alexnet"));
  const std::map<std::string, std::string> env{
      {"ALEXNET_MODELS", folder.path("none") + "::" + folder.path("second")}};
  CHECK(json::parse(run({"inspect", "alexnet", "--json"}, "", env).out).at("name") == "tiny");
  std::set<std::string> names;
  for (const json& model : json_lines(run({"inspect", "--json"}, "", env).out))
    names.insert(model.at("name"));
  CHECK(names.count("tiny") == 1);
  CHECK(names.count("tiny-alexnet") == 1);
  CHECK(names.count("alexnet") == 0);  // hidden by the previous one
}

TEST_CASE("a model is given by a name or a path") {
  for (const std::string& where : {std::string("tiny-alexnet"), model("tiny-alexnet"), model("tiny-alexnet/"),
                                   model("alexnet/../tiny-alexnet")}) {
    CAPTURE(where);
    CHECK(json::parse(run({"inspect", where, "--json"}).out).at("name") == "tiny-alexnet");
  }
  const Result result = run(Call{.args = {"inspect", ".", "--json"}, .folder = model("tiny-alexnet")});
  CHECK(json::parse(result.out).at("name") == "tiny-alexnet");
}

TEST_CASE("a missing model is refused with the folders that were searched") {
  const std::map<std::string, std::string> env{{"ALEXNET_MODELS", "/none/first:/none/second"}};
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"inspect", "resnet50"},
                                             {"classify", "-m", "resnet50", photo("cat.png")},
                                             {"batch", "-m", "resnet50", photo("cat.png")},
                                             {"time", "-m", "resnet50"}}) {
    CAPTURE(args[0]);
    const Result result = run(args, "", env);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(
        result.err.starts_with("alexnet: resnet50: no such model: neither a file nor a folder with "
                               "network.json; looked in /none/first, /none/second, "));
    CHECK(contains(result.err,
                   "; models: alexnet, alexnet-torchvision, tiny-alexnet, worked-example; published "
                   "models: caffenet, squeezenet, vgg11"));
  }
  CHECK(contains(run({"inspect", "/none/alexnet"}).err, "alexnet: /none/alexnet: no such model"));
  CHECK(contains(run({"inspect", "/"}).err, "alexnet: /: no such model: the folder has no network.json"));
}

TEST_CASE("an unknown model name is refused with the nearest name or the way to fetch it") {
  const std::map<std::string, std::string> env{{"HOME", "/none"}};
  const auto error = [&](const std::string& name) {
    const Result result = run({"classify", "-m", name, photo("cat.png")}, "", env);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    return result.err;
  };
  CHECK(error("AlexNet") == "alexnet: AlexNet: no such model; did you mean 'alexnet'?\n");
  CHECK(error("TINY-ALEXNET") == "alexnet: TINY-ALEXNET: no such model; did you mean 'tiny-alexnet'?\n");
  CHECK(error("vgg16") ==
        "alexnet: vgg16: this published model has not been downloaded; 'alexnet fetch vgg16' downloads it\n");
  CHECK(error("VGG16_bn") ==
        "alexnet: VGG16_bn: no such model; did you mean 'vgg16-bn'? 'alexnet fetch "
        "vgg16-bn' downloads it\n");
}

TEST_CASE("a network with one output is not classified") {
  const TemporaryFolder folder;
  json network = tiny_network();
  network["layers"][1]["output"] = 1;
  network.erase("labels");
  network.erase("weights");
  folder.write("one/network.json", network.dump());
  const std::string numbers = R"({"shape": [1, 8], "data": [1, 1, 1, 1, 1, 1, 1, 1]})";
  const std::vector<float> kernels(54, 1.0F);
  const json conv{{"shape", {2, 3, 3, 3}}, {"data", kernels}};
  const json two{{"shape", {2}}, {"data", {0, 0}}};
  const json one{{"shape", {1}}, {"data", {0}}};
  folder.write("one/weights.json", json{{"conv1.weight", conv},
                                        {"conv1.bias", two},
                                        {"fc2.weight", json::parse(numbers)},
                                        {"fc2.bias", one}}
                                       .dump());
  network["weights"] = "weights.json";
  folder.write("one/network.json", network.dump());
  const std::string model = folder.path("one");
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"classify", "-m", model, photo("cat.png")}, {"batch", "-m", model, photo("cat.png")}}) {
    const Result result = run(args);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(contains(result.err,
                   "layers: the network has one output; a classifier has an output for each class"));
  }
  CHECK(run({"inspect", model}).status == 0);
  CHECK(run({"time", "-n", "1", "-m", model}).status == 0);
}

TEST_CASE("inspect shows the valid models beside an invalid one") {
  const TemporaryFolder folder;
  const std::string bad = folder.write("bad/network.json", "{}");
  const Result result = run({"inspect"}, "", {{"ALEXNET_MODELS", folder.path()}});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: " + bad + ": name: is missing\n");
  CHECK(contains(result.out, "\ntiny-alexnet "));
}
