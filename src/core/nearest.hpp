// What a mistyped word was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alexnet {

// Returns the entry of `known` that takes the fewest edits to become `word`, in any case of letters; "" if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace alexnet
