// Shards whose records stand in a file, with a journal: text, JSON Lines, CSV and features.
#pragma once

#include "merge/shards.hpp"
#include "run/output_handle.hpp"

namespace alexnet::app {

// The output is byte for byte what one run would have written. Throws OutputError if it cannot be written. Throws
// std::runtime_error, before anything is written, if the shards do not belong together, were changed or cannot be read, and if
// the output may not be replaced.
Merged merge_records(const std::string& output, const std::vector<std::string>& inputs, Existing existing);

}  // namespace alexnet::app
