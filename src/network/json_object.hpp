// Reads one JSON object whose keys are all known, with errors that name the key and the reason.
#pragma once

#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/shape.hpp"

namespace alexnet {

class JsonObject {
 public:
  // where: the object's place in the file, "layers.conv1"; "" for the whole. Throws where json is no object.
  JsonObject(const nlohmann::json& json, std::string file, std::string where);

  // Throws for every key that is not in `known`.
  void allow(std::initializer_list<const char*> known) const;

  bool has(const char* key) const { return json_.contains(key); }

  // Without a default, the key is required.
  std::string text(const char* key) const;
  std::string text(const char* key, const std::string& otherwise) const;
  int integer(const char* key) const;
  int integer(const char* key, int otherwise) const;
  double number(const char* key) const;
  double number(const char* key, double otherwise) const;
  bool boolean(const char* key, bool otherwise) const;
  // A number, or an array of the height's and the width's.
  Size2 size(const char* key) const;
  Size2 size(const char* key, Size2 otherwise) const;
  // A number, [vertical, horizontal] or [top, left, bottom, right]; none where the key is absent.
  Pad pad(const char* key) const;
  std::array<double, 3> three_numbers(const char* key, const std::array<double, 3>& otherwise) const;
  // One of the words; returns its place among them.
  std::size_t choice(const char* key, const std::vector<std::string>& words, std::size_t otherwise) const;

  // The members of an object of strings, whose keys are all in `known`; empty where the key is absent.
  std::map<std::string, std::string> texts(const char* key, std::initializer_list<const char*> known) const;

  const nlohmann::json& value(const char* key) const;
  JsonObject object(const char* key) const;

  [[noreturn]] void fail(const std::string& key, const std::string& reason) const;

 private:
  std::string path(const std::string& key) const { return where_.empty() ? key : where_ + "." + key; }
  int to_int(const nlohmann::json& value, const char* key) const;

  const nlohmann::json& json_;
  std::string file_;
  std::string where_;
};

}  // namespace alexnet
