#include "batch/list/shard.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/hash.hpp"

namespace alexnet::app {
namespace {

std::optional<int> to_int(std::string_view text) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

[[noreturn]] void refuse(const std::string& text, const std::string& reason) {
  throw UsageError("--shard " + text + ": " + reason);
}

// Returns the value of an environment variable, or none if it is not set. Throws unless it is a whole number,
// 0 or more.
std::optional<int> variable(const std::string& option, const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const std::optional<int> value = to_int(text);
  if (!value || *value < 0)
    refuse(option, std::string(name) + " is " + in_quotes(text) + ", not a whole number");
  return value;
}

int required(const std::string& option, const char* name) {
  const std::optional<int> value = variable(option, name);
  if (!value) refuse(option, std::string(name) + " is not set");
  return *value;
}

Shard slurm_shard(const std::string& option, int id) {
  const int min = required(option, "SLURM_ARRAY_TASK_MIN");
  const int max = required(option, "SLURM_ARRAY_TASK_MAX");
  const int step = variable(option, "SLURM_ARRAY_TASK_STEP").value_or(1);
  const int count = required(option, "SLURM_ARRAY_TASK_COUNT");
  // An array such as 1,2,7 has no constant step.
  if (count < 1 || step < 1 || (max - min) / step + 1 != count)
    refuse(option, "Slurm's array of " + std::to_string(count) + " tasks from " + std::to_string(min) +
                       " to " + std::to_string(max) +
                       " has gaps; number the tasks evenly, as in --array=1-4");
  if (id < min || id > max || (id - min) % step != 0)
    refuse(option, "Slurm's task " + std::to_string(id) + " is not in its array");
  return {(id - min) / step + 1, count};
}

}  // namespace

bool Shard::has(std::string_view path_key) const {
  return count == 1 || hash64(path_key) % static_cast<unsigned>(count) + 1 == static_cast<unsigned>(number);
}

std::string to_string(const Shard& shard) {
  return std::to_string(shard.number) + "/" + std::to_string(shard.count);
}

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string first = text.substr(0, slash);
  std::optional<int> count;
  if (slash != std::string::npos) {
    count = to_int(text.substr(slash + 1));
    if (!count || *count < 1) refuse(text, "the number after the slash must be 1 or more");
  }
  if (first != "auto") {
    const std::optional<int> number = to_int(first);
    if (!number || !count) refuse(text, "expected I/N (such as 1/4), auto or auto/N");
    if (*number < 1 || *number > *count)
      refuse(text, "there is no such shard; expected 1/" + std::to_string(*count) + " to " +
                       std::to_string(*count) + "/" + std::to_string(*count));
    return {*number, *count};
  }
  if (const std::optional<int> id = variable(text, "SLURM_ARRAY_TASK_ID")) {
    const Shard shard = slurm_shard(text, *id);
    if (count && *count != shard.count)
      refuse(text, "Slurm's array has " + std::to_string(shard.count) + " tasks");
    return shard;
  }
  if (!count) refuse(text, "SLURM_ARRAY_TASK_ID is not set; use auto/N for Kubernetes");
  const int index = required(text, "JOB_COMPLETION_INDEX");
  if (index >= *count)
    refuse(text, "JOB_COMPLETION_INDEX is " + std::to_string(index) + " (expected 0 to " +
                     std::to_string(*count - 1) + ")");
  return {index + 1, *count};
}

}  // namespace alexnet::app
