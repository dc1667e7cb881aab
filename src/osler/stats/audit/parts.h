#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/stats/audit/sizes.h"

namespace osler::audit {

/// A value for all items beside the values for their parts. An accuracy of all is a weighted mean of those of its
/// parts, whatever the weights, so it lies between the least and the greatest of them.
struct RangeCheck {
  std::size_t cell = 0;  ///< Of Table::cells, that of all items.
  Printed least = {};    ///< Of the parts.
  Printed greatest = {};
  bool holds = true;  ///< Within the range, or outside by no more than rounding.
};
/// For each model and benchmark with a value for all items and for two or more parts, all that the benchmark has.
[[nodiscard]] std::vector<RangeCheck> check_ranges(const Grid& grid);

/// Which share w of the items the first of two parts has, if overall = w * first + (1 - w) * second. With printed
/// values each of the three is an interval, and so is w.
struct ShareInterval {
  std::size_t model = 0;
  double low = 0.0;
  double high = 1.0;
};
/// All models answered the same items, so one w must do for all of them.
struct ShareCheck {
  std::size_t benchmark = 0;
  std::size_t first = 0;  ///< Stratum of which w is the share.
  std::size_t second = 0;
  std::size_t cells = 0;                     ///< Models with all three values.
  std::vector<ShareInterval> possible = {};  ///< Of the models for which some w in [0, 1] does.
  std::size_t most = 0;                      ///< How many of them one w can serve at most;
  double low = 0.0;                          ///< a range of such w.
  double high = 1.0;

  [[nodiscard]] bool holds() const { return most == cells; }
};
/// For benchmarks with two parts, in a table with two.
[[nodiscard]] std::vector<ShareCheck> check_shares(const Grid& grid);

/// With the numbers of items: overall * n = first * n_first + second * n_second, and what the second must then be.
struct WeightedCheck {
  std::size_t cell = 0;  ///< Of all items.
  std::uint64_t n_first = 0;
  std::uint64_t n_second = 0;
  double expected = 0.0;        ///< The weighted mean of the printed parts.
  double implied_second = 0.0;  ///< From the overall and the first; may lie outside of [0, 1].
  bool holds = true;            ///< Within rounding.
};
/// For benchmarks with two parts whose numbers of items are given or taken; one of them may be what the other leaves of
/// all items.
[[nodiscard]] std::vector<WeightedCheck> check_weighted(const Grid& grid, std::span<const ColumnSizes> columns);

/// The order of two models. If one is better on each of two parts of the items it is better on all of them, as both
/// answered the same items.
struct ImpossibleOrder {
  std::size_t better = 0;  ///< On all items, as printed.
  std::size_t worse = 0;   ///< On all items, yet better on both parts.
};
struct OrderCheck {
  std::size_t benchmark = 0;
  std::size_t pairs = 0;     ///< Pairs of models with values for all items and all parts.
  std::size_t inverted = 0;  ///< Whose order differs between two parts; possible, and of interest.
  std::vector<ImpossibleOrder> impossible = {};
};
/// For benchmarks with two or more parts.
[[nodiscard]] std::vector<OrderCheck> check_orders(const Grid& grid);

}  // namespace osler::audit
