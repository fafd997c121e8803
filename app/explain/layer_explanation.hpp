// Descriptions of a layer and its costs in words, shared by text, JSON and page.
#pragma once

#include <string>
#include <vector>

#include "explain/explanation.hpp"

namespace alexnet::app {

struct Fact {
  std::string title;
  std::string text;
};

// Returns "conv2 of tiny-alexnet: a convolution, as a matrix multiplication".
std::string headline(const Explanation& explanation);

// Returns the input and output, m, k and n, operations, memory, and what both engines do. For a layer that is
// not a matrix multiplication, returns what it is, its formula with the source, its costs, and what `packed`
// does.
std::vector<Fact> facts_of(const Explanation& explanation);

// Returns what the engine `packed` does with the layer.
std::string packed_text(const Explanation& explanation);

// Returns why a convolution's patch matrix has more or fewer numbers than its input: "as windows overlap".
// Padding and pixels outside all windows are reasons too. Requires a convolution.
std::string patch_reason(const Layer& layer);

// Returns the number of elements: "290,400".
std::string elements(const Shape& shape);

// Returns "3 x 3, stride 2, pad 0".
std::string window_text(Size2 kernel, Size2 stride, const Pad& pad);

// Description of a layer that is not a matrix multiplication.
struct Formula {
  std::string what;
  std::string formula;
  std::string source;
  std::string cost;
  std::string limit = {};  // reason for the cost; "" if obvious
};
Formula formula_of(const Explanation& explanation);

// Computes the example's number by the layer's formula, step by step. Returns no lines except for max pooling
// and LRN. Requires an example.
std::vector<std::string> worked_lines(const Explanation& explanation);

}  // namespace alexnet::app
