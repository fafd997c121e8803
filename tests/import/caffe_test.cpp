// Caffe's files: what they become, and that the answers are cv::dnn's (tests/golden/README.md).
#include <doctest/doctest.h>

#include <filesystem>

#include "core/error.hpp"
#include "import/caffe_writer.hpp"
#include "import/import.hpp"
#include "network/outputs.hpp"
#include "reference.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

constexpr double kTolerance = 1e-5;
const fs::path kGolden = fs::path(ALEXNET_SOURCE_DIR) / "tests/golden/caffe";

std::span<const float> tensor(Weights& file, const std::string& name) {
  return file.fetch({name, file.shapes().at(name)});
}

void compare_with_golden(const std::string& name, const std::string& last) {
  Model model = open_model(kGolden / (name + ".caffemodel"));
  const Network network = make_network(model);
  const auto golden = open_weights(kGolden / (name + ".safetensors"));
  Workspace workspace(network, 1);
  std::ranges::copy(tensor(*golden, "input"), workspace.input().begin());
  const auto outputs = step_outputs(network, workspace, 1);
  CHECK(reference::difference(outputs.at(last), tensor(*golden, "logits")) < kTolerance);
  CHECK(reference::difference(outputs.at(network.layers().back().name), tensor(*golden, "probabilities")) <
        kTolerance);
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

TEST_CASE("Caffe networks of every form give what cv::dnn gives") {
  SUBCASE("V2 layers") { compare_with_golden("v2", "fc4"); }
  SUBCASE("V2 layers with old blobs") { compare_with_golden("old_blobs", "fc4"); }
  SUBCASE("V1 layers") { compare_with_golden("v1", "fc4"); }
  SUBCASE("batch normalisation and scale") { compare_with_golden("batch_norm", "fc2"); }
}

TEST_CASE("the forms of Caffe's files hold the same tensors, and are told apart") {
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

TEST_CASE("float32 blobs are handed out as protobuf holds them, double ones are converted") {
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
  CHECK(model.description.layers.back().name == "prob");  // scores get a softmax
}

TEST_CASE("a transposed inner product is read across") {
  const TempDir folder;
  CaffeLayer layer = inner_product("fc", 3, 2);
  layer.params.number(6, 1);
  layer.blobs = {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{2}, {0, 0}}};
  const Model model =
      open_model(folder.write("n.caffemodel", caffemodel({"n", {1, 3, 1, 1}, {layer}}, CaffeForm::v2)));
  CHECK(
      std::ranges::equal(model.weights->fetch({"fc.weight", {2, 3}}), std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST_CASE("the layers are those of the network that is named, else of one beside, else the file's own") {
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

TEST_CASE("a .prototxt by itself is a description without weights") {
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

TEST_CASE("the BVLC means are taken and named where the file names none") {
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
