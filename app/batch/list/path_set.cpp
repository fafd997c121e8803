#include "batch/list/path_set.hpp"

#include <algorithm>
#include <filesystem>

namespace alexnet::app {
namespace {

constexpr Hash128 kEmpty{};

// Never returns kEmpty.
Hash128 hash_of(std::string_view key) {
  Hash128 hash = hash128(key);
  if (hash == kEmpty) hash[0] = 1;
  return hash;
}

}  // namespace

std::string path_key(const std::string& path) {
  namespace fs = std::filesystem;
  // Fast path, because a list may have a million paths and most are in normal form.
  const bool plain =
      !path.starts_with("./") && path.find("/.") == std::string::npos && path.find("//") == std::string::npos;
  if (plain || path == "-") return path;
  const fs::path p(path);
  if (std::ranges::find(p, fs::path("..")) != p.end()) return path;
  const std::string key = p.lexically_normal().string();
  return key == "-" ? "./-" : key;  // a file named "-", not standard input
}

bool PathSet::insert(std::string_view key) {
  if ((used_ + 1) * 5 > table_.size() * 4) {
    std::vector<Hash128> old(std::max<std::size_t>(64, table_.size() * 2));
    old.swap(table_);
    for (const Hash128& hash : old)
      if (hash != kEmpty) table_[place_of(hash)] = hash;
  }
  const Hash128 hash = hash_of(key);
  Hash128& place = table_[place_of(hash)];
  if (place == hash) return false;
  place = hash;
  ++used_;
  return true;
}

bool PathSet::contains(std::string_view key) const {
  if (table_.empty()) return false;
  const Hash128 hash = hash_of(key);
  return table_[place_of(hash)] == hash;
}

std::size_t PathSet::place_of(const Hash128& hash) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash[0] & mask;
  while (table_[at] != kEmpty && table_[at] != hash) at = (at + 1) & mask;
  return at;
}

}  // namespace alexnet::app
