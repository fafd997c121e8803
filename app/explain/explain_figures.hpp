// The figures of an explanation's page.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace alexnet::app {

// The three matrices as boxes, their sides by their sizes.
std::string gemm_figure(const Explanation& explanation);

// Whether the whole example is small enough for every number to be shown.
bool shows_numbers(const Explanation& explanation);
// A place of the window, with every number: input, kernel, the product of the matrices, output.
std::string number_figure(const Explanation& explanation, Place here);

// Of a layer that is no matrix multiplication: what the number is made from, and where it stands in the output.
std::string plain_figure(const Explanation& explanation);

// A place of the window, with colours for numbers: the input channels that say the most, the column, the row, the output.
class ColourFigures {
 public:
  explicit ColourFigures(const Explanation& explanation);
  // The pictures that figures share, to stand before them.
  std::string shared() const;
  std::string figure(Place at) const;

 private:
  bool in_colours() const;
  std::string plane(int index, const std::string& overlay) const;
  std::string photo(Place at) const;
  std::string channels_table(const WorkedOut& worked) const;
  std::string output(Place at) const;

  const Explanation& e_;
  std::vector<double> row_;         // the kernel
  std::vector<std::size_t> shown_;  // input channels, counted in the column
  std::size_t taps_ = 1;            // numbers of a channel in the column
  std::size_t strip_ = 1;           // numbers of the column, of the row and of their products that are drawn
  Size2 window_;
};

}  // namespace alexnet::app
