#include "core/inside.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {

namespace fs = std::filesystem;

fs::path inside(const fs::path& folder, const std::string& name, const std::string& file,
                const std::string& field) {
  const auto fail = [&](const std::string& reason) {
    throw ModelError(file, field, in_quotes(name) + " " + reason);
  };
  if (name.find('\0') != std::string::npos) fail("holds a NUL");
  const fs::path relative(name);
  if (relative.is_absolute()) fail("is absolute; it must be inside the model's folder");
  if (std::ranges::find(relative, fs::path("..")) != relative.end()) fail("leads out of the model's folder");
  const fs::path base = folder.empty() ? "." : folder;
  std::error_code error;
  const fs::path real = fs::weakly_canonical(base / relative, error);
  const fs::path root = fs::canonical(base, error);
  if (error) fail("cannot be followed: " + error.message());
  if (std::ranges::mismatch(root, real).in1 != root.end())
    fail("is a link that leads out of the model's folder");
  return folder / relative;
}

}  // namespace alexnet
