#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

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

/// The same test without mid-p, which never errs more often than it says:
///
///     p = min(1, 2 P(X <= k))
///
/// Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions or percentages,
/// Psychometrika 12, 153-157; exact by the sign test of the discordant pairs.
[[nodiscard]] double mcnemar_exact(std::size_t only_first, std::size_t only_second);

/// The smallest difference of two shares on the same n items that a test at 5% finds four times in five, where the
/// systems differ on `discordant` of the items, in whichever direction:
///
///     max( z sqrt( psi / n ), z^2 / n ),  z = z_0.975 + z_0.8, psi = discordant / n, cut to 1
///
/// The first-order form of R. J. Connor (1987), Sample size for testing differences in proportions for the
/// paired-sample design, Biometrics 43, 207-211. A difference is at most psi, which in that form means at least z^2 /
/// n: with fewer items that differ there is too little to see. 1 without items. Items are taken as independent.
[[nodiscard]] double detectable_difference(std::size_t discordant, std::size_t n);

/// The same from a standard error, whatever is behind it: (z_0.975 + z_0.8) standard_error, cut to 1.
[[nodiscard]] double detectable_from_error(double standard_error);

/// p values of several tests, each as it counts among all of them: with the m values in rising order
///
///     adjusted_(i) = max over j <= i of min(1, (m - j + 1) p_(j))
///
/// S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
/// 65-70. In the order in which they came.
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p_values);

/// The same where a share of false findings is to be kept low and not the chance of a single one: with the m values in
/// rising order
///
///     adjusted_(i) = min over j >= i of min(1, m p_(j) / j)
///
/// Y. Benjamini, Y. Hochberg (1995), Controlling the false discovery rate, JRSS B 57, 289-300. In the order in which
/// they came; holds for independent and positively dependent tests.
[[nodiscard]] std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p_values);

/// The mean difference of two systems' scores on the same items, with items in clusters.
struct PairedDifference {
  double difference = 0.0;  ///< Mean of first - second.
  double standard_error = 0.0;
  std::size_t clusters = 0;
  Interval interval;
  /// Two-sided, of no difference: Student's t of difference / standard_error with clusters - 1 degrees of freedom.
  /// 1 where the systems never differ. Where they differ by the same in every cluster, t would say 0 of however few;
  /// there it is the sign test of the clusters, 2^(1 - clusters).
  double p = 1.0;
};

/// clustered_error() of the differences item by item. Fewer than two clusters: nullopt.
/// Preconditions: the spans have equal size, scores are finite, 0 < confidence < 1.
[[nodiscard]] std::optional<PairedDifference> paired_difference(std::span<const double> first,
                                                                std::span<const double> second,
                                                                std::span<const std::size_t> cluster_of,
                                                                double confidence);

}  // namespace osler::stats
