// Analysis of a network's answers: the most probable classes, accuracy over many photos, and the parts of a photo
// that an answer rests on.
//
//   alexnet::Evaluation evaluation(classes);
//   classifier.classify_many(photos, [&](const alexnet::Classified& photo) {
//     evaluation.add(truth_of(photo.photo), photo.predictions);
//   });
//   std::cout << evaluation.top1.share();
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "alexnet/model.hpp"
#include "alexnet/network.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

// Returns the k most probable classes, or all if there are fewer, most probable first. Equal probabilities
// are sorted by index. NaN comes last. Does not set labels and ids.
std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k);

// ---- accuracy ---------------------------------------------------------------------------------------------

// `hits` out of `of`.
struct Proportion {
  std::size_t hits = 0;
  std::size_t of = 0;

  double share() const { return of == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(of); }
  bool operator==(const Proportion&) const = default;
};

struct ConfidenceInterval {
  double low = 0.0;
  double high = 1.0;
};

// Returns the score interval at 95 %: Wilson, "Probable inference, the law of succession, and statistical
// inference", Journal of the American Statistical Association 22 (1927). Returns [0, 1] if p.of is 0.
ConfidenceInterval wilson(const Proportion& p);

// A cell of the confusion matrix: the number of images of class `truth` whose first answer is `answer`.
struct ConfusionCell {
  std::size_t truth = 0;
  std::size_t answer = 0;
  std::size_t images = 0;

  bool operator==(const ConfusionCell&) const = default;
};

// Bin i: the images whose first answer has a probability in (i / 15, (i + 1) / 15]. Bin 0 includes 0.
struct CalibrationBin {
  std::size_t images = 0;
  std::size_t right = 0;
  double probability = 0.0;  // sum over the images
};

// Accuracy of a model on images whose classes are known, over the images that did not fail.
class Evaluation {
 public:
  struct Class {
    Proportion top1;
    Proportion top5;
  };

  // `class_count` is the number of the model's classes.
  explicit Evaluation(std::size_t class_count) : classes(class_count) {}

  // Counts an image of class `truth`. `answers` are the most probable classes, most probable first: five, or
  // all if there are fewer. They are empty if the image failed.
  void add(std::size_t truth, std::span<const Prediction> answers);

  // Returns the cells with images, sorted by truth, then by answer.
  std::vector<ConfusionCell> confusion() const;
  // Returns the cells off the diagonal, sorted by images in descending order.
  std::vector<ConfusionCell> confused() const;
  // Returns the expected calibration error: the average difference between the mean probability and the
  // accuracy of a bin, weighted by its images. Guo et al., "On calibration of modern neural networks" (2017).
  double calibration_error() const;

  Proportion top1;
  Proportion top5;
  std::size_t failures = 0;
  std::vector<Class> classes;  // every class of the model; images are counted by their true class
  std::array<CalibrationBin, 15> bins;

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> cells_;  // images by truth and answer
};

// Two models' answers to the images that failed in neither.
class Comparison {
 public:
  // Counts the next image. The answers are those of the two models, as in Evaluation::add().
  void add(std::size_t truth, std::span<const Prediction> first, std::span<const Prediction> second);

  // Returns the probability that fixed and broken differ at least this much if both models are equally
  // accurate: McNemar's test (1947) in its exact form, with a binomial distribution.
  double p_value() const;

  std::size_t images = 0;  // number of calls of add()
  Proportion agree;
  std::size_t fixed = 0;             // the first model is wrong, the second is right
  std::size_t broken = 0;            // the first model is right, the second is wrong
  std::vector<std::size_t> changed;  // indices of the images whose first answers differ
};

// ---- occlusion --------------------------------------------------------------------------------------------

// Squares in rows and columns (Zeiler, Fergus 2014, section 4.2), in pixels. Square (i, j) begins at row top
// + i * stride and column left + j * stride, and is clipped to the input. The middle thirds, stride x stride
// each, tile the input.
struct Squares {
  int side = 0;
  int stride = 0;
  int top = 0, left = 0;
  int rows = 0, columns = 0;
};

// Returns squares with a side of three strides, about 13 along the shorter side of the input.
Squares squares_for(const Shape& input);

// Occlusion map: how much the probability of a class drops when a square of the input is hidden.
struct Occlusion {
  Squares squares;
  std::size_t index = 0;     // class
  float probability = 0.0F;  // without a hidden square
  // Drop of the probability for each hidden square, rows x columns. Negative if the probability rises.
  std::vector<float> drops;

  // Returns true if the probability or a drop is NaN.
  bool has_nan() const;
  // Returns the index of the largest drop. Empty if no drop is above 0 or if has_nan().
  std::optional<std::size_t> lowest() const;
};

// Hides each square in turn and returns how far the probability of class `index` drops. input: C x H x W,
// normalised; a hidden square is 0 there, which is the model's mean. probability: that of class `index` without
// a hidden square. Each pass of the network runs up to `batch` inputs, one for each square; the workspace must
// have room for that many.
Occlusion occlude(const Network& network, Workspace& workspace, int batch, std::span<const float> input,
                  std::size_t index, float probability);

}  // namespace alexnet
#pragma GCC visibility pop
