#include "osler/stats/audit/parts.h"

#include <algorithm>
#include <cmath>

namespace osler::audit {
namespace {

/// All strata's cells of one model on one benchmark.
struct Whole {
  const Cell* all = nullptr;
  std::vector<const Cell*> parts = {};
};

/// The parts that any model has on this benchmark.
std::vector<std::size_t> parts_of(const Grid& grid, std::size_t benchmark) {
  std::vector<std::size_t> parts;
  for (const auto stratum : grid.parts()) {
    for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
      if (grid.at(model, benchmark, stratum) == nullptr) continue;
      parts.push_back(stratum);
      break;
    }
  }
  return parts;
}

/// nullopt unless everything is there.
std::optional<Whole> whole_of(const Grid& grid, std::size_t model, std::size_t benchmark,
                              const std::vector<std::size_t>& parts) {
  Whole whole{.all = grid.at(model, benchmark, grid.overall())};
  if (whole.all == nullptr || parts.size() < 2) return std::nullopt;
  for (const auto stratum : parts) {
    whole.parts.push_back(grid.at(model, benchmark, stratum));
    if (whole.parts.back() == nullptr) return std::nullopt;
  }
  return whole;
}

std::size_t index_of(const Grid& grid, const Cell* cell) {
  return static_cast<std::size_t>(cell - grid.table().cells.data());
}

/// By the middles of what they may stand for.
bool less(Printed a, Printed b) {
  return rounding_bounds(a).low + rounding_bounds(a).high < rounding_bounds(b).low + rounding_bounds(b).high;
}

/// Cuts [low, high] to where slope * w + offset <= 0.
void cut(double slope, double offset, double& low, double& high) {
  constexpr double kFlat = 1e-15;
  if (std::abs(slope) < kFlat) {
    if (offset > kFlat) high = low - 1.0;
  } else if (slope > 0.0) {
    high = std::min(high, -offset / slope);
  } else {
    low = std::max(low, -offset / slope);
  }
}

std::optional<ShareInterval> share_of(std::size_t model, const Whole& whole) {
  const auto all = rounding_interval(whole.all->value);
  const auto first = rounding_interval(whole.parts[0]->value);
  const auto second = rounding_interval(whole.parts[1]->value);
  ShareInterval share{.model = model};
  // w first + (1 - w) second must be able to be as low as all.high and as high as all.low.
  cut(first.low - second.low, second.low - all.high, share.low, share.high);
  cut(second.high - first.high, all.low - second.high, share.low, share.high);
  constexpr double kTouching = 1e-12;
  if (share.low > share.high + kTouching) return std::nullopt;
  share.high = std::max(share.low, share.high);
  return share;
}

/// The w that most intervals hold: at the low end of one of them.
void find_common(ShareCheck& check) {
  for (const auto& candidate : check.possible) {
    std::size_t holding = 0;
    double high = 1.0;
    for (const auto& other : check.possible) {
      if (other.low > candidate.low || other.high < candidate.low) continue;
      ++holding;
      high = std::min(high, other.high);
    }
    if (holding <= check.most) continue;
    check.most = holding;
    check.low = candidate.low;
    check.high = high;
  }
}

struct Sizes {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

std::optional<std::uint64_t> taken(std::span<const ColumnSizes> columns, std::size_t benchmark, std::size_t stratum) {
  for (const auto& column : columns) {
    if (column.benchmark != benchmark || column.stratum != stratum || !column.taken) continue;
    return column.taken->n;
  }
  return std::nullopt;
}

/// Of the two parts; one that is not known is what the other leaves of all items.
std::optional<Sizes> sizes_of(const Grid& grid, std::span<const ColumnSizes> columns, std::size_t benchmark,
                              const std::vector<std::size_t>& parts) {
  const auto all = taken(columns, benchmark, grid.overall());
  auto first = taken(columns, benchmark, parts[0]);
  auto second = taken(columns, benchmark, parts[1]);
  if (all && first && !second && *first < *all) second = *all - *first;
  if (all && second && !first && *second < *all) first = *all - *second;
  if (!first || !second) return std::nullopt;
  return Sizes{*first, *second};
}

}  // namespace

std::vector<RangeCheck> check_ranges(const Grid& grid) {
  std::vector<RangeCheck> checks;
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const auto parts = parts_of(grid, benchmark);
    for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
      const auto whole = whole_of(grid, model, benchmark, parts);
      if (!whole) continue;
      const auto by_value = [](const Cell* a, const Cell* b) { return less(a->value, b->value); };
      const auto [least, greatest] = std::ranges::minmax_element(whole->parts, by_value);
      RangeCheck check{index_of(grid, whole->all), (*least)->value, (*greatest)->value};
      const Bounds all = rounding_bounds(whole->all->value);
      const auto reaches_up = [&](const Cell* part) { return rounding_bounds(part->value).high >= all.low; };
      const auto reaches_down = [&](const Cell* part) { return rounding_bounds(part->value).low <= all.high; };
      check.holds = std::ranges::any_of(whole->parts, reaches_up) && std::ranges::any_of(whole->parts, reaches_down);
      checks.push_back(check);
    }
  }
  return checks;
}

std::vector<ShareCheck> check_shares(const Grid& grid) {
  std::vector<ShareCheck> checks;
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const auto parts = parts_of(grid, benchmark);
    if (parts.size() != 2) continue;
    ShareCheck check{.benchmark = benchmark, .first = parts[0], .second = parts[1]};
    for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
      const auto whole = whole_of(grid, model, benchmark, parts);
      if (!whole) continue;
      ++check.cells;
      if (const auto share = share_of(model, *whole)) check.possible.push_back(*share);
    }
    find_common(check);
    if (check.cells > 0) checks.push_back(std::move(check));
  }
  return checks;
}

std::vector<WeightedCheck> check_weighted(const Grid& grid, std::span<const ColumnSizes> columns) {
  std::vector<WeightedCheck> checks;
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const auto parts = parts_of(grid, benchmark);
    if (parts.size() != 2) continue;
    const auto sizes = sizes_of(grid, columns, benchmark, parts);
    if (!sizes) continue;
    const auto a = static_cast<double>(sizes->first);
    const auto b = static_cast<double>(sizes->second);
    for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
      const auto whole = whole_of(grid, model, benchmark, parts);
      if (!whole) continue;
      const Printed all = whole->all->value;
      WeightedCheck check{.cell = index_of(grid, whole->all), .n_first = sizes->first, .n_second = sizes->second};
      check.expected = (a * value_of(whole->parts[0]->value) + b * value_of(whole->parts[1]->value)) / (a + b);
      check.implied_second = ((a + b) * value_of(all) - a * value_of(whole->parts[0]->value)) / b;
      const double half = 0.5 / static_cast<double>(power_of_ten(all.decimals));
      const double first_half = 0.5 / static_cast<double>(power_of_ten(whole->parts[0]->value.decimals));
      const double second_half = 0.5 / static_cast<double>(power_of_ten(whole->parts[1]->value.decimals));
      const double slack = half + (a * first_half + b * second_half) / (a + b);
      constexpr double kEdge = 1e-12;
      check.holds = std::abs(check.expected - value_of(all)) <= slack + kEdge;
      checks.push_back(check);
    }
  }
  return checks;
}

std::vector<OrderCheck> check_orders(const Grid& grid) {
  std::vector<OrderCheck> checks;
  for (std::size_t benchmark = 0; benchmark < grid.table().benchmarks.size(); ++benchmark) {
    const auto parts = parts_of(grid, benchmark);
    OrderCheck check{.benchmark = benchmark};
    std::vector<std::optional<Whole>> wholes;
    for (std::size_t model = 0; model < grid.table().models.size(); ++model) {
      wholes.push_back(whole_of(grid, model, benchmark, parts));
    }
    for (std::size_t a = 0; a < wholes.size(); ++a) {
      for (std::size_t b = a + 1; wholes[a] && b < wholes.size(); ++b) {
        if (!wholes[b]) continue;
        ++check.pairs;
        std::size_t up = 0;    // parts on which b is better
        std::size_t down = 0;  // beyond rounding
        for (std::size_t i = 0; i < parts.size(); ++i) {
          const Bounds left = rounding_bounds(wholes[a]->parts[i]->value);
          const Bounds right = rounding_bounds(wholes[b]->parts[i]->value);
          up += left.high < right.low ? 1U : 0U;
          down += right.high < left.low ? 1U : 0U;
        }
        if (up > 0 && down > 0) ++check.inverted;
        const Bounds left = rounding_bounds(wholes[a]->all->value);
        const Bounds right = rounding_bounds(wholes[b]->all->value);
        if (up == parts.size() && right.high < left.low) check.impossible.push_back({a, b});
        if (down == parts.size() && left.high < right.low) check.impossible.push_back({b, a});
      }
    }
    if (check.pairs > 0) checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace osler::audit
