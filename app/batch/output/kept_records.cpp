#include "batch/output/kept_records.hpp"

#include <algorithm>

namespace alexnet::app {

void KeptRecords::add(const std::string& path, std::uint64_t index) {
  const std::string key = path_key(path);
  if (!paths_.insert(key)) return;
  indices_.emplace_back(hash64(key), index);
  sorted_ = false;
}

KeptRecords::Entry* KeptRecords::entry_of(const std::string& path) {
  const std::string key = path_key(path);
  if (!paths_.contains(key)) return nullptr;
  if (!sorted_) std::ranges::sort(indices_);
  sorted_ = true;
  return &*std::ranges::lower_bound(indices_, hash64(key), {}, &Entry::first);
}

bool KeptRecords::find(const std::string& path, std::uint64_t index) {
  Entry* const entry = entry_of(path);
  if (entry == nullptr) return false;
  moved_ = moved_ || entry->second != index;
  entry->second = index;
  return true;
}

std::optional<std::uint64_t> KeptRecords::index_of(const std::string& path) {
  const Entry* const entry = entry_of(path);
  return entry == nullptr ? std::nullopt : std::optional(entry->second);
}

}  // namespace alexnet::app
