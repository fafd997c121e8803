// interop FOLDER [SEED]: writes BVLC AlexNet and CaffeNet at full size, in the newer and the older form of
// layers and blobs, with new random weights. OpenCV's cv::dnn reads them and prepares ten photos itself. Our
// results must agree: the same five best classes (ties may swap), and scores within 1e-4 of their spread. To
// prove that the test can fail, the photos' scores must differ from each other, and swapping red and blue
// must make the comparison fail.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <random>

#include "alexnet/analysis.hpp"
#include "alexnet/image.hpp"
#include "alexnet/model.hpp"
#include "import/caffe_writer.hpp"
#include "network/outputs.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

constexpr int kPhotos = 10;
constexpr double kTolerance = 1e-4;  // relative to the spread of the scores
constexpr double kTie = 1e-5;        // relative to the spread
constexpr double kApart = 1e-2;      // relative to the spread: minimum difference between two photos' scores
using Scores = std::vector<float>;

// Returns crops of the sample photos with odd widths and heights.
std::vector<cv::Mat> make_photos(std::mt19937_64& random) {
  std::vector<cv::Mat> photos;
  const auto whole = [&random](int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random);
  };
  for (int i = 0; i < kPhotos; ++i) {
    static constexpr const char* kNames[] = {"cat.jpg", "coffee.jpg", "rocket.jpg"};
    const cv::Mat photo = cv::imread(std::string(ALEXNET_SOURCE_DIR "/data/photos/") + kNames[i % 3]);
    const int width = whole(30, (photo.cols - 1) / 2) * 2 + 1;
    const int height = whole(30, (photo.rows - 1) / 2) * 2 + 1;
    photos.push_back(
        photo(cv::Rect(whole(0, photo.cols - width), whole(0, photo.rows - height), width, height)).clone());
  }
  return photos;
}

// Preprocesses as Caffe's own example does: squash, subtract the mean.
Scores opencv_scores(cv::dnn::Net& net, const cv::Mat& photo) {
  net.setInput(
      cv::dnn::blobFromImage(photo, 1.0, {227, 227}, {104.00699, 116.66877, 122.67891}, false, false));
  const cv::Mat scores = net.forward("fc8");
  return {scores.begin<float>(), scores.end<float>()};
}

Scores own_scores(const Network& network, const image::Preprocess& input, const cv::Mat& photo,
                  const fs::path& folder) {
  const fs::path file = folder / "photo.png";
  cv::imwrite(file.string(), photo);
  Workspace workspace(network, 1);
  image::normalise(image::resize_and_crop(image::load(file), input), input, workspace.input().data());
  return test::step_outputs(network, workspace, 1).at("fc8");
}

double spread(const Scores& scores) {
  const auto [least, most] = std::ranges::minmax(scores);
  return static_cast<double>(most) - static_cast<double>(least);
}

// Returns the maximum difference between two sets of scores, relative to the spread.
double largest_difference(const Scores& a, const Scores& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return largest / spread(a);
}

// Returns the scores in `of` of the five best classes in `by`.
Scores best_five(const Scores& by, const Scores& of) {
  std::vector<std::size_t> order(by.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::partial_sort(order, order.begin() + 5, [&](auto a, auto b) { return by[a] > by[b]; });
  Scores five;
  for (int i = 0; i < 5; ++i) five.push_back(of[order[static_cast<std::size_t>(i)]]);
  return five;
}

bool same_five(const Scores& expected, const Scores& got) {
  const Scores five = best_five(expected, expected);
  const Scores other = best_five(got, expected);
  return std::ranges::equal(five, other, [&](float a, float b) {
    return static_cast<double>(std::abs(a - b)) <= kTie * spread(expected);
  });
}

struct Comparison {
  bool same_five = true;
  double worst = 0;  // relative to the spread

  bool agrees() const { return same_five && worst <= kTolerance; }
};

Comparison compare(const std::vector<Scores>& expected, const Network& network,
                   const image::Preprocess& input, const std::vector<cv::Mat>& photos,
                   const fs::path& folder) {
  Comparison c;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const Scores got = own_scores(network, input, photos[i], folder);
    c.worst = std::max(c.worst, largest_difference(expected[i], got));
    c.same_five = c.same_five && same_five(expected[i], got);
  }
  return c;
}

// Returns the difference between the two most similar photos.
double least_apart(const std::vector<Scores>& photos) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < photos.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) least = std::min(least, largest_difference(photos[i], photos[j]));
  return least;
}

bool check(CaffeNet net, CaffeForm form, const char* what, std::uint64_t seed,
           const std::vector<cv::Mat>& photos, const fs::path& folder) {
  constexpr float kLastScale = 0.02F;  // scores up to about 10
  fill_weights(net, seed, kLastScale);
  const fs::path file = folder / "model.caffemodel";
  std::ofstream(folder / "model.prototxt") << prototxt(net, form);
  std::ofstream(file, std::ios::binary) << caffemodel(net, form);
  net.layers.clear();

  cv::dnn::Net caffe = cv::dnn::readNetFromCaffe((folder / "model.prototxt").string(), file.string());
  std::vector<Scores> expected;
  expected.reserve(photos.size());
  for (const cv::Mat& photo : photos) expected.push_back(opencv_scores(caffe, photo));

  if (form != CaffeForm::v1) fs::remove(folder / "model.prototxt");  // the .caffemodel alone must suffice
  Model model = open_model(file);
  const image::Preprocess input = model.description.input;
  image::Preprocess swapped = input;
  swapped.order = image::ChannelOrder::rgb;
  const Network network = make_network(model);
  const Comparison right = compare(expected, network, input, photos, folder);
  const Comparison wrong = compare(expected, network, swapped, photos, folder);
  const double apart = least_apart(expected);
  const bool well = right.agrees() && apart > kApart && !wrong.agrees();
  std::printf(
      "%s %s, %s, %d photos: best five %s, off by %.2g of the scores' spread, photos %.2g apart; "
      "red and blue exchanged: %.2g, %s\n",
      well ? "ok    " : "FAILED", what, model.format.c_str(), kPhotos,
      right.same_five ? "the same" : "differ", right.worst, apart, wrong.worst,
      wrong.agrees() ? "not noticed" : "noticed");
  return well;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 random(seed);
    const std::vector<cv::Mat> photos = make_photos(random);
    bool well = check(bvlc_alexnet(), CaffeForm::v2, "BVLC AlexNet", seed, photos, argv[1]);
    well = check(caffenet(), CaffeForm::old_blobs, "CaffeNet, old blobs", seed + 1, photos, argv[1]) && well;
    well = check(caffenet(), CaffeForm::v1, "CaffeNet, with its prototxt", seed + 2, photos, argv[1]) && well;
    return well ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
