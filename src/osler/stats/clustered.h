#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "osler/stats/interval.h"

namespace osler::stats {

/// The mean of scores that come in clusters, such as questions about one image, and how well it is known.
struct ClusteredError {
  double mean = 0.0;
  double standard_error = 0.0;
  std::size_t clusters = 0;
  Interval interval;  ///< mean -+ t * standard_error. Not cut to [0, 1]: scores need not be proportions.
};

/// Cluster-robust (sandwich) standard error of a mean. For n scores s_i with mean m in G clusters:
///
///     SE^2 = G / (G - 1) * sum over clusters g of ( sum over i in g of (s_i - m) )^2 / n^2
///
/// and the interval uses Student's t with G - 1 degrees of freedom. The number of clusters is taken as the sample
/// size, so that n may differ from cluster to cluster; nothing is assumed about how scores of one cluster depend on
/// each other. With every score its own cluster this is the sample standard deviation over sqrt(n).
/// K.-Y. Liang, S. L. Zeger (1986), Biometrika 73(1), 13-22; A. C. Cameron, D. L. Miller (2015), A practitioner's guide
/// to cluster-robust inference, J. Human Resources 50(2), 317-372; for evaluations of language models,
/// E. Miller (2024), Adding error bars to evals, arXiv:2411.00640.
///
/// Where no two clusters differ (all correct, say) SE is 0: no variation was seen, which is not the same as none.
/// Fewer than two clusters say nothing about variation between clusters: nullopt.
/// The result is bit for bit the same for any order of the items.
/// Preconditions: the spans have equal size, scores are finite, 0 < confidence < 1.
[[nodiscard]] std::optional<ClusteredError> clustered_error(std::span<const double> scores,
                                                            std::span<const std::size_t> cluster_of, double confidence);

}  // namespace osler::stats
