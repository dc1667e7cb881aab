#pragma once

#include <cstddef>

namespace osler::stats {

/// A closed interval; low <= high.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// Wilson's score interval for a proportion p = successes / n of independent trials. With z the two-sided normal
/// critical value of `confidence`:
///
///     ( p + z^2 / 2n  -+  z sqrt( p (1 - p) / n + z^2 / 4n^2 ) ) / ( 1 + z^2 / n )
///
/// E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22(158), 209-212.
/// It stays within [0, 1] and keeps its coverage where p is near 0 or 1; the low end is exactly 0 for no success and
/// the high end exactly 1 for no failure. Without trials nothing is known: [0, 1].
/// Preconditions: successes <= n, 0 < confidence < 1.
[[nodiscard]] Interval wilson_interval(std::size_t successes, std::size_t n, double confidence);

/// The same where trials may count in part: `successes` is the sum of n scores in [0, 1]. Scores between the ends vary
/// less than p (1 - p), so the interval is then wider than it had to be.
/// Preconditions: 0 <= successes <= n, 0 < confidence < 1.
[[nodiscard]] Interval wilson_interval_of_scores(double successes, std::size_t n, double confidence);

/// The same of a share p in [0, 1] of so many trials, not a whole number where they stand for clusters, with `critical`
/// in place of z. Preconditions: 0 <= p <= 1, trials > 0, critical > 0.
[[nodiscard]] Interval wilson_interval_of_trials(double p, double trials, double critical);

}  // namespace osler::stats
