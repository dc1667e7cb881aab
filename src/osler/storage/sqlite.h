#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "osler/core/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace osler {

/// A prepared statement; it must not outlive its database. Parameters count from 1, columns from 0.
class SqliteStatement {
 public:
  void bind(int parameter, std::int64_t value);
  void bind_text(int parameter, std::string_view value);
  void bind_blob(int parameter, std::string_view value);

  /// True: a row is there. False: the statement is done.
  [[nodiscard]] Result<bool> step();
  /// For a statement without rows: runs it and makes it ready for the next parameters.
  [[nodiscard]] Status run();
  /// Ready for the next parameters; ends the reading of a row, without which others could not write.
  void reset();

  /// Of the row at hand. A column of another type is converted as SQLite does it.
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Bytes of a text or blob; they stay until the next step or reset.
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(sqlite3_stmt* statement, std::string file) : statement_(statement), file_(std::move(file)) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string file_;
};

/// A connection to an SQLite file; each is used by one thread at a time. Failures name the file: ErrorCode::malformed
/// where it is no SQLite file or a damaged one, else ErrorCode::io (locked, full, read-only). Whoever calls knows the
/// way out.
class SqliteDatabase {
 public:
  enum class Mode {
    create,     ///< Made where it is missing.
    existing,   ///< To read and write.
    read_only,  ///< To read.
  };

  /// `patience`: how long a statement waits for what another process has locked.
  [[nodiscard]] static Result<SqliteDatabase> open(const std::filesystem::path& file, Mode mode,
                                                   std::chrono::milliseconds patience);

  [[nodiscard]] Result<SqliteStatement> prepare(const std::string& sql) const;
  /// Runs statements without parameters, separated by semicolons, and drops their rows.
  [[nodiscard]] Status execute(const std::string& sql) const;
  /// The first column of the first row, as a pragma or a count gives it; 0 without a row.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql) const;
  /// Rows that the latest statement changed.
  [[nodiscard]] std::uint64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  SqliteDatabase(sqlite3* database, std::string file) : database_(database), file_(std::move(file)) {}

  std::unique_ptr<sqlite3, Close> database_;
  std::string file_;
};

/// A transaction that holds the right to write from its beginning, and is taken back unless it is committed.
class SqliteTransaction {
 public:
  [[nodiscard]] static Result<SqliteTransaction> begin(const SqliteDatabase& database);
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction();

  [[nodiscard]] Status commit();

 private:
  explicit SqliteTransaction(const SqliteDatabase& database) : database_(&database) {}

  const SqliteDatabase* database_;  ///< Null once it is over.
};

}  // namespace osler
