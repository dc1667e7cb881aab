#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/report/study/grid.h"
#include "osler/stats/interval.h"

/// The study's claims as tests that were chosen before the runs.
namespace osler::report {

enum class Verdict { supported, contradicted, undecided };
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// One test of a claim.
struct Finding {
  std::string claim = {};      ///< "general models match medical ones of their size"
  std::string scope = {};      ///< "7B, slake/closed", "7B, mean of 7 benchmarks".
  std::string effect_is = {};  ///< What `effect` measures: "general - medical, accuracy".
  double effect = 0.0;
  std::optional<stats::Interval> interval = {};
  double tested_against = 0.0;  ///< The effect at which the claim turns.
  double p = 1.0;               ///< Two-sided, of an effect of exactly that.
  double p_adjusted = 1.0;      ///< Holm, over all findings of the report.
  /// The smallest distance from tested_against that a test at 5% would have seen four times in five.
  std::optional<double> detectable = {};
  std::size_t n = 0;  ///< Items.
  Verdict verdict = Verdict::undecided;
  std::string remark = {};
};

/// What is large enough to matter, as shares; chosen before the runs.
struct Margins {
  double match = 0.03;
  double spread = 0.05;
};

/// All tests that the grid has runs for. Only finished runs count.
///
/// 1. General models match medical ones of their size: per size and benchmark, and on the mean of the benchmarks. The
///    effect is the mean score of the general models minus that of the medical ones, item by item, errors clustered by
///    image. Supported where it is above -match, contradicted where it is below.
/// 2. Reasoning lags understanding: per benchmark, and on the mean of the benchmarks. The effect is accuracy on
///    understanding minus accuracy on reasoning of the models' mean score, with images that have items of both kinds
///    counted as what they are, one cluster. Supported above 0, contradicted below.
/// 3. Accuracy varies from benchmark to benchmark: the standard deviation of the benchmarks' true accuracies, also with
///    chance taken off, of the models that have all benchmarks. Supported above `spread`, contradicted below.
/// Models are taken as they are: the errors are those of choosing items, not of choosing models.
[[nodiscard]] std::vector<Finding> findings_of(const StudyGrid& grid, const Margins& margins);

}  // namespace osler::report
