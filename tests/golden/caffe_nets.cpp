// Writes small Caffe networks and the outputs of OpenCV's cv::dnn for them to tests/golden/caffe or to the
// given folder. NAME.safetensors beside NAME.caffemodel holds "input", "logits" and "probabilities".
#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/dnn.hpp>

#include "import/caffe_writer.hpp"
#include "reference.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::test;

namespace {

void write(const std::filesystem::path& folder, CaffeNet net, CaffeForm form, const std::string& logits) {
  fill_weights(net, 1, 0.5F);
  const std::string model = caffemodel(net, form);
  const std::string text = prototxt(net, form);
  cv::dnn::Net caffe = cv::dnn::readNetFromCaffe(text.data(), text.size(), model.data(), model.size());
  const std::vector<int> dims(net.input.begin(), net.input.end());
  const Shape shape{dims[1], dims[2], dims[3]};
  std::vector<float> input = reference::noise(shape.count(), 7);
  for (float& value : input) value *= 10;
  caffe.setInput(cv::Mat(dims, CV_32F, input.data()));
  const cv::Mat scores = caffe.forward(logits).clone();
  const cv::Mat probabilities = caffe.forward("prob").clone();
  const auto span = [](const cv::Mat& m) { return std::span(m.ptr<float>(), m.total()); };
  const auto classes = static_cast<std::int64_t>(scores.total());
  std::ofstream(folder / (net.name + ".caffemodel"), std::ios::binary) << model;
  save_safetensors(folder / (net.name + ".safetensors"),
                   {{"input", {1, shape.channels, shape.height, shape.width}, input},
                    {"logits", {1, classes}, span(scores)},
                    {"probabilities", {1, classes}, span(probabilities)}});
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ALEXNET_SOURCE_DIR "/tests/golden/caffe";
  try {
    for (const auto& [name, form] :
         {std::pair("v2", CaffeForm::v2), std::pair("old_blobs", CaffeForm::old_blobs),
          std::pair("v1", CaffeForm::v1)}) {
      CaffeNet net = small_net();
      net.name = name;
      write(folder, net, form, "fc4");
    }
    CaffeNet net = batch_norm_net();
    net.name = "batch_norm";
    write(folder, net, CaffeForm::v2, "fc2");
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
