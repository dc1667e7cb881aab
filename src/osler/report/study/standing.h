#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "osler/report/study/cell.h"
#include "osler/report/study/grid.h"

/// Which model is better than which, on a benchmark or on the average of several.
namespace osler::report {

/// Two models on the same items; `first` before `second` in the study's order.
struct Pair {
  std::size_t first = 0;  ///< Indices of models.
  std::size_t second = 0;
  std::size_t n = 0;            ///< Items; of an average, of all its benchmarks.
  double difference = 0.0;      ///< Accuracy of first - second.
  double standard_error = 0.0;  ///< Clustered by image.
  std::optional<stats::Interval> interval = {};
  double p = 1.0;           ///< Two-sided.
  double p_adjusted = 1.0;  ///< Holm, over the pairs of the column.
};

inline constexpr double kSignificance = 0.05;

enum class Standing {
  none,            ///< There is nobody to compare with, or the run is not finished.
  best,            ///< Above every other model, by its adjusted p value.
  tied_with_best,  ///< The highest, or not told apart from the highest.
  below,
};

/// All pairs of models with a finished run of the benchmark, over these items, with adjusted p values.
[[nodiscard]] std::vector<Pair> pairs_of(const StudyGrid& grid, std::size_t benchmark,
                                         std::span<const std::size_t> members);

/// The pairs of models that are in every one of these columns, on the mean of the columns' differences. Columns are
/// independent: their standard errors add in squares, and the mean is taken as normal.
[[nodiscard]] std::vector<Pair> pairs_of_average(std::span<const std::vector<Pair>> columns, std::size_t models);

/// Standings of a column; `accuracy` per model, nothing for those that take no part.
[[nodiscard]] std::vector<Standing> standings_of(std::span<const std::optional<double>> accuracy,
                                                 std::span<const Pair> pairs);

}  // namespace osler::report
