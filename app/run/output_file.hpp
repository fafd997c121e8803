// Output files that a later run may resume or replace.
#pragma once

#include <string>

#include "core/file.hpp"

namespace alexnet::app {

// Handling of results that the output file already holds.
enum class Existing { refuse, resume, overwrite };

// Returns true for standard output ("-"), a pipe or a device: outputs that cannot be replaced.
bool is_stream(const std::string& file);
// Follows symbolic links and returns the name of their target, whether or not it exists. To keep a link,
// replace its target.
std::string real_name(const std::string& file);

// Opens the file for reading and writing and takes an exclusive lock; creates the file if it does not exist.
// Throws UsageError if another run holds a lock, and OutputError if the file cannot be opened.
File open_locked(const std::string& file);

}  // namespace alexnet::app
