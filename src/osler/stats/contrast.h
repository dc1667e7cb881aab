#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "osler/stats/interval.h"

namespace osler::stats {

/// One side of a contrast: its items' scores and the clusters they belong to. Clusters have the same numbers on both
/// sides.
struct ScoredItems {
  std::span<const double> scores;
  std::span<const std::size_t> cluster_of;
};

/// The mean of some items minus that of others.
struct MeanContrast {
  double difference = 0.0;
  double standard_error = 0.0;
  double degrees_of_freedom = 0.0;
  std::size_t clusters = 0;  ///< Of either side, each counted once.
  Interval interval;         ///< difference -+ t * standard_error.
  double p = 1.0;            ///< Two-sided, of no difference; 1 where no variation was seen.
};

/// Two sets of different items, which may be about the same images: understanding and reasoning of one benchmark. With
/// a_g = sum over i in g of (s_i - m) / n of the first side in cluster g (0 where it has no item of it), b_g of the
/// second, and G_1, G_2 the clusters of each,
///
///     SE^2 = sum over g of ( sqrt(G_1 / (G_1 - 1)) a_g - sqrt(G_2 / (G_2 - 1)) b_g )^2
///
/// so what the sides share within an image does not count twice. Without common clusters this is Welch's; where all
/// are common and have one item of each side it is that of paired differences. Cluster-robust: K.-Y. Liang, S. L.
/// Zeger (1986), Biometrika 73(1), 13-22. Degrees of freedom after F. E. Satterthwaite (1946), An approximate
/// distribution of estimates of variance components, Biometrics Bulletin 2, 110-114: with V_k the parts of SE^2 from
/// clusters of the first side only, of the second only, and of both,
///
///     (sum of V_k)^2 / sum of V_k^2 / nu_k,  nu_k = clusters of the part, each (G - 1) / G of its side (least of both)
///
/// and 1 at least, which is Welch's and the pairs' again in the two cases. B. L. Welch (1947), Biometrika 34, 28-35.
/// The same for any order of the items. nullopt where a side has fewer than two clusters.
/// Preconditions: each side's spans have equal size, scores are finite, 0 < confidence < 1.
[[nodiscard]] std::optional<MeanContrast> mean_contrast(const ScoredItems& first, const ScoredItems& second,
                                                        double confidence);

}  // namespace osler::stats
