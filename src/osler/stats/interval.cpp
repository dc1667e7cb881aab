#include "osler/stats/interval.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "osler/stats/critical.h"

namespace osler::stats {

Interval wilson_interval(std::size_t successes, std::size_t n, double confidence) {
  return wilson_interval_of_scores(static_cast<double>(successes), n, confidence);
}

Interval wilson_interval_of_scores(double successes, std::size_t n, double confidence) {
  const double trials = static_cast<double>(n);
  assert(successes >= 0.0 && successes <= trials);
  if (n == 0) return {0.0, 1.0};
  return wilson_interval_of_trials(successes / trials, trials, normal_critical(confidence));
}

Interval wilson_interval_of_trials(double p, double trials, double critical) {
  assert(p >= 0.0 && p <= 1.0 && trials > 0.0 && critical > 0.0);
  const double shrink = 1.0 + critical * critical / trials;
  const double centre = p + critical * critical / (2.0 * trials);
  const double reach = critical * std::sqrt(p * (1.0 - p) / trials + critical * critical / (4.0 * trials * trials));
  // At the ends the two terms are equal on paper and differ by rounding.
  const double low = p <= 0.0 ? 0.0 : std::max(0.0, (centre - reach) / shrink);
  const double high = p >= 1.0 ? 1.0 : std::min(1.0, (centre + reach) / shrink);
  return {low, high};
}

}  // namespace osler::stats
