#include "osler/storage/duckdb_columns.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "osler/core/utf8.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/duckdb_handles.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

using OwnedType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using OwnedValue = Owned<duckdb_value, duckdb_destroy_value>;
using OwnedFunction = Owned<duckdb_table_function, duckdb_destroy_table_function>;

constexpr const char* kSource = "osler_rows";

/// Levels above the first take half as long again for files that are no smaller: what fills them are hashes.
constexpr int kZstdLevel = 1;

/// DuckDB's default of 122,880 costs more time and several times the memory.
constexpr int kRowGroup = 20'480;

duckdb_vector as_vector(void* vector) { return static_cast<duckdb_vector>(vector); }

/// With U+FFFD for what is not UTF-8, as in the journal.
std::string readable(std::string_view text) { return Json::parse(dump_json(Json(text))).get<std::string>(); }

void assign(duckdb_vector vector, std::size_t cell, std::string_view text) {
  if (!is_utf8(text)) return assign(vector, cell, readable(text));
  duckdb_vector_assign_string_element_len(vector, cell, text.data(), text.size());
}

duckdb_type type_of(ColumnType type) {
  switch (type) {
    case ColumnType::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case ColumnType::integer:
      return DUCKDB_TYPE_INTEGER;
    case ColumnType::big_integer:
      return DUCKDB_TYPE_BIGINT;
    case ColumnType::single:
      return DUCKDB_TYPE_FLOAT;
    case ColumnType::real:
      return DUCKDB_TYPE_DOUBLE;
    case ColumnType::text:
    case ColumnType::text_map:
      break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

/// What the callbacks below read: DuckDB asks for rows as if they were a table.
struct Source {
  std::span<const ParquetColumn> columns;
  std::size_t rows = 0;
  std::size_t next = 0;
};

void declare_columns(duckdb_bind_info info) {
  const auto& source = *static_cast<const Source*>(duckdb_bind_get_extra_info(info));
  for (const auto& column : source.columns) {
    const OwnedType plain(duckdb_create_logical_type(type_of(column.type)));
    const bool is_map = column.type == ColumnType::text_map;
    const OwnedType map(is_map ? duckdb_create_map_type(plain.handle, plain.handle) : nullptr);
    duckdb_bind_add_result_column(info, column.name.c_str(), is_map ? map.handle : plain.handle);
  }
  duckdb_bind_set_cardinality(info, source.rows, true);
}

/// Rows come in order only if one thread asks for them.
void begin(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void give_rows(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto& source = *static_cast<Source*>(duckdb_function_get_extra_info(info));
  const std::size_t count = std::min<std::size_t>(source.rows - source.next, duckdb_vector_size());
  // No exception may pass through a library's C interface.
  try {
    for (std::size_t i = 0; i < source.columns.size() && count > 0; ++i) {
      ColumnCells cells(duckdb_data_chunk_get_vector(chunk, i));
      source.columns[i].fill(cells, source.next, count);
    }
  } catch (const std::exception& problem) {
    duckdb_function_set_error(info, problem.what());
    return;
  }
  source.next += count;
  duckdb_data_chunk_set_size(chunk, count);
}

Status run(duckdb_connection connection, const std::string& sql) {
  OwnedResult owned;
  if (duckdb_query(connection, sql.c_str(), &owned.result) == DuckDBSuccess) return {};
  return sql_failure(duckdb_result_error(&owned.result));
}

}  // namespace

ColumnCells::ColumnCells(void* vector) : vector_(vector), data_(duckdb_vector_get_data(as_vector(vector))) {}

void ColumnCells::set(std::size_t cell, std::string_view text) { assign(as_vector(vector_), cell, text); }
void ColumnCells::set(std::size_t cell, bool value) { static_cast<bool*>(data_)[cell] = value; }
void ColumnCells::set(std::size_t cell, std::int32_t value) { static_cast<std::int32_t*>(data_)[cell] = value; }
void ColumnCells::set(std::size_t cell, std::int64_t value) { static_cast<std::int64_t*>(data_)[cell] = value; }
void ColumnCells::set(std::size_t cell, float value) { static_cast<float*>(data_)[cell] = value; }
void ColumnCells::set(std::size_t cell, double value) { static_cast<double*>(data_)[cell] = value; }

void ColumnCells::set(std::size_t cell, const std::map<std::string, std::string>& map) {
  const auto vector = as_vector(vector_);
  std::size_t at = duckdb_list_vector_get_size(vector);
  static_cast<duckdb_list_entry*>(data_)[cell] = {at, map.size()};
  duckdb_list_vector_reserve(vector, at + map.size());
  duckdb_list_vector_set_size(vector, at + map.size());
  const auto entries = duckdb_list_vector_get_child(vector);
  const auto keys = duckdb_struct_vector_get_child(entries, 0);
  const auto values = duckdb_struct_vector_get_child(entries, 1);
  for (const auto& [key, value] : map) {
    assign(keys, at, key);
    assign(values, at, value);
    ++at;
  }
}

void ColumnCells::set_null(std::size_t cell) {
  duckdb_vector_ensure_validity_writable(as_vector(vector_));
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(as_vector(vector_)), cell);
}

void ColumnCells::set_all(std::string_view text) {
  if (!is_utf8(text)) return set_all(readable(text));
  const OwnedValue value(duckdb_create_varchar_length(text.data(), text.size()));
  duckdb_vector_reference_value(as_vector(vector_), value.handle);
}

Status write_parquet(const std::filesystem::path& file, std::span<const ParquetColumn> columns, std::size_t rows) {
  Source source{columns, rows};
  const OwnedFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.handle, kSource);
  duckdb_table_function_set_extra_info(function.handle, &source, nullptr);
  duckdb_table_function_set_bind(function.handle, declare_columns);
  duckdb_table_function_set_init(function.handle, begin);
  duckdb_table_function_set_function(function.handle, give_rows);
  // A database of its own: the function must not be called when the source is gone.
  const auto duckdb = connect_duckdb();
  if (!duckdb) return pass(duckdb);
  const auto connection = (*duckdb)->connection.handle;
  if (duckdb_register_table_function(connection, function.handle) != DuckDBSuccess) {
    return fail(ErrorCode::engine, "DuckDB does not take the rows");
  }
  return run(connection, fmt::format("COPY (FROM {}()) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {}, "
                                     "ROW_GROUP_SIZE {})",
                                     kSource, sql_quote(file.string()), kZstdLevel, kRowGroup));
}

}  // namespace osler
