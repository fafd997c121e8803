#include "network/json_object.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"

namespace alexnet {
namespace {

constexpr double kMax = std::numeric_limits<float>::max();
constexpr double kMinPositive = std::numeric_limits<float>::min();

}  // namespace

JsonObject::JsonObject(const nlohmann::json& json, std::string file, std::string where)
    : json_(json), file_(std::move(file)), where_(std::move(where)) {
  if (!json_.is_object())
    throw ModelError(file_, where_, std::string("is ") + json_.type_name() + ", must be an object");
}

void JsonObject::fail(const std::string& key, const std::string& reason) const {
  throw ModelError(file_, path(key), reason);
}

void JsonObject::allow(std::initializer_list<const char*> known) const {
  const std::vector<std::string> words(known.begin(), known.end());
  for (const auto& [key, value] : json_.items()) {
    if (std::ranges::find(words, key) != words.end()) continue;
    const std::string like = did_you_mean(nearest(key, words));
    throw ModelError(file_, where_,
                     "unknown key " + in_quotes(key) + (like.empty() ? "; known are " + join(words) : like));
  }
}

const nlohmann::json& JsonObject::value(const char* key) const {
  const auto found = json_.find(key);
  if (found == json_.end()) fail(key, "is missing");
  return *found;
}

std::string JsonObject::text(const char* key) const {
  const auto& v = value(key);
  if (!v.is_string()) fail(key, std::string("is ") + v.type_name() + ", must be a string");
  const auto& text = v.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) fail(key, "holds a NUL");
  return text;
}

std::string JsonObject::text(const char* key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

int JsonObject::to_int(const nlohmann::json& v, const char* key) const {
  if (!v.is_number_integer())
    fail(key, "is " + (v.is_number() ? v.dump() : v.type_name()) + ", must be a whole number");
  const bool fits = v.is_number_unsigned() ? v.get<std::uint64_t>() <= std::numeric_limits<int>::max()
                                           : v.get<std::int64_t>() >= std::numeric_limits<int>::min() &&
                                                 v.get<std::int64_t>() <= 0;
  if (!fits)
    fail(key, "is " + v.dump() + ", must be at most " + std::to_string(std::numeric_limits<int>::max()));
  return v.get<int>();
}

int JsonObject::integer(const char* key) const { return to_int(value(key), key); }

int JsonObject::integer(const char* key, int fallback) const { return has(key) ? integer(key) : fallback; }

double JsonObject::number(const char* key, double fallback) const {
  return has(key) ? number(key) : fallback;
}

double JsonObject::number(const char* key) const {
  const auto& v = value(key);
  if (!v.is_number()) fail(key, std::string("is ") + v.type_name() + ", must be a number");
  const auto d = v.get<double>();
  if (std::abs(d) > kMax) fail(key, "is " + v.dump() + ", too large");
  return d;
}

bool JsonObject::boolean(const char* key, bool fallback) const {
  if (!has(key)) return fallback;
  const auto& v = value(key);
  if (!v.is_boolean()) fail(key, std::string("is ") + v.type_name() + ", must be true or false");
  return v.get<bool>();
}

Size2 JsonObject::size(const char* key) const {
  const auto& v = value(key);
  if (!v.is_array()) {
    const int side = to_int(v, key);
    return {side, side};
  }
  if (v.size() != 2)
    fail(key, "has " + std::to_string(v.size()) + " entries, must be a number or [height, width]");
  return {to_int(v[0], key), to_int(v[1], key)};
}

Size2 JsonObject::size(const char* key, Size2 fallback) const { return has(key) ? size(key) : fallback; }

Pad JsonObject::pad(const char* key) const {
  if (!has(key)) return {};
  const auto& v = value(key);
  if (!v.is_array()) return {to_int(v, key), to_int(v, key)};
  if (v.size() == 2) return {to_int(v[0], key), to_int(v[1], key)};
  if (v.size() != 4)
    fail(key, "has " + std::to_string(v.size()) +
                  " entries, must be a number, [vertical, horizontal] or [top, left, bottom, right]");
  return {to_int(v[0], key), to_int(v[1], key), to_int(v[2], key), to_int(v[3], key)};
}

std::map<std::string, std::string> JsonObject::texts(const char* key,
                                                     std::initializer_list<const char*> known) const {
  if (!has(key)) return {};
  const JsonObject inner = object(key);
  inner.allow(known);
  std::map<std::string, std::string> texts;
  for (const auto& [name, ignored] : inner.json_.items()) texts[name] = inner.text(name.c_str());
  return texts;
}

std::array<double, 3> JsonObject::three_numbers(const char* key,
                                                const std::array<double, 3>& fallback) const {
  if (!has(key)) return fallback;
  const auto& given = value(key);
  const nlohmann::json v = given.is_number() ? nlohmann::json{given, given, given} : given;
  if (!v.is_array() || v.size() != 3 || !std::ranges::all_of(v, [](const auto& e) { return e.is_number(); }))
    fail(key, "must be three numbers, one for each channel");
  for (const auto& e : v)
    if (std::abs(e.get<double>()) > kMax ||
        (e.get<double>() != 0.0 && std::abs(e.get<double>()) < kMinPositive))
      fail(key, "holds " + e.dump() + ", outside float32's range");
  return v.get<std::array<double, 3>>();
}

std::size_t JsonObject::choice(const char* key, const std::vector<std::string>& words,
                               std::size_t fallback) const {
  if (!has(key)) return fallback;
  const std::string word = text(key);
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) {
    const std::string like = did_you_mean(nearest(word, words));
    fail(key, "unknown " + in_quotes(word) + (like.empty() ? "; known are " + join(words) : like));
  }
  return static_cast<std::size_t>(found - words.begin());
}

JsonObject JsonObject::object(const char* key) const { return {value(key), file_, path(key)}; }

}  // namespace alexnet
