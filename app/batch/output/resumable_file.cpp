#include "batch/output/resumable_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "batch/output/sqlite_schema.hpp"
#include "core/error.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

// Returns the name of the new file that is to replace `file`.
std::string replacement(const std::string& file) { return file + ".new"; }

void discard(const std::string& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

// Returns 0 if the file does not exist.
std::uint64_t size_of(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

RecordFile::RecordFile(RecordFileOptions options, const RunIdentity& run) : options_(std::move(options)) {
  const bool resumes = options_.existing == Existing::resume;
  if (is_stream(options_.file)) {
    if (resumes || options_.completes)
      throw UsageError((options_.file == "-" ? "standard output" : options_.file) + ": " +
                       (resumes ? "cannot be resumed" : "cannot hold features") + "; name a file with -o");
    out_.emplace(options_.file, O_WRONLY | O_TRUNC);
    out_->write_all(options_.prologue);
    return;
  }
  options_.file = real_name(options_.file);
  work_ = options_.file + (options_.completes ? ".part" : "");
  std::error_code ignored;
  const bool was_there = fs::exists(work_, ignored);
  out_.emplace(open_locked(work_));
  try {
    // Compare the identity as a journal stores it, with invalid UTF-8 replaced.
    take_over(RunIdentity::parse(dump(run)));
  } catch (...) {
    if (!was_there) discard(work_);
    throw;
  }
}

// Throws UsageError if this run must not replace or resume the file.
void RecordFile::check_existing(const std::optional<Journal>& old, const RunIdentity& run) const {
  const std::string journal_file = journal_name(options_.file);
  const std::optional<RunDifference> other = old ? difference(old->run, run) : std::nullopt;
  for (const std::string& file : {options_.file, work_})
    if (is_database(file)) throw UsageError(file + ": is a database; use another output file");
  if (options_.existing == Existing::resume) {
    if (other) throw UsageError(cannot_resume(options_.file, *other));
    if (!old && (size_of(options_.file) > 0 || out_->size() > 0))
      throw UsageError("cannot resume " + options_.file + ": its journal " + journal_file +
                       " is missing; use --overwrite or another output file");
  } else if (options_.existing == Existing::refuse) {
    if (old && !old->end && options_.whole && !other) return;
    const std::uint64_t begun = old ? options_.prologue.size() : 0;  // a prologue alone may be replaced
    const bool is_longer = size_of(options_.file) > begun || size_of(work_) > begun;
    // Images that a filter left out, and those without features because they failed, are only in the journal.
    const auto in_file = [](const JournalEntry& entry) { return entry.length > 0; };
    const bool in_journal = old && !old->entries.empty() && std::ranges::none_of(old->entries, in_file);
    if (!is_longer && !in_journal) return;
    if (!old)
      throw UsageError((size_of(options_.file) > 0 ? options_.file : work_) +
                       ": already exists; use --overwrite to replace it");
    throw UsageError(options_.file + ": holds " + std::to_string(old->entries.size()) +
                     (old->end ? " records of an earlier run;" : " records of an unfinished run;") +
                     (options_.whole ? " use" : " use --resume to continue it or") +
                     " --overwrite to replace it");
  }
}

// Throws UsageError if a file beside the output would be overwritten and was not made by a batch run.
void RecordFile::check_companions(bool has_journal) const {
  const std::string journal_file = journal_name(options_.file);
  const auto refuse = [](const std::string& file) {
    throw UsageError(file +
                     ": was not written by alexnet batch and would be overwritten; use another output file");
  };
  for (const std::string& file : {journal_file, replacement(journal_file)})
    if (is_foreign_journal(file)) refuse(file);
  if (!has_journal && size_of(replacement(work_)) > 0) refuse(replacement(work_));
}

// Takes over, replaces or refuses the files of an earlier run.
void RecordFile::take_over(const RunIdentity& run) {
  const std::string journal_file = journal_name(options_.file);
  std::optional<Journal> old = read_journal(journal_file);
  check_existing(old, run);
  check_companions(old.has_value());
  if (options_.existing != Existing::resume) old.reset();
  if (old) finish_replacing(*old);
  // Read the records from the unfinished file or, if that is empty, from the finished one.
  std::optional<OutputHandle> finished;
  if (options_.completes && out_->size() == 0 && size_of(options_.file) > 0)
    finished.emplace(options_.file, O_RDWR);
  const OutputHandle& source = finished ? *finished : *out_;
  const std::vector<Kept> kept = old ? unchanged(*old, source) : std::vector<Kept>();
  std::string lines = journal_header(run);
  end_ = options_.prologue.size();
  bool in_place = kept.empty() || (!finished && source.read_at(0, end_) == options_.prologue);
  for (const Kept& record : kept) {
    lines += journal_line(record.entry);
    kept_.add(record.entry.path, record.entry.index);
    in_place = in_place && record.offset == end_;
    end_ += record.entry.length;
  }
  // Write the new files first: until the renames, the old files are unchanged.
  std::optional<OutputHandle> made;
  try {
    if (!in_place) made = copy(kept, source);
    // Replace the journal before the output: records that are missing in the journal are only computed again.
    replace_journal(lines);
  } catch (const OutputError&) {
    discard(replacement(work_));
    throw;
  }
  if (made) {
    made->move_to(work_);
    *out_ = std::move(*made);
  } else if (kept.empty()) {
    out_->cut(0);
    out_->write_all(options_.prologue);
  } else {
    out_->cut(end_);
  }
}

void RecordFile::replace_journal(const std::string& lines) {
  const std::string file = journal_name(options_.file);
  try {
    journal_.emplace(replacement(file), O_WRONLY | O_TRUNC);
    journal_->write_all(lines);
    journal_->move_to(file);
  } catch (const OutputError&) {
    discard(replacement(file));
    throw;
  }
  journal_end_ = lines.size();
}

// Completes the replacement of a run that was killed between its two renames: the journal is new, but the new
// output still has its temporary name.
void RecordFile::finish_replacing(const Journal& old) {
  const std::string file = replacement(work_);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  OutputHandle made(file, O_RDWR);
  if (unchanged(old, made).size() <= unchanged(old, *out_).size()) return discard(file);
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

// Returns a new file, locked and flushed, with the prologue and these records.
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
    if (journal_ && options_.gone_is_done) {  // moved images cannot be classified again
      out_->sync();
      journal_->sync();
    }
  } catch (const OutputError&) {
    if (journal_) {  // remove incomplete records
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
  if (!journal) throw OutputError(file, "was removed during the run");
  std::vector<std::string> all;
  for (JournalEntry& entry : journal->entries)
    if (!entry.failed) all.push_back(std::move(entry.path));
  return all;
}

void RecordFile::frame(std::string_view prologue, std::string_view epilogue) const {
  out_->write_at(0, prologue);
  out_->write_at(end_, epilogue);
}

// Gives the records their positions in the list of this run, because files were added or removed since they
// were written.
void RecordFile::renumber() {
  const std::string file = journal_name(options_.file);
  const std::optional<Journal> journal = read_journal(file);
  if (!journal) throw OutputError(file, "was removed during the run");
  std::string lines = journal_header(journal->run);
  for (JournalEntry entry : journal->entries) {
    entry.index = kept_.index_of(entry.path).value_or(entry.index);
    lines += journal_line(entry);
  }
  replace_journal(lines);
}

void RecordFile::finish(const std::optional<EndOfList>& end) {
  if (end && journal_) {
    if (kept_.moved()) renumber();
    if (options_.completes) out_->move_to(options_.file);
    journal_->write_all(journal_end(*end));
    journal_->close();
  }
  out_->close();
}

}  // namespace alexnet::app
