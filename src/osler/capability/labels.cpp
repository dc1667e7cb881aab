#include "osler/capability/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "osler/capability/classifier_file.h"
#include "osler/stats/random.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/duckdb_columns.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::capability {
namespace {

namespace fs = std::filesystem;

fs::path companion(fs::path parquet) { return parquet.replace_extension(".json"); }

std::string text_of(const SqlValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

/// Runs a query over a file; the error names it.
Status for_each_row(const fs::path& file, const std::string& sql,
                    const std::function<Status(const std::vector<SqlValue>&, std::uint64_t)>& accept) {
  const auto named = [&](Error error) {
    error.where.file = file.string();
    return tl::unexpected<Error>(std::move(error));
  };
  auto database = Database::open();
  if (!database) return pass(database);
  auto rows = database->query(sql);
  if (!rows) return named(rows.error());
  for (std::uint64_t record = 0;; ++record) {
    auto row = rows->next();
    if (!row) return named(row.error());
    if (row->empty()) return {};
    if (auto status = accept(*row, record); !status) return status;
  }
}

Status read_companion(const fs::path& file, Labels& labels) {
  const auto json = read_json(file);
  if (!json) return pass(json);
  const auto text = [&](const char* name) {
    const auto found = json->find(name);
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const bool whole = json->is_object() && json->contains("cross_validated") && !text("row_set_hash").empty() &&
                     json->contains("no_better_than_majority") && (*json)["no_better_than_majority"].is_boolean();
  if (!whole) {
    return fail(ErrorCode::malformed, "not what belongs to labels", {file.string()}, "run osler capability label anew");
  }
  labels.row_set = text("row_set");
  labels.row_set_hash = text("row_set_hash");
  labels.classifier_hash = text("classifier_hash");
  labels.embedding = text("embedding");
  labels.trained_on = text("trained_on");
  labels.no_better_than_majority = (*json)["no_better_than_majority"].get<bool>();
  const auto confusion = confusion_from((*json)["cross_validated"], file.string());
  if (!confusion) return pass(confusion);
  labels.cross_validated = *confusion;
  if (!json->contains("human") || (*json)["human"].is_null()) return {};
  const auto human = confusion_from((*json)["human"], file.string());
  if (!human) return pass(human);
  labels.human = *human;
  return {};
}

}  // namespace

Status write_labels(const fs::path& parquet, const Labels& labels) {
  const auto column = [&](const char* name, auto set) {
    return ParquetColumn{name, ColumnType::text, [&labels, set](ColumnCells& cells, std::size_t first, std::size_t n) {
                           for (std::size_t i = 0; i < n; ++i) set(cells, i, first + i, labels);
                         }};
  };
  std::vector<ParquetColumn> columns;
  columns.push_back(column("item_id", [](ColumnCells& cells, std::size_t cell, std::size_t i, const Labels& from) {
    cells.set(cell, from.item_ids[i]);
  }));
  columns.push_back(column("capability", [](ColumnCells& cells, std::size_t cell, std::size_t i, const Labels& from) {
    cells.set(cell, name_of(from.labels[i].capability));
  }));
  columns.push_back(
      column("capability_probability", [](ColumnCells& cells, std::size_t cell, std::size_t i, const Labels& from) {
        cells.set(cell, from.labels[i].probability);
      }));
  columns.back().type = ColumnType::real;
  columns.push_back(column("capability_source", [](ColumnCells& cells, std::size_t cell, std::size_t i,
                                                   const Labels& from) { cells.set(cell, from.labels[i].source); }));
  const fs::path part = parquet.string() + ".part";
  if (auto status = write_parquet(part, columns, labels.item_ids.size()); !status) return status;
  const Json json = {{"row_set", labels.row_set},
                     {"row_set_hash", labels.row_set_hash},
                     {"classifier_hash", labels.classifier_hash},
                     {"embedding", labels.embedding},
                     {"trained_on", labels.trained_on},
                     {"no_better_than_majority", labels.no_better_than_majority},
                     {"cross_validated", confusion_json(labels.cross_validated)},
                     {"human", labels.human ? confusion_json(*labels.human) : Json()}};
  if (auto status = write_file_atomically(companion(parquet), dump_json(json, 2) + "\n"); !status) return status;
  std::error_code problem;
  fs::rename(part, parquet, problem);
  if (problem) return fail(ErrorCode::io, "cannot write: " + problem.message(), {parquet.string()});
  return {};
}

Result<Labels> read_labels(const fs::path& parquet) {
  Labels labels;
  if (auto status = read_companion(companion(parquet), labels); !status) return pass(status);
  std::unordered_set<std::string> known;
  const auto status = for_each_row(
      parquet,
      "SELECT item_id::VARCHAR, capability::VARCHAR, capability_probability::DOUBLE, capability_source::VARCHAR "
      "FROM read_parquet(" +
          sql_quote(plain_path(parquet)) + ")",
      [&](const std::vector<SqlValue>& row, std::uint64_t record) -> Status {
        const auto capability = capability_from(text_of(row[1]));
        const auto* probability = std::get_if<double>(&row[2]);
        const bool possible = probability == nullptr || (*probability >= 0.0 && *probability <= 1.0);
        if (!capability || !possible || !known.insert(text_of(row[0])).second) {
          return fail(ErrorCode::malformed, "no capability, an item for the second time, or no probability",
                      {parquet.string(), {}, record}, "run osler capability label anew");
        }
        labels.item_ids.push_back(text_of(row[0]));
        labels.labels.push_back(
            {*capability, probability != nullptr ? std::optional(*probability) : std::nullopt, text_of(row[3])});
        return {};
      });
  if (!status) return pass(status);
  return labels;
}

Result<std::unordered_map<std::string, HumanLabel>> read_human_labels(const fs::path& file) {
  const std::string source = "read_csv(" + sql_quote(plain_path(file)) + ", header = true, all_varchar = true)";
  const auto has_weight = [&]() -> Result<bool> {
    bool found = false;
    auto status = for_each_row(file, "SELECT column_name FROM (DESCRIBE SELECT * FROM " + source + ")",
                               [&](const std::vector<SqlValue>& row, std::uint64_t) -> Status {
                                 found = found || text_of(row[0]) == "weight";
                                 return {};
                               });
    if (!status) return pass(status);
    return found;
  }();
  if (!has_weight) return pass(has_weight);
  std::unordered_map<std::string, HumanLabel> human;
  const auto status = for_each_row(
      file, std::string("SELECT item, label, ") + (*has_weight ? "weight" : "NULL::VARCHAR") + " FROM " + source,
      [&](const std::vector<SqlValue>& row, std::uint64_t record) -> Status {
        const std::string label = text_of(row[1]);
        if (label.empty()) return {};
        const auto capability = capability_from(label);
        HumanLabel said{capability.value_or(Capability::unlabeled), 1.0};
        const std::string weight = text_of(row[2]);
        const bool weighed =
            weight.empty() || std::from_chars(weight.data(), weight.data() + weight.size(), said.weight).ptr ==
                                  weight.data() + weight.size();
        const bool known = said.capability != Capability::unlabeled;
        if (!known || !weighed || !(said.weight > 0.0 && said.weight < 1e9)) {
          return fail(ErrorCode::malformed, fmt::format("'{}' with weight '{}' is no label", label, weight),
                      {file.string(), {}, record}, "write understanding or reasoning");
        }
        if (!human.emplace(text_of(row[0]), said).second) {
          return fail(ErrorCode::malformed, fmt::format("the item '{}' for the second time", text_of(row[0])),
                      {file.string(), {}, record}, "leave one label for each item");
        }
        return {};
      });
  if (!status) return pass(status);
  return human;
}

stats::Confusion human_confusion(const std::unordered_map<std::string, HumanLabel>& human, const Labels& predicted) {
  std::array<double, 4> cells{};
  double seen = 0.0;
  for (std::size_t i = 0; i < predicted.item_ids.size(); ++i) {
    const auto said = human.find(predicted.item_ids[i]);
    if (said == human.end() || !predicted.labels[i].probability) continue;
    const std::size_t truly = said->second.capability == Capability::reasoning ? 2 : 0;
    cells[truly + (predicted.labels[i].capability == Capability::reasoning ? 1 : 0)] += said->second.weight;
    seen += 1.0;
  }
  const double all = cells[0] + cells[1] + cells[2] + cells[3];
  const auto count = [&](double cell) {
    return all > 0.0 ? static_cast<std::size_t>(std::lround(cell * seen / all)) : std::size_t{0};
  };
  return {count(cells[3]), count(cells[1]), count(cells[2]), count(cells[0])};
}

std::vector<Drawn> draw_sample(const Labels& labels, std::size_t n, std::uint64_t seed) {
  std::array<std::vector<std::size_t>, 2> by_label;
  for (std::size_t i = 0; i < labels.labels.size(); ++i) {
    const Label& label = labels.labels[i];
    if (label.probability) by_label[label.capability == Capability::reasoning ? 1 : 0].push_back(i);
  }
  constexpr std::size_t kParts = 3;
  std::vector<std::vector<std::size_t>> strata;
  for (auto& indices : by_label) {
    std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
      return *labels.labels[a].probability < *labels.labels[b].probability;
    });
    for (std::size_t part = 0; part < kParts; ++part) {
      const auto at = [&](std::size_t p) { return static_cast<std::ptrdiff_t>(indices.size() * p / kParts); };
      strata.emplace_back(indices.begin() + at(part), indices.begin() + at(part + 1));
    }
  }
  std::vector<std::size_t> take(strata.size(), 0);
  for (bool more = true; n > 0 && more;) {
    more = false;
    for (std::size_t s = 0; s < strata.size() && n > 0; ++s) {
      if (take[s] == strata[s].size()) continue;
      ++take[s];
      --n;
      more = true;
    }
  }
  stats::Random random(seed);
  std::vector<Drawn> drawn;
  for (std::size_t s = 0; s < strata.size(); ++s) {
    for (std::size_t i = 0; i < take[s]; ++i) {
      std::swap(strata[s][i], strata[s][i + random.next() % (strata[s].size() - i)]);
      drawn.push_back({strata[s][i], s, static_cast<double>(strata[s].size()) / static_cast<double>(take[s])});
    }
  }
  return drawn;
}

}  // namespace osler::capability
