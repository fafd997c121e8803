// JSON output, and the objects that several commands print. Only .cpp files include this header: it is large.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/shape.hpp"
#include "network/description.hpp"
#include "network/layer_times.hpp"

#include "core/utf8.hpp"

namespace alexnet::app {

// Returns one line of JSON without a newline; keys keep their order. Bytes that are not UTF-8 become U+FFFD.
// Hidden characters (see is_hidden()) become \uNNNN, so that a terminal does not interpret them; a JSON
// parser reads the same values.
std::string dump(const nlohmann::ordered_json& json);

// Returns the bytes in base64 (RFC 4648).
std::string base64(const std::string& bytes);

// Adds a path under a key. If the path is not UTF-8, also adds its bytes in base64 under KEY_base64.
void add_path(nlohmann::ordered_json& json, const std::string& key, const std::string& path);

// Returns an object with the path under "path", added by add_path().
nlohmann::ordered_json path_json(const std::string& path);

// Returns the text of an object with one more member at its end. object: the text of an object with members.
// value: the text of a JSON value.
std::string with_member(std::string object, const std::string& key, const std::string& value);

// Returns [channels, height, width].
nlohmann::ordered_json shape_json(const Shape& shape);
// Returns null if there is no accuracy.
nlohmann::ordered_json accuracy_json(const std::optional<Accuracy>& accuracy);
nlohmann::ordered_json stats_json(const Stats& stats);
nlohmann::ordered_json layers_json(const std::vector<LayerTime>& layers);

}  // namespace alexnet::app
