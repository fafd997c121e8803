// Caffe's layers: their conversion, and those that are refused. The networks are text.
#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

namespace {

// Opens a text network: an input of 3 x 8 x 8, then these layers.
Model open_text(const TempDir& folder, const std::string& layers) {
  return open_model(folder.write(
      "net.prototxt", "input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n" + layers));
}

std::string layer_text(const std::string& name, const std::string& type, const std::string& bottom,
                       const std::string& rest = "") {
  return "layer { name: '" + name + "' type: '" + type + "' bottom: '" + bottom + "' top: '" + name + "' " +
         rest + " }\n";
}

template <class Params>
Params params_of(const std::string& type, const std::string& text) {
  const TempDir folder;
  return std::get<Params>(
      open_text(folder, layer_text("a", type, "data", text)).description.layers.at(0).params);
}

}  // namespace

TEST_CASE("a training network is used without its training layers and gives the preprocessing") {
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

TEST_CASE("the input size is read from any of its fields, or is 227 x 227 by default") {
  const TempDir folder;
  const auto size = [&](const std::string& head) {
    return open_model(folder.write("net.prototxt", head + layer_text("r", "ReLU", "data")))
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
  CHECK(size("layer { name: 'd' type: 'Data' top: 'data' data_param { crop_size: 9 } }\n") == Shape{3, 9, 9});
  CHECK(size("layer { name: 'd' type: 'MemoryData' top: 'data' top: 'label'\n"
             "memory_data_param { batch_size: 1 channels: 3 height: 9 width: 10 } }\n") == wide);
  CHECK(size("layers { name: 'd' type: MEMORY_DATA top: 'data' memory_data_param { channels: 3 height: 9 "
             "width: 10 } }\nlayers { name: 'q' type: RELU bottom: 'data' top: 'data' }\n#") == wide);
  CHECK(size("layer { name: 'd' type: 'DummyData' top: 'data'\n"
             "dummy_data_param { data_filler { type: 'constant' } shape { dim: [1, 3, 9, 10] } } }\n") ==
        wide);
  CHECK(size("layer { name: 'd' type: 'DummyData' top: 'data'\n"
             "dummy_data_param { num: 1 channels: 3 height: 9 width: 10 } }\n") == wide);
  CHECK(size("layer { name: 'd' type: 'ImageData' top: 'data'\n"
             "image_data_param { source: 'l.txt' new_height: 9 new_width: 10 } }\n") == wide);
  CHECK(size("layer { name: 'd' type: 'ImageData' top: 'data' transform_param { crop_size: 8 }\n"
             "image_data_param { new_height: 9 new_width: 10 } }\n") == Shape{3, 8, 8});
  CHECK(size("layer { name: 'd' type: 'WindowData' top: 'data' window_data_param { crop_size: 9 } }\n") ==
        Shape{3, 9, 9});
  CHECK(size("input: 'data' input_shape { dim: [1, 3, 9, 10] } input_dim: [1, 3, 9, 10]\n") == wide);
  CHECK(size("layer { name: 'd' type: 'HDF5Data' top: 'data' hdf5_data_param { source: 'l' } }\n") ==
        Shape{3, 227, 227});
  CHECK(size("") == Shape{3, 227, 227});
  const Model model = open_model(folder.write("net.prototxt", layer_text("r", "ReLU", "data")));
  CHECK(model.notes.at(0) == "the file does not say how large the input is: taken as 3 x 227 x 227");
}

TEST_CASE("contradictory input sizes are refused") {
  const TempDir folder;
  const auto refusal = [&](const std::string& head) {
    return message_of<ModelError>(
        [&] { open_model(folder.write("net.prototxt", head + layer_text("r", "ReLU", "data"))); });
  };
  CHECK(refusal("input: 'data' input_shape { dim: [1, 3, 9, 9] } input_dim: [1, 3, 8, 8]\n")
            .ends_with("input_dim: is 3 x 8 x 8, but input_shape is 3 x 9 x 9"));
  CHECK(refusal("layer { name: 'd' type: 'MemoryData' top: 'data' transform_param { crop_size: 8 }\n"
                "memory_data_param { channels: 3 height: 9 width: 9 } }\n")
            .ends_with("layers.d.memory_data_param: is 3 x 9 x 9, but crop_size is 8"));
  CHECK(refusal(
            "layer { name: 'd' type: 'MemoryData' top: 'data' memory_data_param { channels: 3 height: 9 } }")
            .ends_with("layers.d.memory_data_param: is 1 x 3 x 9 x 0, must be 1 to 65535 along each"));
  CHECK(refusal("layer { name: 'd' type: 'ImageData' top: 'data' image_data_param { new_height: 9 } }")
            .ends_with("new_height and new_width: is 1 x 3 x 9 x 0, must be 1 to 65535 along each"));
  CHECK(refusal("layer { name: 'd' type: 'ImageData' top: 'data' transform_param { crop_size: 10 }\n"
                "image_data_param { new_height: 9 new_width: 12 } }\n")
            .ends_with("layers.d.crop_size: is 10, more than photos are resized to, 9 x 12"));
  CHECK(refusal("input: 'data' input_dim: [1, 3, 8, 8]\n"
                "layer { name: 'd' type: 'ImageData' top: 'data' include { phase: TRAIN }\n"
                "image_data_param { new_height: 9 new_width: 6 } }\n")
            .ends_with("photos are resized to 9 x 6, less than the input of 8 x 8"));
}

TEST_CASE("photos are resized to new_height x new_width before the crop") {
  const TempDir folder;
  const Model model =
      open_model(folder.write("net.prototxt",
                              "layer { name: 'd' type: 'ImageData' top: 'data' transform_param { "
                              "crop_size: 8 } image_data_param { new_height: 12 new_width: 10 } }\n" +
                                  layer_text("r", "ReLU", "data")));
  CHECK(model.description.input.size == Size2{8, 8});
  CHECK(model.description.input.resize == Size2{12, 10});
  CHECK(model.description.input.rule == image::ResizeRule::squash);
  CHECK(model.description.input.mean == std::array{0.0, 0.0, 0.0});  // Caffe subtracts the values of the file
}

TEST_CASE("a layer with an unknown field is refused with the field's name and line") {
  const TempDir folder;
  const auto refusal = [&](const std::string& layers) {
    const std::string message = message_of<ModelError>([&] { open_text(folder, layers); });
    const std::size_t begin = message.find("net.prototxt: ");
    return begin == std::string::npos ? message : message.substr(begin + 14);
  };
  const std::string advice = "; it may change the predictions. If it does not, remove it from the file";
  CHECK(refusal(layer_text("a", "ReLU", "data") +
                layer_text("b", "Pooling", "a", "pooling_param { kernel_size: 2 dilation: 2 }")) ==
        "layers.b: line 3: unknown field 'dilation' of PoolingParameter" + advice);
  CHECK(refusal(layer_text("a", "ReLU", "data", "clip_max: 6")) ==
        "layers.a: line 2: unknown field 'clip_max' of LayerParameter" + advice);
  CHECK(refusal("layers { name: 'a' type: RELU bottom: 'data' top: 'a' relu_param { max: 6 } }\n") ==
        "layers.a: line 2: unknown field 'max' of ReLUParameter" + advice);
  CHECK(refusal(layer_text("a", "ReLU", "data", "[other.field]: 6"))
            .starts_with("layers.a: line 2: Ignoring ext"));
  CHECK(refusal(layer_text("a", "ReLU", "data") + "winograd: true\n") ==
        "line 3: unknown field 'winograd' of NetParameter" + advice);
  CHECK(refusal("layer { name: 'd' type: 'Data' top: 'data' transform_param { crop_size: 8 resize_param { "
                "height: 9 } } }\n" +
                layer_text("a", "ReLU", "data")) ==
        "layers.d: line 2: unknown field 'resize_param' of TransformationParameter" + advice);
  std::string many;
  for (int i = 0; i < 10'002; ++i) many += "f: 1\n";
  CHECK(refusal(layer_text("a", "ReLU", "data") + many) == "has more than 10000 unknown fields");
}

TEST_CASE("fields that do not affect the answer and unused layers are ignored") {
  const TempDir folder;
  const Model model = open_model(folder.write("net.prototxt", R"(
    force_backward: true debug_info: true
    layer { name: 'd' type: 'Data' top: 'data' include { phase: TRAIN } transform_param { jitter: 3 } }
    layer { name: 'd' type: 'Data' top: 'data' include { phase: TEST } propagate_down: false
            transform_param { crop_size: 8 mirror: true force_color: true }
            data_param { source: 'x' batch_size: 32 backend: LMDB rand_skip: 3 prefetch: 2 } }
    layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv' phase: TEST loss_weight: 0
            param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 name: 'b' }
            convolution_param { num_output: 4 kernel_size: 3 engine: CUDNN force_nd_im2col: true
                                weight_filler { type: 'gaussian' std: 0.01 }
                                bias_filler { type: 'constant' value: 0 } } }
    layer { name: 'accuracy' type: 'Accuracy' bottom: 'conv' top: 'accuracy' of_a_fork: 3 }
    layer { name: 'noise' type: 'Dropout' bottom: 'conv' top: 'conv' exclude { phase: TEST } of_a_fork: 3 }
    layer { name: 'pool' type: 'Pooling' bottom: 'conv' top: 'pool'
            pooling_param { kernel_size: 2 engine: CAFFE } }
    layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'pool' bottom: 'label' top: 'loss'
            loss_param { ignore_label: 3 normalize: true } softmax_param { engine: CAFFE } })"));
  CHECK(model.description.layers.size() == 3);
  CHECK(open_text(folder,
                  "layers { name: 'a' type: CONVOLUTION bottom: 'data' top: 'a' blobs_lr: 1 "
                  "blobs_lr: 2 weight_decay: 1 param: 'w' blob_share_mode: STRICT "
                  "convolution_param { num_output: 1 kernel_size: 1 } }")
            .description.layers.size() == 1);
}

TEST_CASE("the include and exclude rules of a layer are evaluated for the network's state") {
  const TempDir folder;
  const auto is_used = [&](const std::string& state, const std::string& rule) {
    return open_text(folder, state + layer_text("a", "ReLU", "data") +
                                 "layer { name: 'b' type: 'Dropout' bottom: 'a' top: 'a' " + rule + " }")
               .description.layers.size() == 2;
  };
  CHECK(is_used("", "include { phase: TEST }"));
  CHECK(is_used("", "include { not_stage: 's' }"));
  CHECK_FALSE(is_used("", "include { stage: 's' }"));
  CHECK_FALSE(is_used("", "include { min_level: 1 }"));
  CHECK_FALSE(is_used("", "include { max_level: -1 }"));
  CHECK(is_used("", "include { max_level: 0 }"));
  CHECK(is_used("", "exclude { min_level: 1 }"));
  CHECK_FALSE(is_used("", "exclude { not_stage: 's' }"));
  const std::string state = "state { stage: 's' level: 2 }\n";
  CHECK(is_used(state, "include { stage: 's' min_level: 1 }"));
  CHECK_FALSE(is_used(state, "include { stage: 's' stage: 't' }"));
  CHECK_FALSE(is_used(state, "include { not_stage: 's' }"));
  CHECK_FALSE(is_used(state, "exclude { stage: 's' max_level: 2 }"));
}

TEST_CASE("a byte-order mark before a prototxt is skipped, and UTF-16 is refused by name") {
  const TempDir folder;
  const std::string text = layer_text("r", "ReLU", "data");
  CHECK(open_model(folder.write("net.prototxt", "\xEF\xBB\xBF" + text)).description.layers.size() == 1);
  std::string windows = "\xEF\xBB\xBF";
  std::string wide[2];  // UTF-16, the low byte first, and the high byte first
  for (const char c : text) {
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    wide[0] += {c, '\0'};
    wide[1] += {'\0', c};
  }
  CHECK(open_model(folder.write("net.prototxt", windows)).description.layers.size() == 1);
  for (const std::string& utf16 : {"\xFF\xFE" + wide[0], "\xFE\xFF" + wide[1], wide[0], wide[1]})
    CHECK(message_of<ModelError>([&] {
            open_model(folder.write("net.prototxt", utf16));
          }).ends_with("net.prototxt: is UTF-16; save it as UTF-8"));
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
  CHECK_FALSE(params_of<MaxPool>("Pooling", "pooling_param { kernel_size: 3 ceil_mode: false }").ceil);
  CHECK(params_of<MaxPool>("Pooling", "pooling_param { kernel_size: 3 ceil_mode: true }").ceil);
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

TEST_CASE("Caffe layers that are unsupported or not in sequence are refused by name") {
  struct Case {
    std::string layers;
    std::string reason;
  };
  const std::string fc = "inner_product_param { num_output: 2 ";
  const std::vector<Case> cases{
      {layer_text("a", "Eltwise", "data"), "layers.a.type: 'Eltwise' is not supported"},
      {layer_text("a", "\\033[31m", "data"), "layers.a.type: '\\x1b[31m' is not supported"},
      {"layers { name: 'a' type: TANH bottom: 'data' top: 'a' }", "layers.a.type: 'TANH' is not supported"},
      {"layer { name: 'a' bottom: 'data' top: 'a' }", "layers.a.type: is missing or unknown"},
      {"layer { type: 'ReLU' bottom: 'data' top: 'a' }", "layers[0].name: is missing"},
      {"", "layers: there are none: not a Caffe network"},
      {layer_text("a", "ReLU", "data") + layer_text("b", "ReLU", "data"),
       "layers.b.bottom: is 'data', not 'a': only networks without branches are supported"},
      {layer_text("a", "ReLU", "elsewhere"),
       "layers.a.bottom: is 'elsewhere', not 'data': only networks without branches"},
      {"layer { name: 'a' type: 'ReLU' top: 'a' }", "layers.a.bottom: is missing"},
      {layer_text("a", "ReLU", "data", "bottom: 'b'"), "layers.a.bottom: has 2 inputs; one is supported"},
      {layer_text("a", "ReLU", "data", "top: 'b'"), "layers.a.top: has 2 outputs; one is supported"},
      {"input: 'info'" + layer_text("a", "ReLU", "data"), "input: there are 2, 'data' and 'info'"},
      {layer_text("a", "ReLU", "data") + layer_text("a", "ReLU", "a"),
       "layers[1].name: a layer before it is called 'a' too"},
      {layer_text("a", "ReLU", "data", "relu_param { negative_slope: 0.1 }"),
       "layers.a.negative_slope: is not 0"},
      {layer_text("a", "LRN", "data", "lrn_param { norm_region: WITHIN_CHANNEL }"),
       "layers.a.norm_region: WITHIN_CHANNEL is not supported"},
      {layer_text("a", "LRN", "data", "lrn_param { alpha: nan }"), "layers.a.alpha: is not a finite number"},
      {layer_text("a", "Pooling", "data", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"),
       "layers.a.pool: STOCHASTIC is not supported"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_size: 1 stride: 5 }"),
       "layers.a.stride: the last window lies outside of the input"},
      {layer_text("a", "Pooling", "data"), "layers.a.kernel_size: is missing"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_size: 0 }"),
       "layers.a.kernel_size: is 0, must be 1 to 65535"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_h: 2 }"), "layers.a.kernel_w: is missing"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_size: 2 kernel_h: 2 kernel_w: 2 }"),
       "layers.a.kernel_size: is given beside kernel_h and _w; Caffe takes one"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_size: 2 stride_h: 2 }"),
       "layers.a.stride_w: is missing"},
      {layer_text("a", "Pooling", "data", "pooling_param { kernel_size: 2 pad: 1 pad_h: 1 }"),
       "layers.a.pad: is given beside pad_h and _w"},
      {layer_text("a", "Pooling", "data",
                  "pooling_param { kernel_size: 2 ceil_mode: true round_mode: FLOOR }"),
       "layers.a.ceil_mode: contradicts round_mode; remove one of them"},
      {layer_text("a", "Pooling", "data", "pooling_param { pool: AVE global_pooling: true kernel_size: 2 }"),
       "layers.a.kernel_size: is given beside global_pooling"},
      {layer_text("a", "Pooling", "data", "pooling_param { global_pooling: true stride: 2 }"),
       "layers.a.stride: is not 1, but global_pooling has one window"},
      {layer_text("a", "Pooling", "data", "pooling_param { global_pooling: true pad: 1 }"),
       "layers.a.pad: is not 0, but global_pooling has one window"},
      {layer_text("a", "LRN", "data", "lrn_param { local_size: 4 }"),
       "layers.a.local_size: is 4, must be odd"},
      {layer_text("a", "BatchNorm", "data", "batch_norm_param { use_global_stats: false }"),
       "layers.a.use_global_stats: is false: a photo's predictions would depend on the photos beside it"},
      {layer_text("a", "ReLU", "data", "include { phase: TEST } exclude { phase: TRAIN }"),
       "layers.a.exclude: stands beside include; Caffe takes one of them"},
      {layer_text("a", "Convolution", "data", "convolution_param { num_output: 4294967295 kernel_size: 1 }"),
       "layers.a.num_output: is 4294967295, more than 2147483647"},
      {layer_text("a", "Convolution", "data", "convolution_param { num_output: 1 kernel_size: [1, 1, 1] }"),
       "layers.a.kernel_size: has 3 numbers, not 1 or 2"},
      {layer_text("a", "Convolution", "data", "convolution_param { num_output: 1 kernel_size: 1 axis: 2 }"),
       "layers.a.axis: is 2; only 1, the channels, is supported"},
      {layer_text("a", "InnerProduct", "data", fc + "axis: 2 }"), "layers.a.axis: is 2; only 1 is supported"},
      {layer_text("a", "InnerProduct", "data"), "layers.a.num_output: is missing"},
      {layer_text("a", "InnerProduct", "data", "inner_product_param { num_output: 0 }"),
       "layers.a.num_output: is 0, must be at least 1"},
      {layer_text("a", "Convolution", "data", "convolution_param { kernel_size: 1 }"),
       "layers.a.num_output: is missing"},
      {layer_text("a", "Softmax", "data", "softmax_param { axis: 2 }"),
       "layers.a.axis: is 2; only 1, the channels"},
      {layer_text("a", "Flatten", "data", "flatten_param { axis: 2 }"),
       "layers.a.axis: only from the channels"},
      {layer_text("a", "Scale", "data", "scale_param { axis: 0 }"),
       "layers.a.axis: only one axis, the channels"},
      {"layers { layer { name: 'a' } }", "layers: are of Caffe's oldest form (V0), which is not supported"},
      {layer_text("a", "ReLU", "data") + "layers { name: 'b' type: RELU bottom: 'a' top: 'b' }",
       "layers: occur twice, as `layers` (V1) and as `layer` (V2)"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { mean_value: 1 scale: -1 } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.transform_param.scale: must be greater than 0"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { mean_value: 1 mean_value: 2 } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.transform_param.mean_value: is there 2 times, must be 1 or 3"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { mean_value: 1 mean_file: 'm' } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.transform_param.mean_value: is given beside mean_file; Caffe takes one of them"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { force_gray: true } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.transform_param.force_gray: makes photos grey, but the input has 3 channels"},
      {"layer { name: 'd' type: 'ImageData' top: 'data' image_data_param { is_color: false } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.transform_param.is_color: makes photos grey"},
      {"layer { name: 'd' type: 'Data' top: 'data' transform_param { crop_size: 9 } }" +
           layer_text("a", "ReLU", "data"),
       "layers.d.crop_size: is 3 x 9 x 9, but input_dim is 3 x 8 x 8"},
  };
  const TempDir folder;
  for (const Case& c : cases) {
    CAPTURE(c.layers);
    const std::string refusal = message_of<ModelError>([&] { open_text(folder, c.layers); });
    CAPTURE(refusal);
    CHECK(refusal.find("net.prototxt: " + c.reason) != std::string::npos);
  }
}

TEST_CASE("a Caffe input that is not a photo is refused") {
  const TempDir folder;
  const auto refusal = [&](const std::string& dims) {
    return message_of<ModelError>([&] {
      open_model(folder.write("net.prototxt", "input: 'data' input_shape { dim: [" + dims + "] }" +
                                                  layer_text("a", "ReLU", "data")));
    });
  };
  CHECK(refusal("1, 3, 8").ends_with(
      "input_shape: is 1 x 3 x 8, must have four dimensions: images, channels, height, width"));
  CHECK(refusal("1, 3, 0, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, -8, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, 4294967304, 8").ends_with("must be 1 to 65535 along each"));
  CHECK(refusal("1, 3, 65535, 65535").ends_with("is more than 2147483647 elements"));
  CHECK(refusal("1, 2, 8, 8").ends_with("has 2 x 8 x 8; photos have 3 channels, or 1 if they are grey"));
}
