// Reads JSON (RFC 8259) with the checks that untrusted files need.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace alexnet {

// Parses text. Throws ModelError about `file` for an empty text, a byte-order mark, a NUL byte, invalid
// UTF-8, duplicate keys, nesting deeper than 64, numbers outside the range of double, anything after the
// value, and a Git LFS pointer. Errors inside the text name the line and column.
nlohmann::json parse_json(std::string_view text, const std::string& file);

// Reads and parses a whole file. Throws ModelError, also if the file is larger than max_bytes.
nlohmann::json read_json(const std::filesystem::path& file, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace alexnet
