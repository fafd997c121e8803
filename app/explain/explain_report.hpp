// An explanation as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "explain/explanation.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// Where the example stands and why there: "row 3, column 4 of channel 7, the greatest of the layer's output".
std::string place_text(const Explanation& explanation);
// "Input: cat.png." and whose weights
std::string input_text(const Explanation& explanation);
// The sum of the products, the bias and the engine's value, a line each.
std::vector<std::string> sum_lines(const Explanation& explanation, const WorkedOut& worked);

// A column longer than fits on a screen is abridged.
std::string explain_text(const Explanation& explanation, const Style& style);
// With every number of the column and the row.
nlohmann::ordered_json explain_json(const Explanation& explanation);

// As few digits as tell a float from its neighbours: "-4", "0.0123456".
std::string exact(double value);

}  // namespace alexnet::app
