#include "import/caffe_writer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

namespace alexnet::test {
namespace {

// Field of a type's parameters, and the type's name in V1.
struct Kind {
  const char* text;   // "convolution_param"
  unsigned v2_field;  // 0: no parameters
  unsigned v1_field;
  unsigned v1_type;
  const char* v1_name;
};

const Kind& kind(const std::string& type) {
  static const std::map<std::string, Kind> kKinds{
      {"Convolution", {"convolution_param", 106, 10, 4, "CONVOLUTION"}},
      {"InnerProduct", {"inner_product_param", 117, 17, 14, "INNER_PRODUCT"}},
      {"Pooling", {"pooling_param", 121, 19, 17, "POOLING"}},
      {"LRN", {"lrn_param", 118, 18, 15, "LRN"}},
      {"Dropout", {"dropout_param", 108, 12, 6, "DROPOUT"}},
      {"ReLU", {"relu_param", 123, 30, 18, "RELU"}},
      {"Softmax", {"softmax_param", 125, 39, 20, "SOFTMAX"}},
      {"BatchNorm", {"batch_norm_param", 139, 0, 0, ""}},
      {"Scale", {"scale_param", 142, 0, 0, ""}},
  };
  return kKinds.at(type);
}

// Calls use(layer, bottom, top) for each layer in order.
template <class Use>
void each_layer(const CaffeNet& net, const Use& use) {
  std::string bottom = "data";
  for (const CaffeLayer& layer : net.layers) {
    const bool in_place = layer.type == "ReLU" || layer.type == "Dropout" || layer.type == "Scale";
    const std::string& top = in_place ? bottom : layer.name;
    use(layer, bottom, top);
    bottom = top;
  }
}

Wire shape(const std::vector<std::int64_t>& dims) {
  Wire packed;
  for (const std::int64_t dim : dims) packed.varint(static_cast<std::uint64_t>(dim));
  return Wire().message(1, packed);
}

std::size_t count(const std::vector<std::int64_t>& dims) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : dims) elements *= dim;
  return static_cast<std::size_t>(elements);
}

CaffeLayer relu(const std::string& name) { return {name, "ReLU"}; }

CaffeLayer dropout(const std::string& name) {
  return {name, "Dropout", Wire().real(1, 0.5F), "dropout_ratio: 0.5"};
}

CaffeLayer average_pool(const std::string& name, int kernel, int stride, int pad) {
  CaffeLayer layer = max_pool(name, kernel, stride);
  layer.params.number(1, 1).number(4, static_cast<std::uint64_t>(pad));
  layer.text += " pool: AVE pad: " + std::to_string(pad);
  return layer;
}

CaffeNet alexnet(const std::string& name, bool norm_first) {
  CaffeNet net{name, {10, 3, 227, 227}, {}};
  const auto pool_and_norm = [&](const std::string& i) {
    std::vector<CaffeLayer> pair{lrn("norm" + i), max_pool("pool" + i, 3, 2)};
    if (!norm_first) std::ranges::reverse(pair);
    net.layers.insert(net.layers.end(), pair.begin(), pair.end());
  };
  net.layers = {convolution("conv1", 3, 96, 11, 4, 0, 1), relu("relu1")};
  pool_and_norm("1");
  for (const CaffeLayer& layer : {convolution("conv2", 48, 256, 5, 1, 2, 2), relu("relu2")})
    net.layers.push_back(layer);
  pool_and_norm("2");
  for (const CaffeLayer& layer :
       {convolution("conv3", 256, 384, 3, 1, 1, 1), relu("relu3"), convolution("conv4", 192, 384, 3, 1, 1, 2),
        relu("relu4"), convolution("conv5", 192, 256, 3, 1, 1, 2), relu("relu5"), max_pool("pool5", 3, 2),
        inner_product("fc6", 9216, 4096), relu("relu6"), dropout("drop6"), inner_product("fc7", 4096, 4096),
        relu("relu7"), dropout("drop7"), inner_product("fc8", 4096, 1000), CaffeLayer{"prob", "Softmax"}})
    net.layers.push_back(layer);
  return net;
}

}  // namespace

Wire blob(const Blob& blob, CaffeForm form) {
  Wire bytes;
  if (form == CaffeForm::v2) {
    bytes.message(7, shape(blob.dims));
  } else {
    std::vector<std::int64_t> dims(4 - blob.dims.size(), 1);
    dims.insert(dims.end(), blob.dims.begin(), blob.dims.end());
    for (unsigned i = 0; i < 4; ++i) bytes.number(i + 1, static_cast<std::uint64_t>(dims[i]));
  }
  return bytes.floats(5, blob.data);
}

std::string caffemodel(const CaffeNet& net, CaffeForm form) {
  Wire file;
  file.text(1, net.name);
  if (form == CaffeForm::v2) {
    file.message(100, Wire()
                          .text(1, "data")
                          .text(2, "Input")
                          .text(4, "data")
                          .message(143, Wire().message(1, shape(net.input))));
  } else {
    file.text(3, "data");
    for (const std::int64_t dim : net.input) file.number(4, static_cast<std::uint64_t>(dim));
  }
  each_layer(net, [&](const CaffeLayer& layer, const std::string& bottom, const std::string& top) {
    const bool v1 = form == CaffeForm::v1;
    const Kind& k = kind(layer.type);
    Wire bytes;
    if (v1) {
      bytes.text(2, bottom).text(3, top).text(4, layer.name).number(5, k.v1_type);
    } else {
      bytes.text(1, layer.name).text(2, layer.type).text(3, bottom).text(4, top);
    }
    for (const Blob& b : layer.blobs) bytes.message(v1 ? 6 : 7, blob(b, form));
    bytes.message(v1 ? k.v1_field : k.v2_field, layer.params);
    file.message(v1 ? 2 : 100, bytes);
  });
  return file.bytes();
}

std::string prototxt(const CaffeNet& net, CaffeForm form) {
  const bool v1 = form == CaffeForm::v1;
  std::string text = "name: \"" + net.name + "\"\ninput: \"data\"\n";
  for (const std::int64_t dim : net.input) text += "input_dim: " + std::to_string(dim) + "\n";
  each_layer(net, [&](const CaffeLayer& layer, const std::string& bottom, const std::string& top) {
    const Kind& k = kind(layer.type);
    text += (v1 ? "layers {\n  name: \"" : "layer {\n  name: \"") + layer.name + "\"\n  type: ";
    text += v1 ? k.v1_name : "\"" + layer.type + "\"";
    text += "\n  bottom: \"" + bottom + "\"\n  top: \"" + top + "\"\n";
    if (!layer.text.empty()) text += std::string("  ") + k.text + " { " + layer.text + " }\n";
    text += "}\n";
  });
  return text;
}

CaffeLayer convolution(const std::string& name, int inputs, int output, int kernel, int stride, int pad,
                       int group) {
  const auto u = [](int value) { return static_cast<std::uint64_t>(value); };
  CaffeLayer layer{name, "Convolution"};
  layer.params.number(1, u(output))
      .number(3, u(pad))
      .number(4, u(kernel))
      .number(5, u(group))
      .number(6, u(stride));
  layer.text = "num_output: " + std::to_string(output) + " pad: " + std::to_string(pad) +
               " kernel_size: " + std::to_string(kernel) + " group: " + std::to_string(group) +
               " stride: " + std::to_string(stride);
  layer.blobs = {{{output, inputs, kernel, kernel}, {}}, {{output}, {}}};
  return layer;
}

CaffeLayer max_pool(const std::string& name, int kernel, int stride) {
  return {name, "Pooling",
          Wire().number(2, static_cast<std::uint64_t>(kernel)).number(3, static_cast<std::uint64_t>(stride)),
          "kernel_size: " + std::to_string(kernel) + " stride: " + std::to_string(stride)};
}

CaffeLayer lrn(const std::string& name) {
  return {name, "LRN", Wire().number(1, 5).real(2, 1e-4F).real(3, 0.75F),
          "local_size: 5 alpha: 0.0001 beta: 0.75"};
}

CaffeLayer inner_product(const std::string& name, int inputs, int output) {
  CaffeLayer layer{name, "InnerProduct", Wire().number(1, static_cast<std::uint64_t>(output)),
                   "num_output: " + std::to_string(output)};
  layer.blobs = {{{output, inputs}, {}}, {{output}, {}}};
  return layer;
}

void fill_weights(CaffeNet& net, std::uint64_t seed, float last_scale) {
  std::mt19937_64 random(seed);
  const auto fill = [&random](Blob& blob, float least, float most) {
    blob.data.resize(count(blob.dims));
    for (float& value : blob.data)  // 24 bits: the same with every standard library
      value = least + (most - least) * static_cast<float>(random() >> 40U) / 16777216.0F;
  };
  CaffeLayer* last = nullptr;
  for (CaffeLayer& layer : net.layers) {
    if (layer.type == "BatchNorm") {
      fill(layer.blobs[0], -1, 1);
      fill(layer.blobs[1], 1, 2);
      layer.blobs[2].data = {2};
    } else if (layer.type == "Scale") {
      fill(layer.blobs[0], 0.5F, 1.5F);
      fill(layer.blobs[1], -0.2F, 0.2F);
    } else if (!layer.blobs.empty()) {
      const auto inputs = count(layer.blobs[0].dims) / static_cast<std::size_t>(layer.blobs[0].dims[0]);
      const float bound = std::sqrt(6.0F / static_cast<float>(inputs));
      fill(layer.blobs[0], -bound, bound);
      fill(layer.blobs[1], -0.5F, 0.5F);
      last = &layer;
    }
  }
  if (last == nullptr) throw std::invalid_argument("a network without weights");
  for (float& value : last->blobs[0].data) value *= last_scale;
}

CaffeNet bvlc_alexnet() { return alexnet("AlexNet", true); }
CaffeNet caffenet() { return alexnet("CaffeNet", false); }

CaffeNet small_net() {
  return {"small",
          {1, 3, 35, 35},
          {convolution("conv1", 3, 8, 5, 2, 0, 1), relu("relu1"), lrn("norm1"), max_pool("pool1", 3, 2),
           convolution("conv2", 4, 12, 3, 1, 1, 2), relu("relu2"), average_pool("pool2", 3, 2, 1),
           inner_product("fc3", 300, 8), relu("relu3"), dropout("drop3"), inner_product("fc4", 8, 5),
           CaffeLayer{"prob", "Softmax"}}};
}

CaffeNet batch_norm_net() {
  CaffeLayer normalise{"bn1", "BatchNorm", Wire().real(3, 1e-3F), "eps: 0.001"};
  normalise.blobs = {{{4}, {}}, {{4}, {}}, {{1}, {}}};
  CaffeLayer scale{"scale1", "Scale", Wire().number(4, 1), "bias_term: true"};
  scale.blobs = {{{4}, {}}, {{4}, {}}};
  return {"batch-norm",
          {1, 3, 8, 8},
          {convolution("conv1", 3, 4, 3, 1, 0, 1), normalise, scale, relu("relu1"),
           inner_product("fc2", 144, 3), CaffeLayer{"prob", "Softmax"}}};
}

}  // namespace alexnet::test
