// What a mistyped word was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alexnet {

// The entry of `known` that takes the fewest edits to become `word`; "" where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace alexnet
