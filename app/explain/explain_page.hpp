// An explanation drawn as a page: the window on the input, the patch as a column, the kernel as a row, their product, the output.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace alexnet::app {

// At most some 300 kB. With JavaScript the positions of the window can be stepped through; without, they stand one after
// the other.
std::string explain_page(const Explanation& explanation);

}  // namespace alexnet::app
