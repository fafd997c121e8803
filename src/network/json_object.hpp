// Reads a JSON object with a fixed set of keys. Errors name the key and the reason.
#pragma once

#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "alexnet/error.hpp"
#include "core/shape.hpp"

namespace alexnet {

// Refers to a JSON value that must outlive it. Every function that reads a member throws ModelError if the
// member has the wrong type or is out of range.
class JsonObject {
 public:
  // `where` is the object's path in the file, such as "layers.conv1", or "" for the root. Throws ModelError
  // if `json` is not an object.
  JsonObject(const nlohmann::json& json, std::string file, std::string where);

  // Throws ModelError if the object has a key that is not in `known`.
  void allow(std::initializer_list<const char*> known) const;

  bool has(const char* key) const { return json_.contains(key); }

  // Readers. `fallback` is the default if the key is absent. Readers without a default throw if the key is
  // absent.
  std::string text(const char* key) const;
  std::string text(const char* key, const std::string& fallback) const;
  int integer(const char* key) const;
  int integer(const char* key, int fallback) const;
  double number(const char* key) const;
  double number(const char* key, double fallback) const;
  bool boolean(const char* key, bool fallback) const;
  // Reads a number, which applies to both sides, or [height, width].
  Size2 size(const char* key) const;
  Size2 size(const char* key, Size2 fallback) const;
  // Reads a number, [vertical, horizontal] or [top, left, bottom, right]. Returns no padding if the key is
  // absent.
  Pad pad(const char* key) const;
  // Reads three numbers, or one for all channels.
  std::array<double, 3> three_numbers(const char* key, const std::array<double, 3>& fallback) const;
  // Reads one of `words` and returns its index.
  std::size_t choice(const char* key, const std::vector<std::string>& words, std::size_t fallback) const;

  // Reads an object of strings whose keys are all in `known`. Returns an empty map if the key is absent.
  std::map<std::string, std::string> texts(const char* key, std::initializer_list<const char*> known) const;

  const nlohmann::json& value(const char* key) const;
  JsonObject object(const char* key) const;

  // Throws ModelError with the path of `key`.
  [[noreturn]] void fail(const std::string& key, const std::string& reason) const;

 private:
  std::string path(const std::string& key) const { return where_.empty() ? key : where_ + "." + key; }
  int to_int(const nlohmann::json& value, const char* key) const;

  const nlohmann::json& json_;
  std::string file_;
  std::string where_;
};

}  // namespace alexnet
