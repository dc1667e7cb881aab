#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace osler::stats {

enum class PolicyMetric {
  accuracy,  ///< Of all items; whatever is not correct counts as not correct.
  coverage,  ///< The share that may be answered, the surest first, with an error of at most `risk`.
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
/// says (17% and not 5% of the time for 100 images of 3 items at 99%), and one error would raise it above the bound of
/// none. Where no variation between clusters was seen, the trials are the clusters: they are what was seen of the
/// world. Effective trials: E. L. Korn, B. I. Graubard (1998), Confidence intervals for proportions with small expected
/// number of positive counts estimated from survey data, Survey Methodology 24, 193-201; with Wilson's interval: N.
/// Dean, M. Pagano (2015), Evaluating confidence interval methods for binomial proportions in clustered surveys, J.
/// Survey Statistics and Methodology 3, 484-503. Preconditions: 0.5 < confidence < 1, clusters > 0, 0 <= mean <= 1.
[[nodiscard]] double lower_bound(double mean, std::optional<double> standard_error, std::size_t clusters,
                                 double confidence);

/// The largest coverage at which the one-sided upper bound of the error among the answered is at most `risk`; 0 where
/// there is none. `confidence_of` says how sure the model was of each item; equal ones come together. The bound is the
/// mirror image of lower_bound(). Every coverage is looked at, so the best of them is a little too good.
/// Preconditions: the spans have equal size, no value is NaN.
[[nodiscard]] double safe_coverage(std::span<const double> confidence_of, std::span<const double> correct,
                                   std::span<const std::size_t> cluster_of, double risk, double confidence);

}  // namespace osler::stats
