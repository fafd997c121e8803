// opencv PRESET MODEL.onnx PHOTO...: prints a line per photo with its five best classes, computed as users of
// cv::dnn do: a loop of cv::imread, cv::dnn::blobFromImage and forward. PRESET: torchvision, caffe or
// tiny-imagenet.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

namespace {

// Resizes the shorter side, crops the centre, then computes (pixel / 255 - mean) / std. Uses cv::resize's
// default filter; Pillow's antialiasing would cost more time.
cv::Mat cropped_blob(cv::Mat photo, int shorter, int side, const cv::Scalar& mean_bgr,
                     const cv::Scalar& std_bgr) {
  const double scale = static_cast<double>(shorter) / std::min(photo.rows, photo.cols);
  cv::resize(photo, photo, {}, scale, scale);
  photo = photo(cv::Rect((photo.cols - side) / 2, (photo.rows - side) / 2, side, side));
  photo.convertTo(photo, CV_32FC3, 1 / 255.0);
  cv::subtract(photo, mean_bgr, photo);
  cv::divide(photo, std_bgr, photo);
  return cv::dnn::blobFromImage(photo, 1, {}, {}, true);
}

cv::Mat blob(const cv::Mat& photo, std::string_view preset) {
  if (preset == "caffe")
    return cv::dnn::blobFromImage(photo, 1, {227, 227}, {104.00699, 116.66877, 122.67891});
  if (preset == "tiny-imagenet")
    return cropped_blob(photo, 64, 64, {0.398, 0.448, 0.480}, {0.282, 0.269, 0.277});
  return cropped_blob(photo, 256, 224, {0.406, 0.456, 0.485}, {0.225, 0.224, 0.229});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  cv::dnn::Net net = cv::dnn::readNetFromONNX(argv[2]);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  for (int i = 3; i < argc; ++i) {
    net.setInput(blob(cv::imread(argv[i]), argv[1]));
    cv::Mat scores = net.forward();
    cv::exp(scores - *std::max_element(scores.begin<float>(), scores.end<float>()), scores);
    scores /= cv::sum(scores)[0];
    std::vector<int> best(scores.total());
    std::iota(best.begin(), best.end(), 0);
    const float* p = scores.ptr<float>();
    std::partial_sort(best.begin(), best.begin() + 5, best.end(), [p](int a, int b) { return p[a] > p[b]; });
    for (int rank = 0; rank < 5; ++rank)
      std::printf("%d %.1f %%%s", best[static_cast<std::size_t>(rank)],
                  100.0 * static_cast<double>(p[best[static_cast<std::size_t>(rank)]]),
                  rank < 4 ? ", " : "\n");
  }
  return 0;
}
