#pragma once

#include <optional>
#include <span>

#include "osler/stats/interval.h"

namespace osler::stats {

/// How much true values vary behind estimates of them.
struct Heterogeneity {
  double spread = 0.0;  ///< tau: the standard deviation of the true values, in their unit.
  Interval interval;    ///< Of tau; low is 0 where no spread at all would explain the estimates.
  double q = 0.0;       ///< Cochran's Q.
  double p = 1.0;       ///< Of no spread: the upper tail of Q, chi-squared with k - 1 degrees of freedom.
};

/// k estimates y_i with standard errors s_i, independent and normal around true values that vary with variance tau^2.
/// With w_i = 1 / (s_i^2 + tau^2) and m the mean of y weighted by w,
///
///     Q(tau^2) = sum of w_i (y_i - m)^2,   chi-squared with k - 1 degrees of freedom at the true tau^2
///
/// Q falls as tau^2 grows: the estimate solves Q(tau^2) = k - 1 (R. C. Paule, J. Mandel (1982), Consensus values and
/// weighting factors, J. Research NBS 87, 377-385), the interval's ends Q(tau^2) = the distribution's quantiles
/// (W. Viechtbauer (2007), Confidence intervals for the amount of heterogeneity in meta-analysis, Statistics in
/// Medicine 26, 37-52). W. G. Cochran (1954), The combination of estimates from different experiments, Biometrics 10,
/// 101-129.
/// nullopt with fewer than two estimates. Preconditions: the spans have equal size, estimates are finite, errors are
/// above 0, 0 < confidence < 1.
[[nodiscard]] std::optional<Heterogeneity> heterogeneity(std::span<const double> estimates,
                                                         std::span<const double> standard_errors, double confidence);

/// Two-sided p value of a spread of exactly `spread`: 2 min(P(X <= Q), P(X >= Q)) with Q at that spread; it is below
/// 1 - confidence exactly where heterogeneity()'s interval does not hold `spread`.
[[nodiscard]] double spread_p(std::span<const double> estimates, std::span<const double> standard_errors,
                              double spread);

}  // namespace osler::stats
