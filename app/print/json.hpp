// JSON as it is printed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace alexnet::app {

// Returns one line of JSON without its end; the order of the keys is kept. Bytes that are not UTF-8 become U+FFFD. Hidden
// characters (core/escape_for_terminal.hpp) become \uNNNN, so that no terminal obeys them; the values stay the same.
std::string dump(const nlohmann::ordered_json& json);

// Returns the bytes in base64 (RFC 4648).
std::string base64(const std::string& bytes);

// Adds a path under a key. If the path is not UTF-8, KEY_base64 holds its bytes as well.
void add_path(nlohmann::ordered_json& json, const std::string& key, const std::string& path);

// Returns {"path"}, made by add_path().
nlohmann::ordered_json path_json(const std::string& path);

// Returns the text with U+FFFD for bytes that are not UTF-8.
std::string utf8(const std::string& text);

}  // namespace alexnet::app
