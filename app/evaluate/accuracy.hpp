// Accuracy of a model on images whose classes are known.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "run/record.hpp"

namespace alexnet::app {

// `hits` out of `of`.
struct Proportion {
  std::size_t hits = 0;
  std::size_t of = 0;

  double share() const { return of == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(of); }
  bool operator==(const Proportion&) const = default;
};

struct Interval {
  double low = 0.0;
  double high = 1.0;
};

// Returns the score interval at 95 %: Wilson, "Probable inference, the law of succession, and statistical
// inference", Journal of the American Statistical Association 22 (1927). Returns [0, 1] if p.of is 0.
Interval wilson(const Proportion& p);

// A cell of the confusion matrix: the number of images of class `truth` whose first answer is `answer`.
struct Cell {
  std::size_t truth = 0;
  std::size_t answer = 0;
  std::size_t images = 0;

  bool operator==(const Cell&) const = default;
};

// Bin i: the images whose first answer has a probability in (i / 15, (i + 1) / 15]. Bin 0 includes 0.
struct Bin {
  std::size_t images = 0;
  std::size_t right = 0;
  double probability = 0.0;  // sum over the images
};

// Accuracy over the images that did not fail.
struct Evaluation {
  struct Class {
    Proportion top1;
    Proportion top5;
  };

  Proportion top1;
  Proportion top5;
  std::size_t failures = 0;
  std::vector<Class> classes;   // every class of the model; images are counted by their true class
  std::vector<Cell> confusion;  // sorted by truth, then by answer; cells without images are omitted
  std::array<Bin, 15> bins;

  // Returns the expected calibration error: the average difference between the mean probability and the
  // accuracy of a bin, weighted by its images. Guo et al., "On calibration of modern neural networks" (2017).
  double calibration_error() const;
  // Returns the cells off the diagonal, sorted by images in descending order.
  std::vector<Cell> confused() const;
};

// Evaluates a model's records. truth[i] is the right class of records[i], below `classes`. Top-5 counts every
// prediction of a record, so records must have five predictions (all classes if there are fewer).
Evaluation evaluate(std::span<const Record> records, std::span<const std::size_t> truth, std::size_t classes);

// Two models' answers to the images that failed in neither.
struct Comparison {
  Proportion agree;
  std::size_t fixed = 0;             // the first model is wrong, the second is right
  std::size_t broken = 0;            // the first model is right, the second is wrong
  std::vector<std::size_t> changed;  // indices of the images whose first answers differ

  // Returns the probability that fixed and broken differ at least this much if both models are equally
  // accurate: McNemar's test (1947) in its exact form, with a binomial distribution.
  double p_value() const;
};

// Compares two models. The three spans belong to the same images in the same order.
Comparison compare(std::span<const Record> first, std::span<const Record> second,
                   std::span<const std::size_t> truth);

}  // namespace alexnet::app
