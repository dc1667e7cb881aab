#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// What a column of a parquet file holds; single and real are numbers of 32 and 64 bits, a text map is MAP(VARCHAR,
/// VARCHAR).
enum class ColumnType { text, boolean, integer, big_integer, single, real, text_map };

/// The cells of a column while they are written, some thousand at a time. A cell takes what the column's type says.
class ColumnCells {
 public:
  /// `vector` is DuckDB's.
  explicit ColumnCells(void* vector);

  /// What is not UTF-8 becomes U+FFFD: the format allows for nothing else.
  void set(std::size_t cell, std::string_view text);
  void set(std::size_t cell, bool value);
  void set(std::size_t cell, std::int32_t value);
  void set(std::size_t cell, std::int64_t value);
  void set(std::size_t cell, float value);
  void set(std::size_t cell, double value);
  void set(std::size_t cell, const std::map<std::string, std::string>& map);
  void set_null(std::size_t cell);
  template <class T>
  void set(std::size_t cell, const std::optional<T>& value) {
    value ? set(cell, *value) : set_null(cell);
  }
  /// The same text in all cells, at the price of one.
  void set_all(std::string_view text);

 private:
  void* vector_;
  void* data_;
};

struct ParquetColumn {
  std::string name;
  ColumnType type = ColumnType::text;
  /// Sets the cells from 0 that stand for the rows [first, first + count).
  std::function<void(ColumnCells& cells, std::size_t first, std::size_t count)> fill;
};

/// Writes a parquet file of so many rows, which are asked for from the first to the last. Rows are held only until
/// their row group is full. The error is DuckDB's first line; what was written until then may be left.
[[nodiscard]] Status write_parquet(const std::filesystem::path& file, std::span<const ParquetColumn> columns,
                                   std::size_t rows);

}  // namespace osler
