// Rejects file names in a model that lead out of the model's folder.
#pragma once

#include <filesystem>
#include <string>

namespace alexnet {

// Returns folder / name. The file need not exist, but the folder must. Throws ModelError if `name` contains a
// NUL, is absolute, contains "..", or resolves through symbolic links to a path outside the folder. Errors
// report `file` and `field`, the file and the field that contain the name.
std::filesystem::path inside(const std::filesystem::path& folder, const std::string& name,
                             const std::string& file, const std::string& field);

}  // namespace alexnet
