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
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
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

std::string with_member(std::string object, const std::string& key, const std::string& value) {
  object.back() = ',';
  return object + dump(key) + ":" + value + "}";
}

Json shape_json(const Shape& shape) { return {shape.channels, shape.height, shape.width}; }

Json accuracy_json(const std::optional<Accuracy>& a) {
  if (!a) return nullptr;
  return {{"data", a->data}, {"top1", a->top1}, {"top5", a->top5 ? Json(*a->top5) : Json()}};
}

Json stats_json(const Stats& s) {
  return {{"min", s.min}, {"q1", s.q1}, {"median", s.median}, {"q3", s.q3}, {"max", s.max}};
}

Json layers_json(const std::vector<LayerTime>& layers) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(utf8(text)); };
  Json list = Json::array();
  for (const LayerTime& l : layers) {
    const auto size = [&](std::int64_t GemmSize::*member) {
      return l.gemm ? Json((*l.gemm).*member) : Json();
    };
    const bool limited = l.limit != Limit::none;
    list.push_back({{"name", utf8(l.name)},
                    {"type", l.kind},
                    {"in", shape_json(l.in)},
                    {"out", shape_json(l.out)},
                    {"m", size(&GemmSize::m)},
                    {"k", size(&GemmSize::k)},
                    {"n", size(&GemmSize::n)},
                    {"gemms", l.gemm ? Json(l.gemm->count) : Json(0)},
                    {"fused_into", or_null(l.fused_into)},
                    {"method", or_null(l.method)},
                    {"ms", stats_json(l.ms)},
                    {"share", l.share},
                    {"gflops", l.gemm ? Json(l.gflops) : Json()},
                    {"gbytes_per_s", l.gbytes_per_s},
                    {"limit", or_null(to_string(l.limit))},
                    {"limit_ms", limited ? Json(l.limit_ms) : Json()},
                    {"reached", limited ? Json(l.reached()) : Json()}});
  }
  return list;
}

}  // namespace alexnet::app
