// Caffe files as people have them: typing errors, losses beside a softmax, grey inputs, sigmoids.
#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "import/caffe_writer.hpp"
#include "import/onnx_reading.hpp"
#include "reference.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::test;

namespace {

std::string open_error(const std::string& text) {
  const TempDir folder;
  const auto file = folder.write("net.prototxt", text);
  const std::string message = message_of<ModelError>([&] { open_model(file); });
  return message == "no error" ? message : message.substr(file.string().size() + 2);
}

const std::string kInput = "input: 'data' input_dim: [1, 3, 8, 8]\n";

}  // namespace

TEST_CASE("an unknown field of a Caffe layer is refused with the nearest known one") {
  const auto pool = [](const std::string& field) {
    return open_error(kInput + "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p'\npooling_param { " +
                      field + " kernel_size: 2 } }");
  };
  CHECK(pool("strid: 2").find("line 3: unknown field 'strid' of PoolingParameter; did you mean 'stride'?") !=
        std::string::npos);
  CHECK(pool("torch_pooling: true").find("unknown field 'torch_pooling' of PoolingParameter") !=
        std::string::npos);
  CHECK(open_error(kInput + "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c'\n"
                            "convolution_param { num_output: 2 kernel_size: 3 hole: 2 } }")
            .find("unknown field 'hole' of ConvolutionParameter") != std::string::npos);
}

TEST_CASE("a loss beside a softmax of the same blob is left out") {
  const TempDir folder;
  for (const bool loss_first : {false, true}) {
    const std::string softmax = "layer { name: 'prob' type: 'Softmax' bottom: 'fc' top: 'prob' }\n";
    const std::string loss =
        "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'fc' bottom: 'label' top: 'loss' }\n";
    const Model model = open_model(
        folder.write("net.prototxt", kInput +
                                         "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc'\n"
                                         "inner_product_param { num_output: 3 } }\n" +
                                         (loss_first ? loss + softmax : softmax + loss)));
    REQUIRE(model.description.layers.size() == 2);
    CHECK(model.description.layers[1].name == "prob");
  }
}

TEST_CASE("Caffe networks of one channel get grey photos with Caffe's scale") {
  const TempDir folder;
  const Model model = open_model(folder.write("lenet.prototxt", R"(
    layer { name: 'data' type: 'ImageData' top: 'data' image_data_param { new_height: 28 new_width: 28 is_color: false }
            transform_param { scale: 0.00390625 } }
    layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' inner_product_param { num_output: 10 } })"));
  CHECK(model.description.layers[0].in == Shape{1, 28, 28});
  CHECK(model.description.input.order == image::ChannelOrder::grey);
  CHECK(model.description.input.mean[0] == 0);
  CHECK(model.description.input.std[0] == 256);
  CHECK(model.notes.at(0) ==
        "photos are prepared as layers.data.transform_param says, in grey, minus 0, times 0.00390625");
  const Model deploy = open_model(folder.write("deploy.prototxt",
                                               "input: 'data' input_dim: [1, 1, 28, 28]\n"
                                               "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: "
                                               "'fc' inner_product_param { num_output: 10 } }"));
  CHECK(deploy.notes.at(0) ==
        "the file does not say how photos are prepared: as Caffe's programs do, in grey, minus 0");
  const image::Image photo{1, 1, {10, 200, 30}};
  image::Preprocess how = deploy.description.input;
  how.size = how.resize = {1, 1};
  std::array<float, 1> grey{};
  image::normalise(image::resize_and_crop(photo, how), how, grey.data());
  CHECK(grey[0] == 124.0F);  // OpenCV: (9798 R + 19235 G + 3735 B + 16384) >> 15
}

TEST_CASE("Caffe's sigmoid of one score gives two classes") {
  const TempDir folder;
  CaffeNet net{"one", {1, 3, 1, 1}, {inner_product("fc", 3, 1)}};
  net.layers[0].blobs = {{{1, 3}, {1, 2, -1}}, {{1}, {0}}};
  folder.write("one.prototxt",
               "input: 'data' input_dim: [1, 3, 1, 1]\n"
               "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' inner_product_param { "
               "num_output: 1 } }\n"
               "layer { name: 'sig' type: 'Sigmoid' bottom: 'fc' top: 'sig' }");
  Model model = open_model(folder.write("one.caffemodel", caffemodel(net, CaffeForm::v2)));
  const std::vector<float> got = answers(std::move(model), 1, {0.5F, 0.25F, 2});
  REQUIRE(got.size() == 2);
  CHECK(got[1] == doctest::Approx(1 / (1 + std::exp(1.0))));
}
