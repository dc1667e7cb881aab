#include "osler/dataset/parquet_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/storage/duckdb.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Adds the file to an error of DuckDB, which speaks of its own functions.
tl::unexpected<Error> parquet_failure(const fs::path& file, Error error) {
  error.what = fmt::format("is not a readable parquet file ({})", error.what);
  error.where.file = file.string();
  error.way_out = "the file is probably cut short or damaged: fetch or copy it again";
  return tl::unexpected<Error>(std::move(error));
}

std::string source_of(const fs::path& file) {
  // A folder called "split=test" would otherwise become a column.
  return fmt::format("read_parquet({}, file_row_number = true, hive_partitioning = false)",
                     sql_quote(plain_path(file)));
}

struct Column {
  std::string name;
  std::string type;  ///< As DuckDB writes it: VARCHAR, STRUCT(bytes BLOB, path VARCHAR), VARCHAR[].
};

Result<std::vector<Column>> describe(Database& database, const fs::path& file) {
  auto rows = database.query("DESCRIBE SELECT * FROM " + source_of(file));
  if (!rows) return parquet_failure(file, rows.error());
  std::vector<Column> columns;
  while (true) {
    auto row = rows->next();
    if (!row) return parquet_failure(file, row.error());
    if (row->empty()) break;
    const auto* name = std::get_if<std::string>(&(*row)[0]);
    const auto* type = std::get_if<std::string>(&(*row)[1]);
    if (name == nullptr || type == nullptr || *name == "file_row_number") continue;
    columns.push_back({*name, *type});
  }
  return columns;
}

bool has_field(const std::string& type, const std::string& field) {
  return type.find(field + " ") != std::string::npos || type.find("\"" + field + "\" ") != std::string::npos;
}

enum class Pictures { none, one, list };

/// Whether a column holds pictures: bytes, or structs with a field of bytes.
Pictures pictures_in(std::string_view type) {
  const bool list = type.ends_with("[]");
  if (list) type.remove_suffix(2);
  const bool structure = type.starts_with("STRUCT(") && type.ends_with(")") && has_field(std::string(type), "bytes");
  if (type != "BLOB" && !structure) return Pictures::none;
  return list ? Pictures::list : Pictures::one;
}

/// True if the file's own statistics say that every row has the bytes of its picture. Without statistics: false.
Result<bool> every_picture_is_there(Database& database, const Column& column, const fs::path& file) {
  const std::vector<SqlValue> parameters{column.type == "BLOB" ? column.name : column.name + ", bytes"};
  auto rows =
      database.query(fmt::format("SELECT coalesce(max(coalesce(stats_null_count, 1)), 1) FROM parquet_metadata({}) "
                                 "WHERE path_in_schema = ?",
                                 sql_quote(plain_path(file))),
                     parameters);
  if (!rows) return parquet_failure(file, rows.error());
  const auto row = rows->next();
  if (!row) return parquet_failure(file, row.error());
  const auto* missing = row->empty() ? nullptr : std::get_if<std::int64_t>(&row->front());
  return missing != nullptr && *missing == 0;
}

/// How a picture is asked for. To see whether a struct is null DuckDB reads all of it, every picture's bytes included,
/// so that is asked only of files that may have such rows. Of a list it always reads all.
Result<std::string> picture_expression(Database& database, const Column& column, const fs::path& file) {
  const bool list = pictures_in(column.type) == Pictures::list;
  const std::string name = list ? "picture" : sql_name(column.name);
  const std::string path = has_field(column.type, "path") ? name + ".path" : "NULL::VARCHAR";
  const std::string all = fmt::format("struct_pack(path := {})", path);
  const std::string those_there = fmt::format("CASE WHEN {} IS NULL THEN NULL ELSE {} END", name, all);
  if (list) return fmt::format("list_transform({}, lambda picture: {})", sql_name(column.name), those_there);
  const auto all_there = every_picture_is_there(database, column, file);
  if (!all_there) return pass(all_there);
  return *all_there ? all : those_there;
}

/// How a column is asked for: pictures without their bytes, and single values as text, because JSON has no
/// not-a-number and no integers of 128 bits.
Result<std::string> expression_of(Database& database, const Column& column, const fs::path& file) {
  const std::string name = sql_name(column.name);
  if (pictures_in(column.type) != Pictures::none) return picture_expression(database, column, file);
  if (column.type.find("BLOB") != std::string::npos) {
    return fail(ErrorCode::unsupported,
                fmt::format("has bytes of the type {} in its column '{}'", column.type, column.name), {file.string()},
                "Osler reads texts, and pictures as bytes, struct<bytes, path> or a list of either");
  }
  const bool nested =
      column.type.starts_with("STRUCT(") || column.type.ends_with("]") || column.type.starts_with("MAP(");
  return nested || column.type == "JSON" ? name : name + "::VARCHAR";
}

}  // namespace

Status for_each_parquet_row(const fs::path& file, const std::vector<std::string>& wanted,
                            const std::function<Status(Row&&)>& accept) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto columns = describe(*database, file);
  if (!columns) return pass(columns);
  std::string packed;
  for (const auto& column : *columns) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), column.name) == wanted.end()) continue;
    const auto expression = expression_of(*database, column, file);
    if (!expression) return pass(expression);
    packed += fmt::format("{}{} := {}", packed.empty() ? "" : ", ", sql_name(column.name), *expression);
  }
  if (packed.empty()) return fail(ErrorCode::malformed, "has none of the columns that the card names", {file.string()});
  auto rows = database->query(
      fmt::format("SELECT file_row_number, to_json(struct_pack({}))::VARCHAR FROM {}", packed, source_of(file)));
  if (!rows) return parquet_failure(file, rows.error());
  while (true) {
    auto row = rows->next();
    if (!row) return parquet_failure(file, row.error());
    if (row->empty()) return {};
    const auto* number = std::get_if<std::int64_t>(&(*row)[0]);
    const auto* text = std::get_if<std::string>(&(*row)[1]);
    if (number == nullptr || text == nullptr) return parquet_failure(file, {ErrorCode::malformed, "a row is lost"});
    Place place{file.string()};
    place.record = static_cast<std::uint64_t>(*number);
    auto fields = parse_json(*text, place);
    if (!fields) return pass(fields);
    if (auto status = accept({*place.record, std::move(*fields)}); !status) return status;
  }
}

Result<std::vector<std::string>> parquet_columns(const fs::path& file) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto columns = describe(*database, file);
  if (!columns) return pass(columns);
  std::vector<std::string> names;
  for (const auto& column : *columns) names.push_back(column.name);
  return names;
}

}  // namespace osler
