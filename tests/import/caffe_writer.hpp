// Writes Caffe networks in every form in use: test inputs for the reader and for cv::dnn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "import/wire.hpp"

namespace alexnet::test {

struct Blob {
  std::vector<std::int64_t> dims;
  std::vector<float> data;
};

struct CaffeLayer {
  std::string name;
  std::string type;       // "Convolution" ...
  Wire params = {};       // content of convolution_param ...
  std::string text = {};  // the same as text for a .prototxt: "num_output: 96 kernel_size: 11"
  std::vector<Blob> blobs = {};
};

struct CaffeNet {
  std::string name;
  std::vector<std::int64_t> input;  // images, channels, height, width
  std::vector<CaffeLayer> layers;   // in sequence; ReLU and Dropout in place
};

enum class CaffeForm {
  v2,         // an Input layer, blobs with a shape
  old_blobs,  // V2 layers, input_dim, blobs with num, channels, height and width
  v1,         // V1 layers, input_dim, blobs as in old_blobs
};

// Return the bytes of a .caffemodel, and of a .prototxt (v2 or v1).
std::string caffemodel(const CaffeNet& net, CaffeForm form);
std::string prototxt(const CaffeNet& net, CaffeForm form);

Wire blob(const Blob& blob, CaffeForm form);

// inputs: number of inputs per output; for a convolution, of channels.
CaffeLayer convolution(const std::string& name, int inputs, int output, int kernel, int stride, int pad,
                       int group);
CaffeLayer max_pool(const std::string& name, int kernel, int stride);
CaffeLayer lrn(const std::string& name);
CaffeLayer inner_product(const std::string& name, int inputs, int output);

// Fills in weights from the seed: He-scaled noise, and biases that are not 0, so that each layer's outputs
// are about as large as its inputs. Multiplies the last layer's weights by last_scale.
void fill_weights(CaffeNet& net, std::uint64_t seed, float last_scale = 1);

// BVLC AlexNet (norm before pool) and CaffeNet (pool before norm), without weights.
CaffeNet bvlc_alexnet();
CaffeNet caffenet();
// Every kind of layer on an input of 3 x 35 x 35; a few thousand weights.
CaffeNet small_net();
CaffeNet batch_norm_net();  // with Scale after BatchNorm, which V1 does not have

}  // namespace alexnet::test
