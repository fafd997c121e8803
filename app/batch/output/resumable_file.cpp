#include "batch/output/resumable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "alexnet/error.hpp"
#include "batch/output/sqlite_schema.hpp"
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

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
  throw UsageError(file + ": " + reason);
}

}  // namespace

ResumableFile::ResumableFile(ResumableFileOptions options, const ResumeKey& key)
    : options_(std::move(options)) {
  if (is_stream(options_.file)) {
    open_stream();
    return;
  }
  options_.file = real_name(options_.file);
  work_ = options_.file + (options_.completes ? ".part" : "");
  std::error_code ignored;
  const bool was_there = fs::exists(work_, ignored);
  out_ = open_locked(work_);
  try {
    // Compare the key as a journal stores it, with invalid UTF-8 replaced.
    take_over(ResumeKey::parse(dump(key)));
  } catch (...) {
    if (!was_there) discard(work_);
    throw;
  }
}

void ResumableFile::open_stream() {
  const bool resumes = options_.existing == Existing::resume;
  const std::string name = options_.file == "-" ? "standard output" : options_.file;
  if (resumes || options_.completes)
    refuse(name,
           std::string(resumes ? "cannot be resumed" : "cannot hold features") + "; name a file with -o");
  out_ = options_.file == "-" ? File::from_descriptor(STDOUT_FILENO, name)
                              : File::open(options_.file, O_WRONLY | O_TRUNC | O_CREAT);
  out_.write_all(options_.prologue);
}

// Takes over, replaces or refuses the files of an earlier run.
void ResumableFile::take_over(const ResumeKey& key) {
  const std::optional<Journal> old = read_journal(journal_name(options_.file));
  check_existing(old, key);
  check_companions(old.has_value());
  if (old && options_.existing == Existing::resume) {
    complete_replacement(*old);
    resume(*old, key);
  } else {
    begin(key);
  }
}

// Throws UsageError if this run must not replace or resume the file.
void ResumableFile::check_existing(const std::optional<Journal>& old, const ResumeKey& key) const {
  for (const std::string& file : {options_.file, work_})
    if (is_database(file)) refuse(file, "is a database; use another output file");
  if (options_.existing == Existing::resume) check_resumable(old, key);
  if (options_.existing == Existing::refuse) check_replaceable(old, key);
}

void ResumableFile::check_resumable(const std::optional<Journal>& old, const ResumeKey& key) const {
  const std::string journal_file = journal_name(options_.file);
  if (const auto other = old ? difference(old->run, key) : std::nullopt)
    throw UsageError(cannot_resume(options_.file, *other));
  if (!old && (size_of(options_.file) > 0 || out_.size() > 0))
    throw UsageError("cannot resume " + options_.file + ": its journal " + journal_file +
                     " is missing; use --overwrite or another output file");
}

void ResumableFile::check_replaceable(const std::optional<Journal>& old, const ResumeKey& key) const {
  if (options_.whole && old && !old->end && !difference(old->run, key)) return;
  const std::uint64_t begun = old ? options_.prologue.size() : 0;  // a prologue alone may be replaced
  const bool is_longer = size_of(options_.file) > begun || size_of(work_) > begun;
  // Images that a filter left out, and those without features because they failed, are only in the journal.
  const auto in_file = [](const JournalEntry& entry) { return entry.length > 0; };
  const bool in_journal = old && !old->entries.empty() && std::ranges::none_of(old->entries, in_file);
  if (!is_longer && !in_journal) return;
  if (!old)
    refuse(size_of(options_.file) > 0 ? options_.file : work_,
           "already exists; use --overwrite to replace it");
  refuse(options_.file, "holds " + std::to_string(old->entries.size()) +
                            (old->end ? " records of an earlier run;" : " records of an unfinished run;") +
                            (options_.whole ? " use" : " use --resume to continue it or") +
                            " --overwrite to replace it");
}

// Throws UsageError if a file beside the output would be overwritten and was not made by a batch run.
void ResumableFile::check_companions(bool has_journal) const {
  constexpr const char* kForeign =
      "was not written by alexnet batch and would be overwritten; use another output file";
  const std::string journal_file = journal_name(options_.file);
  for (const std::string& file : {journal_file, replacement(journal_file)})
    if (is_foreign_journal(file)) refuse(file, kForeign);
  if (!has_journal && size_of(replacement(work_)) > 0) refuse(replacement(work_), kForeign);
}

// Empties the file for a run without earlier records.
void ResumableFile::begin(const ResumeKey& key) {
  replace_journal(journal_header(key));
  out_.truncate(0);
  out_.write_all(options_.prologue);
  end_ = options_.prologue.size();
}

// Keeps the valid records of an earlier run.
void ResumableFile::resume(const Journal& old, const ResumeKey& key) {
  const File complete = open_complete();
  const File& source = complete.is_open() ? complete : out_;
  const std::vector<OldRecord> records = valid_records(old, source);
  if (records.empty()) {
    begin(key);
    return;
  }
  std::string lines = journal_header(key);
  end_ = options_.prologue.size();
  for (const OldRecord& record : records) {
    lines += journal_line(record.entry);
    kept_.add(record.entry.path, record.entry.index);
    end_ += record.entry.length;
  }
  if (!complete.is_open() && are_in_place(records, source)) {
    replace_journal(lines);
    out_.truncate(end_);
    return;
  }
  // Write the new files first: until the renames, the old files are unchanged. Replace the journal before the
  // output: if the run is killed in between, the next one completes the replacement.
  try {
    File made = copy(records, source);
    replace_journal(lines);
    made.rename_to(work_);
    out_ = std::move(made);
  } catch (const OutputError&) {
    discard(replacement(work_));
    throw;
  }
}

// Returns FILE if it has the records, because features are complete and FILE.part is empty. Returns no file
// if WORK has them.
File ResumableFile::open_complete() const {
  const bool has_records = options_.completes && out_.size() == 0 && size_of(options_.file) > 0;
  return has_records ? File::open(options_.file, O_RDONLY) : File();
}

// Renames WORK.new to WORK if a run was killed between its two renames: the journal describes WORK.new. If
// the journal is still the old one, it describes the old file.
void ResumableFile::complete_replacement(const Journal& old) {
  const std::string file = replacement(work_);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  File made = File::open(file, O_RDWR);
  const File complete = open_complete();
  const File& source = complete.is_open() ? complete : out_;
  if (valid_records(old, made).size() <= valid_records(old, source).size()) {
    discard(file);
    return;
  }
  made.lock();
  made.rename_to(work_);
  out_ = std::move(made);
}

// Returns the records that are not torn, did not fail, and whose images are unchanged.
std::vector<ResumableFile::OldRecord> ResumableFile::valid_records(const Journal& old,
                                                                   const File& source) const {
  std::vector<OldRecord> valid;
  std::uint64_t offset = options_.prologue.size();
  for (const JournalEntry& entry : old.entries) {
    const std::uint64_t begin = std::exchange(offset, offset + entry.length);
    if (entry.failed || is_torn(entry, source, begin)) continue;
    const bool moved = options_.gone_is_done && entry.length > 0;
    if (is_unchanged(entry.path, entry.file, moved)) valid.push_back({entry, begin});
  }
  return valid;
}

// Returns true if the file begins with the prologue and these records, without gaps.
bool ResumableFile::are_in_place(const std::vector<OldRecord>& records, const File& source) const {
  std::uint64_t end = options_.prologue.size();
  if (source.pread(0, end) != options_.prologue) return false;
  return std::ranges::all_of(records, [&](const OldRecord& record) {
    return record.offset == std::exchange(end, end + record.entry.length);
  });
}

// Returns a new file, locked and flushed, with the prologue and these records.
File ResumableFile::copy(const std::vector<OldRecord>& records, const File& source) const {
  File made = File::open(replacement(work_), O_RDWR | O_TRUNC | O_CREAT);
  made.lock();
  made.write_all(options_.prologue);
  for (const OldRecord& record : records) made.write_all(source.pread(record.offset, record.entry.length));
  made.sync();
  return made;
}

void ResumableFile::replace_journal(const std::string& lines) {
  const std::string file = journal_name(options_.file);
  try {
    journal_ = File::open(replacement(file), O_WRONLY | O_TRUNC | O_CREAT);
    journal_.write_all(lines);
    journal_.rename_to(file);
  } catch (const OutputError&) {
    discard(replacement(file));
    throw;
  }
  journal_end_ = lines.size();
}

void ResumableFile::append(std::vector<NewRecord> records) {
  std::string bytes;
  std::string lines;
  for (NewRecord& record : records) {
    record.entry.length = record.bytes.size();
    record.entry.checksum = hash64(record.bytes);
    bytes += record.bytes;
    lines += journal_line(record.entry);
  }
  try {
    out_.write_all(bytes);
    if (journal_.is_open()) journal_.write_all(lines);
    if (journal_.is_open() && options_.gone_is_done) {  // moved images cannot be classified again
      out_.sync();
      journal_.sync();
    }
  } catch (const OutputError&) {
    if (journal_.is_open()) {  // remove incomplete records
      out_.truncate(end_);
      journal_.truncate(journal_end_);
    }
    throw;
  }
  end_ += bytes.size();
  journal_end_ += lines.size();
}

Journal ResumableFile::read_own_journal() const {
  const std::string file = journal_name(options_.file);
  std::optional<Journal> journal = read_journal(file);
  if (!journal) throw OutputError(file, "was removed during the run");
  return std::move(*journal);
}

std::vector<std::string> ResumableFile::paths() const {
  std::vector<std::string> all;
  Journal journal = read_own_journal();
  for (JournalEntry& entry : journal.entries)
    if (!entry.failed) all.push_back(std::move(entry.path));
  return all;
}

void ResumableFile::frame(std::string_view prologue, std::string_view epilogue) const {
  out_.pwrite_all(0, prologue);
  out_.pwrite_all(end_, epilogue);
}

// Gives the records their positions in the list of this run, because files were added or removed since they
// were written.
void ResumableFile::renumber() {
  const Journal journal = read_own_journal();
  std::string lines = journal_header(journal.run);
  for (JournalEntry entry : journal.entries) {
    entry.index = kept_.index_of(entry.path).value_or(entry.index);
    lines += journal_line(entry);
  }
  replace_journal(lines);
}

void ResumableFile::finish(const std::optional<EndOfList>& end) {
  if (end && journal_.is_open()) {
    if (kept_.moved()) renumber();
    if (options_.completes) out_.rename_to(options_.file);
    journal_.write_all(journal_end(*end));
    journal_.close();
  }
  out_.close();
}

bool is_torn(const JournalEntry& entry, const File& file, std::uint64_t offset) {
  return hash64(file.pread(offset, entry.length)) != entry.checksum;
}

}  // namespace alexnet::app
