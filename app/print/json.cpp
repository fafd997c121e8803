#include "print/json.hpp"

#include <algorithm>
#include <string_view>

#include "core/escape_for_terminal.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

// Returns the character as \uNNNN, or as two of them above U+FFFF.
std::string in_ascii(std::string_view character) {
  const std::string quoted = Json(character).dump(-1, ' ', true);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string base64(const std::string& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::string dump(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (std::ranges::all_of(text, [](unsigned char c) { return c < 0x7F; })) return text;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint c = *first_code_point(rest);
    const std::string_view bytes = rest.substr(0, c.bytes);
    out += is_hidden(c.value) ? in_ascii(bytes) : bytes;
    rest.remove_prefix(c.bytes);
  }
  return out;
}

void add_path(nlohmann::ordered_json& json, const std::string& key, const std::string& path) {
  json[key] = path;
  if (!is_utf8(path)) json[key + "_base64"] = base64(path);
}

Json path_json(const std::string& path) {
  Json json;
  add_path(json, "path", path);
  return json;
}

}  // namespace alexnet::app
