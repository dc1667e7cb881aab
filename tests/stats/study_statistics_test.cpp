// Properties of the statistics of a study, on made-up data.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "osler/stats/bootstrap.h"
#include "osler/stats/calibration.h"
#include "osler/stats/chance.h"
#include "osler/stats/clustered.h"
#include "osler/stats/heterogeneity.h"
#include "osler/stats/paired.h"
#include "osler/stats/permutation.h"
#include "osler/stats/selective.h"

namespace osler::stats {
namespace {

struct Scores {
  std::vector<double> values;
  std::vector<std::size_t> clusters;
};

/// Items of a cluster share a chance of being right, which has mean 0.6.
Scores simulate(std::mt19937_64& random, std::size_t clusters, std::size_t each) {
  Scores made;
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (std::size_t cluster = 0; cluster < clusters; ++cluster) {
    const double p = unit(random) < 0.5 ? 0.35 : 0.85;
    for (std::size_t i = 0; i < each; ++i) {
      made.values.push_back(unit(random) < p ? 1.0 : 0.0);
      made.clusters.push_back(cluster);
    }
  }
  return made;
}

TEST(Bootstrap, TheIntervalHoldsTheTruthAboutAsOftenAsItSays) {
  std::mt19937_64 random(3);
  constexpr int kRounds = 400;
  int covered = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto scores = simulate(random, 50, 4);
    const auto found = bootstrap_mean(cluster_shapes(scores.values, scores.clusters), {.replicates = 1'000, .seed = 1});
    ASSERT_TRUE(found);
    covered += found->interval.low <= 0.6 && 0.6 <= found->interval.high ? 1 : 0;
  }
  EXPECT_GT(covered, kRounds * 90 / 100);
  EXPECT_LT(covered, kRounds * 99 / 100);
}

TEST(Bootstrap, ItsErrorIsTheSandwichs) {
  std::mt19937_64 random(5);
  const auto scores = simulate(random, 300, 5);
  const auto found = bootstrap_mean(cluster_shapes(scores.values, scores.clusters), {.replicates = 20'000});
  const auto sandwich = clustered_error(scores.values, scores.clusters, 0.95);
  EXPECT_NEAR(found->mean, sandwich->mean, 1e-12);
  EXPECT_NEAR(found->standard_error / sandwich->standard_error, 1.0, 0.03);
}

TEST(Bootstrap, TheSameSeedGivesTheSameAndTheItemsOrderNothing) {
  std::mt19937_64 random(5);
  auto scores = simulate(random, 60, 7);
  const auto found = bootstrap_mean(cluster_shapes(scores.values, scores.clusters), {.seed = 9});
  std::reverse(scores.values.begin(), scores.values.end());
  std::reverse(scores.clusters.begin(), scores.clusters.end());
  const auto again = bootstrap_mean(cluster_shapes(scores.values, scores.clusters), {.seed = 9});
  EXPECT_EQ(found->interval.low, again->interval.low);
  EXPECT_EQ(found->interval.high, again->interval.high);
  const auto other = bootstrap_mean(cluster_shapes(scores.values, scores.clusters), {.seed = 10});
  EXPECT_NE(found->interval.low, other->interval.low);
}

TEST(Bootstrap, ClustersOfManyShapesAreDrawnAsThoseOfFew) {
  // The same clusters, once alike and once told apart by next to nothing, which are drawn one by one.
  std::vector<ClusterShape> alike{{1.0, 2.0, 40}, {0.0, 1.0, 30}, {3.0, 3.0, 20}};
  std::vector<ClusterShape> apart;
  for (const auto& shape : alike) {
    for (std::size_t i = 0; i < shape.count; ++i) {
      apart.push_back({shape.sum + 1e-9 * static_cast<double>(i), shape.items, 1});
    }
  }
  const auto few = bootstrap_mean(alike, {.replicates = 100'000});
  const auto many = bootstrap_mean(apart, {.replicates = 100'000});
  const double width = few->interval.high - few->interval.low;
  EXPECT_NEAR(few->interval.low, many->interval.low, 0.02 * width);
  EXPECT_NEAR(few->interval.high, many->interval.high, 0.02 * width);
}

// 97% right: a symmetric interval would miss on the high side.
TEST(Bootstrap, NearOneTheIntervalHoldsTheTruthToo) {
  std::mt19937_64 random(8);
  constexpr int kRounds = 600;
  int covered = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> scores;
    std::vector<std::size_t> clusters;
    for (std::size_t i = 0; i < 200; ++i) {
      scores.push_back(static_cast<double>(random() >> 11) * 0x1p-53 < 0.97 ? 1.0 : 0.0);
      clusters.push_back(i);
    }
    const auto found = bootstrap_mean(cluster_shapes(scores, clusters), {.replicates = 2'000, .seed = 1});
    covered += !found || (found->interval.low <= 0.97 && 0.97 <= found->interval.high) ? 1 : 0;
  }
  EXPECT_GT(covered, kRounds * 91 / 100);
  EXPECT_LT(covered, kRounds * 99 / 100);
}

// One cluster unlike all others makes the acceleration as large as it can be.
TEST(Bootstrap, TheEndsStayInOrderAndInReachHoweverSkewed) {
  for (const std::size_t others : {1U, 2U, 5U, 50U, 5'000U}) {
    for (const double confidence : {0.5, 0.95, 0.9999}) {
      const std::vector<ClusterShape> shapes{{100.0, 100.0, 1}, {0.0, 1.0, others}};
      const auto found = bootstrap_mean(shapes, {.replicates = 2'000, .confidence = confidence});
      ASSERT_TRUE(found);
      EXPECT_LE(found->interval.low, found->interval.high) << others;
      EXPECT_GE(found->interval.low, 0.0);
      EXPECT_LE(found->interval.high, 1.0);
    }
  }
}

TEST(Bootstrap, WhereNothingVariesThereIsNoInterval) {
  EXPECT_FALSE(bootstrap_mean(std::vector<ClusterShape>{}, {}));
  EXPECT_FALSE(bootstrap_mean(std::vector<ClusterShape>{{1.0, 2.0, 1}}, {}));
  EXPECT_FALSE(bootstrap_mean(std::vector<ClusterShape>{{2.0, 2.0, 30}, {3.0, 3.0, 4}}, {}));
}

TEST(Bootstrap, AMacroAverageIsTheMeanOfItsSamples) {
  const std::vector<std::vector<ClusterShape>> samples{{{1.0, 1.0, 30}, {0.0, 1.0, 30}},
                                                       {{2.0, 4.0, 20}, {1.0, 4.0, 20}}};
  const auto macro = bootstrap_macro_mean(samples, {.replicates = 40'000});
  const auto first = bootstrap_mean(samples[0], {.replicates = 40'000});
  const auto second = bootstrap_mean(samples[1], {.replicates = 40'000});
  EXPECT_NEAR(macro->mean, (0.5 + 0.375) / 2.0, 1e-12);
  EXPECT_NEAR(macro->standard_error, std::hypot(first->standard_error, second->standard_error) / 2.0, 5e-4);
}

TEST(SignFlip, UnderNoDifferenceItErrsAsOftenAsItSays) {
  std::mt19937_64 random(11);
  constexpr int kRounds = 400;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto first = simulate(random, 40, 3);
    auto second = simulate(random, 40, 3);
    std::vector<double> differences;
    for (std::size_t i = 0; i < first.values.size(); ++i) differences.push_back(first.values[i] - second.values[i]);
    found += sign_flip_p(differences, first.clusters, {.replicates = 999}) < 0.05 ? 1 : 0;
  }
  EXPECT_LT(found, kRounds * 8 / 100);
  EXPECT_GT(found, kRounds * 2 / 100);
}

TEST(SignFlip, NobodyDiffersMeansNothingIsFound) {
  EXPECT_EQ(sign_flip_p({}, {}, {}), 1.0);
  const std::vector<double> none(4, 0.0);
  const std::vector<std::size_t> clusters{0, 0, 1, 1};
  EXPECT_EQ(sign_flip_p(none, clusters, {}), 1.0);
}

TEST(Chance, IsThatOfTheRealNumbersOfOptions) {
  const std::vector<std::size_t> options{2, 4, 0, 5};
  EXPECT_NEAR(*chance_level(options), (0.5 + 0.25 + 0.0 + 0.2) / 4.0, 1e-12);
  EXPECT_FALSE(chance_level({}));
  EXPECT_NEAR(*chance_corrected(0.5, 0.25), 1.0 / 3.0, 1e-12);
  EXPECT_LT(*chance_corrected(0.2, 0.25), 0.0);
  EXPECT_FALSE(chance_corrected(1.0, 1.0));
}

TEST(Calibration, OfACalibratedModelTheDebiasedErrorIsNearNothing) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<double> p;
  std::vector<double> y;
  for (int i = 0; i < 3'000; ++i) {
    p.push_back(unit(random));
    y.push_back(unit(random) < p.back() ? 1.0 : 0.0);
  }
  const auto error = calibration_error(p, y);
  EXPECT_GT(error->ece, 0.005) << "finite bins always err";
  EXPECT_LT(error->debiased, error->ece);
  EXPECT_NEAR(*fit_temperature(p, y, std::vector<double>(p.size(), 0.25)), 1.0, 0.1);
}

TEST(Calibration, ATemperatureMendsWhatATemperatureBroke) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::uniform_real_distribution<double> inside(0.02, 0.98);
  std::vector<double> p;
  std::vector<double> y;
  std::vector<std::size_t> clusters;
  for (std::size_t i = 0; i < 4'000; ++i) {
    const double truth = inside(random);
    y.push_back(unit(random) < truth ? 1.0 : 0.0);
    p.push_back(at_temperature(truth, 0.0, 0.4));
    clusters.push_back(i / 4);
  }
  const std::vector<double> open(p.size(), 0.0);
  EXPECT_NEAR(*fit_temperature(p, y, open), 2.5, 0.3);
  const auto mended = recalibrated(p, y, open, clusters);
  EXPECT_LT(calibration_error(mended, y)->debiased, 0.3 * calibration_error(p, y)->debiased);
}

/// A model whose scores of five options are right but for a temperature, and what is seen of it: the chosen option's
/// probability and whether it is the answer.
struct TooSure {
  std::vector<double> confidence;
  std::vector<double> correct;
  std::vector<std::size_t> clusters;

  TooSure(double factor, std::size_t items) {
    std::mt19937_64 random(5);
    const auto unit = [&random] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    for (std::size_t i = 0; i < items; ++i) {
      std::array<double, 5> scores{};
      double total = 0.0;
      double stretched = 0.0;
      for (double& score : scores) {
        score = 2.0 * unit();
        total += std::exp(score);
        stretched += std::exp(factor * score);
      }
      const auto chosen = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
      correct.push_back(unit() * total < std::exp(scores[chosen]) ? 1.0 : 0.0);
      confidence.push_back(std::exp(factor * scores[chosen]) / stretched);
      clusters.push_back(i / 4);
    }
  }
};

// A fifth is what a guess among five is right with: drawn towards a half, such a model would stay as wrong as it is.
TEST(Calibration, ATemperatureDrawsTowardsAGuessAmongTheOptions) {
  EXPECT_NEAR(at_temperature(0.9, 0.2, 1e9), 0.2, 1e-6);
  EXPECT_NEAR(at_temperature(0.2, 0.2, 3.0), 0.2, 1e-12);
  EXPECT_NEAR(at_temperature(0.37, 0.2, 1.0), 0.37, 1e-12);
  for (const double factor : {0.5, 3.0}) {
    const TooSure model(factor, 6'000);
    const double before = calibration_error(model.confidence, model.correct)->debiased;
    const auto error_with = [&](double chance) {
      const std::vector<double> guess(model.confidence.size(), chance);
      const auto mended = recalibrated(model.confidence, model.correct, guess, model.clusters);
      return calibration_error(mended, model.correct)->debiased;
    };
    EXPECT_LT(error_with(0.2), 0.2 * before) << factor;
    EXPECT_GT(error_with(0.0), 0.4 * before) << factor;
  }
}

TEST(Calibration, EqualConfidencesStayTogetherAndNothingIsLost) {
  const std::vector<double> p{0.5, 0.5, 0.5, 0.5, 0.9, 0.1};
  const std::vector<double> y{1, 0, 1, 0, 1, 0};
  const auto bins = equal_mass_bins(p, y, 6);
  ASSERT_EQ(bins.size(), 3U);
  EXPECT_EQ(bins[0].n + bins[1].n + bins[2].n, 6U);
  EXPECT_EQ(bins[1].n, 4U);
  EXPECT_FALSE(calibration_error({}, {}));
  EXPECT_FALSE(brier_score({}, {}));
}

// A tie that fills many bins is one bin, and leaves no bins of single items behind it.
TEST(Calibration, WhatFollowsATieIsInBinsOfFullSize) {
  std::vector<double> p(600, 0.2);
  for (int i = 0; i < 600; ++i) p.push_back(0.3 + 0.001 * i);
  const std::vector<double> y(p.size(), 1.0);
  const auto bins = equal_mass_bins(p, y, 15);
  ASSERT_EQ(bins.size(), 9U);
  EXPECT_EQ(bins[0].n, 600U);
  EXPECT_EQ(bins[1].n, 40U) << "as far as the eighth of 15 bins of 80";
  for (std::size_t i = 2; i < bins.size(); ++i) EXPECT_EQ(bins[i].n, 80U);
}

TEST(Selection, TheSurestComeFirstAndTiesTogether) {
  const std::vector<double> p{0.9, 0.9, 0.5, 0.2};
  const std::vector<double> y{1, 1, 0, 1};
  const auto curve = risk_coverage(p, y);
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_EQ(curve[0].coverage, 0.5);
  EXPECT_EQ(curve[0].risk, 0.0);
  EXPECT_NEAR(curve[1].risk, 1.0 / 3.0, 1e-12);
  EXPECT_EQ(coverage_at_risk(curve, 0.05), 0.5);
  EXPECT_EQ(coverage_at_risk(curve, 0.25), 1.0) << "a later point may be better again";
  EXPECT_EQ(coverage_at_risk({}, 0.1), 0.0);
  EXPECT_FALSE(area_under_risk({}, {}));
}

TEST(Heterogeneity, EstimatesThatAgreeHaveNoSpread) {
  const std::vector<double> values{0.5, 0.5, 0.5};
  const std::vector<double> errors{0.1, 0.1, 0.1};
  const auto found = heterogeneity(values, errors, 0.95);
  EXPECT_EQ(found->spread, 0.0);
  EXPECT_EQ(found->interval.low, 0.0);
  EXPECT_NEAR(found->p, 1.0, 1e-12);
  EXPECT_FALSE(heterogeneity(std::vector<double>{0.5}, std::vector<double>{0.1}, 0.95));
}

TEST(Heterogeneity, TheIntervalAndTheTestSayTheSame) {
  const std::vector<double> values{0.2, 0.5, 0.6, 0.9};
  const std::vector<double> errors{0.03, 0.02, 0.05, 0.04};
  const auto found = heterogeneity(values, errors, 0.95);
  EXPECT_NEAR(spread_p(values, errors, found->interval.low), 0.05, 1e-6);
  EXPECT_NEAR(spread_p(values, errors, found->interval.high), 0.05, 1e-6);
  EXPECT_GT(spread_p(values, errors, found->spread), 0.5);
}

}  // namespace
}  // namespace osler::stats
