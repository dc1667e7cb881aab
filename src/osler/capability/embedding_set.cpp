#include "osler/capability/embedding_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "osler/core/parallel.h"
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

  [[nodiscard]] Status take(std::string id, std::span<const float> vector, std::string_view identity,
                            std::uint64_t record) {
    Place place{file_};
    place.record = record;
    if (auto status = take_item(id, identity, place); !status) return status;
    if (set_.item_ids.empty()) set_.dimensions = vector.size();
    set_.item_ids.push_back(std::move(id));
    if (auto status = check_size(); !status) return status;
    if (vector.size() != set_.dimensions) {
      return fail(ErrorCode::malformed,
                  fmt::format("'{}' has {} numbers, those before {}", shown(set_.item_ids.back()), vector.size(),
                              set_.dimensions),
                  place, "make all vectors with the same model");
    }
    set_.values.insert(set_.values.end(), vector.begin(), vector.end());
    return check_numbers(record);
  }

  /// Takes the ids and identities of many items, whose numbers `fill` then sets.
  [[nodiscard]] Status take_all(std::vector<std::string> ids, const std::vector<std::string>& identities,
                                std::size_t dimensions, const std::function<Status(std::span<float>)>& fill) {
    Place place{file_};
    for (std::size_t i = 0; i < ids.size(); ++i) {
      place.record = i;
      if (auto status = take_item(ids[i], identities[i], place); !status) return status;
    }
    set_.dimensions = dimensions;
    set_.item_ids = std::move(ids);
    if (auto status = check_size(); !status) return status;
    set_.values.resize(set_.item_ids.size() * dimensions);
    if (auto status = fill(set_.values); !status) return status;
    for (std::size_t i = 0; i < set_.item_ids.size(); ++i) {
      if (auto status = check_numbers(i); !status) return status;
    }
    return {};
  }

  [[nodiscard]] Result<EmbeddingSet> finish() && {
    if (set_.item_ids.empty()) return fail(ErrorCode::malformed, "holds no vectors", {file_}, "make the file anew");
    set_.names_its_maker = !set_.identity.empty();
    if (!set_.names_its_maker) set_.identity = fmt::format("vectors of {} numbers from a file", set_.dimensions);
    return std::move(set_);
  }

 private:
  Status take_item(const std::string& id, std::string_view identity, const Place& place) {
    if (id.empty() || !is_utf8(id)) return fail(ErrorCode::malformed, "has no id", place, "give every vector an id");
    if (seen_.empty()) set_.identity = identity;
    if (identity != set_.identity) {
      return fail(
          ErrorCode::mismatch,
          fmt::format("'{}' is of '{}', those before of '{}'", shown(id), shown(identity), shown(set_.identity)), place,
          "make all vectors with the same model");
    }
    if (!seen_.insert(id).second) {
      return fail(ErrorCode::malformed, fmt::format("a second vector has the id '{}'", shown(id)), place,
                  "keep one vector for every item");
    }
    return {};
  }

  [[nodiscard]] Status check_size() const {
    if (set_.dimensions == 0 || set_.dimensions > kMostDimensions) {
      return fail(ErrorCode::limit, fmt::format("holds a vector of {} numbers", set_.dimensions), {file_},
                  fmt::format("vectors may have 1 to {}", kMostDimensions));
    }
    if (set_.item_ids.size() > kMostValues / set_.dimensions) {
      return fail(ErrorCode::limit, fmt::format("holds more than {} numbers", kMostValues), {file_},
                  "split the file by benchmark");
    }
    return {};
  }

  [[nodiscard]] Status check_numbers(std::size_t item) const {
    const auto vector = std::span(set_.values).subspan(item * set_.dimensions, set_.dimensions);
    if (std::ranges::all_of(vector, [](float value) { return std::isfinite(value); })) return {};
    Place place{file_};
    place.record = item;
    return fail(ErrorCode::malformed, fmt::format("'{}' has a number that is none", shown(set_.item_ids[item])), place,
                "make the file anew");
  }

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

std::string rows_of_file() { return " FROM read_parquet(?, hive_partitioning = false)"; }

/// Lists of numbers, each as one text, "[0.1,0.2]": DuckDB's shortest form of a FLOAT reads back as the same number. An
/// infinite number is no JSON, and so its vector is none.
Status read_lists(Database& database, const std::filesystem::path& file, const Layout& layout, Collector& collector) {
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database.query(fmt::format("SELECT id::VARCHAR, {}, to_json(TRY_CAST({} AS FLOAT[]))::VARCHAR",
                                         layout.has_identity ? "identity::VARCHAR" : "''", sql_name(layout.list)) +
                                 rows_of_file(),
                             parameters);
  if (!rows) return unreadable(file, rows.error());
  std::uint64_t record = 0;
  while (true) {
    const auto block = rows->next_block();
    if (!block) return unreadable(file, block.error());
    if (block->rows() == 0) return {};
    for (std::size_t row = 0; row < block->rows(); ++row) {
      const auto list = parse_json(block->text(2, row).value_or("[]"), {});
      const auto vector = list && list->is_array() ? numbers_in(*list) : std::vector<float>{NAN};
      auto status = collector.take(std::string(block->text(0, row).value_or("")), vector,
                                   block->text(1, row).value_or(""), record++);
      if (!status) return status;
    }
  }
}

/// Copies columns of a file into rows of `dimensions` numbers, of which they are the numbers from `first` on.
Status read_columns(Database& database, const std::filesystem::path& file, std::size_t first, std::size_t count,
                    std::size_t dimensions, std::span<float> values) {
  std::string sql = "SELECT ";
  for (std::size_t d = first; d < first + count; ++d)
    sql += fmt::format("{}TRY_CAST(d{} AS FLOAT)", d == first ? "" : ", ", d);
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database.query(sql + rows_of_file(), parameters);
  if (!rows) return unreadable(file, rows.error());
  std::vector<float> columns;
  for (std::size_t at = 0;;) {
    const auto block = rows->next_block();
    if (!block) return unreadable(file, block.error());
    const std::size_t height = block->rows();
    if (height == 0 && at * dimensions == values.size()) return {};
    if (height == 0 || (at + height) * dimensions > values.size()) {
      return fail(ErrorCode::malformed, "changed while it was read", {file.string()}, "try again");
    }
    columns.resize(count * height);
    for (std::size_t k = 0; k < count; ++k) block->copy_floats(k, std::span(columns).subspan(k * height, height));
    for (std::size_t row = 0; row < height; ++row) {
      float* const vector = &values[(at + row) * dimensions + first];
      for (std::size_t k = 0; k < count; ++k) vector[k] = columns[k * height + row];
    }
    at += height;
  }
}

/// A column for every number: some columns at a time, since DuckDB keeps the whole answer to a query in memory.
Status read_numbers(const std::filesystem::path& file, std::size_t dimensions, std::span<float> values) {
  constexpr std::size_t kTogether = 64;
  const std::size_t parts = (dimensions + kTogether - 1) / kTogether;
  std::vector<Status> statuses(parts);
  for_each_index(parts, [&](std::size_t part) {
    auto database = Database::open();
    if (!database) {
      statuses[part] = pass(database);
      return;
    }
    const std::size_t first = part * kTogether;
    statuses[part] = read_columns(*database, file, first, std::min(kTogether, dimensions - first), dimensions, values);
  });
  for (auto& status : statuses) {
    if (!status) return status;
  }
  return {};
}

Result<EmbeddingSet> read_parquet(const std::filesystem::path& file) {
  auto database = Database::open();
  if (!database) return pass(database);
  const auto layout = layout_of(*database, file);
  if (!layout) return pass(layout);
  Collector collector(file.string());
  if (!layout->list.empty()) {
    if (auto status = read_lists(*database, file, *layout, collector); !status) return pass(status);
    return std::move(collector).finish();
  }
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database->query(
      fmt::format("SELECT id::VARCHAR, {}", layout->has_identity ? "identity::VARCHAR" : "''") + rows_of_file(),
      parameters);
  if (!rows) return unreadable(file, rows.error());
  std::vector<std::string> ids;
  std::vector<std::string> identities;
  while (true) {
    const auto block = rows->next_block();
    if (!block) return unreadable(file, block.error());
    if (block->rows() == 0) break;
    for (std::size_t row = 0; row < block->rows(); ++row) {
      ids.emplace_back(block->text(0, row).value_or(""));
      identities.emplace_back(block->text(1, row).value_or(""));
    }
  }
  auto status = collector.take_all(std::move(ids), identities, layout->numbers, [&](std::span<float> values) {
    return read_numbers(file, layout->numbers, values);
  });
  if (!status) return pass(status);
  return std::move(collector).finish();
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
