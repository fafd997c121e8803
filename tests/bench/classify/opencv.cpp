// opencv MODEL.onnx PHOTO...: the five best classes of photos by torchvision's AlexNet, as cv::dnn's users do it.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  cv::dnn::Net net = cv::dnn::readNetFromONNX(argv[1]);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  for (int i = 2; i < argc; ++i) {
    cv::Mat photo = cv::imread(argv[i]);
    const double scale = 256.0 / std::min(photo.rows, photo.cols);
    cv::resize(photo, photo, {}, scale, scale);
    photo = photo(cv::Rect((photo.cols - 224) / 2, (photo.rows - 224) / 2, 224, 224));
    photo.convertTo(photo, CV_32FC3, 1 / 255.0);
    cv::subtract(photo, cv::Scalar(0.406, 0.456, 0.485), photo);
    cv::divide(photo, cv::Scalar(0.225, 0.224, 0.229), photo);
    net.setInput(cv::dnn::blobFromImage(photo, 1, {}, {}, true));
    cv::Mat scores = net.forward();
    cv::exp(scores - *std::max_element(scores.begin<float>(), scores.end<float>()), scores);
    scores /= cv::sum(scores)[0];
    std::vector<int> best(scores.total());
    std::iota(best.begin(), best.end(), 0);
    const float* p = scores.ptr<float>();
    std::partial_sort(best.begin(), best.begin() + 5, best.end(), [p](int a, int b) { return p[a] > p[b]; });
    for (int rank = 0; rank < 5; ++rank)
      std::printf("%d %.1f %%\n", best[static_cast<std::size_t>(rank)],
                  100.0 * static_cast<double>(p[best[static_cast<std::size_t>(rank)]]));
  }
  return 0;
}
