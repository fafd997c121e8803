// The figures of an explanation's page.
#pragma once

#include "explain/explanation.hpp"
#include "print/markup.hpp"

namespace alexnet::app {

// Draws the three matrices of the product as boxes of one scale. Returns none if the layer is not a matrix
// multiplication.
Markup gemm_figure(const Explanation& explanation);

// Returns true if the layer is a convolution that is small enough to show every number.
bool shows_numbers(const Explanation& explanation);

// Draws one position of the window with every number: input, kernel, product of the matrices, output.
// Requires shows_numbers().
Markup number_figure(const Explanation& explanation, Position here);

// Draws the example of a layer that is not a matrix multiplication: the inputs of the number, and its
// position in the output. Returns none if the input is a vector.
Markup plain_figure(const Explanation& explanation);

// Draws positions of the window with colours for numbers: the input channels with the largest sums at the
// chosen position (at most six), the column, the row, the output. Requires conv or fc. The explanation must
// outlive this object.
class ColourFigures {
 public:
  explicit ColourFigures(const Explanation& explanation);
  // Returns the pictures that all figures share. They must precede the figures on the page.
  Markup shared() const;
  Markup figure(Position at) const;

 private:
  bool in_colours() const;
  Markup plane(int index, const Markup& overlay) const;
  Markup photo(Position at) const;
  Markup channels(const WorkedOut& worked) const;
  Markup output(Position at) const;

  const Explanation& e_;
  std::vector<double> row_;         // the kernel
  std::vector<std::size_t> shown_;  // input channels that are drawn, as indices in the column
  std::size_t taps_ = 1;            // numbers per channel in the column
  std::size_t strip_ = 1;           // numbers of the column, the row and their products that are drawn
  Size2 window_;
};

}  // namespace alexnet::app
