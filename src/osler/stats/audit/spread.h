#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "osler/stats/audit/sizes.h"
#include "osler/stats/interval.h"

namespace osler::audit {

/// The confidence of all intervals of an audit.
inline constexpr double kConfidence = 0.95;

/// What a printed accuracy can say, as Wilson's interval of n independent items.
struct ImpliedInterval {
  std::size_t cell = 0;
  std::uint64_t n = 0;
  stats::Interval interval = {};
};
/// Of the cells whose number of items is known or taken.
[[nodiscard]] std::vector<ImpliedInterval> implied_intervals(const Table& table, std::span<const ColumnSizes> columns);

/// Two models whose difference is within its error: |p1 - p2| < z sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2), as of two
/// independent samples. Both answered the same items, whose pairing a table does not show and which makes the error
/// smaller as a rule; items about one image make it larger.
struct ClosePair {
  std::size_t first = 0;  ///< Cells; the higher value first.
  std::size_t second = 0;
  double difference = 0.0;
  double error = 0.0;
};
struct CloseCheck {
  std::size_t benchmark = 0;
  std::size_t pairs = 0;
  std::size_t close = 0;
  std::vector<ClosePair> closest = {};  ///< The closest few of them, closest first.
};
/// By benchmark, of the values for all items with a number of items.
[[nodiscard]] std::vector<CloseCheck> close_pairs(const Grid& grid, std::span<const ColumnSizes> columns);

}  // namespace osler::audit
