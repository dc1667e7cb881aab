#include "osler/dataset/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/dataset/delimited.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/files.h"

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

/// True if the file's own statistics say that every row has the bytes of its picture. Without statistics: false.
Result<bool> every_picture_is_there(Database& database, const Column& column, const fs::path& file) {
  const std::vector<SqlValue> parameters{column.name + ", bytes"};
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
/// so that is asked only of files that may have such rows.
Result<std::string> picture_expression(Database& database, const Column& column, const fs::path& file) {
  const std::string name = sql_name(column.name);
  const std::string path = has_field(column.type, "path") ? name + ".path" : "NULL";
  const auto all_there = every_picture_is_there(database, column, file);
  if (!all_there) return pass(all_there);
  if (*all_there) return fmt::format("struct_pack(path := {})", path);
  return fmt::format("CASE WHEN {} IS NULL THEN NULL ELSE struct_pack(path := {}) END", name, path);
}

/// How a column is asked for: pictures without their bytes, and single values as text, because JSON has no
/// not-a-number and no integers of 128 bits.
Result<std::string> expression_of(Database& database, const Column& column, const fs::path& file) {
  const std::string name = sql_name(column.name);
  const bool structure = column.type.starts_with("STRUCT(") && column.type.ends_with(")");
  if (structure && has_field(column.type, "bytes")) return picture_expression(database, column, file);
  if (column.type.find("BLOB") != std::string::npos) {
    return fail(ErrorCode::unsupported,
                fmt::format("has bytes of the type {} in its column '{}'", column.type, column.name), {file.string()},
                "Osler reads texts, and pictures as struct<bytes, path>");
  }
  const bool nested = structure || column.type.ends_with("]") || column.type.starts_with("MAP(");
  return nested || column.type == "JSON" ? name : name + "::VARCHAR";
}

Status for_each_parquet_row(const fs::path& file, const std::vector<std::string>& wanted,
                            const std::function<Status(Row&&)>& accept) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto columns = describe(*database, file);
  if (!columns) return pass(columns);
  std::string packed;
  for (const auto& column : *columns) {
    if (std::find(wanted.begin(), wanted.end(), column.name) == wanted.end()) continue;
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

/// The header of a CSV or TSV file, then its rows until `accept` fails.
Status read_delimited(const fs::path& file, const std::string& format, std::vector<std::string>& header,
                      const std::function<Status(Row&&)>& accept) {
  const auto text = read_file(file);
  if (!text) return pass(text);
  std::uint64_t number = 0;
  return for_each_record(*text, format == "tsv" ? '\t' : ',', file.string(), [&](Record&& record) -> Status {
    if (header.empty()) {
      header = std::move(record.fields);
      return {};
    }
    Row row{number++, Json::object()};
    for (std::size_t i = 0; i < header.size(); ++i) row.fields.emplace(header[i], std::move(record.fields[i]));
    return accept(std::move(row));
  });
}

Status for_each_json_record(const fs::path& file, const std::function<Status(Row&&)>& accept) {
  auto whole = read_json(file);
  if (!whole) return pass(whole);
  if (!whole->is_array()) {
    return fail(ErrorCode::malformed, "is not a JSON array of records", {file.string()},
                "a JSON benchmark file starts with '['");
  }
  std::uint64_t number = 0;
  for (auto& record : *whole) {
    if (!record.is_object()) {
      Place place{file.string()};
      place.record = number;
      return fail(ErrorCode::malformed, "is not a JSON object", std::move(place));
    }
    if (auto status = accept({number, std::move(record)}); !status) return status;
    ++number;
  }
  return {};
}

Status for_each_line_record(const fs::path& file, const std::function<Status(Row&&)>& accept) {
  std::uint64_t number = 0;
  return for_each_json_line(file, [&](Json&& value, std::uint64_t line) -> Status {
    if (!value.is_object()) {
      Place place{file.string()};
      place.line = line;
      return fail(ErrorCode::malformed, "is not a JSON object", std::move(place));
    }
    return accept({number++, std::move(value)});
  });
}

}  // namespace

Status for_each_row(const fs::path& file, const RowFormat& row_format, const std::function<Status(Row&&)>& accept) {
  const std::string& format = row_format.format;
  if (format == "json") return for_each_json_record(file, accept);
  if (format == "jsonl") return for_each_line_record(file, accept);
  if (format == "parquet") return for_each_parquet_row(file, row_format.columns, accept);
  std::vector<std::string> header;
  return read_delimited(file, format, header, accept);
}

Result<std::vector<std::string>> columns_of(const fs::path& file, const std::string& format) {
  std::vector<std::string> names;
  if (format == "parquet") {
    auto database = Database::open();
    if (!database) return pass(database);
    const auto columns = describe(*database, file);
    if (!columns) return pass(columns);
    for (const auto& column : *columns) names.push_back(column.name);
    return names;
  }
  // One record is enough; a failure of our own making ends the reading.
  const Error enough{ErrorCode::interrupted, "", {}, {}};
  Status status;
  if (format == "json" || format == "jsonl") {
    status = for_each_row(file, {format, {}, {}}, [&](Row&& row) -> Status {
      for (const auto& [key, value] : row.fields.items()) names.push_back(key);
      return tl::unexpected<Error>(enough);
    });
  } else {
    status = read_delimited(file, format, names, [&](Row&&) -> Status { return tl::unexpected<Error>(enough); });
  }
  if (!status && status.error().code != ErrorCode::interrupted) return pass(status);
  return names;
}

}  // namespace osler
