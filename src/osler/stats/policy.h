#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace osler::stats {

enum class PolicyMetric {
  accuracy,  ///< Of all items; whatever is not correct counts as not correct.
  coverage,  ///< This share of the items, the surest first, is answered with an error of at most `risk`.
};

/// One condition of a reliability policy.
struct PolicyRule {
  PolicyMetric metric = PolicyMetric::accuracy;
  double at_least = 0.0;     ///< The threshold, in [0, 1].
  double risk = 0.0;         ///< Of coverage.
  double confidence = 0.95;  ///< One-sided.
  std::string stratum = "overall";
  std::vector<std::string> benchmarks = {};  ///< Patterns of names; empty: all.
  std::string human = {};                    ///< What people reach, in words.
  std::string citation = {};
};

/// What a model has to reach to be relied on, said before anything is measured.
struct Policy {
  std::string name = {};
  std::string title = {};
  std::vector<PolicyRule> rules = {};
};

/// One-sided lower confidence bound of a mean score in [0, 1] over G clusters: Wilson's (interval.h) for as many
/// independent trials as would give the cluster-robust standard error (clustered.h),
///
///     trials = mean (1 - mean) / SE^2,  with t(G - 1) in place of z
///
/// mean - t SE itself will not do here: near 1, where policies ask, it lies above the truth much more often than it
/// says (17% and not 5% of the time for 100 images of 3 items at 99%). Where no variation between clusters was seen,
/// the trials are the clusters: the items of one may all be right for the same reason. A single error beside right
/// items of the same cluster says that they are not, and so the bound can rise with it (100 clusters of 3: 97.3%
/// without an error, 98.5% with one). With one or two clusters that err it is too high in up to 8% of samples at 95%, a
/// simulation says of which images 1% to 5% are harder, with 3 or 10 items each and a mean above 99%. Effective trials:
/// E. L. Korn, B. I. Graubard (1998), Confidence intervals for proportions with small expected number of positive
/// counts estimated from survey data, Survey Methodology 24, 193-201; with Wilson's interval: N. Dean, M. Pagano
/// (2015), Evaluating confidence interval methods for binomial proportions in clustered surveys, J. Survey Statistics
/// and Methodology 3, 484-503. Preconditions: 0.5 < confidence < 1, clusters > 0, 0 <= mean <= 1.
[[nodiscard]] double lower_bound(double mean, std::optional<double> standard_error, std::size_t clusters,
                                 double confidence);

/// The errors among the items of which a model was surest.
struct SurestRisk {
  std::size_t answered = 0;
  double risk = 0.0;   ///< Of these items: 1 - mean score.
  double bound = 1.0;  ///< One-sided upper bound of it, the mirror image of lower_bound().
};

/// The `least` surest items and those that are as sure as the last of them; `confidence_of` says how sure the model
/// was. One coverage, said beforehand: the largest one of all whose bound is low enough would be chosen by luck as
/// well. Where confidence tells nothing and the error is just above 5%, one of them at 50% or more has a bound of 5% in
/// 11% to 13% of samples (100 to 2,000 images of 3 items), the one at 50% in 4% to 5%. nullopt where `least` is 0 or
/// more than there are. Preconditions: the spans have equal size, no value is NaN, scores are in [0, 1], 0.5 <
/// confidence < 1.
[[nodiscard]] std::optional<SurestRisk> risk_of_surest(std::span<const double> confidence_of,
                                                       std::span<const double> correct,
                                                       std::span<const std::size_t> cluster_of, std::size_t least,
                                                       double confidence);

}  // namespace osler::stats
