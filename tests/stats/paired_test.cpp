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

TEST(McNemarExact, IsTheBinomialTailAndNeverBelowTheMidP) {
  // 2 * (1 + 10 + 45) / 1024
  EXPECT_DOUBLE_EQ(mcnemar_exact(2, 8), 112.0 / 1024.0);
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 5), 2.0 / 32.0);
  EXPECT_EQ(mcnemar_exact(0, 0), 1.0);
  EXPECT_EQ(mcnemar_exact(4, 4), 1.0);
  for (std::size_t first = 0; first < 30; ++first) {
    for (std::size_t second = 0; second < 30; ++second) {
      EXPECT_EQ(mcnemar_exact(first, second), mcnemar_exact(second, first));
      EXPECT_GE(mcnemar_exact(first, second) + 1e-15, mcnemar_mid_p(first, second));
    }
  }
}

TEST(DetectableDifference, FallsWithTheRootOfTheItemsAndRisesWithTheDiscordant) {
  // (1.959964 + 0.841621) * sqrt(0.1 / 100)
  EXPECT_NEAR(detectable_difference(10, 100), 0.0885939, 1e-6);
  EXPECT_NEAR(detectable_difference(40, 400), 0.0885939 / 2, 1e-6);
  EXPECT_GT(detectable_difference(20, 100), detectable_difference(10, 100));
  // (1.959964 + 0.841621)^2 / 100: no fewer items than that can show anything.
  EXPECT_NEAR(detectable_difference(0, 100), 0.0784888, 1e-6);
  EXPECT_DOUBLE_EQ(detectable_difference(0, 100), detectable_difference(3, 100));
  EXPECT_EQ(detectable_difference(0, 0), 1.0);
  EXPECT_EQ(detectable_difference(1, 1), 1.0);
}

/// Of normal approximations a simulation tells whether they hold: the test finds the difference about four times in
/// five.
TEST(DetectableDifference, IsFoundFourTimesInFive) {
  constexpr std::size_t kItems = 400;
  constexpr double kDiscordant = 0.2;
  const double difference = detectable_difference(static_cast<std::size_t>(kDiscordant * kItems), kItems);
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  int found = 0;
  constexpr int kTrials = 2'000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::size_t first = 0;
    std::size_t second = 0;
    for (std::size_t i = 0; i < kItems; ++i) {
      const double draw = uniform(random);
      if (draw < (kDiscordant + difference) / 2)
        ++first;
      else if (draw < kDiscordant)
        ++second;
    }
    found += mcnemar_mid_p(first, second) < 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(found) / kTrials, 0.8, 0.05);
}

TEST(Holm, AdjustsInOrderAndNeverBelowASmallerOne) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const auto adjusted = holm_adjusted(p);
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  ASSERT_EQ(adjusted.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_TRUE(holm_adjusted({}).empty());
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.7, 0.8}), (std::vector<double>{1.0, 1.0}));
}

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

TEST(PairedDifference, TheSameDifferenceInFewClustersIsNoCertainty) {
  const std::vector<double> a = {1, 1, 1};
  const std::vector<double> b = {0, 0, 0};
  const auto found = paired_difference(a, b, std::vector<std::size_t>{0, 1, 2}, 0.95);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->difference, 1.0);
  EXPECT_EQ(found->p, 0.25) << "two of eight patterns of signs";
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
