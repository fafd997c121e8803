// A note about a better model that can be downloaded.
#pragma once

#include <filesystem>
#include <string>

#include "alexnet/model.hpp"

namespace alexnet::app {

// Prints a note on standard error if the default model was chosen and `alexnet fetch squeezenet` would bring
// more classes. Prints it only on a terminal, at most once in 24 hours, and not if ALEXNET_NO_HINTS is set.
// chosen: the name or path of the model.
void print_model_hint(const std::string& chosen, const Model& model);

// Returns true if the file `stamp` is older than 24 hours or absent, and renews it. Returns false if it
// cannot be written.
bool renew_stamp(const std::filesystem::path& stamp);

// Returns the file that remembers the last note: $XDG_CACHE_HOME/alexnet/hint, or $HOME/.cache/alexnet/hint.
// Returns "" if neither variable is an absolute path.
std::filesystem::path hint_stamp();

}  // namespace alexnet::app
