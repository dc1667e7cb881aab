#include "osler/stats/audit/averages.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

namespace osler::audit {
namespace {

constexpr std::size_t kMostColumns = 12;
constexpr std::size_t kMostModels = 200;
constexpr double kEdge = 1e-12;

double half_unit(Printed printed) { return 0.5 / static_cast<double>(power_of_ten(printed.decimals)); }

/// The model's row over these columns; nullopt where a value is missing. Weights of 1 give the plain mean.
std::optional<AverageRow> row_of(const Grid& grid, std::size_t model, Printed printed,
                                 const std::vector<std::size_t>& members, const std::vector<double>& weights) {
  AverageRow row{.model = model, .printed = printed};
  double sum = 0.0;
  double slack = 0.0;
  double weight = 0.0;
  for (const auto member : members) {
    const Cell* cell = grid.at(model, member, grid.overall());
    if (cell == nullptr) return std::nullopt;
    sum += weights[member] * value_of(cell->value);
    slack += weights[member] * half_unit(cell->value);
    weight += weights[member];
  }
  row.mean = sum / weight;
  row.holds = std::abs(row.mean - value_of(printed)) <= slack / weight + half_unit(printed) + kEdge;
  return row;
}

/// Whether some mean of the model's values can be printed so.
bool in_range(const Grid& grid, std::size_t model, Printed printed) {
  const Bounds mean = rounding_bounds(printed);
  bool any = false;
  bool below = false;
  bool above = false;
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const Cell* cell = grid.at(model, benchmark, grid.overall());
    if (cell == nullptr) continue;
    any = true;
    below = below || rounding_bounds(cell->value).low <= mean.high;
    above = above || rounding_bounds(cell->value).high >= mean.low;
  }
  return !any || (below && above);
}

std::size_t count_fitting(const Grid& grid, const AverageColumn& average, const std::vector<std::size_t>& members,
                          const std::vector<double>& weights, std::size_t models) {
  std::size_t fitting = 0;
  for (std::size_t model = 0; model < models; ++model) {
    if (!average.values[model]) continue;
    const auto row = row_of(grid, model, *average.values[model], members, weights);
    fitting += row && row->holds ? 1U : 0U;
  }
  return fitting;
}

std::vector<std::size_t> best_members(const Grid& grid, const AverageColumn& average,
                                      const std::vector<std::size_t>& all, const std::vector<double>& weights) {
  const std::size_t models = std::min(grid.table().models.size(), kMostModels);
  std::vector<std::size_t> best = all;
  std::size_t most = count_fitting(grid, average, all, weights, models);
  const auto with_all = static_cast<std::size_t>(
      std::count_if(average.values.begin(), average.values.begin() + static_cast<std::ptrdiff_t>(models),
                    [](const auto& value) { return value.has_value(); }));
  if (most == with_all || all.size() > kMostColumns) return best;
  for (std::uint32_t set = 1; set < (1U << all.size()); ++set) {
    const auto size = static_cast<std::size_t>(std::popcount(set));
    if (size < 2) continue;
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((set >> i & 1U) != 0) members.push_back(all[i]);
    }
    const std::size_t fitting = count_fitting(grid, average, members, weights, models);
    if (fitting < most || (fitting == most && size <= best.size())) continue;
    most = fitting;
    best = std::move(members);
  }
  return best;
}

std::optional<std::vector<double>> weights_by_n(const Grid& grid, std::span<const ColumnSizes> columns) {
  std::vector<double> weights(grid.table().benchmarks.size(), 0.0);
  for (const auto& column : columns) {
    if (column.stratum == grid.overall() && column.taken) {
      weights[column.benchmark] = static_cast<double>(column.taken->n);
    }
  }
  if (std::ranges::find(weights, 0.0) != weights.end()) return std::nullopt;
  return weights;
}

}  // namespace

std::vector<AverageCheck> check_averages(const Grid& grid, std::span<const ColumnSizes> columns) {
  std::vector<AverageCheck> checks;
  const Table& table = grid.table();
  std::vector<std::size_t> all(table.benchmarks.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (all.size() < 2) return checks;
  const std::vector<double> ones(all.size(), 1.0);
  const auto by_n = weights_by_n(grid, columns);
  for (std::size_t i = 0; i < table.averages.size(); ++i) {
    const AverageColumn& average = table.averages[i];
    AverageCheck check{.average = i, .members = best_members(grid, average, all, ones)};
    const auto fitting = [&](const auto& members, const auto& weights) {
      return count_fitting(grid, average, members, weights, table.models.size());
    };
    check.weighted = by_n && fitting(all, *by_n) > fitting(check.members, ones);
    if (check.weighted) check.members = all;
    const auto& weights = check.weighted ? *by_n : ones;
    std::ranges::set_difference(all, check.members, std::back_inserter(check.left_out));
    for (std::size_t model = 0; model < table.models.size(); ++model) {
      if (!average.values[model]) continue;
      auto row = row_of(grid, model, *average.values[model], check.members, weights);
      if (!row) {
        ++check.incomplete;
        continue;
      }
      row->in_range = in_range(grid, model, row->printed);
      check.fitting += row->holds ? 1U : 0U;
      check.rows.push_back(*row);
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace osler::audit
