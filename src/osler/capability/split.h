#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/stats/agreement.h"
#include "osler/stats/interval.h"

namespace osler::capability {

/// Answers to items whose capability was predicted. All of one size.
struct SplitAnswers {
  std::vector<double> scores;         ///< In [0, 1].
  std::vector<bool> reasoning;        ///< As predicted.
  std::vector<double> probability;    ///< That the item is reasoning.
  std::vector<std::size_t> clusters;  ///< Images.
};

/// Accuracy on one capability, estimated in three ways.
struct SplitAccuracy {
  std::optional<double> hard;  ///< On the items that are predicted to be of it; none without any.
  stats::Interval hard_interval{0.0, 1.0};
  std::optional<double> corrected;  ///< Without the classifier's errors; none where these leave nothing to know.
  stats::Interval corrected_interval{0.0, 1.0};
  std::optional<double> soft;  ///< Every item counted by its probability of being of it.
  stats::Interval soft_interval{0.0, 1.0};
};

struct SplitOptions {
  std::size_t replicates = 2'000;
  std::uint64_t seed = 1;
  double confidence = 0.95;
};

struct Split {
  SplitAccuracy understanding;
  SplitAccuracy reasoning;
};

/// Accuracy by capability where a classifier names the capability and errs as `confusion` says (positive is reasoning).
/// With Se and Sp its sensitivity and specificity, and c1 and c0 the shares of all items that are right and predicted
/// to be reasoning or understanding, q the share predicted to be reasoning:
///
///     pi = (q + Sp - 1) / (Se + Sp - 1)                                 items that are reasoning (Rogan, Gladen 1978)
///     a_r = (Sp c1 - (1 - Sp) c0) / ((Se + Sp - 1) pi)                  accuracy on them
///     a_u = (Se c0 - (1 - Se) c1) / ((Se + Sp - 1) (1 - pi))            accuracy on the others
///
/// which inverts the mixture c1 = Se pi a_r + (1 - Sp) (1 - pi) a_u, c0 = (1 - Se) pi a_r + Sp (1 - pi) a_u. It assumes
/// that, given what an item truly is, the label errs independently of whether the answer is right, and that Se and Sp
/// hold on this benchmark. Estimates and intervals are cut to [0, 1].
///
/// Intervals are percentiles of a bootstrap that draws clusters with replacement and, for the corrected estimate, Se
/// and Sp anew from binomials of their sizes (around (k + 1/2) / (n + 1), so that a classifier never seen to err may).
/// Where more than one in twenty replicates has no solution (Se + Sp <= 1, or pi outside (0, 1)), or the estimate
/// itself has none, the interval is [0, 1]. The same for the same seed on any number of threads.
[[nodiscard]] Split split_by_capability(const SplitAnswers& answers, const stats::Confusion& confusion,
                                        const SplitOptions& options);

}  // namespace osler::capability
