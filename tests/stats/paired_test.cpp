#include "osler/stats/paired.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace osler::stats {
namespace {

TEST(McNemar, SystemsThatWinEquallyOftenAreNotToldApart) {
  EXPECT_EQ(mcnemar_mid_p(0, 0), 1.0);
  EXPECT_EQ(mcnemar_mid_p(17, 17), 1.0);
}

TEST(McNemar, IsTheSameFromEitherSideAndFallsWithTheGap) {
  double last = 1.0;
  for (std::size_t wins = 6; wins <= 40; ++wins) {
    const double p = mcnemar_mid_p(wins, 5);
    EXPECT_EQ(p, mcnemar_mid_p(5, wins));
    EXPECT_LT(p, last);
    last = p;
  }
}

TEST(McNemar, OneWinOutOfOneIsNoEvidence) { EXPECT_DOUBLE_EQ(mcnemar_mid_p(1, 0), 0.5); }

TEST(PairedDifference, ChangesSignWithTheOrder) {
  const std::vector<double> a = {1, 1, 0, 1, 0, 1};
  const std::vector<double> b = {0, 1, 0, 0, 1, 0};
  const std::vector<std::size_t> clusters = {0, 0, 1, 1, 2, 2};
  const auto forth = paired_difference(a, b, clusters, 0.95);
  const auto back = paired_difference(b, a, clusters, 0.95);
  ASSERT_TRUE(forth && back);
  EXPECT_DOUBLE_EQ(forth->difference, -back->difference);
  EXPECT_DOUBLE_EQ(forth->interval.low, -back->interval.high);
  EXPECT_DOUBLE_EQ(forth->p, back->p);
}

TEST(PairedDifference, EqualSystemsDoNotDiffer) {
  const std::vector<double> a = {1, 0, 1};
  const std::vector<std::size_t> clusters = {0, 1, 2};
  const auto found = paired_difference(a, a, clusters, 0.95);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->difference, 0.0);
  EXPECT_EQ(found->p, 1.0);
}

TEST(PairedDifference, OneClusterSaysNothing) {
  const std::vector<double> a = {1, 0};
  const std::vector<std::size_t> clusters = {0, 0};
  EXPECT_FALSE(paired_difference(a, a, clusters, 0.95));
}

/// Two equally good systems: p below 0.05 about once in twenty, also when the items of a cluster hang together.
TEST(PairedDifference, KeepsItsLevelWithClusters) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> unit;
  constexpr int kTrials = 2000;
  int rejected = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a;
    std::vector<double> b;
    std::vector<std::size_t> clusters;
    for (std::size_t cluster = 0; cluster < 40; ++cluster) {
      const double a_skill = unit(random);
      const double b_skill = unit(random);
      for (int i = 0; i < 8; ++i) {
        a.push_back(unit(random) < a_skill ? 1 : 0);
        b.push_back(unit(random) < b_skill ? 1 : 0);
        clusters.push_back(cluster);
      }
    }
    rejected += paired_difference(a, b, clusters, 0.95)->p < 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(rejected) / kTrials, 0.05, 0.02);
}

}  // namespace
}  // namespace osler::stats
