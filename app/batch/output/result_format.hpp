// The formats of results, and the endings of file names that choose them.
#pragma once

#include <optional>
#include <string>

namespace alexnet::app {

// "text", "jsonl", "csv", "sqlite" or "features", as the ending of the name says, in any case. Text if the name has no ending
// or leads to a stream. None if the ending is unknown.
std::optional<std::string> format_of_name(const std::string& file);

// The format of an output of batch. `chosen`: by --format, or "". Throws std::runtime_error if the name's ending is unknown and
// no format is chosen, and if the ending does not fit `features`, which --extract writes.
std::string choose_format(const std::string& file, const std::string& chosen, bool features);

// Throws std::runtime_error if the ending of the output's name is that of another format than the one of the shards, or is
// unknown and not that of the shard.
void check_merged_name(const std::string& output, const std::string& shard, const std::string& format);

}  // namespace alexnet::app
