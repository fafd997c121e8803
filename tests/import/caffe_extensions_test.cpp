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
  const std::string fc =
      "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc'\n"
      "inner_product_param { num_output: 3 } }\n";
  const auto layer = [](const std::string& name, const std::string& type, const std::string& blobs) {
    return "layer { name: '" + name + "' type: '" + type + "' " + blobs + " }\n";
  };
  const std::string prob = layer("prob", "Softmax", "bottom: 'fc' top: 'prob'");
  const std::string loss = layer("loss", "SoftmaxWithLoss", "bottom: 'fc' bottom: 'label' top: 'loss'");
  const std::string split = layer("s", "Split", "bottom: 'fc' top: 'a' top: 'b' top: 'c'");
  const std::string old_fc =
      "layers { name: 'fc' type: INNER_PRODUCT bottom: 'data' top: 'fc'\n"
      "inner_product_param { num_output: 3 } }\n";
  for (const std::string& net :
       {fc + prob + loss, fc + loss + prob,
        fc + prob + layer("accuracy", "Accuracy", "bottom: 'prob' bottom: 'label' top: 'accuracy'") + loss,
        fc + loss + layer("accuracy", "Accuracy", "bottom: 'fc' bottom: 'label' top: 'accuracy'") +
            layer("five", "Accuracy",
                  "bottom: 'fc' bottom: 'label' top: 'five' accuracy_param { top_k: 5 }") +
            prob,
        fc + split + layer("prob", "Softmax", "bottom: 'a' top: 'prob'") +
            layer("accuracy", "Accuracy", "bottom: 'b' bottom: 'label' top: 'accuracy'") +
            layer("loss", "SoftmaxWithLoss", "bottom: 'c' bottom: 'label' top: 'loss'"),
        fc + split + layer("loss", "SoftmaxWithLoss", "bottom: 'c' bottom: 'label' top: 'loss'") +
            layer("t", "Split", "bottom: 'b' top: 'd' top: 'e'") +
            layer("prob", "Softmax", "bottom: 'e' top: 'prob'"),
        old_fc + "layers { name: 'prob' type: SOFTMAX bottom: 'fc' top: 'prob' }\n"
                 "layers { name: 'accuracy' type: ACCURACY bottom: 'prob' bottom: 'label' top: 'accuracy' }\n"
                 "layers { name: 'loss' type: SOFTMAX_LOSS bottom: 'fc' bottom: 'label' top: 'loss' }\n"}) {
    CAPTURE(net);
    const Model model = open_model(folder.write("net.prototxt", kInput + net));
    REQUIRE(model.description.layers.size() == 2);
    CHECK(model.description.layers[1].name == "prob");
  }
}

TEST_CASE("Caffe networks of one channel get grey photos with Caffe's scale") {
  const TempDir folder;
  const Model model = open_model(folder.write("lenet.prototxt", R"(
    layer { name: 'data' type: 'ImageData' top: 'data'
            image_data_param { new_height: 28 new_width: 28 is_color: false }
            transform_param { scale: 0.00390625 } }
    layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc'
            inner_product_param { num_output: 10 } })"));
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
