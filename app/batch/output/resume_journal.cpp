#include "batch/output/resume_journal.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "core/error.hpp"
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

}  // namespace

std::string difference(const ResumeKey& was, const ResumeKey& is) {
  for (const auto& [key, value] : is.items()) {
    if (!was.contains(key)) return key + ": was not given, is " + dump(value);
    if (was.at(key) == value) continue;
    if (!value.is_object()) return key + ": was " + dump(was.at(key)) + ", is " + dump(value);
    return key + "." + difference(was.at(key), value);
  }
  for (const auto& [key, value] : was.items())
    if (!is.contains(key)) return key + ": was " + dump(value) + ", is not given";
  return "";
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
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return std::nullopt;
    throw OutputError(file, std::strerror(errno));
  }
  std::string line;
  // A line without a line feed is incomplete.
  const auto next = [&] { return std::getline(in, line) && !in.eof(); };
  if (!next()) return std::nullopt;
  Journal journal{nlohmann::ordered_json::parse(line, nullptr, false), {}, std::nullopt};
  if (!journal.run.is_object() || !journal.run.contains(kVersion)) return std::nullopt;
  if (journal.run.at(kVersion) != 1)
    throw std::runtime_error(file + ": " + kVersion + ": is " + dump(journal.run.at(kVersion)) +
                             "; this program knows 1");
  journal.run.erase(kVersion);
  while (next()) {
    journal.end = parse_end(line);
    if (journal.end) continue;
    std::optional<JournalEntry> entry = parse_entry(line);
    if (!entry) break;
    journal.entries.push_back(std::move(*entry));
  }
  if (in.bad()) throw OutputError(file, std::strerror(errno));
  return journal;
}

}  // namespace alexnet::app
