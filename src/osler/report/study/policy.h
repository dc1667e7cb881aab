#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "osler/report/study/grid.h"
#include "osler/stats/policy.h"

namespace osler::report {

/// What a rule of a policy comes to for a model on a benchmark.
struct PolicyResult {
  std::string model = {};
  std::string benchmark = {};
  std::size_t rule = 0;  ///< Index into Policy::rules.
  /// Accuracy; of a rule on coverage the error among the surest items that make it up. None where it is not known.
  std::optional<double> estimate = {};
  std::optional<double> bound = {};  ///< One-sided: of accuracy the lower one, of that error the upper one.
  bool met = false;
  std::string sentence = {};  ///< "lower bound 71.2% < 90%: not met".
};

/// Every rule for every finished run that it is about. Where a run lacks what a rule needs (the models' confidence),
/// the sentence says so and the rule is not met. Of coverage it is the one that the rule names which is tested, because
/// it was chosen before the answers were seen (stats::risk_of_surest).
[[nodiscard]] std::vector<PolicyResult> apply_policy(const stats::Policy& policy, const StudyGrid& grid);

}  // namespace osler::report
