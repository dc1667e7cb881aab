#include "osler/stats/permutation.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "osler/core/parallel.h"
#include "osler/stats/random.h"

namespace osler::stats {
namespace {

constexpr std::size_t kAllPatterns = 20;
constexpr std::size_t kBlock = 250;

/// The clusters' sums that are not 0, the same for any order of the items.
std::vector<double> cluster_sums(std::span<const double> differences, std::span<const std::size_t> cluster_of) {
  std::vector<std::size_t> order(differences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::tie(cluster_of[a], differences[a]) < std::tie(cluster_of[b], differences[b]);
  });
  std::vector<double> sums;
  for (std::size_t at = 0; at < order.size();) {
    const std::size_t cluster = cluster_of[order[at]];
    double sum = 0.0;
    for (; at < order.size() && cluster_of[order[at]] == cluster; ++at) sum += differences[order[at]];
    if (std::abs(sum) > 1e-12) sums.push_back(sum);
  }
  std::ranges::sort(sums);
  return sums;
}

/// By Gray code: each pattern differs from the one before in one sign.
double share_of_all_patterns(const std::vector<double>& sums, double least) {
  const std::uint64_t patterns = std::uint64_t{1} << sums.size();
  double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  std::vector<double> signs(sums.size(), 1.0);
  std::uint64_t extreme = 0;
  for (std::uint64_t pattern = 0;; ++pattern) {
    extreme += std::abs(total) >= least ? 1U : 0U;
    if (pattern + 1 == patterns) break;
    const auto flipped = static_cast<std::size_t>(std::countr_zero(pattern + 1));
    total -= 2.0 * signs[flipped] * sums[flipped];
    signs[flipped] = -signs[flipped];
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

}  // namespace

double sign_flip_p(std::span<const double> differences, std::span<const std::size_t> cluster_of,
                   const PermutationOptions& options) {
  assert(differences.size() == cluster_of.size());
  const auto sums = cluster_sums(differences, cluster_of);
  if (sums.empty()) return 1.0;
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  double size = 0.0;
  for (const double sum : sums) size += std::abs(sum);
  // A total that is the same but for rounding counts as the same.
  const double least = std::abs(total) - 1e-9 * size;
  if (sums.size() <= kAllPatterns) return share_of_all_patterns(sums, least);
  std::atomic<std::size_t> extreme = 0;
  for_each_index((options.replicates + kBlock - 1) / kBlock, [&](std::size_t block) {
    Random random = Random::for_block(options.seed, block);
    const std::size_t end = std::min(options.replicates, (block + 1) * kBlock);
    std::size_t found = 0;
    for (std::size_t i = block * kBlock; i < end; ++i) {
      double flipped = 0.0;
      std::uint64_t bits = 0;
      for (std::size_t k = 0; k < sums.size(); ++k) {
        if (k % 64 == 0) bits = random.next();
        flipped += (bits & 1U) != 0 ? sums[k] : -sums[k];
        bits >>= 1U;
      }
      found += std::abs(flipped) >= least ? 1U : 0U;
    }
    extreme += found;
  });
  return (1.0 + static_cast<double>(extreme)) / (1.0 + static_cast<double>(options.replicates));
}

}  // namespace osler::stats
