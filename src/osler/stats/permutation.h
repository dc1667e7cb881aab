#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace osler::stats {

struct PermutationOptions {
  std::size_t replicates = 10'000;  ///< Where the sign patterns are too many to count.
  std::uint64_t seed = 1;
};

/// Two-sided test of no difference between two systems on the same items, in clusters: if neither is better, the sum
/// of first - second over a cluster is as likely to have the other sign. With T the sum over all clusters,
///
///     p = share of the 2^k sign patterns of the k clusters that differ, with |T*| >= |T|
///     p = (1 + number of replicates with |T*| >= |T|) / (1 + replicates), signs drawn at random
///
/// The first is exact. Clusters whose sums have the same size are alike, so that only how many of them are positive
/// matters, with its binomial probability; it is taken where that leaves at most 2^20 combinations, which it does for
/// right and wrong answers to a few questions an image, however many images there are. The second is for what is left.
/// E. J. G. Pitman (1937), Significance tests which may be applied to samples from any populations, JRSS Supplement 4,
/// 119-130; the 1 + b form: B. Phipson, G. K. Smyth (2010), Permutation p-values should never be zero, Statistical
/// Applications in Genetics and Molecular Biology 9:39. Clusters are taken as independent, nothing else is assumed of
/// how their items depend on each other. The same for any number of threads. 1 where no cluster differs.
/// Preconditions: the spans have equal size, differences are finite.
[[nodiscard]] double sign_flip_p(std::span<const double> differences, std::span<const std::size_t> cluster_of,
                                 const PermutationOptions& options);

}  // namespace osler::stats
