// SQLite, as far as an output needs it. All that fails throws OutputError with SQLite's reason and the system's, or
// std::runtime_error if the database is damaged or is only read.
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
  // Opens the file, or makes it if it is an output.
  enum class Use { input, output };
  explicit Database(std::string file, Use use = Use::output);
  const std::string& file() const { return file_; }

  // SQL that gives no rows.
  void run(const char* sql);
  std::int64_t last_id() const;  // of the row that was inserted last
  // Throws std::runtime_error: the file is damaged, and how.
  [[noreturn]] void fail_damaged(const std::string& how) const;
  // All into the file itself, where no reader has the database open, and none beside it. Nothing can be run then.
  void close();

  // What takes effect as a whole, or, where it throws, not at all.
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

// Reads all of a database, which nobody in this process has open. Throws std::runtime_error if the file was cut or is
// malformed. For 1,000,000 images (600 MB) that takes about 1 s of CPU time, or 15 s if there is a log.
void check_sound(const std::string& file, Database::Use use);

struct Blob {
  std::string bytes;
};
// monostate: NULL, as is a double that is not a number. Text is UTF-8.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

class Statement {
 public:
  Statement(Database& database, const char* sql);

  // With these values in place of the question marks.
  void run(std::initializer_list<Value> values) { run(std::span(values.begin(), values.size())); }
  void run(std::span<const Value> values);
  bool next();  // whether there is another row
  std::optional<std::int64_t> integer(int column) const;
  std::string bytes(int column) const;  // of text or a blob; "" for NULL
  std::vector<Value> row() const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace alexnet::app
