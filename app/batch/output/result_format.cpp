#include "batch/output/result_format.hpp"

#include <map>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "print/text.hpp"
#include "run/output_file.hpp"

namespace alexnet::app {
namespace {

const std::map<std::string, std::string> kFormats{
    {".txt", "text"},  {".jsonl", "jsonl"},   {".json", "jsonl"},           {".csv", "csv"},
    {".db", "sqlite"}, {".sqlite", "sqlite"}, {".safetensors", "features"}, {"", "text"}};

// Returns the extension in lower case, such as ".jsonl", or "" if the name has no dot.
std::string extension_of(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : to_lower_ascii(name.substr(dot));
}

}  // namespace

std::optional<std::string> format_of_name(const std::string& file) {
  const auto found = kFormats.find(extension_of(file));
  if (found != kFormats.end()) return found->second;
  return is_stream(file) ? std::optional<std::string>("text") : std::nullopt;
}

std::string choose_format(const std::string& file, const std::string& chosen, bool features) {
  const std::optional<std::string> named = format_of_name(file);
  if (features) {
    if (named == "features" || extension_of(file).empty()) return "features";
    throw UsageError(file + ": --extract writes a .safetensors file; name one with -o");
  }
  if (!chosen.empty()) {
    if (named && *named != chosen && !extension_of(file).empty() && !is_stream(file))
      throw UsageError(file + ": the extension " + extension_of(file) + " is that of " + *named +
                       ", not of " + chosen + "; use another extension or format");
    return chosen;
  }
  if (named == "features")
    throw UsageError(file + ": .safetensors is for --extract; use .txt, .jsonl, .json, .csv, .db or .sqlite");
  if (!named)
    throw UsageError(file + ": unknown extension " + in_quotes(extension_of(file)) +
                     "; use .txt, .jsonl, .json, .csv, .db or .sqlite, or choose the format with --format");
  return *named;
}

void check_merged_name(const std::string& output, const std::string& shard, const std::string& format) {
  const std::string extension = extension_of(output);
  if (extension.empty() || extension == extension_of(shard) || format_of_name(output) == format) return;
  throw UsageError(output + ": the shards hold " + format + ", which does not match the extension " +
                   in_quotes(extension) + "; use another output file");
}

}  // namespace alexnet::app
