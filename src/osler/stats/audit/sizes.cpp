#include "osler/stats/audit/sizes.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <iterator>
#include <map>
#include <utility>

namespace osler::audit {
namespace {

constexpr double kLevel = 0.05;
constexpr std::size_t kMostLikeliest = 3;

/// P(X >= successes) for X ~ Binomial(trials, p).
double upper_tail(std::size_t successes, std::size_t trials, double p) {
  if (successes == 0 || p >= 1.0) return 1.0;
  const boost::math::binomial_distribution<double> distribution(static_cast<double>(trials), p);
  return boost::math::cdf(boost::math::complement(distribution, static_cast<double>(successes) - 1.0));
}

SizeFit fit_column(const Table& table, const std::vector<std::size_t>& cells, std::uint64_t n) {
  SizeFit result{.n = n};
  for (const auto cell : cells) {
    const Printed value = table.cells[cell].value;
    const Fit found = fit(value, n);
    result.rounded += found.rounded() ? 1U : 0U;
    result.any += found.any() ? 1U : 0U;
    result.by_chance += chance_fit(value, n);
  }
  return result;
}

void set_p(SizeFit& found, std::size_t values) {
  found.p = upper_tail(found.rounded, values, found.by_chance / static_cast<double>(values));
}

void search(const Table& table, std::uint64_t largest, ColumnSizes& column) {
  int decimals = 0;
  for (const auto cell : column.cells) decimals = std::max(decimals, table.cells[cell].value.decimals);
  column.searched = std::min(largest, static_cast<std::uint64_t>(power_of_ten(decimals)));
  const auto better = [](const SizeFit& a, const SizeFit& b) { return a.p != b.p ? a.p < b.p : a.n < b.n; };
  for (std::uint64_t n = 1; n <= column.searched; ++n) {
    SizeFit found = fit_column(table, column.cells, n);
    if (found.any == column.cells.size()) {
      if (column.count_of_all++ == 0) column.least_of_all = n;
    }
    if (2 * found.rounded < column.cells.size() || static_cast<double>(found.rounded) <= found.by_chance) continue;
    set_p(found, column.cells.size());
    if (found.p * static_cast<double>(column.searched) >= kLevel) continue;
    column.likeliest.insert(std::ranges::upper_bound(column.likeliest, found, better), found);
    if (column.likeliest.size() > kMostLikeliest) column.likeliest.pop_back();
  }
}

using SizesByColumn = std::map<std::pair<std::size_t, std::size_t>, std::vector<KnownSize>>;

SizesByColumn by_column(std::span<const KnownSize> known) {
  SizesByColumn sizes;
  for (const auto& size : known) {
    if (size.n > 0) sizes[{size.benchmark, size.stratum}].push_back(size);
  }
  return sizes;
}

void try_known(const Table& table, const SizesByColumn& known, ColumnSizes& column) {
  const auto sizes = known.find({column.benchmark, column.stratum});
  if (sizes == known.end()) return;
  for (const auto& size : sizes->second) {
    SizeFit found = fit_column(table, column.cells, size.n);
    found.name = size.name;
    set_p(found, column.cells.size());
    column.known.push_back(found);
    if (size.given) {
      column.taken = found;
      column.given = true;
    }
  }
  std::ranges::sort(column.known, {}, &SizeFit::n);
}

/// The number of items that all values of the column are printed with, if it is one.
std::optional<std::uint64_t> printed_size(const Table& table, const std::vector<std::size_t>& cells) {
  const auto n = table.cells[cells.front()].n;
  const bool one = std::ranges::all_of(cells, [&](std::size_t cell) { return table.cells[cell].n == n; });
  return one ? n : std::nullopt;
}

/// Where no size is given: the one that the table has; else the one that the values speak for, if they speak for one.
void choose(const Table& table, ColumnSizes& column) {
  if (column.given) return;
  if (const auto n = printed_size(table, column.cells)) {
    column.taken = fit_column(table, column.cells, *n);
    set_p(*column.taken, column.cells.size());
    column.given = true;
    return;
  }
  // A few values of many decimals are enough to be significant, but an n that most do not fit is not theirs.
  std::vector<SizeFit> likely;
  std::ranges::copy_if(column.known, std::back_inserter(likely),
                       [&](const SizeFit& known) { return 2 * known.rounded >= column.cells.size(); });
  const auto best = std::ranges::min_element(likely, {}, &SizeFit::p);
  if (best != likely.end() && best->p * static_cast<double>(column.known.size()) < kLevel) {
    column.taken = *best;
  } else if (!column.likeliest.empty()) {
    column.taken = column.likeliest.front();
  }
}

}  // namespace

std::vector<ColumnSizes> infer_sizes(const Grid& grid, std::span<const KnownSize> known, std::uint64_t largest) {
  const Table& table = grid.table();
  const auto sizes = by_column(known);
  std::vector<ColumnSizes> columns;
  for (std::size_t benchmark = 0; benchmark < table.benchmarks.size(); ++benchmark) {
    for (std::size_t stratum = 0; stratum < table.strata.size(); ++stratum) {
      ColumnSizes column{.benchmark = benchmark, .stratum = stratum};
      for (std::size_t model = 0; model < table.models.size(); ++model) {
        const Cell* cell = grid.at(model, benchmark, stratum);
        if (cell != nullptr) column.cells.push_back(static_cast<std::size_t>(cell - table.cells.data()));
      }
      if (column.cells.empty()) continue;
      search(table, largest, column);
      try_known(table, sizes, column);
      choose(table, column);
      if (column.taken) {
        const auto n = column.taken->n;
        for (const auto cell : column.cells) {
          column.fractions.push_back(largest_fraction(table.cells[cell].value, n, n - n / 3));
        }
      }
      columns.push_back(std::move(column));
    }
  }
  return columns;
}

std::vector<GrimCheck> check_grim(const Table& table, std::span<const ColumnSizes> columns) {
  std::vector<GrimCheck> checks;
  for (const auto& column : columns) {
    for (const auto cell : column.cells) {
      const auto own = table.cells[cell].n;
      if (!own && !column.given) continue;
      const std::uint64_t n = own ? *own : column.taken->n;
      GrimCheck check{.cell = cell, .n = n, .found = fit(table.cells[cell].value, n)};
      if (!check.found.any()) check.smaller = largest_fraction(table.cells[cell].value, n, n - n / 3);
      checks.push_back(check);
    }
  }
  return checks;
}

std::optional<std::uint64_t> items_of(const Table& table, std::span<const ColumnSizes> columns, std::size_t cell) {
  const Cell& one = table.cells[cell];
  if (one.n) return one.n;
  for (const auto& column : columns) {
    if (column.benchmark != one.benchmark || column.stratum != one.stratum) continue;
    return column.taken ? std::optional(column.taken->n) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace osler::audit
