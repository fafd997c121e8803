// How often a model is right, where the right classes are known.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "run/record.hpp"

namespace alexnet::app {

// So many out of so many.
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

// The score interval at 95 %: Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
// the American Statistical Association 22 (1927). Of nothing: 0 to 1.
Interval wilson(const Proportion& p);

// The images of class `truth` that were taken for `answer`.
struct Cell {
  std::size_t truth = 0;
  std::size_t answer = 0;
  std::size_t images = 0;

  bool operator==(const Cell&) const = default;
};

// The images whose first answer has a probability above i / 15, up to (i + 1) / 15.
struct Bin {
  std::size_t images = 0;
  std::size_t right = 0;
  double probability = 0.0;  // summed over them
};

// Over the images that did not fail.
struct Evaluation {
  struct Class {
    Proportion top1;
    Proportion top5;
  };

  Proportion top1;
  Proportion top5;
  std::size_t failures = 0;
  std::vector<Class> classes;   // every class of the model, by the truth
  std::vector<Cell> confusion;  // by truth, then by answer; those without images are left out
  std::array<Bin, 15> bins;

  // Expected calibration error: the mean distance between probability and share of right answers in a bin, weighted by
  // its images. Guo et al., "On calibration of modern neural networks" (2017).
  double calibration_error() const;
  // Cells off the diagonal, those with the most images first.
  std::vector<Cell> confused() const;
};

// What a model made of some images, with its first five answers, and the right class of each image.
Evaluation evaluate(std::span<const Record> records, std::span<const std::size_t> truth, std::size_t classes);

// Two models' answers to the same images, of which neither failed.
struct Comparison {
  Proportion agree;
  std::size_t fixed = 0;             // wrong by the first model, right by the second
  std::size_t broken = 0;            // the reverse
  std::vector<std::size_t> changed;  // the images with another first answer, by their places in the list

  // How probable it is that fixed and broken differ at least as much where both models are right equally often: McNemar's
  // test (1947) in its exact form, with a binomial distribution.
  double p_value() const;
};

Comparison compare(std::span<const Record> first, std::span<const Record> second,
                   std::span<const std::size_t> truth);

}  // namespace alexnet::app
