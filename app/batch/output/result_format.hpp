// Output formats, and the file name extensions that select them.
#pragma once

#include <optional>
#include <string>

namespace alexnet::app {

// Returns the format for the extension of the name (case-insensitive): "text", "jsonl", "csv", "sqlite" or
// "features". Returns "text" if the name has no extension, or if its extension is unknown and the file is a
// stream. Returns none for other unknown extensions.
std::optional<std::string> format_of_name(const std::string& file);

// Returns the format of batch's output. chosen: the value of --format, or "". features: --extract is set.
// Throws UsageError
//   with --extract, if the extension is neither .safetensors nor missing;
//   without --extract and --format, if the extension is .safetensors or unknown.
std::string choose_format(const std::string& file, const std::string& chosen, bool features);

// Throws UsageError unless the extension of `output` is missing, is that of `shard`, or stands for
// `format`. format: that of the shards.
void check_merged_name(const std::string& output, const std::string& shard, const std::string& format);

}  // namespace alexnet::app
