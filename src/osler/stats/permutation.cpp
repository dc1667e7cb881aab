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

/// So many combinations of numbers of flipped signs are counted one by one: some milliseconds.
constexpr double kMostCombinations = 1 << 20;
constexpr std::size_t kBlock = 250;

/// Clusters whose sums have the same size.
struct Alike {
  double size = 0.0;
  std::size_t count = 0;
};

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

/// In rising order of count, so that the last is the one that most combinations are spared of.
std::vector<Alike> alike_of(const std::vector<double>& sums) {
  std::vector<double> sizes;
  for (const double sum : sums) sizes.push_back(std::abs(sum));
  std::ranges::sort(sizes);
  std::vector<Alike> groups;
  for (const double size : sizes) {
    // Sums of fractions differ by rounding.
    if (groups.empty() || size > groups.back().size * (1.0 + 1e-12)) groups.push_back({size, 0});
    ++groups.back().count;
  }
  std::ranges::stable_sort(groups, [](const Alike& a, const Alike& b) { return a.count < b.count; });
  return groups;
}

/// How likely 0 .. n heads of n coins are. From the middle outwards, so that nothing large has to cancel.
std::vector<double> heads_of(std::size_t n) {
  std::vector<double> weights(n + 1);
  const std::size_t middle = n / 2;
  weights[middle] = 1.0;
  for (std::size_t k = middle; k < n; ++k) {
    weights[k + 1] = weights[k] * static_cast<double>(n - k) / static_cast<double>(k + 1);
  }
  for (std::size_t k = 0; k < middle; ++k) weights[k] = weights[n - k];
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
  return weights;
}

/// Every combination of how many signs are positive in each group, weighed by how many patterns come to it.
class Patterns {
 public:
  explicit Patterns(const std::vector<Alike>& groups) : groups_(groups) {
    for (const Alike& group : groups_) heads_.push_back(heads_of(group.count));
    at_most_ = heads_.back();
    std::partial_sum(at_most_.begin(), at_most_.end(), at_most_.begin());
  }

  /// The share of patterns with |T*| >= least, least > 0, where the groups before the group-th sum to `sum`.
  [[nodiscard]] double extreme(double least, std::size_t group = 0, double sum = 0.0) const {
    const auto [size, count] = groups_[group];
    const auto clusters = static_cast<double>(count);
    if (group + 1 == groups_.size()) {
      // sum + size (2 heads - count) >= least, and by symmetry the same of tails for <= -least.
      return at_least(std::ceil((clusters + (least - sum) / size) / 2.0)) +
             at_least(std::ceil((clusters + (least + sum) / size) / 2.0));
    }
    double share = 0.0;
    for (std::size_t heads = 0; heads <= count; ++heads) {
      const double flipped = sum + size * (2.0 * static_cast<double>(heads) - clusters);
      share += heads_[group][heads] * extreme(least, group + 1, flipped);
    }
    return share;
  }

 private:
  /// P(heads >= n) in the last group, which is P(heads <= count - n).
  [[nodiscard]] double at_least(double n) const {
    if (n <= 0.0) return 1.0;
    const auto count = static_cast<double>(groups_.back().count);
    return n > count ? 0.0 : at_most_[static_cast<std::size_t>(count - n)];
  }

  std::vector<Alike> groups_;
  std::vector<std::vector<double>> heads_;
  std::vector<double> at_most_;
};

double combinations(const std::vector<Alike>& groups) {
  double product = 1.0;
  for (std::size_t i = 0; i + 1 < groups.size(); ++i) product *= static_cast<double>(groups[i].count) + 1.0;
  return product;
}

/// Fair coins, 64 from each random number.
class Coins {
 public:
  explicit Coins(Random random) : random_(random) {}

  std::size_t heads(std::size_t n) {
    std::size_t found = 0;
    while (n > 0) {
      if (left_ == 0) {
        bits_ = random_.next();
        left_ = 64;
      }
      const std::size_t taken = std::min(n, left_);
      const std::uint64_t mask = ~std::uint64_t{0} >> (64 - taken);
      found += static_cast<std::size_t>(std::popcount(bits_ & mask));
      bits_ = taken == 64 ? 0 : bits_ >> taken;
      left_ -= taken;
      n -= taken;
    }
    return found;
  }

 private:
  Random random_;
  std::uint64_t bits_ = 0;
  std::size_t left_ = 0;
};

double drawn_p(const std::vector<Alike>& groups, double least, const PermutationOptions& options) {
  std::atomic<std::size_t> extreme = 0;
  for_each_index((options.replicates + kBlock - 1) / kBlock, [&](std::size_t block) {
    Coins coins(Random::for_block(options.seed, block));
    const std::size_t end = std::min(options.replicates, (block + 1) * kBlock);
    std::size_t found = 0;
    for (std::size_t i = block * kBlock; i < end; ++i) {
      double flipped = 0.0;
      for (const auto& [size, count] : groups) {
        flipped += size * (2.0 * static_cast<double>(coins.heads(count)) - static_cast<double>(count));
      }
      found += std::abs(flipped) >= least ? 1U : 0U;
    }
    extreme += found;
  });
  return (1.0 + static_cast<double>(extreme)) / (1.0 + static_cast<double>(options.replicates));
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
  if (least <= 0.0) return 1.0;
  const auto groups = alike_of(sums);
  if (combinations(groups) <= kMostCombinations) return std::min(1.0, Patterns(groups).extreme(least));
  return drawn_p(groups, least, options);
}

}  // namespace osler::stats
