// Analysis of a network's predictions: the most probable classes, accuracy over many photos, and the parts of
// a photo that a prediction depends on.
//
//   #include <alexnet/classifier.hpp>
//   alexnet::Evaluation evaluation(classes);
//   classifier.classify_many(photos, [&](const alexnet::Classified& photo) {
//     evaluation.add(truth_of(photo.photo), photo.predictions);
//   });
//   std::cout << evaluation.top1.share();
//
// Functions may be called from several threads at the same time, except with one Workspace. So may const
// members of an object; the other members need exclusive use of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alexnet/model.hpp"
#include "alexnet/network.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

// Returns the k most probable classes, or all if there are fewer, most probable first. Equal probabilities
// are sorted by index. NaN comes last. `probabilities` are those of one image, by class. Does not set labels
// and ids.
std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k);

// ---- accuracy ---------------------------------------------------------------------------------------------

// `hits` out of `of`.
struct Proportion {
  std::size_t hits = 0;
  std::size_t of = 0;

  // Returns the fraction, 0 to 1. Returns 0 if `of` is 0.
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

// A cell of the confusion matrix: the number of images of class `truth` whose best prediction is
// `answer`.
struct ConfusionCell {
  std::size_t truth = 0;
  std::size_t answer = 0;
  std::size_t images = 0;

  bool operator==(const ConfusionCell&) const = default;
};

// Bin i: the images whose best prediction has a probability in (i / 15, (i + 1) / 15]. Bin 0 includes 0.
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

  // Counts an image of class `truth`. `predictions` are the most probable classes, most probable first: five,
  // or all if there are fewer. Top-5 counts all of them. They are empty if the image failed. `truth` and the
  // indices of the predictions must be less than the number of classes.
  void add(std::size_t truth, std::span<const Prediction> predictions);

  // Returns the cells with images, sorted by truth, then by prediction.
  std::vector<ConfusionCell> confusion() const;
  // Returns the cells off the diagonal, sorted by images in descending order, then by truth and prediction.
  std::vector<ConfusionCell> confused() const;
  // Returns the expected calibration error: the average difference between the mean probability and the
  // accuracy of a bin, weighted by its images. Guo et al., "On calibration of modern neural networks" (2017).
  // A fraction, 0 to 1; 0 if no image was counted.
  double calibration_error() const;

  Proportion top1;
  Proportion top5;
  std::size_t failures = 0;
  std::vector<Class> classes;  // every class of the model; images are counted by their true class
  std::array<CalibrationBin, 15> bins;

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> cells_;  // images by truth and prediction
};

// Two models' predictions for the images that failed in neither.
class Comparison {
 public:
  // Counts the next image. The predictions are those of the two models, as in Evaluation::add(). If either is
  // empty, the image counts in `images` only.
  void add(std::size_t truth, std::span<const Prediction> first, std::span<const Prediction> second);

  // Returns the probability that fixed and broken differ at least this much if both models are equally
  // accurate: McNemar's test (1947) in its exact form, with a binomial distribution.
  double p_value() const;

  std::size_t images = 0;  // number of calls of add()
  Proportion agree;
  std::size_t fixed = 0;             // the first model is wrong, the second is right
  std::size_t broken = 0;            // the first model is right, the second is wrong
  std::vector<std::size_t> changed;  // indices of the images whose best predictions differ
};

// ---- occlusion --------------------------------------------------------------------------------------------

// A grid of squares (Zeiler, Fergus 2014, section 4.2). Lengths are in pixels. Square (i, j) begins at row
// top + i * stride and column left + j * stride, and is clipped to the input. The middle thirds, stride x
// stride each, tile the input.
struct Squares {
  int side = 0;
  int stride = 0;
  int top = 0, left = 0;
  int rows = 0, columns = 0;
};

// Returns squares with a side of three strides, about 13 along the shorter side of the input. The sides of
// the input must be at least 1.
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
  // Returns the index of the largest drop. None if no drop is above 0 or if has_nan(). `drops` must not be
  // empty.
  std::optional<std::size_t> largest_drop() const;
};

// Hides each square in turn and returns how far the probability of class `index` drops. input: C x H x W,
// normalised; a hidden square is 0 there, which is the model's mean. probability: that of class `index`
// without a hidden square. Each pass of the network runs up to `batch` inputs, one for each square. `batch`
// must be at least 1, and the workspace must have been made for the network and for that many images. The
// network must end in one probability per class, and `index` must be one of them. Overwrites the workspace's
// input, which must not be `input`. Throws nothing but std::bad_alloc.
Occlusion occlude(const Network& network, Workspace& workspace, int batch, std::span<const float> input,
                  std::size_t index, float probability);

// ---- one number of a layer's output -----------------------------------------------------------------------

// A position in a plane, from 0.
struct Position {
  int y = 0;
  int x = 0;
  bool operator==(const Position&) const = default;
};

// One input element that contributes to an output element.
struct Tap {
  int channel = 0;     // counted over the whole input, even if there are groups
  Position in_window;  // position in the kernel or window
  Position in_input;
  bool pad = false;  // true if the position is in the padding; `value` is then 0
  float value = 0.0F;
};

// Returns all taps of one output channel at one position, in the order of the weights: by channel, then row
// by row. `input` is layer.in, C x H x W. The channel and the position must be inside layer.out.
//   conv: the window, including padding: gemm_size().k taps
//   fc: the whole input
//   pools: the window, excluding padding
//   lrn: the neighbouring channels at the position
//   softmax: all channels at the position
//   other layers: one tap
std::vector<Tap> taps_of(const Layer& layer, std::span<const float> input, int channel, Position at);

// Returns the kernel of one output channel of a conv or fc layer: gemm_size().k numbers of `weights`, which
// are [output][k]. The row is a part of `weights` and valid as long as they are. `channel` must be inside
// layer.out.
std::span<const float> kernel_row(const Layer& layer, std::span<const float> weights, int channel);

// The dot product of a column of taps and a kernel row, in double: one sum per input channel, in the order of
// the column, and the total.
struct DotProduct {
  std::vector<double> channels;
  double sum = 0.0;
};
// Returns the dot product. The row must be at least as long as the column: a number for each tap. The taps of
// an input channel must be consecutive.
DotProduct dot(std::span<const Tap> column, std::span<const float> row);

// A layer's input and output for one image, as an engine computed them, and its weights.
struct LayerRun {
  std::vector<float> in;       // C x H x W
  std::vector<float> out;      // C x H x W
  std::vector<float> weights;  // conv and fc: [output][k]; empty for other layers
  std::vector<float> bias;     // empty: no bias
  std::string engine;          // name of the engine
};

// Runs the network of the model up to the layer of this name on an input: C x H x W of the network,
// normalised. No later layer is fused with it. seed: random weights made from it instead of the model's. The
// result owns its data. Throws ModelError if there is no such layer, or if the weights are missing or cannot
// be used, and UsageError if there is not enough memory for a pass.
LayerRun run_layer(const Model& model, const std::string& layer, std::span<const float> input,
                   std::optional<std::uint64_t> seed = std::nullopt);

// Returns the memory in bytes that run_layer() needs, roughly: the network's input, the layer's input, output
// and weights, and the largest layer before it. Throws ModelError if there is no such layer.
std::uint64_t layer_run_bytes(const Model& model, const std::string& layer);

// An output of conv or fc, computed as a dot product in double.
struct WorkedOut {
  std::vector<Tap> column;
  std::span<const float> row;  // valid while the LayerRun lives
  DotProduct product;
  float bias = 0.0F;
  double value() const { return product.sum + static_cast<double>(bias); }
};
// Computes the output of a conv or fc layer at `channel` and `at`, which must be inside layer.out, from the
// input, the weights and the bias in `run`, the result of run_layer() for this layer.
WorkedOut work_out(const Layer& layer, const LayerRun& run, int channel, Position at);

}  // namespace alexnet
#pragma GCC visibility pop
