// An explanation as an HTML page: the window on the input, the patch as a column, the kernel as a row, their
// product, the output.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace alexnet::app {

// Returns the page, at most some 300 kB. JavaScript steps through the positions of the window; without it,
// all positions are shown one after the other.
std::string explain_page(const Explanation& explanation);

}  // namespace alexnet::app
