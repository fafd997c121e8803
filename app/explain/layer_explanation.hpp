// What a layer is and what it costs, in words: the same in text, JSON and page.
#pragma once

#include <string>
#include <vector>

#include "explain/explanation.hpp"

namespace alexnet::app {

struct Fact {
  std::string title;
  std::string text;
};

// "conv2 of tiny-alexnet: a convolution, as a matrix multiplication"
std::string headline(const Explanation& explanation);

// What goes in and out, m, k and n, operations, memory, and what both engines do; of a layer that is no matrix
// multiplication: what it is, its formula and where that comes from, and what it costs.
std::vector<Fact> facts_of(const Explanation& explanation);

// What the engine `packed` does with the layer.
std::string packed_text(const Explanation& explanation);

// Why a convolution's patch matrix has more or fewer numbers than its input: "as windows overlap". Padding and pixels that
// are in no window count too.
std::string patch_reason(const Layer& layer);

// How many numbers: "290,400"
std::string elements(const Shape& shape);

// "3 x 3, stride 2, pad 0"
std::string window_text(Size2 kernel, Size2 stride, const Pad& pad);

// Of a layer that is no matrix multiplication.
struct Formula {
  std::string what;
  std::string formula;
  std::string source;
  std::string cost;
  std::string limit = {};  // why it costs what it costs, where that is not plain
};
Formula formula_of(const Layer& layer);

// The example's number by the layer's formula, step by step; none where that says it already.
std::vector<std::string> worked_lines(const Explanation& explanation);

}  // namespace alexnet::app
