#include "osler/capability/embedding_file.h"

#include <fmt/format.h>

#include <cmath>
#include <unordered_set>
#include <utility>

#include "osler/storage/duckdb.h"
#include "osler/storage/json.h"

namespace osler::capability {
namespace {

constexpr std::size_t kMostNumbers = std::size_t{1} << 29U;
constexpr std::size_t kMostDimensions = 65'536;

/// Takes one vector after another and checks them.
class Reader {
 public:
  Reader(const std::filesystem::path& file, const std::string& identity) : file_(file) { set_.identity = identity; }

  Status begin(const std::string& id, std::size_t dimensions, std::uint64_t record) {
    record_ = record;
    if (set_.item_ids.empty()) set_.dimensions = dimensions;
    if (dimensions == 0 || dimensions > kMostDimensions) {
      return bad(fmt::format("a vector of {} numbers; 1 to {} can be used", dimensions, kMostDimensions));
    }
    if (dimensions != set_.dimensions) {
      return bad(fmt::format("a vector of {} numbers after others of {}", dimensions, set_.dimensions));
    }
    if (set_.values.size() + dimensions > kMostNumbers) {
      return fail(ErrorCode::limit, fmt::format("more than {} numbers", kMostNumbers), {file_.string()},
                  "split the file by benchmark");
    }
    if (!known_.insert(id).second) return bad(fmt::format("the id '{}' for the second time", id));
    set_.item_ids.push_back(id);
    return {};
  }

  Status add(double value) {
    const auto number = static_cast<float>(value);
    if (!std::isfinite(number)) return bad("a number that is not finite");
    set_.values.push_back(number);
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> bad(const std::string& what) const {
    return fail(ErrorCode::malformed, what, {file_.string(), {}, record_}, "make the vectors anew");
  }

  Result<EmbeddingSet> finish() {
    if (set_.item_ids.empty()) return fail(ErrorCode::malformed, "no vectors", {file_.string()});
    return std::move(set_);
  }

 private:
  std::filesystem::path file_;
  EmbeddingSet set_;
  std::unordered_set<std::string> known_;
  std::uint64_t record_ = 0;
};

Result<EmbeddingSet> read_json_lines(const std::filesystem::path& file, Reader& reader) {
  const auto status = for_each_json_line(file, [&](Json&& value, std::uint64_t line) -> Status {
    const bool whole = value.is_object() && value.contains("id") && value["id"].is_string() &&
                       value.contains("vector") && value["vector"].is_array();
    if (!whole) {
      return fail(ErrorCode::malformed, R"(not an object with a text "id" and an array "vector")",
                  {file.string(), line});
    }
    const Json& vector = value["vector"];
    if (auto begun = reader.begin(value["id"].get<std::string>(), vector.size(), line - 1); !begun) return begun;
    for (const auto& number : vector) {
      if (!number.is_number()) return reader.bad("a number that is none");
      if (auto added = reader.add(number.get<double>()); !added) return added;
    }
    return {};
  });
  if (!status) return pass(status);
  return reader.finish();
}

Status add_row(Reader& reader, const std::vector<SqlValue>& row, std::size_t id_column, std::uint64_t record) {
  const auto* id = std::get_if<std::string>(&row[id_column]);
  if (id == nullptr) return reader.bad("an id that is no text");
  if (auto begun = reader.begin(*id, row.size() - 1, record); !begun) return begun;
  for (std::size_t column = 0; column < row.size(); ++column) {
    if (column == id_column) continue;
    const auto* real = std::get_if<double>(&row[column]);
    const auto* whole = std::get_if<std::int64_t>(&row[column]);
    if (real == nullptr && whole == nullptr) return reader.bad("a number that is missing");
    if (auto added = reader.add(real != nullptr ? *real : static_cast<double>(*whole)); !added) return added;
  }
  return {};
}

Result<EmbeddingSet> read_parquet(const std::filesystem::path& file, Reader& reader) {
  auto database = Database::open();
  if (!database) return pass(database);
  auto rows = database->query("SELECT * FROM read_parquet(" + sql_quote(plain_path(file)) + ")");
  if (!rows) {
    Error error = rows.error();
    error.where.file = file.string();
    return tl::unexpected<Error>(error);
  }
  std::size_t id_column = 0;
  while (id_column < rows->column_count() && rows->column_name(id_column) != "id") ++id_column;
  if (id_column == rows->column_count()) {
    return fail(ErrorCode::malformed, "no column 'id'", {file.string()}, "osler embed writes such files");
  }
  for (std::uint64_t record = 0;; ++record) {
    auto row = rows->next();
    if (!row) return pass(row);
    if (row->empty()) break;
    if (auto added = add_row(reader, *row, id_column, record); !added) return pass(added);
  }
  return reader.finish();
}

}  // namespace

Result<EmbeddingSet> read_embedding_file(const std::filesystem::path& file, const std::string& identity) {
  Reader reader(file, identity);
  return file.extension() == ".jsonl" ? read_json_lines(file, reader) : read_parquet(file, reader);
}

}  // namespace osler::capability
