#include "batch/output/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "alexnet/error.hpp"
#include "core/file.hpp"

namespace alexnet::app {
namespace {

// Reads the file sequentially into the page cache. quick_check reads the pages in another order, which takes
// a disk several times as long. Ignores errors, which SQLite reports.
void read_through(const std::string& file) {
  constexpr std::size_t kChunk = std::size_t{1} << 20;
  const File in = File::open_if_possible(file, O_RDONLY);
  if (!in.is_open()) return;
  std::vector<char> bytes(kChunk);
  try {
    while (in.read(bytes.data(), kChunk) == kChunk) {
    }
  } catch (const OutputError&) {  // SQLite reads the same bytes
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const { sqlite3_close(db); }

Database::Database(std::string file, Use use) : file_(std::move(file)), use_(use) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (use == Use::output ? SQLITE_OPEN_CREATE : 0);
  // Absolute path, because SQLite treats ":memory:" and "file:..." specially.
  const int result = sqlite3_open_v2(std::filesystem::absolute(file_).c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (result != SQLITE_OK) fail();
  constexpr int kWait_ms = 10000;  // maximum wait while another program writes
  sqlite3_busy_timeout(db, kWait_ms);
}

void Database::fail() const {
  const int code = sqlite3_errcode(db_.get());  // SQLITE_NOMEM if db_ is null
  if (code == SQLITE_NOMEM || sqlite3_extended_errcode(db_.get()) == SQLITE_IOERR_NOMEM)
    throw std::bad_alloc();
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) fail_damaged(sqlite3_errmsg(db_.get()));
  const int error = sqlite3_system_errno(db_.get());
  const bool of_system = error != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN);
  const std::string reason =
      std::string(sqlite3_errmsg(db_.get())) + (of_system ? std::string(": ") + std::strerror(error) : "");
  if (use_ == Use::input) throw UsageError(file_ + ": " + reason);
  throw OutputError(file_, reason);
}

void Database::fail_damaged(const std::string& how) const {
  throw UsageError(file_ + ": is damaged: " + how + "; restore it, or start again with --overwrite");
}

void Database::run(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Database::roll_back() noexcept {
  // The failed statement may have rolled back already.
  if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(db_.get()); }

void Database::close() {
  sqlite3_busy_timeout(db_.get(), 0);
  const int result = sqlite3_exec(db_.get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  if (result != SQLITE_OK && result != SQLITE_BUSY) fail();
  db_.reset();
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(Database& database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v2(database.db_.get(), sql, -1, &statement, nullptr);
  statement_.reset(statement);
  if (result != SQLITE_OK) database.fail();
}

void Statement::run(std::span<const Value> values) {
  sqlite3_stmt* const statement = statement_.get();
  sqlite3_reset(statement);  // returns the error of the last step again
  int place = 0;
  for (const Value& value : values) {
    ++place;
    int result = sqlite3_bind_null(statement, place);
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      result = sqlite3_bind_int64(statement, place, *integer);
    else if (const auto* number = std::get_if<double>(&value))
      result = sqlite3_bind_double(statement, place, *number);
    else if (const auto* text = std::get_if<std::string>(&value))
      result = sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (const auto* blob = std::get_if<Blob>(&value))
      result = sqlite3_bind_blob64(statement, place, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
    if (result != SQLITE_OK) database_.fail();
  }
  next();
}

bool Statement::next() {
  const int result = sqlite3_step(statement_.get());
  if (result != SQLITE_ROW && result != SQLITE_DONE) database_.fail();
  return result == SQLITE_ROW;
}

std::optional<std::int64_t> Statement::integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {bytes, bytes + sqlite3_column_bytes(statement_.get(), column)};
}

std::vector<Value> Statement::row() const {
  std::vector<Value> row;
  for (int column = 0; column < sqlite3_column_count(statement_.get()); ++column) {
    const int type = sqlite3_column_type(statement_.get(), column);
    if (type == SQLITE_INTEGER)
      row.emplace_back(sqlite3_column_int64(statement_.get(), column));
    else if (type == SQLITE_FLOAT)
      row.emplace_back(sqlite3_column_double(statement_.get(), column));
    else if (type == SQLITE_TEXT)
      row.emplace_back(bytes(column));
    else if (type == SQLITE_BLOB)
      row.emplace_back(Blob{bytes(column)});
    else
      row.emplace_back();
  }
  return row;
}

void check_sound(const std::string& file, Database::Use use) {
  const auto size_of = [](const std::string& name) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(name, error);
    return error ? 0 : size;
  };
  // A killed run leaves a log. If the log was truncated, indices may lack rows, which quick_check does not
  // notice.
  const bool was_killed = size_of(file + "-wal") > 0 || size_of(file + "-journal") > 0;
  read_through(file);
  Database database(file, use);
  database.run("PRAGMA cache_size = -65536");  // 64 MiB, because the check reads indices in random order
  Statement check(database, was_killed ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  const std::string found = check.next() ? check.bytes(0) : "";
  if (found != "ok") database.fail_damaged(found.substr(found.rfind('\n') + 1));  // skip the heading
  if (size_of(file + "-wal") > 0) return;  // the log holds pages that are not in the file yet
  const auto number = [&](const char* sql) {
    Statement pragma(database, sql);
    return pragma.next() ? pragma.integer(0).value_or(0) : 0;
  };
  const std::int64_t expected = number("PRAGMA page_count") * number("PRAGMA page_size");
  if (const std::uintmax_t size = size_of(file); size != static_cast<std::uintmax_t>(expected))
    database.fail_damaged("it has " + std::to_string(size) + " bytes, and its header says " +
                          std::to_string(expected));
}

}  // namespace alexnet::app
