#include "osler/stats/audit/spread.h"

#include <algorithm>
#include <cmath>

#include "osler/stats/critical.h"

namespace osler::audit {
namespace {

constexpr std::size_t kShownPairs = 3;

struct Sized {
  std::size_t cell = 0;
  double p = 0.0;
  double variance = 0.0;  ///< Of p.
};

std::vector<Sized> sized_cells(const Grid& grid, std::span<const ColumnSizes> columns, std::size_t benchmark) {
  std::vector<Sized> found;
  for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
    const Cell* cell = grid.at(model, benchmark, grid.overall());
    if (cell == nullptr) continue;
    const auto index = static_cast<std::size_t>(cell - grid.table().cells.data());
    const auto n = items_of(grid.table(), columns, index);
    if (!n) continue;
    const double p = value_of(cell->value);
    found.push_back({index, p, p * (1.0 - p) / static_cast<double>(*n)});
  }
  return found;
}

void keep_closest(std::vector<ClosePair>& closest, const ClosePair& pair) {
  closest.insert(std::ranges::upper_bound(closest, pair.difference, {}, &ClosePair::difference), pair);
  if (closest.size() > kShownPairs) closest.pop_back();
}

}  // namespace

std::vector<ImpliedInterval> implied_intervals(const Table& table, std::span<const ColumnSizes> columns) {
  std::vector<ImpliedInterval> intervals;
  for (const auto& column : columns) {
    for (const auto cell : column.cells) {
      const auto n = table.cells[cell].n ? table.cells[cell].n
                     : column.taken      ? std::optional(column.taken->n)
                                         : std::nullopt;
      if (!n) continue;
      const double right = value_of(table.cells[cell].value) * static_cast<double>(*n);
      intervals.push_back({cell, *n, stats::wilson_interval_of_scores(right, *n, kConfidence)});
    }
  }
  return intervals;
}

std::vector<CloseCheck> close_pairs(const Grid& grid, std::span<const ColumnSizes> columns) {
  std::vector<CloseCheck> checks;
  const double z = stats::normal_critical(kConfidence);
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const auto cells = sized_cells(grid, columns, benchmark);
    CloseCheck check{.benchmark = benchmark};
    for (std::size_t a = 0; a < cells.size(); ++a) {
      for (std::size_t b = a + 1; b < cells.size(); ++b) {
        ++check.pairs;
        const double difference = std::abs(cells[a].p - cells[b].p);
        const double error = z * std::sqrt(cells[a].variance + cells[b].variance);
        if (difference >= error) continue;
        ++check.close;
        const bool ordered = cells[a].p >= cells[b].p;
        keep_closest(check.closest, {cells[ordered ? a : b].cell, cells[ordered ? b : a].cell, difference, error});
      }
    }
    if (check.pairs > 0) checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace osler::audit
