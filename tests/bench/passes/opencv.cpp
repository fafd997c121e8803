// OpenCV's cv::dnn; see passes.py.
#include <exception>
#include <opencv2/dnn.hpp>

#include "passes/answer.hpp"

using namespace alexnet;

int main(int argc, char** argv) try {
  const bench::Setting setting = bench::read_setting(argc, argv);
  cv::setNumThreads(setting.threads);
  cv::dnn::Net net = cv::dnn::readNetFromONNX(setting.model);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  cv::Mat scores;
  bench::answer(setting, {[&](std::span<const float> input, int batch) {
                            net.setInput(cv::Mat(std::vector<int>{batch, 3, setting.side, setting.side},
                                                 CV_32F, const_cast<float*>(input.data())));
                          },
                          [&] {
                            scores = net.forward();
                            return std::span<const float>(scores.ptr<float>(), scores.total());
                          }});
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "pass_opencv: %s\n", e.what());
  return 1;
}
