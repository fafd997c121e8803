// Wrapper for SQLite. Every function may throw
//   OutputError, with the reasons of SQLite and the system, if an output cannot be used;
//   UsageError if the database is damaged, or if it is an input and cannot be used;
//   std::bad_alloc.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace alexnet::app {

class Database {
 public:
  // An input must exist; an output is created if necessary.
  enum class Use { input, output };
  explicit Database(std::string file, Use use = Use::output);
  const std::string& file() const { return file_; }

  // Runs SQL statements that return no rows.
  void run(const char* sql);
  std::int64_t last_id() const;  // id of the row that was inserted last
  // Throws UsageError: the file is damaged. how: the details.
  [[noreturn]] void fail_damaged(const std::string& how) const;
  // Closes the database; no other function may be called then. If no other program has it open, moves the log
  // into the file and removes the log.
  void close();

  // Runs work() in a transaction. If it throws, rolls back and rethrows.
  template <class Work>
  void transaction(const Work& work) {
    run("BEGIN IMMEDIATE");
    try {
      work();
      run("COMMIT");
    } catch (...) {
      roll_back();
      throw;
    }
  }

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  [[noreturn]] void fail() const;
  void roll_back() noexcept;

  std::string file_;
  Use use_;
  std::unique_ptr<sqlite3, Close> db_;
};

// Reads the whole database, which this process must not have open. Throws UsageError if the file is
// truncated or malformed. For 1,000,000 images (600 MB) it takes about 1 s of CPU time, or 15 s if there is a
// log.
void check_sound(const std::string& file, Database::Use use);

struct Blob {
  std::string bytes;
};
// monostate: NULL. NaN is stored as NULL. Text is UTF-8.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

// A prepared statement. The database must outlive it.
class Statement {
 public:
  Statement(Database& database, const char* sql);

  // Runs the statement with these values for its question marks.
  void run(std::initializer_list<Value> values) { run(std::span(values.begin(), values.size())); }
  void run(std::span<const Value> values);
  // Advances to the next row. Returns false if there is none.
  bool next();
  std::optional<std::int64_t> integer(int column) const;  // none for NULL
  std::string bytes(int column) const;                    // of a text or blob; "" for NULL
  std::vector<Value> row() const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace alexnet::app
