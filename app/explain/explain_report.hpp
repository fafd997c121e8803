// An explanation as text and as JSON.
#pragma once

#include <string>

#include "explain/explanation.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// Returns the example's position and why it was chosen: "row 3, column 4 of channel 7, the greatest of the
// layer's output". Requires an example.
std::string place_text(const Explanation& explanation);
// Returns "Input: cat.png.", with a note if it is the model's own input or the weights are random. Requires
// an example.
std::string input_text(const Explanation& explanation);
// Returns a line each for the sum of the products, the bias, the output and the engine's value.
std::vector<std::string> sum_lines(const Explanation& explanation, const WorkedOut& worked);

// Returns the facts about the layer and, if there is one, the example. The column is printed only if it has
// at most 64 numbers.
std::string explain_text(const Explanation& explanation, const Style& style);
// Returns a line of JSON: an object that has every number of the column and the row.
std::string explain_json(const Explanation& explanation);

// Returns the shortest decimal without an exponent that reads back as the same float: "-4", "0.0123456". If
// it needs nine digits or an exponent, formats it with "%.9g".
std::string exact(double value);

}  // namespace alexnet::app
