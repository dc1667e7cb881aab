#include "osler/storage/duckdb.h"

#include <duckdb.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "osler/storage/duckdb_handles.h"

namespace osler {
namespace {

std::string first_line(const char* message) {
  const std::string text = message == nullptr ? "unknown error" : message;
  return text.substr(0, text.find('\n'));
}

std::string string_at(void* data, std::uint64_t row) {
  auto& value = static_cast<duckdb_string_t*>(data)[row];
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

template <class T>
T number_at(void* data, std::uint64_t row) {
  return static_cast<const T*>(data)[row];
}

SqlValue value_at(duckdb_type type, duckdb_vector vector, std::uint64_t row) {
  auto* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return std::monostate{};
  void* data = duckdb_vector_get_data(vector);
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return number_at<bool>(data, row);
    case DUCKDB_TYPE_TINYINT:
      return std::int64_t{number_at<std::int8_t>(data, row)};
    case DUCKDB_TYPE_SMALLINT:
      return std::int64_t{number_at<std::int16_t>(data, row)};
    case DUCKDB_TYPE_INTEGER:
      return std::int64_t{number_at<std::int32_t>(data, row)};
    case DUCKDB_TYPE_BIGINT:
      return number_at<std::int64_t>(data, row);
    case DUCKDB_TYPE_UINTEGER:
      return std::int64_t{number_at<std::uint32_t>(data, row)};
    case DUCKDB_TYPE_UBIGINT:
      return static_cast<std::int64_t>(number_at<std::uint64_t>(data, row));
    case DUCKDB_TYPE_FLOAT:
      return double{number_at<float>(data, row)};
    case DUCKDB_TYPE_DOUBLE:
      return number_at<double>(data, row);
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return string_at(data, row);
    default:
      return std::string("(a type that Osler's queries must cast)");
  }
}

duckdb_state bind(duckdb_prepared_statement statement, idx_t index, const SqlValue& value) {
  if (std::holds_alternative<bool>(value)) return duckdb_bind_boolean(statement, index, std::get<bool>(value));
  if (const auto* number = std::get_if<std::int64_t>(&value)) return duckdb_bind_int64(statement, index, *number);
  if (const auto* real = std::get_if<double>(&value)) return duckdb_bind_double(statement, index, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return duckdb_bind_varchar_length(statement, index, text->data(), text->size());
  }
  return duckdb_bind_null(statement, index);
}

}  // namespace

std::size_t SqlBlock::rows() const {
  return chunk_ == nullptr ? 0 : duckdb_data_chunk_get_size(static_cast<duckdb_data_chunk>(chunk_));
}

std::optional<std::string_view> SqlBlock::text(std::size_t column, std::size_t row) const {
  auto* const vector = duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk_), column);
  auto* const validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return std::nullopt;
  auto& value = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  return std::string_view(duckdb_string_t_data(&value), duckdb_string_t_length(value));
}

void SqlBlock::copy_floats(std::size_t column, std::span<float> cells) const {
  auto* const vector = duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk_), column);
  std::copy_n(static_cast<const float*>(duckdb_vector_get_data(vector)), cells.size(), cells.begin());
  auto* const validity = duckdb_vector_get_validity(vector);
  if (validity == nullptr) return;
  for (std::size_t row = 0; row < cells.size(); ++row) {
    if (!duckdb_validity_row_is_valid(validity, row)) cells[row] = std::numeric_limits<float>::quiet_NaN();
  }
}

struct SqlRows::State {
  OwnedResult owned;
  std::vector<duckdb_type> types;
  std::unique_ptr<Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>> chunk;
  std::uint64_t row = 0;
};

SqlRows::SqlRows(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqlRows::SqlRows(SqlRows&&) noexcept = default;
SqlRows& SqlRows::operator=(SqlRows&&) noexcept = default;
SqlRows::~SqlRows() = default;

std::size_t SqlRows::column_count() const { return state_->types.size(); }

std::string SqlRows::column_name(std::size_t column) const { return duckdb_column_name(&state_->owned.result, column); }

Result<SqlBlock> SqlRows::next_block() {
  auto& state = *state_;
  state.chunk = std::make_unique<Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>>();
  state.chunk->handle = duckdb_fetch_chunk(state.owned.result);
  state.row = 0;
  if (state.chunk->handle != nullptr) return SqlBlock(state.chunk->handle);
  if (const char* problem = duckdb_result_error(&state.owned.result); problem != nullptr && *problem != '\0') {
    return sql_failure(problem);
  }
  return SqlBlock(nullptr);
}

Result<std::vector<SqlValue>> SqlRows::next() {
  auto& state = *state_;
  while (state.chunk == nullptr || state.row >= duckdb_data_chunk_get_size(state.chunk->handle)) {
    const auto block = next_block();
    if (!block) return pass(block);
    if (state.chunk->handle == nullptr) return std::vector<SqlValue>{};
  }
  std::vector<SqlValue> values;
  values.reserve(state.types.size());
  for (std::size_t column = 0; column < state.types.size(); ++column) {
    values.push_back(
        value_at(state.types[column], duckdb_data_chunk_get_vector(state.chunk->handle, column), state.row));
  }
  ++state.row;
  return values;
}

tl::unexpected<Error> sql_failure(const char* message) { return fail(ErrorCode::malformed, first_line(message)); }

Result<std::unique_ptr<DuckdbConnection>> connect_duckdb() {
  Owned<duckdb_config, duckdb_destroy_config> config;
  duckdb_create_config(&config.handle);
  // A hospital's machine has no network; and what a query can reach must not depend on what is installed.
  duckdb_set_config(config.handle, "autoinstall_known_extensions", "false");
  duckdb_set_config(config.handle, "autoload_known_extensions", "false");
  // One row group is read by one thread anyway; a second one only doubles the buffers.
  duckdb_set_config(config.handle, "threads", "1");
  auto made = std::make_unique<DuckdbConnection>();
  char* problem = nullptr;
  if (duckdb_open_ext(nullptr, &made->database.handle, config.handle, &problem) != DuckDBSuccess) {
    const std::string message = first_line(problem);
    duckdb_free(problem);
    return fail(ErrorCode::engine, "DuckDB does not start: " + message);
  }
  if (duckdb_connect(made->database.handle, &made->connection.handle) != DuckDBSuccess) {
    return fail(ErrorCode::engine, "DuckDB does not start");
  }
  return made;
}

struct Database::State {
  std::unique_ptr<DuckdbConnection> duckdb;
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open() {
  auto duckdb = connect_duckdb();
  if (!duckdb) return pass(duckdb);
  return Database(std::make_unique<State>(State{std::move(*duckdb)}));
}

Result<SqlRows> Database::query(const std::string& sql, std::span<const SqlValue> parameters) {
  Owned<duckdb_prepared_statement, duckdb_destroy_prepare> statement;
  if (duckdb_prepare(state_->duckdb->connection.handle, sql.c_str(), &statement.handle) != DuckDBSuccess) {
    return sql_failure(duckdb_prepare_error(statement.handle));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (bind(statement.handle, i + 1, parameters[i]) != DuckDBSuccess) {
      return sql_failure(duckdb_prepare_error(statement.handle));
    }
  }
  auto rows = std::make_unique<SqlRows::State>();
  if (duckdb_execute_prepared(statement.handle, &rows->owned.result) != DuckDBSuccess) {
    return sql_failure(duckdb_result_error(&rows->owned.result));
  }
  const idx_t columns = duckdb_column_count(&rows->owned.result);
  for (idx_t column = 0; column < columns; ++column) {
    rows->types.push_back(duckdb_column_type(&rows->owned.result, column));
  }
  return SqlRows(std::move(rows));
}

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  out += quote;
  return out;
}

}  // namespace

std::string sql_quote(std::string_view text) { return quoted(text, '\''); }
std::string sql_name(std::string_view name) { return quoted(name, '"'); }

std::string plain_path(const std::filesystem::path& file) {
  std::string out;
  for (const char c : file.string()) {
    if (c == '*' || c == '?' || c == '[') {
      out += {'[', c, ']'};
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace osler
