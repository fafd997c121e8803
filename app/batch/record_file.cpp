#include "batch/record_file.hpp"

#include <fcntl.h>

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "report/record.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

// What is to take the file's place.
std::string replacement(const std::string& file) { return file + ".new"; }

}  // namespace

RecordFile::RecordFile(RecordFileOptions options, const RunIdentity& run) : options_(std::move(options)) {
  if (is_stream(options_.file)) {
    if (options_.resume || options_.completes)
      throw std::runtime_error((options_.file == "-" ? "standard output" : options_.file) + ": " +
                               (options_.resume ? "cannot be resumed" : "cannot hold features") +
                               "; name a file with -o");
    out_.emplace(options_.file, O_WRONLY | O_TRUNC);
    out_->write_all(options_.prologue);
    return;
  }
  options_.file = real_name(options_.file);
  work_ = options_.file + (options_.completes ? ".part" : "");
  out_.emplace(open_locked(work_));
  take_over(RunIdentity::parse(dump(run)));  // as a journal would hold it: no bytes but UTF-8
}

// What an earlier run left.
void RecordFile::take_over(const RunIdentity& run) {
  const std::string journal_file = journal_name(options_.file);
  std::optional<Journal> old = read_journal(journal_file);
  if (options_.resume) {
    if (old) {
      const std::string other = difference(old->run, run);
      if (!other.empty()) throw std::runtime_error(journal_file + ": " + other + "; this is another run");
    } else if (out_->size() > 0) {
      throw std::runtime_error(options_.file + ": has no journal, " + journal_file +
                               ": it cannot be resumed");
    }
  } else if (old) {
    const bool replaced = options_.whole && difference(old->run, run).empty();
    if (!old->done && !old->entries.empty() && !replaced)
      throw std::runtime_error(options_.file + ": holds " + std::to_string(old->entries.size()) +
                               " records of a run that did not end; go on with --resume, or remove it and " +
                               journal_file);
    old.reset();
  }
  if (old) finish_replacing(*old);
  // Where the records are: in the file that grew, or else in the finished one.
  std::optional<OutputHandle> finished;
  if (options_.completes && out_->size() == 0 && fs::exists(options_.file))
    finished.emplace(options_.file, O_RDWR);
  const OutputHandle& source = finished ? *finished : *out_;
  const std::vector<Kept> kept = old ? unchanged(*old, source) : std::vector<Kept>();
  std::string lines = journal_header(run);
  end_ = options_.prologue.size();
  bool in_place = !finished && source.read_at(0, end_) == options_.prologue;
  for (const Kept& record : kept) {
    lines += journal_line(record.entry);
    kept_.insert(path_key(record.entry.path));
    in_place = in_place && record.offset == end_;
    end_ += record.entry.length;
  }
  // What can fail comes first: until the renames, all is as it was.
  std::optional<OutputHandle> made;
  try {
    if (!in_place) made = copy(kept, source);
    journal_.emplace(replacement(journal_file), O_WRONLY | O_TRUNC);
    journal_->write_all(lines);
    journal_->sync();
  } catch (const OutputError&) {
    fs::remove(replacement(work_));
    fs::remove(replacement(journal_file));
    throw;
  }
  // The journal first: what the output holds beyond it is only done again.
  journal_->move_to(journal_file);
  journal_end_ = lines.size();
  if (made) {
    made->move_to(work_);
    *out_ = std::move(*made);
  } else {
    out_->cut(end_);
  }
}

// A run that was ended between its two renames has a new journal, and what it speaks of is not in its place yet.
void RecordFile::finish_replacing(const Journal& old) {
  const std::string file = replacement(work_);
  if (!fs::exists(file)) return;
  OutputHandle made(file, O_RDWR);
  if (unchanged(old, made).size() <= unchanged(old, *out_).size()) return void(fs::remove(file));
  made.lock();
  made.move_to(work_);
  *out_ = std::move(made);
}

std::vector<RecordFile::Kept> RecordFile::unchanged(const Journal& old, const OutputHandle& source) const {
  std::vector<Kept> kept;
  std::uint64_t offset = options_.prologue.size();
  for (const JournalEntry& entry : old.entries) {
    const std::uint64_t begin = std::exchange(offset, offset + entry.length);
    if (entry.failed || hash64(source.read_at(begin, entry.length)) != entry.checksum) continue;
    const bool moved = options_.gone_is_done && entry.length > 0;
    if (holds_still(entry.path, entry.file, moved)) kept.push_back({entry, begin});
  }
  return kept;
}

// These records and no others.
OutputHandle RecordFile::copy(const std::vector<Kept>& kept, const OutputHandle& source) const {
  OutputHandle made(replacement(work_), O_RDWR | O_TRUNC);
  made.lock();
  made.write_all(options_.prologue);
  for (const Kept& record : kept) made.write_all(source.read_at(record.offset, record.entry.length));
  made.sync();
  return made;
}

void RecordFile::append(std::vector<NewRecord> records) {
  std::string bytes;
  std::string lines;
  for (NewRecord& record : records) {
    record.entry.length = record.bytes.size();
    record.entry.checksum = hash64(record.bytes);
    bytes += record.bytes;
    lines += journal_line(record.entry);
  }
  try {
    out_->write_all(bytes);
    if (journal_) journal_->write_all(lines);
    if (journal_ && options_.gone_is_done) {  // what was moved cannot be done again
      out_->sync();
      journal_->sync();
    }
  } catch (const OutputError&) {
    if (journal_) {  // half a record is none
      out_->cut(end_);
      journal_->cut(journal_end_);
    }
    throw;
  }
  end_ += bytes.size();
  journal_end_ += lines.size();
}

std::vector<std::string> RecordFile::paths() const {
  const std::string file = journal_name(options_.file);
  std::optional<Journal> journal = read_journal(file);
  if (!journal) throw std::runtime_error(file + ": somebody removed it");
  std::vector<std::string> all;
  for (JournalEntry& entry : journal->entries)
    if (!entry.failed) all.push_back(std::move(entry.path));
  return all;
}

void RecordFile::frame(std::string_view prologue, std::string_view epilogue) const {
  out_->write_at(0, prologue);
  out_->write_at(end_, epilogue);
}

void RecordFile::finish(bool complete) {
  if (complete && journal_) {
    if (options_.completes) out_->move_to(options_.file);
    journal_->write_all(kJournalDone);
    journal_->close();
  }
  out_->close();
}

}  // namespace alexnet::app
