#include "osler/report/study/study_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "osler/core/parallel.h"
#include "osler/stats/critical.h"

namespace osler::report {
namespace {

std::string published_name(const ModelName& model) {
  return model.published_as.empty() ? model.name : model.published_as;
}

/// Mean of the benchmarks, whose items are different ones: variances add.
AverageCell average_of(const std::vector<const CellFigures*>& cells) {
  AverageCell average;
  average.benchmarks = cells.size();
  const auto count = static_cast<double>(cells.size());
  double variance = 0.0;
  double right = 0.0;
  bool knows_error = true;
  for (const auto* cell : cells) {
    average.macro.value += cell->accuracy.value / count;
    average.n += cell->n;
    right += cell->accuracy.value * static_cast<double>(cell->n);
    knows_error = knows_error && cell->accuracy.standard_error.has_value();
    const double error = cell->accuracy.standard_error.value_or(0.0);
    variance += error * error / (count * count);
  }
  average.micro = right / static_cast<double>(average.n);
  if (knows_error) {
    const double error = std::sqrt(variance);
    average.macro.standard_error = error;
    const double half = stats::normal_critical(kConfidence) * error;
    if (error > 0.0) {
      average.macro.interval = {std::max(0.0, average.macro.value - half), std::min(1.0, average.macro.value + half)};
    }
  }
  return average;
}

std::optional<stats::Interval> macro_interval(const StudyGrid& grid, std::size_t model, std::size_t stratum,
                                              const std::vector<std::size_t>& columns) {
  std::vector<std::vector<stats::ClusterShape>> samples;
  for (const std::size_t b : columns) {
    const StudyItems& items = grid.benchmarks()[b];
    samples.push_back(shapes_of(items, *grid.cell(model, b), members_of(items, stratum)));
  }
  const auto drawn = stats::bootstrap_macro_mean(samples, {kReplicates, kBootstrapSeed, kConfidence});
  return drawn ? std::optional(drawn->interval) : std::nullopt;
}

void add_averages(StratumTable& table, const StudyGrid& grid, std::size_t stratum) {
  const std::size_t models = grid.models().size();
  std::vector<std::size_t> columns;
  for (std::size_t b = 0; b < table.columns.size(); ++b) {
    if (table.columns[b].n > 0) columns.push_back(b);
  }
  table.averages.assign(models, std::nullopt);
  if (columns.size() < 2) return;
  for (std::size_t m = 0; m < models; ++m) {
    std::vector<const CellFigures*> cells;
    for (const std::size_t b : columns) {
      const auto& cell = table.cells[m][b];
      if (cell && cell->figures.finished) cells.push_back(&cell->figures);
    }
    if (cells.size() < columns.size()) continue;
    table.averages[m] = average_of(cells);
    table.averages[m]->bootstrap = macro_interval(grid, m, stratum, columns);
  }
  std::vector<std::vector<Pair>> pairs;
  for (const std::size_t b : columns) pairs.push_back(table.pairs[b]);
  table.average_pairs = pairs_of_average(pairs, models);
  std::vector<std::optional<double>> values;
  for (const auto& average : table.averages) {
    values.push_back(average ? std::optional(average->macro.value) : std::nullopt);
  }
  const auto standings = standings_of(values, table.average_pairs);
  for (std::size_t m = 0; m < models; ++m) {
    if (table.averages[m]) table.averages[m]->standing = standings[m];
  }
}

void add_column(StratumTable& table, const StudyGrid& grid, const PublishedTable& published, std::size_t stratum,
                std::size_t b) {
  const StudyItems& items = grid.benchmarks()[b];
  const auto members = members_of(items, stratum);
  ColumnFacts& facts = table.columns[b];
  facts.n = members.size();
  if (members.empty()) return;
  std::set<std::size_t> clusters;
  for (const std::size_t i : members) clusters.insert(items.cluster_of[i]);
  facts.clusters = clusters.size();
  facts.chance = chance_of(items, members);

  const std::size_t models = grid.models().size();
  std::vector<std::optional<double>> accuracy(models);
  for_each_index(models, [&](std::size_t m) {
    const auto* cell = grid.cell(m, b);
    if (cell == nullptr) return;
    auto figures = figures_of(items, *cell, members);
    if (!figures) return;
    if (figures->finished) accuracy[m] = figures->accuracy.value;
    table.cells[m][b] =
        TableCell{std::move(*figures), Standing::none,
                  published.find(published_name(grid.models()[m]), items.benchmark, kStrata.at(stratum))};
  });
  table.pairs[b] = pairs_of(grid, b, members);
  const auto standings = standings_of(accuracy, table.pairs[b]);
  for (std::size_t m = 0; m < models; ++m) {
    if (table.cells[m][b]) table.cells[m][b]->standing = standings[m];
  }
}

StratumTable table_of(const StudyGrid& grid, const PublishedTable& published, std::size_t stratum) {
  StratumTable table;
  table.stratum = kStrata.at(stratum);
  const std::size_t benchmarks = grid.benchmarks().size();
  table.columns.resize(benchmarks);
  table.cells.assign(grid.models().size(), std::vector<std::optional<TableCell>>(benchmarks));
  table.pairs.resize(benchmarks);
  for (std::size_t b = 0; b < benchmarks; ++b) add_column(table, grid, published, stratum, b);
  add_averages(table, grid, stratum);
  return table;
}

template <class Add>
void for_each_cell(const StudyGrid& grid, Add add) {
  for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
    for (std::size_t m = 0; m < grid.models().size(); ++m) {
      if (const auto* cell = grid.cell(m, b)) add(grid.models()[m], grid.benchmarks()[b], *cell);
    }
  }
}

/// What stands in the foot of every table: how it was asked, of what, by which engine.
std::vector<std::string> notes_of(const StudyGrid& grid) {
  std::set<std::string> protocols;
  std::set<std::string> engines;
  for_each_cell(grid, [&](const ModelName&, const StudyItems&, const StudyCell& cell) {
    protocols.insert(cell.run.protocol);
    engines.insert(cell.run.engine);
  });
  std::vector<std::string> rows;
  std::map<std::string, std::vector<std::string>> labels;
  for (const auto& items : grid.benchmarks()) {
    rows.push_back(fmt::format("{} (n = {}, {} images, hash {})", items.row_set, items.ids.size(), items.clusters,
                               items.row_set_hash.substr(0, 12)));
    labels[items.capability_source].push_back(items.benchmark);
  }
  std::vector<std::string> sources;
  for (const auto& [source, benchmarks] : labels) {
    sources.push_back(labels.size() == 1 ? source : fmt::format("{} ({})", source, fmt::join(benchmarks, ", ")));
  }
  std::vector<std::string> notes{fmt::format("Protocol: {}. Engine: {}. Row sets: {}. Capability labels: {}.",
                                             fmt::join(protocols, ", "), fmt::join(engines, ", "),
                                             fmt::join(rows, "; "), fmt::join(sources, "; "))};
  for (const auto& items : grid.benchmarks()) {
    if (items.unclustered == 0) continue;
    notes.push_back(fmt::format("{}: {} items are without a decoded image, and each counts as an image of its own.",
                                items.benchmark, items.unclustered));
  }
  return notes;
}

std::vector<std::string> warnings_of(const StudyGrid& grid) {
  std::vector<std::string> warnings;
  for_each_cell(grid, [&](const ModelName& model, const StudyItems& items, const StudyCell& cell) {
    if (cell.finished) return;
    warnings.push_back(
        fmt::format("UNFINISHED: {} on {}; its figures are provisional, marked (!), and take part in no "
                    "test and no average",
                    model.name, items.benchmark));
  });
  for (const auto& remark : grid.remarks()) warnings.push_back(remark);
  return warnings;
}

void add_splits(StudyReport& report, const StudyGrid& grid) {
  const auto add_once = [](std::vector<std::string>& list, std::string text) {
    if (!text.empty() && std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
  };
  report.splits = splits_of(grid);
  for (const auto& [model, benchmark, split] : report.splits) {
    const auto& items = grid.benchmarks()[benchmark];
    add_once(report.warnings, split_warning(items.benchmark, split, *items.label_trust));
    add_once(report.split_notes, split_note(items.benchmark, split, items.capability_source, *items.label_trust));
  }
}

}  // namespace

StudyReport make_study_report(const StudyFacts& facts, const StudyGrid& grid, const PublishedTable& published,
                              const stats::Policy& policy) {
  StudyReport report;
  report.name = facts.name;
  report.title = facts.title;
  report.citation = facts.citation;
  report.published = published.name;
  report.models = grid.models();
  for (const auto& items : grid.benchmarks()) report.benchmarks.push_back(items.benchmark);
  for (std::size_t stratum = 0; stratum < kStrata.size(); ++stratum) {
    report.strata.push_back(table_of(grid, published, stratum));
  }
  report.findings = findings_of(grid, facts.margins);
  report.policy = policy;
  report.policy_results = apply_policy(policy, grid);
  report.warnings = warnings_of(grid);
  report.notes = notes_of(grid);
  add_splits(report, grid);
  return report;
}

}  // namespace osler::report
