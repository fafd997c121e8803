// Caffe files: conversion, and results equal to cv::dnn's (tests/golden/README.md).
#include <doctest/doctest.h>

#include <filesystem>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "import/caffe_writer.hpp"
#include "import/stored_tensor.hpp"
#include "layers/layers.hpp"
#include "network/outputs.hpp"
#include "reference.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

const fs::path kCaffeGolden = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden/caffe";

void compare_with_cv_dnn(const std::string& name, const std::string& last) {
  Model model = open_model(kCaffeGolden / (name + ".caffemodel"));
  const Network network = make_network(model);
  const auto golden = open_weights(kCaffeGolden / (name + ".safetensors"));
  Workspace workspace(network, 1);
  std::ranges::copy(stored_tensor(*golden, "input"), workspace.input().begin());
  const auto outputs = step_outputs(network, workspace, 1);
  CHECK(reference::difference(outputs.at(last), stored_tensor(*golden, "logits")) < kTolerance);
  CHECK(reference::difference(outputs.at(network.layers().back().name),
                              stored_tensor(*golden, "probabilities")) < kTolerance);
}

CaffeNet filled_small_net() {
  CaffeNet net = small_net();
  fill_weights(net, 3);
  return net;
}

bool any_note(const Model& model, const std::string& part) {
  return std::ranges::any_of(model.notes,
                             [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("Caffe networks of every form give the same results as cv::dnn") {
  SUBCASE("V2 layers") { compare_with_cv_dnn("v2", "fc4"); }
  SUBCASE("V2 layers with old blobs") { compare_with_cv_dnn("old_blobs", "fc4"); }
  SUBCASE("V1 layers") { compare_with_cv_dnn("v1", "fc4"); }
  SUBCASE("batch normalisation and scale") { compare_with_cv_dnn("batch_norm", "fc2"); }
}

TEST_CASE("all forms of Caffe files hold the same tensors and are distinguished") {
  const TempDir folder;
  const CaffeNet net = filled_small_net();
  for (const auto& [form, format] :
       {std::pair(CaffeForm::v2, "Caffe (V2 layers)"), std::pair(CaffeForm::old_blobs, "Caffe (V2 layers)"),
        std::pair(CaffeForm::v1, "Caffe (V1 layers)")}) {
    const Model model = open_model(folder.write("net.caffemodel", caffemodel(net, form)));
    CHECK(model.format == format);
    CHECK(model.description.name == "small");
    CHECK(model.description.layers.size() == net.layers.size());
    CHECK(model.weights->stored_bytes() == 4 * (600 + 8 + 432 + 12 + 2400 + 8 + 40 + 5));
    for (const Layer& layer : model.description.layers) {
      for (std::size_t i = 0; const WeightSpec& spec : weight_specs(layer)) {
        const auto source = std::ranges::find(net.layers, layer.name, &CaffeLayer::name);
        CHECK(std::ranges::equal(model.weights->fetch(spec), source->blobs[i++].data));
      }
    }
  }
}

TEST_CASE("blobs of double are converted to float32") {
  const TempDir folder;
  CaffeNet net{"n", {1, 3, 4, 4}, {inner_product("fc", 48, 2)}};
  fill_weights(net, 5);
  Wire layer;
  layer.text(1, "fc").text(2, "InnerProduct").text(3, "data").text(4, "fc");
  for (const Blob& b : net.layers[0].blobs) {
    Wire dims;
    for (const std::int64_t dim : b.dims) dims.varint(static_cast<std::uint64_t>(dim));
    layer.message(7, Wire().message(7, Wire().message(1, dims)).doubles(8, b.data));
  }
  layer.message(117, net.layers[0].params);
  Wire file;
  file.text(3, "data");
  for (const std::uint64_t dim : {1U, 3U, 4U, 4U}) file.number(4, dim);
  const Model model = open_model(folder.write("n.caffemodel", file.message(100, layer).bytes()));
  CHECK(std::ranges::equal(model.weights->fetch({"fc.weight", {2, 48}}), net.layers[0].blobs[0].data));
  CHECK(model.weights->stored_bytes() == 8 * (96 + 2));
  CHECK(model.description.layers.back().name == "prob");  // a softmax is appended to scores
}

TEST_CASE("an unknown binary field is refused unless it does not affect the answer") {
  const TempDir folder;
  const auto refusal = [&](bool v1, const Wire& pooling, const Wire& more = {}) {
    Wire layer;
    if (v1) {
      layer.text(2, "data").text(3, "p").text(4, "p").number(5, 17).message(19, pooling);
    } else {
      layer.text(1, "p").text(2, "Pooling").text(3, "data").text(4, "p").message(121, pooling);
    }
    Wire file;
    file.text(3, "data");
    for (const std::uint64_t dim : {1U, 3U, 6U, 6U}) file.number(4, dim);
    file.message(v1 ? 2 : 100, layer.raw(more.bytes()));
    const fs::path path = folder.write("n.caffemodel", file.bytes());
    try {
      const Model model = open_model(path);
      return std::string(std::get<MaxPool>(model.description.layers.at(0).params).ceil ? "up" : "down");
    } catch (const ModelError& e) {
      return std::string(e.what()).substr(path.string().size() + 2);
    }
  };
  const auto pool = [] { return Wire().number(2, 3).number(3, 2); };
  const std::string advice =
      "; it may change the predictions. If it does not, name a .prototxt without it with --network";
  for (const bool v1 : {false, true}) {
    CAPTURE(v1);
    CHECK(refusal(v1, pool()) == "up");
    CHECK(refusal(v1, pool().number(11, 1)) == "up");  // engine
    CHECK(refusal(v1, pool().number(13, 1)) == "down");
    CHECK(refusal(v1, pool().number(14, 1)) == "layers.p: unknown field 14 of PoolingParameter" + advice);
    CHECK(refusal(v1, pool().number(1, 7)) == "layers.p: unknown value of pool of PoolingParameter" + advice);
    CHECK(refusal(v1, pool().number(13, 0)) ==
          "layers.p: field 13 of PoolingParameter is 0, which is round_mode CEIL or, in forks of Caffe, "
          "ceil_mode false; name a .prototxt that says which with --network");
  }
  CHECK(refusal(false, pool(), Wire().number(10, 1).real(5, 1).message(6, Wire().real(3, 1))) == "up");
  CHECK(refusal(false, pool(), Wire().message(999, {})) ==
        "layers.p: unknown field 999 of LayerParameter" + advice);
  CHECK(refusal(true, pool(), Wire().real(7, 1).real(8, 1).text(1001, "w")) == "up");
  CHECK(refusal(true, pool(), Wire().message(999, {})) ==
        "layers.p: unknown field 999 of V1LayerParameter" + advice);
}

TEST_CASE("blobs that contradict the layers are refused when the file is opened") {
  const TempDir folder;
  CaffeNet net = filled_small_net();
  const auto refusal = [&](const CaffeNet& trained, const CaffeNet& network) {
    const fs::path file = folder.write("net.caffemodel", caffemodel(trained, CaffeForm::v2));
    const fs::path text = folder.write("other.prototxt", prototxt(network, CaffeForm::v2));
    const std::string message = message_of<ModelError>([&] { open_model(file, {text, "", "", ""}); });
    return message.substr(std::min(message.size(), file.string().size() + 2));
  };
  const auto with = [&](std::size_t i, const CaffeLayer& layer) {
    CaffeNet changed = net;
    changed.layers[i] = layer;
    return changed;
  };
  const std::string of = " of the layer of " + (folder.path() / "other.prototxt").string() + " make ";
  CHECK(refusal(net, with(0, convolution("conv1", 3, 10, 5, 2, 0, 1)))
            .starts_with("layers.conv1.blobs[0]: is 8 x 3 x 5 x 5, but num_output and the other parameters" +
                         of + "10 x 3 x 5 x 5"));
  CHECK(refusal(net, with(0, convolution("conv1", 3, 8, 3, 2, 0, 1)))
            .starts_with("layers.conv1.blobs[0]: is 8 x 3 x 5 x 5, but"));
  CHECK(refusal(net, with(4, convolution("conv2", 8, 12, 3, 1, 1, 1)))  // without groups
            .starts_with("layers.conv2.blobs[0]: is 12 x 4 x 3 x 3, but num_output and the other parameters" +
                         of + "12 x 8 x 3 x 3"));
  CaffeNet more = net;
  more.layers[1].blobs = {{{8}, std::vector<float>(8)}};  // slopes of a PReLU in a ReLU
  CHECK(refusal(more, net) == "layers.relu1.blobs: there are 1, but the layer takes 0");
}

TEST_CASE("weights of layers that the network lacks are listed in a note") {
  const TempDir folder;
  const CaffeNet net = filled_small_net();
  CaffeNet shorter = net;
  shorter.layers.erase(shorter.layers.begin() + 7, shorter.layers.end() - 1);
  shorter.layers.insert(shorter.layers.end() - 1, CaffeLayer{"drop", "Dropout"});
  const fs::path file = folder.write("net.caffemodel", caffemodel(net, CaffeForm::v2));
  const Model model =
      open_model(file, {folder.write("other.prototxt", prototxt(shorter, CaffeForm::v2)), "", "", ""});
  CHECK(any_note(model, "the weights of layers that the network does not have are not used: fc3, fc4"));
  CHECK_FALSE(any_note(open_model(file), "not used"));
}

TEST_CASE("the mean is subtracted before the scale is applied, even if the mean is in a file") {
  const TempDir folder;
  const std::string layers =
      "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' inner_product_param { num_output: 3 "
      "} }";
  const auto data = [&](const std::string& transform, const std::string& type = "Data") {
    return folder.write("net.prototxt", "layer { name: 'data' type: '" + type +
                                            "' top: 'data' top: 'label' transform_param { crop_size: 8 " +
                                            transform + " } }\n" + layers);
  };
  const fs::path mean = folder.write(
      "mean.binaryproto", blob({{1, 3, 1, 2}, {10, 10, 20, 20, 30, 30}}, CaffeForm::old_blobs).bytes());
  const auto first = [](const Model& model) {  // network input for the pixel 109, 119, 129
    std::array<float, 3 * 64> numbers{};
    image::Image photo{8, 8, {}};
    for (int i = 0; i < 64; ++i) photo.rgb.insert(photo.rgb.end(), {109, 119, 129});
    image::normalise(photo, model.description.input, numbers.data());
    return std::array{numbers[0], numbers[64], numbers[128]};
  };
  const fs::path scaled = data("scale: 0.00390625 mean_file: 'x.binaryproto'");
  Model model = open_model(scaled, {"", "", "", mean.string()});
  CHECK(first(model) == std::array{119 / 256.0F, 99 / 256.0F, 79 / 256.0F});  // blue, green, red
  CHECK(any_note(model,
                 "layers.data.transform_param says, in the order blue, green, red, minus 10, 20, 30, "
                 "times 0.00390625"));
  model = open_model(scaled);
  CHECK(model.description.input.mean == std::array{104.00699, 116.66877, 122.67891});
  CHECK(model.description.input.std == std::array{256.0, 256.0, 256.0});
  CHECK(any_note(model,
                 "the means of BVLC's networks (--mean gives others), times 0.00390625; its mean_file "
                 "'x.binaryproto' is not read unless --mean names it"));
  CHECK(first(open_model(data(""))) == std::array{129.0F, 119.0F, 109.0F});
  CHECK(first(open_model(data("scale: 0.5"))) == std::array{64.5F, 59.5F, 54.5F});
  CHECK(first(open_model(data("mean_value: 9"))) == std::array{120.0F, 110.0F, 100.0F});
  CHECK(first(open_model(data("scale: 0.5"), {"", "", "", "9, 9,\t9"})) == std::array{60.0F, 55.0F, 50.0F});
  CHECK(first(open_model(data("scale: 0.5", "MemoryData"))) == std::array{64.5F, 59.5F, 54.5F});
  // Form before transform_param existed.
  model = open_model(folder.write("net.prototxt",
                                  "layers { name: 'data' type: DATA top: 'data' data_param { "
                                  "crop_size: 8 scale: 0.5 mean_file: 'm' } }\n"
                                  "layers { name: 'r' type: RELU bottom: 'data' top: 'data' }"),
                     {"", "", "", mean.string()});
  CHECK(first(model) == std::array{119 / 2.0F, 99 / 2.0F, 79 / 2.0F});
  // A network whose photos come from a program.
  model = open_model(folder.write("net.prototxt",
                                  "layer { name: 'data' type: 'MemoryData' top: 'data' "
                                  "memory_data_param { channels: 3 height: 8 width: 8 } }\n" +
                                      layers));
  CHECK(any_note(model, "the file does not say how photos are prepared: as Caffe's programs do"));
}

TEST_CASE("Caffe's pooling with ceil_mode false rounds down") {
  const TempDir folder;
  CaffeLayer fc = inner_product("fc", 3, 3);
  fc.blobs[0].data = {0.01F, 0, 0, 0, 0.01F, 0, 0, 0, 0.01F};
  fc.blobs[1].data = {0, 0, 0};
  const CaffeNet net{
      "n", {1, 3, 4, 4}, {max_pool("pool", 3, 2), {"gap", "Pooling", Wire().number(1, 1).number(12, 1)}, fc}};
  const fs::path file = folder.write("n.caffemodel", caffemodel(net, CaffeForm::v2));
  const auto means = [&](const std::string& mode) {
    const std::string text =
        "input: 'data' input_dim: [1, 3, 4, 4]\n"
        "layer { name: 'pool' type: 'Pooling' bottom: 'data' top: 'pool' pooling_param { kernel_size: 3 "
        "stride: 2 " +
        mode +
        " } }\n"
        "layer { name: 'gap' type: 'Pooling' bottom: 'pool' top: 'gap' pooling_param { pool: AVE "
        "global_pooling: true } }\n"
        "layer { name: 'fc' type: 'InnerProduct' bottom: 'gap' top: 'fc' inner_product_param { num_output: 3 "
        "} }";
    Model model = open_model(file, {folder.write("other.prototxt", text), "", "", ""});
    const Network network = make_network(model);
    Workspace workspace(network, 1);
    std::ranges::fill(workspace.input(), 0.0F);
    workspace.input()[15] = 100;  // last blue pixel: in no window if the size is rounded down
    return step_outputs(network, workspace, 1).at("gap")[0];
  };
  CHECK(means("") == 25.0F);
  CHECK(means("ceil_mode: true") == 25.0F);
  CHECK(means("ceil_mode: false") == 0.0F);
  CHECK(means("round_mode: FLOOR") == 0.0F);
}

TEST_CASE("the network decides if an inner product is transposed, regardless of the trained file") {
  const TempDir folder;
  CaffeLayer fc = inner_product("fc", 2, 2);
  fc.blobs = {{{2, 2}, {1, 2, 3, 4}}, {{2}, {0, 0}}};
  const auto weights = [&](const std::string& transposed) {
    const std::string text =
        "input: 'data' input_dim: [1, 3, 1, 1]\n"
        "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv' convolution_param { num_output: "
        "2 "
        "kernel_size: 1 bias_term: false } }\n"
        "layer { name: 'fc' type: 'InnerProduct' bottom: 'conv' top: 'fc' inner_product_param { num_output: "
        "2 " +
        transposed + " } }";
    CaffeLayer conv = convolution("conv", 3, 2, 1, 1, 0, 1);
    conv.blobs = {{{2, 3, 1, 1}, std::vector<float>(6)}};
    const fs::path both =
        folder.write("n.caffemodel", caffemodel({"n", {1, 3, 1, 1}, {conv, fc}}, CaffeForm::v2));
    const Model model = open_model(both, {folder.write("other.prototxt", text), "", "", ""});
    const auto found = model.weights->fetch({"fc.weight", {2, 2}});
    return std::vector<float>(found.begin(), found.end());
  };
  CHECK(weights("") == std::vector<float>{1, 2, 3, 4});
  CHECK(weights("transpose: true") == std::vector<float>{1, 3, 2, 4});
}

TEST_CASE("an input size that no file gives is one that the weights fit") {
  const TempDir folder;
  // LeNet's layers: 28 x 28 becomes 24, 12, 8 and 4.
  const auto lenet = [&](int channels, int inputs) {
    CaffeNet net{"lenet",
                 {},
                 {convolution("conv1", channels, 2, 5, 1, 0, 1), max_pool("pool1", 2, 2),
                  convolution("conv2", 2, 3, 5, 1, 0, 1), max_pool("pool2", 2, 2),
                  inner_product("ip1", inputs, 4), inner_product("ip2", 4, 2)}};
    fill_weights(net, 1);
    for (const CaffeForm form : {CaffeForm::old_blobs, CaffeForm::v1}) {
      const Model model = open_model(folder.write("lenet.caffemodel", caffemodel(net, form)));
      const Shape in = model.description.layers.front().in;
      const std::string taken = "the file does not say how large the input is: taken as " + to_string(in);
      CHECK(std::ranges::count(model.notes, taken + ", which its weights fit") == 1);
      if (form == CaffeForm::v1) return in;
    }
    return Shape{};
  };
  CHECK(lenet(1, 3 * 4 * 4) == Shape{1, 28, 28});
  CHECK(lenet(3, 3 * 4 * 4) == Shape{3, 28, 28});
  CHECK(lenet(3, 3 * 13 * 13) == Shape{3, 64, 64});
  CHECK(lenet(3, 3 * 7 * 7) == Shape{3, 37, 37});  // no usual side: pooling that rounds up gives 7 from 37
}

TEST_CASE("an input size stays 227 if the weights fit none") {
  const TempDir folder;
  CaffeNet net{"n", {}, {convolution("conv", 3, 2, 5, 1, 0, 1), inner_product("fc", 7, 4)}};
  fill_weights(net, 1);
  const auto file = folder.write("n.caffemodel", caffemodel(net, CaffeForm::v1));
  CHECK(message_of<ModelError>([&] { open_model(file); }).find("fc.blobs[0]: is 4 x 7, but") !=
        std::string::npos);
}

TEST_CASE("names of Caffe files may be in capitals or end in .prototxt.txt") {
  const TempDir folder;
  const std::string text =
      "input: 'data' input_dim: [1, 3, 4, 4]\nlayer { name: 'r' type: 'ReLU' bottom: "
      "'data' top: 'r' }";
  for (const char* name : {"net.prototxt", "NET.PROTOTXT", "deploy.prototxt.txt", "Deploy.Prototxt.TXT"})
    CHECK(open_model(folder.write(name, text)).description.layers.size() >= 1);
  CaffeNet trained = small_net();
  fill_weights(trained, 1);
  CHECK(open_model(folder.write("NET2.CAFFEMODEL", caffemodel(trained, CaffeForm::v2))).weights != nullptr);
}

TEST_CASE("a .safetensors file in capitals is opened as a file, not as a model folder") {
  const TempDir folder;
  const auto file = folder.write("X.SAFETENSORS", "");
  CHECK(message_of<ModelError>([&] { open_model(file); }).starts_with(file.string() + ": "));
}

TEST_CASE("the weights of a transposed inner product are transposed") {
  const TempDir folder;
  CaffeLayer layer = inner_product("fc", 3, 2);
  layer.params.number(6, 1);
  layer.blobs = {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{2}, {0, 0}}};
  const Model model =
      open_model(folder.write("n.caffemodel", caffemodel({"n", {1, 3, 1, 1}, {layer}}, CaffeForm::v2)));
  CHECK(
      std::ranges::equal(model.weights->fetch({"fc.weight", {2, 3}}), std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST_CASE("the layers come from the given network, else from one beside the file, else from the file") {
  const TempDir folder;
  CaffeNet net = filled_small_net();
  const fs::path file = folder.write("net.caffemodel", caffemodel(net, CaffeForm::v2));
  net.layers.pop_back();  // the softmax
  const auto text = [&](const std::string& name) {
    net.name = name;
    return prototxt(net, CaffeForm::v2);
  };
  CHECK(open_model(file).description.name == "small");
  folder.write("deploy.prototxt", text("deployed"));
  Model model = open_model(file);
  CHECK(model.description.name == "deployed");
  CHECK(any_note(model, "the layers are those of deploy.prototxt beside it"));
  folder.write("net.prototxt", text("beside"));
  CHECK(open_model(file).description.name == "beside");
  model = open_model(file, {folder.write("other.txt", text("named")), "", "", ""});
  CHECK(model.description.name == "named");
  CHECK_FALSE(any_note(model, "beside"));
  CHECK(model.format == "Caffe (V2 layers)");
  CHECK(model.weights->shapes().size() == 8);
  make_network(model);

  net.layers[0].name = "first";
  const fs::path other = folder.write("renamed.prototxt", prototxt(net, CaffeForm::v2));
  CHECK(message_of<ModelError>([&] {
          open_model(file, {other, "", "", ""});
        }) ==
        file.string() + ": layers.first: there are no weights (blobs) for this layer of " + other.string());
}

TEST_CASE("a .prototxt alone is a description without weights") {
  const TempDir folder;
  for (const CaffeForm form : {CaffeForm::v2, CaffeForm::v1}) {
    Model model = open_model(folder.write("net.prototxt", prototxt(bvlc_alexnet(), form)));
    CHECK(model.format == "Caffe (prototxt)");
    CHECK(model.weights == nullptr);
    CHECK(model.description.layers.size() == 23);
    std::int64_t parameters = 0;
    for (const Layer& l : model.description.layers) parameters += parameter_count(l);
    CHECK(parameters == 60965224);
  }
}

TEST_CASE("the BVLC mean is used and reported if the file gives no mean") {
  const TempDir folder;
  const fs::path file = folder.write("net.caffemodel", caffemodel(filled_small_net(), CaffeForm::v1));
  Model model = open_model(file);
  CHECK(model.description.input.mean == std::array{104.00699, 116.66877, 122.67891});
  CHECK(model.description.input.order == image::ChannelOrder::bgr);
  CHECK(model.description.input.size == Size2{35, 35});
  CHECK(any_note(model, "minus 104.00699, 116.66877, 122.67891, the means of BVLC's networks"));

  model = open_model(file, {"", "", "", "1,2.5,3"});
  CHECK(model.description.input.mean == std::array{1.0, 2.5, 3.0});
  CHECK(any_note(model, "minus 1, 2.5, 3"));

  const CaffeForm any = CaffeForm::old_blobs;
  const fs::path mean =
      folder.write("mean.binaryproto", blob({{1, 3, 1, 2}, {1, 2, 3, 4, 5, 7}}, any).bytes());
  model = open_model(file, {"", "", "", mean.string()});
  CHECK(model.description.input.mean == std::array{1.5, 3.5, 6.0});
  CHECK(any_note(model, "of the mean image in " + mean.string() + " the mean of each channel is subtracted"));

  model = open_model(file, {"", "", "torchvision", ""});
  CHECK(model.description.input.order == image::ChannelOrder::rgb);
  CHECK_FALSE(any_note(model, "photos"));

  const auto refusal = [&](const std::string& mean_text, const std::string& preset = "") {
    return message_of<ModelError>([&] { open_model(file, {"", "", preset, mean_text}); });
  };
  CHECK(refusal("1,2").ends_with("mean: '1,2' is neither three numbers, blue,green,red, nor a file"));
  CHECK(refusal(mean.string(), "torchvision")
            .ends_with("a mean file is for the preset caffe, not for torchvision"));
  const auto bad_mean = [&](const std::string& bytes) {
    return refusal(folder.write("bad.binaryproto", bytes).string());
  };
  CHECK(bad_mean("").ends_with("is empty"));
  CHECK(bad_mean(blob({{1, 1, 1, 2}, {1, 2}}, any).bytes())
            .ends_with("the mean of photos is 1 x 3 x height x width"));
  CHECK(bad_mean(blob({{1, 3, 1, 2}, {1, 2}}, any).bytes())
            .ends_with("shape: has 2 numbers, but its shape 1 x 3 x 1 x 2 takes 6"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(bad_mean(blob({{1, 3, 1, 1}, {1, nan, 3}}, any).bytes())
            .ends_with("data: its mean is not a finite number"));
}
