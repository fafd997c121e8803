// Files that a model names: only those that lie with it.
#pragma once

#include <filesystem>
#include <string>

namespace alexnet {

// The file `name`, relative to the model's folder: in it or below, and not by way of a link to elsewhere; it need not
// exist. Throws ModelError about `file: field`, the place that names it.
std::filesystem::path inside(const std::filesystem::path& folder, const std::string& name,
                             const std::string& file, const std::string& field);

}  // namespace alexnet
