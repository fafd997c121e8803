// What Caffe's layers become, and which are refused; networks as text.
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "import/import.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

namespace {

// A network of text: an input of 3 x 8 x 8, then these layers.
Model open_text(const TempDir& folder, const std::string& layers) {
  return open_model(folder.write(
      "net.prototxt", "input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n" + layers));
}

std::string layer(const std::string& name, const std::string& type, const std::string& bottom,
                  const std::string& rest = "") {
  return "layer { name: '" + name + "' type: '" + type + "' bottom: '" + bottom + "' top: '" + name + "' " +
         rest + " }\n";
}

template <class Params>
Params params_of(const std::string& type, const std::string& text) {
  const TempDir folder;
  return std::get<Params>(open_text(folder, layer("a", type, "data", text)).description.layers.at(0).params);
}

}  // namespace

TEST_CASE("a training network is used without what trains it, and says how photos are prepared") {
  const TempDir folder;
  const Model model = open_model(folder.write("train_val.prototxt", R"(
    layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN }
            transform_param { mirror: true crop_size: 32 mean_value: 1 } }
    layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TEST }
            transform_param { crop_size: 8 mean_value: 10 mean_value: 20 mean_value: 30 scale: 0.5 } }
    layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' inner_product_param { num_output: 4 } }
    layer { name: 'noise' type: 'Dropout' bottom: 'fc' top: 'fc' exclude { phase: TEST } }
    layer { name: 'split' type: 'Split' bottom: 'fc' top: 'fc_a' top: 'fc_b' }
    layer { name: 'accuracy' type: 'Accuracy' bottom: 'fc_a' bottom: 'label' top: 'accuracy' }
    layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'fc_b' bottom: 'label' top: 'loss' })"));
  const Description& d = model.description;
  REQUIRE(d.layers.size() == 2);
  CHECK(d.layers[0].name == "fc");
  CHECK(d.layers[0].in == Shape{3, 8, 8});
  CHECK(std::holds_alternative<Softmax>(d.layers[1].params));
  CHECK(d.name == "train_val");
  CHECK(d.input.mean == std::array{10.0, 20.0, 30.0});
  CHECK(d.input.std == std::array{2.0, 2.0, 2.0});
  REQUIRE(model.notes.size() == 1);
  CHECK(model.notes[0] ==
        "photos are prepared as layers.data.transform_param says, in the order blue, green, red, minus 10, "
        "20, 30, times 0.5");
}

TEST_CASE("the input's size is what the file says in any of its ways, else 227 x 227") {
  const TempDir folder;
  const auto size = [&](const std::string& head) {
    return open_model(folder.write("net.prototxt", head + layer("r", "ReLU", "data")))
        .description.layers[0]
        .in;
  };
  const Shape wide{3, 9, 10};
  CHECK(size("input: 'data' input_dim: 1 input_dim: 3 input_dim: 9 input_dim: 10\n") == wide);
  CHECK(size("input: 'data' input_shape { dim: 1 dim: 3 dim: 9 dim: 10 }\n") == wide);
  CHECK(
      size("layer { name: 'i' type: 'Input' top: 'data' input_param { shape { dim: [1, 3, 9, 10] } } }\n") ==
      wide);
  CHECK(size("layers { name: 'd' type: IMAGE_DATA top: 'data' image_data_param { crop_size: 9 } }\n"
             "layers { name: 'q' type: RELU bottom: 'data' top: 'data' }\n#") == Shape{3, 9, 9});
  CHECK(size("") == Shape{3, 227, 227});
  const Model model = open_model(folder.write("net.prototxt", layer("r", "ReLU", "data")));
  CHECK(model.notes.at(0) == "the file does not say how large the input is: taken as 3 x 227 x 227");
}

TEST_CASE("Caffe's parameters keep their meaning and their defaults") {
  const auto c = params_of<Conv>("Convolution",
                                 "convolution_param { num_output: 6 kernel_h: 3 kernel_w: 2 stride: 2 "
                                 "stride: 1 pad_h: 1 dilation: 2 group: 3 bias_term: false }");
  CHECK(c.output == 6);
  CHECK(c.kernel == Size2{3, 2});
  CHECK(c.stride == Size2{2, 1});
  CHECK(c.pad == Pad(1, 0));
  CHECK(c.dilation == Size2{2, 2});
  CHECK(c.group == 3);
  CHECK_FALSE(c.bias);
  const auto p = params_of<MaxPool>("Pooling", "pooling_param { kernel_size: 3 stride: 2 }");
  CHECK(p.ceil);
  CHECK(p.kernel == Size2{3, 3});
  CHECK(p.stride == Size2{2, 2});
  CHECK_FALSE(params_of<MaxPool>("Pooling", "pooling_param { kernel_size: 3 round_mode: FLOOR }").ceil);
  CHECK(params_of<MaxPool>("Pooling", "pooling_param { global_pooling: true }").kernel == Size2{8, 8});
  params_of<GlobalAveragePool>("Pooling", "pooling_param { pool: AVE global_pooling: true }");
  const auto a = params_of<AveragePool>("Pooling", "pooling_param { pool: AVE kernel_size: 3 pad: 1 }");
  CHECK(a.count_include_pad);
  CHECK(a.pad == Pad(1, 1));
  const auto l = params_of<Lrn>("LRN", "");
  CHECK(l.size == 5);
  CHECK(l.alpha == 1.0F);  // Caffe's default, not the paper's
  CHECK(l.beta == 0.75F);
  CHECK(l.k == 1.0F);
  CHECK(params_of<Dropout>("Dropout", "dropout_param { dropout_ratio: 0.25 }").ratio == 0.25);
  params_of<Flatten>("Flatten", "");
}

TEST_CASE("layers that are not supported, or make no chain, are refused by name") {
  struct Case {
    std::string layers;
    std::string reason;
  };
  const std::string fc = "inner_product_param { num_output: 2 ";
  const std::vector<Case> cases{
      {layer("a", "Eltwise", "data"), "layers.a.type: 'Eltwise' is not supported"},
      {layer("a", "\\033[31m", "data"), "layers.a.type: '\\x1b[31m' is not supported"},
      {"layers { name: 'a' type: TANH bottom: 'data' top: 'a' }", "layers.a.type: 'TANH' is not supported"},
      {"layer { name: 'a' bottom: 'data' top: 'a' }", "layers.a.type: is missing or unknown"},
      {"layer { type: 'ReLU' bottom: 'data' top: 'a' }", "layers[0].name: is missing"},
      {"", "layers: there are none: not a Caffe network"},
      {layer("a", "ReLU", "data") + layer("b", "ReLU", "data"),
       "layers.b.bottom: is 'data', not 'a': only networks without branches are supported"},
      {layer("a", "ReLU", "elsewhere"),
       "layers.a.bottom: is 'elsewhere', not 'data': only networks without branches"},
      {"layer { name: 'a' type: 'ReLU' top: 'a' }", "layers.a.bottom: is missing"},
      {layer("a", "ReLU", "data", "bottom: 'b'"), "layers.a.bottom: has 2 inputs; one is supported"},
      {layer("a", "ReLU", "data", "top: 'b'"), "layers.a.top: has 2 outputs; one is supported"},
      {"input: 'info'" + layer("a", "ReLU", "data"), "input: there are 2, 'data' and 'info'"},
      {layer("a", "ReLU", "data") + layer("a", "ReLU", "a"),
       "layers[1].name: a layer before it is called 'a' too"},
      {layer("a", "ReLU", "data", "relu_param { negative_slope: 0.1 }"), "layers.a.negative_slope: is not 0"},
      {layer("a", "LRN", "data", "lrn_param { norm_region: WITHIN_CHANNEL }"),
       "layers.a.norm_region: WITHIN_CHANNEL is not supported"},
      {layer("a", "LRN", "data", "lrn_param { alpha: nan }"), "layers.a.alpha: is not a finite number"},
      {layer("a", "Pooling", "data", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"),
       "layers.a.pool: STOCHASTIC is not supported"},
      {layer("a", "Pooling", "data", "pooling_param { kernel_size: 1 stride: 5 }"),
       "layers.a.stride: the last window lies outside of the input"},
      {layer("a", "Pooling", "data"), "layers.a.kernel: is 0, must be 1 to 65535"},
      {layer("a", "Convolution", "data", "convolution_param { num_output: 4294967295 kernel_size: 1 }"),
       "layers.a.num_output: is 4294967295, more than 2147483647"},
      {layer("a", "Convolution", "data", "convolution_param { num_output: 1 kernel_size: [1, 1, 1] }"),
       "layers.a.kernel_size: has 3 numbers, not 1 or 2"},
      {layer("a", "Convolution", "data", "convolution_param { num_output: 1 kernel_size: 1 axis: 2 }"),
       "layers.a.axis: is 2; only 1, the channels, is supported"},
      {layer("a", "InnerProduct", "data", fc + "axis: 2 }"), "layers.a.axis: is 2; only 1 is supported"},
      {layer("a", "InnerProduct", "data"), "layers.a.output: is 0, must be at least 1"},
      {layer("a", "Softmax", "data", "softmax_param { axis: 2 }"),
       "layers.a.axis: is 2; only 1, the channels"},
      {layer("a", "Flatten", "data", "flatten_param { axis: 2 }"), "layers.a.axis: only from the channels"},
      {layer("a", "Scale", "data", "scale_param { axis: 0 }"), "layers.a.axis: only one axis, the channels"},
      {"layers { layer { name: 'a' } }", "layers: are of Caffe's oldest form (V0), which is not supported"},
      {layer("a", "ReLU", "data") + "layers { name: 'b' type: RELU bottom: 'a' top: 'b' }",
       "layers: are there twice, as `layers` (V1) and as `layer` (V2)"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { mean_value: 1 scale: -1 } }" +
           layer("a", "ReLU", "data"),
       "layers.d.transform_param.scale: must be greater than 0"},
  };
  const TempDir folder;
  for (const Case& c : cases) {
    CAPTURE(c.layers);
    const std::string refusal = message_of<ModelError>([&] { open_text(folder, c.layers); });
    CAPTURE(refusal);
    CHECK(refusal.find("net.prototxt: " + c.reason) != std::string::npos);
  }
}

TEST_CASE("an input that is no photo's is refused") {  // 65
  const TempDir folder;
  const auto refusal = [&](const std::string& dims) {
    return message_of<ModelError>([&] {
      open_model(folder.write(
          "net.prototxt", "input: 'data' input_shape { dim: [" + dims + "] }" + layer("a", "ReLU", "data")));
    });
  };
  CHECK(refusal("1, 3, 8").ends_with(
      "input_shape: is 1 x 3 x 8, must have four dimensions: images, channels, height, width"));
  CHECK(refusal("1, 3, 0, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, -8, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, 4294967304, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, 65535, 65535").ends_with("is more than 2147483647 elements"));
  CHECK(refusal("1, 1, 8, 8").ends_with("has 1 x 8 x 8; photos have 3 channels"));
}
