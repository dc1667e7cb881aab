#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "osler/stats/interval.h"

namespace osler::stats {

/// Two-sided exact McNemar test with mid-p for two systems that answered the same items: `only_first` items are right
/// with the first alone, `only_second` with the second alone. If neither is better, the smaller of the two counts is
/// binomial with n = only_first + only_second and 1/2; with k = min(only_first, only_second)
///
///     p = 2 P(X < k) + P(X = k) when k < n / 2, else 1
///
/// (half of the observed outcome's probability on either side). Items are taken as independent.
/// M. W. Fagerland, S. Lydersen, P. Laake (2013), The McNemar test for binary matched-pairs data: mid-p and asymptotic
/// are better than exact conditional, BMC Medical Research Methodology 13:91.
[[nodiscard]] double mcnemar_mid_p(std::size_t only_first, std::size_t only_second);

/// The mean difference of two systems' scores on the same items, with items in clusters.
struct PairedDifference {
  double difference = 0.0;  ///< Mean of first - second.
  double standard_error = 0.0;
  std::size_t clusters = 0;
  Interval interval;
  /// Two-sided, of no difference: Student's t of difference / standard_error with clusters - 1 degrees of freedom.
  /// 1 where the systems never differ; 0 where they differ by the same amount everywhere.
  double p = 1.0;
};

/// clustered_error() of the differences item by item. Fewer than two clusters: nullopt.
/// Preconditions: the spans have equal size, scores are finite, 0 < confidence < 1.
[[nodiscard]] std::optional<PairedDifference> paired_difference(std::span<const double> first,
                                                                std::span<const double> second,
                                                                std::span<const std::size_t> cluster_of,
                                                                double confidence);

}  // namespace osler::stats
