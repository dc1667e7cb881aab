#include "osler/dataset/rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "osler/core/stand_in.h"
#include "osler/dataset/base64_cells.h"
#include "osler/dataset/json_rows.h"
#include "osler/dataset/parquet_rows.h"
#include "osler/storage/data_path.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Refuses what is often found in place of a data file.
Status refuse_stand_ins(ByteStream& stream) {
  constexpr std::size_t kBeginning = 512;
  while (stream.window().size() < kBeginning) {
    const auto more = stream.more();
    if (!more) return pass(more);
    if (!*more) break;
  }
  if (is_lfs_pointer(stream.window())) {
    return fail(ErrorCode::malformed, "is a git-LFS pointer, not the data", {stream.path().string()},
                "run 'git lfs pull' in its repository, or fetch the file again");
  }
  if (is_web_page(stream.window())) {
    return fail(
        ErrorCode::malformed, "is a web page, not the data", {stream.path().string()},
        "its download was probably refused: fetch the file again, where the source asks for it after signing in");
  }
  return {};
}

/// The file from its first byte on.
Result<ByteStream> open_data(const fs::path& file, std::size_t chunk) {
  auto stream = ByteStream::open(file, chunk);
  if (!stream) return stream;
  if (auto status = refuse_stand_ins(*stream); !status) return pass(status);
  return stream;
}

/// Refuses what DuckDB, which opens parquet files itself, would be puzzled by.
Status check_parquet(const fs::path& file) {
  const auto archive = archive_path(file);
  if (archive && !archive->member.empty()) {
    return fail(ErrorCode::unsupported, "is a parquet file in a zip", {file.string()}, "unpack the zip");
  }
  constexpr std::size_t kBeginning = 512;
  const auto stream = open_data(file, kBeginning);
  return stream ? Status() : Status(pass(stream));
}

/// Makes rows of the records of a CSV or TSV file.
class Table {
 public:
  explicit Table(const RowFormat& format) : format_(format) {}

  void set_header(const DelimitedRecord& record) {
    const auto holds = [](const auto& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const auto& field : record.fields) {
      const std::string name = field.text();
      wanted_.push_back(format_.columns.empty() || holds(format_.columns, name));
      base64_.push_back(holds(format_.base64_columns, name));
      header_.push_back(name);
    }
  }

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  Result<Row> row(const DelimitedRecord& record, const fs::path& file) {
    Row row{number_++, Json::object()};
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (!wanted_[i]) continue;
      const auto& field = record.fields[i];
      std::optional<Json> images;
      if (base64_[i]) {
        auto cell = base64_cell(field.raw, field.offset);
        if (!cell) {
          cell.error().where.file = file.string();
          cell.error().where.line = record.line;
          return pass(cell);
        }
        images = std::move(*cell);
      }
      row.fields.emplace(header_[i], images ? std::move(*images) : Json(field.text()));
    }
    return row;
  }

 private:
  const RowFormat& format_;
  std::vector<std::string> header_;
  std::vector<bool> wanted_;
  std::vector<bool> base64_;
  std::uint64_t number_ = 0;
};

/// The header of a CSV or TSV file, then its rows until `accept` fails.
Status read_delimited(ByteStream& stream, const RowFormat& format, Table& table,
                      const std::function<Status(Row&&)>& accept) {
  const auto take = [&](const DelimitedRecord& record) -> Status {
    if (table.header().empty()) {
      table.set_header(record);
      return {};
    }
    auto row = table.row(record, stream.path());
    if (!row) return pass(row);
    return accept(std::move(*row));
  };
  return for_each_record(stream, format.format == "tsv" ? '\t' : ',', take, format.limits.delimited_record);
}

}  // namespace

Status for_each_row(const fs::path& file, const RowFormat& format, const std::function<Status(Row&&)>& accept) {
  if (format.format == "parquet") {
    if (auto status = check_parquet(file); !status) return status;
    return for_each_parquet_row(file, format.columns, accept);
  }
  auto stream = open_data(file, format.limits.chunk);
  if (!stream) return pass(stream);
  if (format.format == "json") return for_each_json_row(*stream, format, accept);
  if (format.format == "jsonl") return for_each_json_line_row(*stream, format, accept);
  Table table(format);
  return read_delimited(*stream, format, table, accept);
}

Result<bool> for_rows_until(const fs::path& file, const RowFormat& format,
                            const std::function<Result<bool>(Row&&)>& accept) {
  bool enough = false;
  const auto status = for_each_row(file, format, [&](Row&& row) -> Status {
    const auto had = accept(std::move(row));
    if (!had) return pass(had);
    enough = *had;
    // A failure of our own making ends the reading.
    return enough ? Status(fail(ErrorCode::interrupted, "enough was read")) : Status();
  });
  if (!status && !enough) return pass(status);
  return enough;
}

Result<std::vector<std::string>> columns_of(const fs::path& file, const std::string& format) {
  if (format == "parquet") {
    if (auto status = check_parquet(file); !status) return pass(status);
    return parquet_columns(file);
  }
  std::vector<std::string> names;
  const RowFormat all{format};
  if (format == "json" || format == "jsonl") {
    const auto read = for_rows_until(file, all, [&](Row&& row) -> Result<bool> {
      for (const auto& [key, value] : row.fields.items()) names.push_back(key);
      return true;
    });
    if (!read) return pass(read);
    return names;
  }
  auto stream = open_data(file, all.limits.chunk);
  if (!stream) return pass(stream);
  Table table(all);
  const auto status = read_delimited(*stream, all, table, [](Row&&) -> Status {
    return fail(ErrorCode::interrupted, "the header was read, and one record, which must fit it");
  });
  if (!status && status.error().code != ErrorCode::interrupted) return pass(status);
  return table.header();
}

}  // namespace osler
