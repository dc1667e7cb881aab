#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/stats/interval.h"

namespace osler::stats {

/// Some clusters that look alike: `count` of them, each with so many items and such a sum of scores.
struct ClusterShape {
  double sum = 0.0;
  double items = 0.0;
  std::size_t count = 0;
};

/// The clusters of scores, like ones together, in rising order: the same for any order of the items.
/// Preconditions: the spans have equal size, scores are finite.
[[nodiscard]] std::vector<ClusterShape> cluster_shapes(std::span<const double> scores,
                                                       std::span<const std::size_t> cluster_of);

struct BootstrapOptions {
  std::size_t replicates = 10'000;
  std::uint64_t seed = 1;
  double confidence = 0.95;
};

/// The mean of scores in clusters, with the interval of a cluster bootstrap.
struct BootstrapMean {
  double mean = 0.0;
  double standard_error = 0.0;  ///< Standard deviation of the replicates.
  Interval interval;            ///< BCa.
};

/// Draws as many clusters as there are, with replacement, `replicates` times; the mean of each replicate is the sum of
/// its scores over its number of items. With t the fraction of replicates below the mean (ties count half),
/// z0 = Phi^-1(t), and from the means m_(i) without one cluster, with average m_.,
///
///     a = sum (m_. - m_(i))^3 / (6 (sum (m_. - m_(i))^2)^(3/2))
///
/// the ends of the interval are the replicates' quantiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z = -+z_confidence.
/// B. Efron (1987), Better bootstrap confidence intervals, JASA 82, 171-185; clusters as units: A. C. Davison, D. V.
/// Hinkley (1997), Bootstrap methods and their application, 3.8. How many clusters of each shape are drawn is
/// multinomial, so that a replicate costs as much as there are shapes, and not clusters.
/// Every block of replicates has a random number generator of its own, seeded by its number: the result is the same on
/// any number of threads. A paired difference is the mean of first - second, item by item. nullopt with fewer than two
/// clusters, or where no two clusters have different means. Preconditions: shapes have items, 0 < confidence < 1,
/// replicates > 0.
[[nodiscard]] std::optional<BootstrapMean> bootstrap_mean(std::span<const ClusterShape> shapes,
                                                          const BootstrapOptions& options);

/// The mean over several samples of their means (a macro average over benchmarks), each sample drawn by itself. BCa
/// with the jackknife over all clusters of all samples. nullopt where a sample has fewer than two clusters, or where no
/// sample varies. Preconditions as above; there is a sample.
[[nodiscard]] std::optional<BootstrapMean> bootstrap_macro_mean(std::span<const std::vector<ClusterShape>> samples,
                                                                const BootstrapOptions& options);

}  // namespace osler::stats
