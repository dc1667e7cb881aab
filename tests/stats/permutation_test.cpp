#include "osler/stats/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include "osler/stats/paired.h"

namespace osler::stats {
namespace {

std::vector<std::size_t> own_clusters(std::size_t n) {
  std::vector<std::size_t> clusters(n);
  for (std::size_t i = 0; i < n; ++i) clusters[i] = i;
  return clusters;
}

/// The distribution of the flipped total of whole numbers, cluster by cluster.
double by_convolution(const std::vector<int>& sums) {
  int reach = 0;
  int total = 0;
  for (const int sum : sums) {
    reach += std::abs(sum);
    total += sum;
  }
  std::vector<double> chance(2 * static_cast<std::size_t>(reach) + 1);
  chance[static_cast<std::size_t>(reach)] = 1.0;
  for (const int sum : sums) {
    std::vector<double> next(chance.size());
    for (int at = 0; at < static_cast<int>(chance.size()); ++at) {
      if (chance[static_cast<std::size_t>(at)] == 0.0) continue;
      next[static_cast<std::size_t>(at + sum)] += chance[static_cast<std::size_t>(at)] / 2.0;
      next[static_cast<std::size_t>(at - sum)] += chance[static_cast<std::size_t>(at)] / 2.0;
    }
    chance = std::move(next);
  }
  double p = 0.0;
  for (int at = 0; at < static_cast<int>(chance.size()); ++at) {
    if (std::abs(at - reach) >= std::abs(total)) p += chance[static_cast<std::size_t>(at)];
  }
  return p;
}

TEST(SignFlip, IsExactForManyImagesOfAFewQuestions) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 30; ++round) {
    std::vector<int> sums;
    std::vector<double> differences;
    const std::size_t clusters = 1 + random() % 300;
    for (std::size_t i = 0; i < clusters; ++i) {
      sums.push_back(static_cast<int>(random() % 8 < 5 ? random() % 3 : random() % 6) - 1);
      differences.push_back(sums.back());
    }
    const double exact = by_convolution(sums);
    EXPECT_NEAR(sign_flip_p(differences, own_clusters(clusters), {}) / exact, 1.0, 1e-9) << clusters;
  }
}

TEST(SignFlip, OfSingleItemsIsTheSignTestAlsoFarOutInItsTail) {
  std::vector<double> differences(5'000, 1.0);
  for (std::size_t i = 0; i < 2'000; ++i) differences[i] = -1.0;
  const double p = sign_flip_p(differences, own_clusters(differences.size()), {});
  EXPECT_NEAR(p / mcnemar_exact(3'000, 2'000), 1.0, 1e-9);
  EXPECT_LT(p, 1e-40);
}

// No two clusters alike: 2^29 patterns are too many. The largest differences are against, so that of all patterns with
// as many signs the observed one has the smallest sum, and the test is the sign test again.
TEST(SignFlip, DrawnSignsComeToWhatCountingWouldFind) {
  constexpr std::size_t kClusters = 30;
  constexpr std::size_t kAgainst = 10;
  std::vector<double> differences;
  for (std::size_t i = 0; i < kClusters; ++i) {
    const double size = 1.0 + 1e-6 * static_cast<double>(i);
    differences.push_back(i < kClusters - kAgainst ? size : -size);
  }
  const double exact = mcnemar_exact(kClusters - kAgainst, kAgainst);
  const double drawn = sign_flip_p(differences, own_clusters(kClusters), {.replicates = 100'000, .seed = 3});
  EXPECT_NEAR(drawn, exact, 0.003);
  EXPECT_NE(drawn, exact) << "it was counted, not drawn";
  EXPECT_EQ(drawn, sign_flip_p(differences, own_clusters(kClusters), {.replicates = 100'000, .seed = 3}));
}

TEST(SignFlip, FractionsThatAddUpToTheSameAreAlike) {
  // Thirds in two orders: sums that differ in the last bit.
  std::vector<double> differences;
  std::vector<std::size_t> clusters;
  for (std::size_t cluster = 0; cluster < 60; ++cluster) {
    for (const double third : {1.0 / 3.0, 1.0 / 3.0, cluster % 2 == 0 ? 1.0 / 3.0 : 1.0 - 2.0 / 3.0}) {
      differences.push_back(cluster < 40 ? third : -third);
      clusters.push_back(cluster);
    }
  }
  EXPECT_NEAR(sign_flip_p(differences, clusters, {}), mcnemar_exact(40, 20), 1e-12);
}

TEST(SignFlip, DrawnSignsNeverSayZero) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < 80; ++i) differences.push_back(1.0 + 0.01 * static_cast<double>(i));
  EXPECT_EQ(sign_flip_p(differences, own_clusters(80), {.replicates = 999}), 0.001);
}

}  // namespace
}  // namespace osler::stats
