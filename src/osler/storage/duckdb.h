#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// A value in a query's result or parameters. BLOB and VARCHAR both arrive as strings of bytes.
using SqlValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// Some thousand rows of a query, column by column: for what is too much cell by cell. Valid until its SqlRows go on.
class SqlBlock {
 public:
  /// `chunk` is DuckDB's; none is a block without rows.
  explicit SqlBlock(void* chunk) : chunk_(chunk) {}

  [[nodiscard]] std::size_t rows() const;
  /// Of a column of type VARCHAR; nullopt for NULL.
  [[nodiscard]] std::optional<std::string_view> text(std::size_t column, std::size_t row) const;
  /// The cells of a column of type FLOAT; NULL as NaN. Precondition: cells.size() == rows().
  void copy_floats(std::size_t column, std::span<float> cells) const;

 private:
  void* chunk_;
};

/// The rows of a query, read chunk by chunk. Columns of type BOOLEAN, integer, DOUBLE/FLOAT, VARCHAR and BLOB are
/// readable; cast anything else in the query.
class SqlRows {
 public:
  SqlRows(SqlRows&&) noexcept;
  SqlRows& operator=(SqlRows&&) noexcept;
  ~SqlRows();

  [[nodiscard]] std::size_t column_count() const;
  [[nodiscard]] std::string column_name(std::size_t column) const;

  /// The next row, or an empty vector after the last one.
  [[nodiscard]] Result<std::vector<SqlValue>> next();
  /// The rows after those of the block before; a block without rows after the last one. Not to be mixed with next().
  [[nodiscard]] Result<SqlBlock> next_block();

 private:
  friend class Database;
  struct State;
  explicit SqlRows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// DuckDB in this process, in memory, without network access and without extensions from elsewhere.
class Database {
 public:
  [[nodiscard]] static Result<Database> open();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Runs one statement with `?` parameters. The error is DuckDB's first line.
  [[nodiscard]] Result<SqlRows> query(const std::string& sql, std::span<const SqlValue> parameters = {});

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// 'text' as an SQL string literal, quotes doubled.
[[nodiscard]] std::string sql_quote(std::string_view text);
/// "name" as an SQL identifier, quotes doubled.
[[nodiscard]] std::string sql_name(std::string_view name);
/// A path for read_parquet and its like, which would take the signs * ? [ in it for wildcards.
[[nodiscard]] std::string plain_path(const std::filesystem::path& file);

}  // namespace osler
