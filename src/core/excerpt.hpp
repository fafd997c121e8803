// Text out of a stranger's file, made fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alexnet {

// Control characters and bytes beyond ASCII become \n, \t or \xNN, so that no file can steer the terminal
// that shows the message; text longer than limit bytes is cut and ends in "...". The empty text becomes "''".
std::string excerpt(std::string_view text, std::size_t limit = 100);

}  // namespace alexnet
