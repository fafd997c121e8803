#include "batch/output/resume_journal.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

constexpr const char* kVersion = "alexnet_journal";

std::string percent_encoded(const std::string& path) {
  std::string text;
  for (const char c : path) text += c == '\n' ? "%0A" : c == '%' ? "%25" : std::string(1, c);
  return text;
}

std::string percent_decoded(const std::string& text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      path += text.compare(i, 3, "%0A") == 0 ? '\n' : '%';
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path;
}

// Reads the lines of a file in blocks.
class JournalLines {
 public:
  explicit JournalLines(File file) : file_(std::move(file)) {}

  // Sets `line` to the next line, without its line feed. Returns false at the end of the file; a line without
  // a line feed is incomplete and is not returned. Throws OutputError.
  bool next(std::string& line) {
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    std::size_t end = text_.find('\n', begin_);
    while (end == std::string::npos) {
      text_.erase(0, std::exchange(begin_, 0));
      const std::size_t old = text_.size();
      text_.resize(old + kBlock);
      text_.resize(old + file_.read(text_.data() + old, kBlock));
      if (text_.size() == old) return false;
      end = text_.find('\n', old);
    }
    line.assign(text_, begin_, end - begin_);
    begin_ = end + 1;
    return true;
  }

 private:
  File file_;
  std::string text_;       // the last block, and the incomplete line before it
  std::size_t begin_ = 0;  // of the next line
};

// Returns none if the line is not a valid entry.
std::optional<JournalEntry> parse_entry(const std::string& line) {
  std::istringstream in(line);
  JournalEntry entry;
  std::string status;
  in >> entry.index >> entry.length >> std::hex >> entry.checksum >> std::dec >> entry.file.bytes >>
      entry.file.mtime_ns >> status;
  if (!in || in.get() != ' ' || (status != "ok" && status != "failed")) return std::nullopt;
  entry.failed = status == "failed";
  entry.path = percent_decoded(std::string(std::istreambuf_iterator<char>(in), {}));
  return entry;
}

// Returns none if the line is not a valid last line.
std::optional<EndOfList> parse_end(const std::string& line) {
  std::istringstream in(line);
  std::string word;
  std::string order;
  EndOfList end;
  in >> word;
  if (word != "done") return std::nullopt;
  if (line == "done") return end;
  std::uint64_t images = 0;
  in >> images >> order;
  if (!in || !in.eof() || (order != "natural" && order != "none")) return std::nullopt;
  end.images = images;
  end.in_order = order == "natural";
  return end;
}

// Returns the option of a field of the key, or a noun.
std::string option_of(const std::string& key) {
  static const std::map<std::string, std::string> kOptions{{"options.format", "--format"},
                                                           {"options.extract", "--extract"},
                                                           {"options.engine", "--engine"},
                                                           {"options.conv", "--conv"},
                                                           {"options.top_k", "-k"},
                                                           {"options.min_prob", "--min-prob"},
                                                           {"options.label", "--label"},
                                                           {"options.crops", "--crops"},
                                                           {"options.exact_decode", "--exact-decode"},
                                                           {"options.background", "--background"},
                                                           {"options.sort_into", "--sort-into"},
                                                           {"options.sort_by", "--sort-into"},
                                                           {"options.dry_run", "--dry-run"},
                                                           {"list.places", "PATH"},
                                                           {"list.files_from", "--files-from"},
                                                           {"list.null", "-0"},
                                                           {"list.recursive", "-r"},
                                                           {"model", "-m"},
                                                           {"model_hash", "model hash"},
                                                           {"shard", "--shard"}};
  const auto found = kOptions.find(key);
  return found == kOptions.end() ? key : found->second;
}

std::string word_of(const ResumeKey& value) {
  return value.is_string() ? value.get<std::string>() : dump(value);
}

// Returns a field of the key as it is typed: "-k 5", "no --label".
std::string as_typed(const std::string& key, const ResumeKey& value) {
  if (key == "options.sort_by" && value.is_string()) return "--" + word_of(value);
  std::string option = option_of(key);
  const bool is_default = key == "shard" && value == "1/1";
  if (value.is_null() || value == false || value == ResumeKey("") || value.empty() || is_default)
    return "no " + option;
  if (value == true) return option;
  if (key == "options.background") {
    std::string colour = option + " #";
    for (const ResumeKey& channel : value) {
      std::array<char, 4> digits{};
      std::snprintf(digits.data(), digits.size(), "%02x", channel.get<unsigned>() & 0xffU);
      colour += digits.data();
    }
    return colour;
  }
  if (!value.is_array()) return option + " " + word_of(value);
  std::string all;
  if (key == "list.places") {
    for (const ResumeKey& place : value) all += (all.empty() ? "" : " ") + word_of(place);
    return all;
  }
  for (const ResumeKey& one : value) all += (all.empty() ? "" : " ") + option + " " + word_of(one);
  return all;
}

std::optional<RunDifference> difference_below(const std::string& prefix, const ResumeKey& was,
                                              const ResumeKey& is) {
  for (const auto& [name, value] : is.items()) {
    const std::string key = prefix + name;
    const ResumeKey before = was.contains(name) ? was.at(name) : ResumeKey();
    if (before == value) continue;
    if (value.is_object() && before.is_object()) return difference_below(key + ".", before, value);
    return RunDifference{as_typed(key, before), as_typed(key, value)};
  }
  for (const auto& [name, value] : was.items())
    if (!is.contains(name)) return RunDifference{as_typed(prefix + name, value), as_typed(prefix + name, {})};
  return std::nullopt;
}

}  // namespace

std::optional<RunDifference> difference(const ResumeKey& was, const ResumeKey& is) {
  return difference_below("", was, is);
}

std::string cannot_resume(const std::string& file, const RunDifference& other) {
  constexpr std::string_view kWithout = "no ";
  const bool without = other.first.starts_with(kWithout);
  return "cannot resume " + file + ": it was written with " + other.first + ", this run has " + other.second +
         "; " + (without ? "leave out " + other.second + " or use" : "use " + other.first + " or") +
         " another output file";
}

std::string journal_header(const ResumeKey& run) {
  nlohmann::ordered_json header{{kVersion, 1}};
  header.update(run);
  return dump(header) + "\n";
}

JournalEntry entry_of(const Record& record) {
  return {.index = record.index, .file = record.file, .failed = record.failed(), .path = record.path};
}

std::string journal_line(const JournalEntry& entry) {
  std::array<char, 128> numbers{};
  std::snprintf(numbers.data(), numbers.size(), "%llu %llu %llx %lld %lld %s ",
                static_cast<unsigned long long>(entry.index), static_cast<unsigned long long>(entry.length),
                static_cast<unsigned long long>(entry.checksum), static_cast<long long>(entry.file.bytes),
                static_cast<long long>(entry.file.mtime_ns), entry.failed ? "failed" : "ok");
  return numbers.data() + percent_encoded(entry.path) + "\n";
}

std::string journal_end(const EndOfList& end) {
  if (!end.images) return "done\n";
  return "done " + std::to_string(*end.images) + (end.in_order ? " natural\n" : " none\n");
}

bool is_foreign_journal(const std::string& file) {
  return !kJournalMark.starts_with(bytes_at(file, 0, kJournalMark.size()));
}

std::optional<Journal> read_journal(const std::string& file) {
  File opened = File::open_if_possible(file, O_RDONLY);
  if (!opened.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw OutputError(file, std::strerror(errno));
  }
  JournalLines lines(std::move(opened));
  std::string line;
  if (!lines.next(line)) return std::nullopt;
  Journal journal{nlohmann::ordered_json::parse(line, nullptr, false), {}, std::nullopt};
  if (!journal.run.is_object() || !journal.run.contains(kVersion)) return std::nullopt;
  if (journal.run.at(kVersion) != 1)
    throw UsageError(file + ": " + kVersion + ": version " + dump(journal.run.at(kVersion)) +
                     " is unknown (expected 1)");
  journal.run.erase(kVersion);
  while (lines.next(line)) {
    journal.end = parse_end(line);
    if (journal.end) continue;
    std::optional<JournalEntry> entry = parse_entry(line);
    if (!entry) break;
    journal.entries.push_back(std::move(*entry));
  }
  return journal;
}

}  // namespace alexnet::app
