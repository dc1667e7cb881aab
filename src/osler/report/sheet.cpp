#include "osler/report/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "osler/report/notes.h"

namespace osler::report {
namespace {

constexpr const char* kUndefined = "—";

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f}", 100.0 * *share) : kUndefined;
}

std::optional<double> best_of(const SummaryRow& row) {
  return row.bounds ? std::optional(row.bounds->high) : std::nullopt;
}

std::string percent(const std::optional<stats::Interval>& interval) {
  return interval ? fmt::format("[{:.1f}, {:.1f}]", 100.0 * interval->low, 100.0 * interval->high) : kUndefined;
}

// What tells runs apart, by the name of its column.
struct Trait {
  const char* header;
  std::function<std::string(const RunGrades&)> of;
};

const std::vector<Trait>& traits() {
  static const std::vector<Trait> all{
      {"model", [](const RunGrades& run) { return run.model; }},
      {"benchmark", [](const RunGrades& run) { return run.benchmark; }},
      {"protocol", [](const RunGrades& run) { return run.protocol; }},
      {"row set",
       [](const RunGrades& run) { return fmt::format("{} ({})", run.row_set, run.row_set_hash.substr(0, 12)); }},
      {"engine", [](const RunGrades& run) { return run.engine; }}};
  return all;
}
constexpr std::size_t kPlainTraits = 3;

std::size_t distinct(std::span<const RunSummary> runs, const std::vector<Trait>& shown) {
  std::set<std::vector<std::string>> seen;
  for (const auto& [run, rows] : runs) {
    std::vector<std::string> values;
    for (const auto& trait : shown) values.push_back(trait.of(*run));
    seen.insert(std::move(values));
  }
  return seen.size();
}

// Columns for model, benchmark and protocol where they vary; row set and engine only where these leave runs alike,
// since a row set usually varies with its benchmark.
std::vector<Trait> varying(std::span<const RunSummary> runs) {
  std::vector<Trait> shown;
  for (std::size_t i = 0; i < traits().size(); ++i) {
    auto more = shown;
    more.push_back(traits()[i]);
    const bool varies =
        i < kPlainTraits ? distinct(runs, {traits()[i]}) > 1 : distinct(runs, more) > distinct(runs, shown);
    if (varies) shown = std::move(more);
  }
  return shown;
}

std::string title_for(std::span<const RunSummary> runs) {
  if (runs.empty()) return "No runs.";
  std::string title = runs.size() > 1 ? fmt::format("{} runs", runs.size()) : "";
  for (std::size_t i = 0; i < kPlainTraits; ++i) {
    const auto& trait = traits()[i];
    if (distinct(runs, {trait}) > 1) continue;
    title += fmt::format("{}{} {}", title.empty() ? "" : ", ", trait.header, trait.of(*runs.front().run));
  }
  return title;
}

bool any_open(std::span<const RunSummary> runs) {
  return std::any_of(runs.begin(), runs.end(), [](const RunSummary& summary) {
    return std::any_of(summary.rows.begin(), summary.rows.end(), [](const SummaryRow& row) { return row.token_f1; });
  });
}

std::vector<Column> number_columns(bool open) {
  std::vector<Column> columns{{.header = "n"},
                              {.header = "clusters", .spare = 6},
                              {.header = "accuracy"},
                              {.header = "Wilson 95%"},
                              {.header = "SE"},
                              {.header = "clustered 95%", .spare = 5},
                              {.header = "parsed"},
                              {.header = "of parsed", .spare = 4},
                              {.header = "best", .spare = 3}};
  if (open) {
    columns.push_back({.header = "token F1", .spare = 2});
    columns.push_back({.header = "token recall", .spare = 1});
  }
  return columns;
}

std::vector<std::string> numbers(const SummaryRow& row, bool open) {
  std::vector<std::string> cells{fmt::format("{}", row.n), fmt::format("{}", row.clusters), percent(row.accuracy),
                                 percent(row.wilson),      percent(row.standard_error),     percent(row.clustered),
                                 percent(row.parse_rate),  percent(row.accuracy_parsed),    percent(best_of(row))};
  if (open) {
    cells.push_back(percent(row.token_f1));
    cells.push_back(percent(row.token_recall));
  }
  return cells;
}

}  // namespace

Sheet make_sheet(std::span<const RunSummary> runs) {
  Sheet sheet{.title = title_for(runs), .warnings = warnings_for(runs), .notes = notes_for(runs)};
  if (runs.empty()) return sheet;
  const auto shown = varying(runs);
  for (const auto& trait : shown) sheet.columns.push_back({.header = trait.header, .number = false, .names_run = true});
  sheet.columns.push_back({.header = "stratum", .number = false});
  const bool open = any_open(runs);
  for (auto& column : number_columns(open)) sheet.columns.push_back(std::move(column));

  for (const auto& [run, rows] : runs) {
    for (const auto& row : rows) {
      std::vector<std::string> cells;
      for (const auto& trait : shown) cells.push_back(trait.of(*run));
      // A row that is copied out of its table must still say it.
      cells.push_back(row.stratum + (unfinished(*run) ? " (!)" : ""));
      for (auto& number : numbers(row, open)) cells.push_back(std::move(number));
      sheet.rows.push_back(std::move(cells));
    }
  }
  return sheet;
}

}  // namespace osler::report
