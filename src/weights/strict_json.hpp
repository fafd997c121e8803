// JSON as RFC 8259 has it, read with the checks that files from strangers need.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace alexnet {

// Parses text. Refuses, with a ModelError about `file` that says where: an empty text, a byte-order mark,
// invalid UTF-8, duplicate keys, nesting deeper than 64, numbers outside double's range, anything after the
// value.
nlohmann::json parse_json(std::string_view text, const std::string& file);

// Reads and parses a whole file of at most max_bytes.
nlohmann::json read_json(const std::filesystem::path& file, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace alexnet
