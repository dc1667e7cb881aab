#include "osler/dataset/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "osler/storage/duckdb.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Adds the file to an error of DuckDB, which speaks of its own functions.
tl::unexpected<Error> table_failure(const fs::path& file, const std::string& format, Error error) {
  error.what = fmt::format("is not a readable {} file ({})", format, error.what);
  error.where.file = file.string();
  error.way_out = "the file is probably cut short or damaged: fetch or copy it again";
  return tl::unexpected<Error>(std::move(error));
}

/// The table function that reads a file, all columns as text where the format has no types of its own.
std::string source_of(const fs::path& file, const std::string& format) {
  const std::string name = sql_quote(file.string());
  if (format == "parquet") return fmt::format("read_parquet({}, file_row_number = true)", name);
  const std::string delimiter = format == "tsv" ? "'\\t'" : "','";
  // nullstr: an option that reads "NA" or nothing at all is text, not a missing value.
  return fmt::format(
      "read_csv({}, delim = {}, header = true, all_varchar = true, quote = '\"', escape = '\"', "
      "nullstr = '\\0osler-null', max_line_size = 268435456)",
      name, delimiter);
}

struct Column {
  std::string name;
  bool embeds_bytes = false;
};

Result<std::vector<Column>> describe(Database& database, const fs::path& file, const std::string& format) {
  auto rows = database.query("DESCRIBE SELECT * FROM " + source_of(file, format));
  if (!rows) return table_failure(file, format, rows.error());
  std::vector<Column> columns;
  while (true) {
    auto row = rows->next();
    if (!row) return table_failure(file, format, row.error());
    if (row->empty()) break;
    const auto name = std::get<std::string>((*row)[0]);
    const auto type = std::get<std::string>((*row)[1]);
    if (name == "file_row_number") continue;
    columns.push_back({name, type.starts_with("STRUCT(bytes") || type.starts_with("STRUCT(\"bytes\"")});
  }
  return columns;
}

Status for_each_table_row(const fs::path& file, const std::string& format, const std::vector<std::string>& wanted,
                          const std::function<Status(Row&&)>& accept) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto columns = describe(*database, file, format);
  if (!columns) return pass(columns);
  std::string packed;
  for (const auto& column : *columns) {
    if (std::find(wanted.begin(), wanted.end(), column.name) == wanted.end()) continue;
    const std::string name = sql_name(column.name);
    packed += packed.empty() ? "" : ", ";
    packed += column.embeds_bytes ? fmt::format("{0} := struct_pack(path := {0}.path)", name)
                                  : fmt::format("{0} := {0}", name);
  }
  if (packed.empty()) return fail(ErrorCode::malformed, "has none of the columns that the card names", {file.string()});
  auto rows = database->query(
      fmt::format("SELECT to_json(struct_pack({}))::VARCHAR FROM {}", packed, source_of(file, format)));
  if (!rows) return table_failure(file, format, rows.error());
  for (std::uint64_t number = 0;; ++number) {
    auto row = rows->next();
    if (!row) return table_failure(file, format, row.error());
    if (row->empty()) return {};
    Place place{file.string()};
    place.record = number;
    auto fields = parse_json(std::get<std::string>((*row)[0]), std::move(place));
    if (!fields) return pass(fields);
    if (auto status = accept({number, std::move(*fields)}); !status) return status;
  }
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

Status for_each_row(const fs::path& file, const std::string& format, const std::vector<std::string>& columns,
                    const std::function<Status(Row&&)>& accept) {
  if (format == "json") return for_each_json_record(file, accept);
  if (format == "jsonl") return for_each_line_record(file, accept);
  return for_each_table_row(file, format, columns, accept);
}

Result<std::vector<std::string>> columns_of(const fs::path& file, const std::string& format) {
  std::vector<std::string> names;
  if (format == "json" || format == "jsonl") {
    // One record is enough; a failure of our own making ends the reading.
    const Error enough{ErrorCode::interrupted, "", {}, {}};
    const auto status = for_each_row(file, format, {}, [&](Row&& row) -> Status {
      for (const auto& [key, value] : row.fields.items()) names.push_back(key);
      return tl::unexpected<Error>(enough);
    });
    if (!status && status.error().code != ErrorCode::interrupted) return pass(status);
    return names;
  }
  auto database = Database::open();
  if (!database) return pass(database);
  const auto columns = describe(*database, file, format);
  if (!columns) return pass(columns);
  for (const auto& column : *columns) names.push_back(column.name);
  return names;
}

}  // namespace osler
