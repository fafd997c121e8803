// Caffe networks as files, in every form that is about: what the tests read, and what cv::dnn is asked about.
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
  Wire params = {};       // what is in convolution_param ...
  std::string text = {};  // the same for a .prototxt: "num_output: 96 kernel_size: 11"
  std::vector<Blob> blobs = {};
};

struct CaffeNet {
  std::string name;
  std::vector<std::int64_t> input;  // images, channels, height, width
  std::vector<CaffeLayer> layers;   // one after another; ReLU and Dropout in place
};

enum class CaffeForm {
  v2,         // an Input layer, blobs with a shape
  old_blobs,  // V2 layers, input_dim, blobs with num, channels, height and width
  v1,         // V1 layers, input_dim, the same blobs
};

// The bytes of a .caffemodel; of a .prototxt (v2 or v1).
std::string caffemodel(const CaffeNet& net, CaffeForm form);
std::string prototxt(const CaffeNet& net, CaffeForm form);

Wire blob(const Blob& blob, CaffeForm form);

// inputs: those that one output sums, channels for a convolution.
CaffeLayer convolution(const std::string& name, int inputs, int output, int kernel, int stride, int pad,
                       int group);
CaffeLayer max_pool(const std::string& name, int kernel, int stride);
CaffeLayer lrn(const std::string& name);
CaffeLayer inner_product(const std::string& name, int inputs, int output);

// He-scaled noise for every weight and a bias that is not 0, from the seed: each layer's outputs are about as large as
// its inputs. The last layer's weights are times last_scale.
void fill_weights(CaffeNet& net, std::uint64_t seed, float last_scale = 1);

// BVLC AlexNet (norm before pool) and CaffeNet (pool before norm), without weights.
CaffeNet bvlc_alexnet();
CaffeNet caffenet();
// Every kind of layer on 3 x 35 x 35; a few thousand weights.
CaffeNet small_net();
CaffeNet batch_norm_net();  // with Scale after BatchNorm, which V1 does not have

}  // namespace alexnet::test
