#include "osler/capability/embedding_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/json.h"

namespace osler::capability {
namespace {

constexpr std::size_t kMostDimensions = 65'536;
constexpr std::size_t kMostValues = std::size_t{1} << 29;
constexpr std::array<std::string_view, 3> kVectorNames{"vector", "embedding", "values"};

/// A name from a file in a message: short, and on one line.
std::string shown(std::string_view name) {
  constexpr std::size_t kEnough = 60;
  return printable_line(utf8_beginning(name, kEnough));
}

/// Takes vectors one by one and checks that they belong together.
class Collector {
 public:
  explicit Collector(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] Status take(std::string id, const std::vector<float>& vector, const std::string& identity,
                            std::uint64_t record) {
    Place place{file_};
    place.record = record;
    if (id.empty() || !is_utf8(id)) return fail(ErrorCode::malformed, "has no id", place, "give every vector an id");
    if (set_.item_ids.empty()) {
      set_.dimensions = vector.size();
      set_.identity = identity;
      if (vector.empty() || vector.size() > kMostDimensions) {
        return fail(ErrorCode::limit, fmt::format("holds a vector of {} numbers", vector.size()), place,
                    fmt::format("vectors may have 1 to {}", kMostDimensions));
      }
    }
    if (vector.size() != set_.dimensions) {
      return fail(ErrorCode::malformed,
                  fmt::format("'{}' has {} numbers, those before {}", shown(id), vector.size(), set_.dimensions), place,
                  "make all vectors with the same model");
    }
    if (identity != set_.identity) {
      return fail(
          ErrorCode::mismatch,
          fmt::format("'{}' is of '{}', those before of '{}'", shown(id), shown(identity), shown(set_.identity)), place,
          "make all vectors with the same model");
    }
    if (std::ranges::any_of(vector, [](float value) { return !std::isfinite(value); })) {
      return fail(ErrorCode::malformed, fmt::format("'{}' has a number that is none", shown(id)), place,
                  "make the file anew");
    }
    if (set_.values.size() + vector.size() > kMostValues) {
      return fail(ErrorCode::limit, fmt::format("holds more than {} numbers", kMostValues), place,
                  "split the file by benchmark");
    }
    if (!seen_.insert(id).second) {
      return fail(ErrorCode::malformed, fmt::format("a second vector has the id '{}'", shown(id)), place,
                  "keep one vector for every item");
    }
    set_.values.insert(set_.values.end(), vector.begin(), vector.end());
    set_.item_ids.push_back(std::move(id));
    return {};
  }

  [[nodiscard]] Result<EmbeddingSet> finish() && {
    if (set_.item_ids.empty()) return fail(ErrorCode::malformed, "holds no vectors", {file_}, "make the file anew");
    if (set_.identity.empty()) set_.identity = fmt::format("vectors of {} numbers from a file", set_.dimensions);
    return std::move(set_);
  }

 private:
  std::string file_;
  EmbeddingSet set_;
  std::unordered_set<std::string> seen_;
};

std::vector<float> numbers_in(const Json& list) {
  std::vector<float> vector;
  vector.reserve(std::min(list.size(), kMostDimensions + 1));
  for (const auto& value : list) {
    if (vector.size() > kMostDimensions) break;
    vector.push_back(value.is_number() ? value.get<float>() : NAN);
  }
  return vector;
}

Result<EmbeddingSet> read_lines(const std::filesystem::path& file) {
  Collector collector(file.string());
  std::uint64_t record = 0;
  const auto status = for_each_json_line(file, [&](Json&& value, std::uint64_t line) -> Status {
    Place place{file.string()};
    place.line = line;
    const auto* list = static_cast<const Json*>(nullptr);
    if (value.is_object()) {
      for (const auto name : kVectorNames) {
        const auto found = value.find(std::string(name));
        if (list == nullptr && found != value.end() && found->is_array()) list = &*found;
      }
    }
    if (list == nullptr || !value.contains("id") || !value["id"].is_string()) {
      return fail(ErrorCode::malformed, "is no object with 'id' and 'vector'", place,
                  R"(write lines as {"id": "item-1", "vector": [0.1, 0.2]})");
    }
    const auto named = value.find("identity");
    const bool has_identity = named != value.end() && named->is_string();
    return collector.take(value["id"].get<std::string>(), numbers_in(*list),
                          has_identity ? named->get<std::string>() : std::string(), record++);
  });
  if (!status) return pass(status);
  return std::move(collector).finish();
}

/// Which columns of a parquet file hold what.
struct Layout {
  std::string list;         ///< The column with lists of numbers; empty if each number has a column.
  std::size_t numbers = 0;  ///< Of columns d0, d1, ...
  bool has_identity = false;
};

tl::unexpected<Error> unreadable(const std::filesystem::path& file, const Error& error) {
  return fail(error.code, "is not a readable file of vectors (" + error.what + ")", {file.string()},
              "make it with 'osler embed', or give JSON Lines with id and vector");
}

Result<Layout> layout_of(Database& database, const std::filesystem::path& file) {
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database.query("SELECT * FROM read_parquet(?, hive_partitioning = false) LIMIT 0", parameters);
  if (!rows) return unreadable(file, rows.error());
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < rows->column_count(); ++i) names.insert(rows->column_name(i));
  Layout layout;
  layout.has_identity = names.contains("identity");
  while (layout.numbers <= kMostDimensions && names.contains(fmt::format("d{}", layout.numbers))) ++layout.numbers;
  for (const auto name : kVectorNames) {
    if (layout.numbers == 0 && layout.list.empty() && names.contains(std::string(name))) layout.list = name;
  }
  if (!names.contains("id") || (layout.list.empty() && layout.numbers == 0) || layout.numbers > kMostDimensions) {
    return fail(ErrorCode::malformed, "has no column 'id', or none with vectors", {file.string()},
                "columns are id, and d0, d1, ... or a list of numbers called vector");
  }
  return layout;
}

/// One text for each row, "[0.1,0.2]": DuckDB's shortest form of a FLOAT reads back as the same number.
std::string select_of(const Layout& layout) {
  std::string sql = "SELECT id::VARCHAR, ";
  sql += layout.has_identity ? "identity::VARCHAR" : "''";
  if (!layout.list.empty()) return sql + fmt::format(", to_json({}::FLOAT[])::VARCHAR", sql_name(layout.list));
  for (std::size_t d = 0; d < layout.numbers; ++d) sql += fmt::format(", d{}::DOUBLE", d);
  return sql;
}

Result<std::vector<float>> vector_in(const std::vector<SqlValue>& row, const Layout& layout) {
  std::vector<float> vector;
  if (!layout.list.empty()) {
    const auto* text = std::get_if<std::string>(&row.at(2));
    auto list = text == nullptr ? Result<Json>(Json::array()) : parse_json(*text, {});
    // Infinite numbers are no JSON.
    if (!list || !list->is_array()) return fail(ErrorCode::malformed, "a vector has a number that is none");
    return numbers_in(*list);
  }
  vector.reserve(layout.numbers);
  for (std::size_t d = 0; d < layout.numbers; ++d) {
    const auto* number = std::get_if<double>(&row.at(2 + d));
    vector.push_back(number == nullptr ? NAN : static_cast<float>(*number));
  }
  return vector;
}

Result<EmbeddingSet> read_parquet(const std::filesystem::path& file) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto layout = layout_of(*database, file);
  if (!layout) return pass(layout);
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database->query(select_of(*layout) + " FROM read_parquet(?, hive_partitioning = false)", parameters);
  if (!rows) return unreadable(file, rows.error());
  Collector collector(file.string());
  for (std::uint64_t record = 0;; ++record) {
    auto row = rows->next();
    if (!row) return unreadable(file, row.error());
    if (row->empty()) return std::move(collector).finish();
    const auto vector = vector_in(*row, *layout);
    if (!vector) return unreadable(file, vector.error());
    const auto* id = std::get_if<std::string>(&row->at(0));
    const auto* identity = std::get_if<std::string>(&row->at(1));
    const auto status = collector.take(id == nullptr ? std::string() : *id, *vector,
                                       identity == nullptr ? std::string() : *identity, record);
    if (!status) return pass(status);
  }
}

}  // namespace

Result<EmbeddingSet> read_embeddings(const std::filesystem::path& file) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(file, problem)) {
    return fail(ErrorCode::not_found, "is not a file", {file.string()}, "make it with 'osler embed'");
  }
  return file.extension() == ".jsonl" ? read_lines(file) : read_parquet(file);
}

}  // namespace osler::capability
