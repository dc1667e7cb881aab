#include "osler/stats/label_errors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "osler/stats/random.h"

namespace osler::stats {
namespace {

/// So many items of one true class, label and score, each its own cluster.
void add(std::vector<LabelledScore>& items, std::size_t count, bool label, double score) {
  for (std::size_t i = 0; i < count; ++i) {
    LabelledScore item;
    item.positive = label;
    item.score = score;
    item.cluster = items.size();
    items.push_back(item);
  }
}

/// 1,000 positive items of which 60% are right and 1,000 negative ones of which 20% are, labelled with Se = 0.8 and
/// Sp = 0.7 whatever the score: counts by hand.
std::vector<LabelledScore> mixture() {
  std::vector<LabelledScore> items;
  add(items, 480, true, 1.0);
  add(items, 320, true, 0.0);
  add(items, 120, false, 1.0);
  add(items, 80, false, 0.0);
  add(items, 60, true, 1.0);
  add(items, 240, true, 0.0);
  add(items, 140, false, 1.0);
  add(items, 560, false, 0.0);
  return items;
}

TEST(CorrectedMeans, UndoAMixtureExactly) {
  const auto items = mixture();
  const auto hard = means_by_label(items, 0.95);
  EXPECT_NEAR(*hard.positive.value, 540.0 / 1100.0, 1e-12);
  EXPECT_NEAR(*hard.negative.value, 260.0 / 900.0, 1e-12);
  const auto corrected = corrected_means(items, {0.8, 500.0, 0.7, 500.0, 0.0}, {});
  EXPECT_NEAR(*corrected.positive.value, 0.6, 1e-12);
  EXPECT_NEAR(*corrected.negative.value, 0.2, 1e-12);
  EXPECT_NEAR(*corrected.difference.value, 0.4, 1e-12);
  EXPECT_NEAR(*corrected.share.value, 0.5, 1e-12);
  EXPECT_LT(corrected.positive.interval.low, 0.6);
  EXPECT_GT(corrected.positive.interval.high, 0.6);
  // What the labels blur, the correction must pay for with width.
  const double hard_width = hard.difference.interval.high - hard.difference.interval.low;
  EXPECT_GT(corrected.difference.interval.high - corrected.difference.interval.low, 1.5 * hard_width);
}

TEST(CorrectedMeans, AreWiderTheLessIsKnownOfTheErrors) {
  const auto items = mixture();
  const auto width = [&](double trials) {
    const auto interval = corrected_means(items, {0.8, trials, 0.7, trials, 0.0}, {}).difference.interval;
    return interval.high - interval.low;
  };
  EXPECT_GT(width(30.0), 1.3 * width(3000.0));
}

TEST(CorrectedMeans, LabelsThatSayNothingGiveNothing) {
  const auto items = mixture();
  for (const auto& errors : {LabelErrors{0.6, 500.0, 0.4, 500.0, 0.0}, LabelErrors{0.3, 500.0, 0.3, 500.0, 0.0},
                             LabelErrors{0.9, 0.0, 0.9, 0.0, 0.0}}) {
    const auto corrected = corrected_means(items, errors, {});
    EXPECT_FALSE(corrected.positive.value);
    EXPECT_FALSE(corrected.difference.value);
    EXPECT_EQ(corrected.positive.interval.low, 0.0);
    EXPECT_EQ(corrected.positive.interval.high, 1.0);
    EXPECT_EQ(corrected.difference.interval.low, -1.0);
  }
  // Barely more than nothing: nearly everything is possible.
  const auto corrected = corrected_means(items, {0.62, 60.0, 0.42, 60.0, 0.0}, {});
  EXPECT_LT(corrected.positive.interval.low, 0.1);
  EXPECT_GT(corrected.positive.interval.high, 0.9);
}

TEST(CorrectedMeans, KnownItemsAreTakenAsTheyAre) {
  auto items = mixture();
  for (auto& item : items) item.known = true;
  const auto hard = means_by_label(items, 0.95);
  const auto corrected = corrected_means(items, {0.5, 0.0, 0.5, 0.0, 0.0}, {});
  EXPECT_NEAR(*corrected.positive.value, *hard.positive.value, 1e-12);
  EXPECT_NEAR(*corrected.negative.value, *hard.negative.value, 1e-12);
  EXPECT_NEAR(corrected.positive.interval.low, hard.positive.interval.low, 0.01);
  EXPECT_NEAR(corrected.positive.interval.high, hard.positive.interval.high, 0.01);
}

TEST(CorrectedMeans, AClassWithoutItemsHasNoMean) {
  std::vector<LabelledScore> items;
  add(items, 100, false, 1.0);
  add(items, 5, true, 0.0);  // fewer than 1 - Sp would label so if there were no positive item
  const auto corrected = corrected_means(items, {0.9, 200.0, 0.8, 200.0, 0.0}, {});
  EXPECT_FALSE(corrected.positive.value);
  EXPECT_EQ(*corrected.share.value, 0.0);
  EXPECT_TRUE(corrected.negative.value);
}

TEST(ErrorsAllow, WhatLiesBetweenTheTwoKindsOfError) {
  const LabelErrors errors{0.8, 400.0, 0.7, 400.0, 0.0};
  for (const double share : {0.3, 0.5, 0.8, 0.26, 0.84})
    EXPECT_TRUE(errors_allow(1000.0 * share, 1000.0, errors)) << share;
  for (const double share : {0.0, 0.2, 0.9, 1.0}) EXPECT_FALSE(errors_allow(1000.0 * share, 1000.0, errors)) << share;
  // Of few items, or of errors that are hardly known, nothing is beyond.
  EXPECT_TRUE(errors_allow(1.0, 5.0, errors));
  EXPECT_TRUE(errors_allow(200.0, 1000.0, {0.8, 12.0, 0.7, 12.0, 0.0}));
  EXPECT_TRUE(errors_allow(0.0, 1000.0, {0.8, 0.0, 0.7, 0.0, 0.0}));
  EXPECT_TRUE(errors_allow(0.0, 0.0, errors));
}

TEST(MeansByProbability, SureProbabilitiesAreLabels) {
  auto items = mixture();
  for (auto& item : items) item.probability = item.positive ? 1.0 : 0.0;
  const auto hard = means_by_label(items, 0.95);
  const auto soft = means_by_probability(items, 0.95);
  EXPECT_NEAR(*soft.positive.value, *hard.positive.value, 1e-12);
  EXPECT_NEAR(*soft.negative.value, *hard.negative.value, 1e-12);
  EXPECT_NEAR(soft.difference.interval.low, hard.difference.interval.low, 1e-12);
}

TEST(MeansByProbability, WeighByHand) {
  std::vector<LabelledScore> items{
      {1.0, true, false, 0.75, 0}, {0.0, false, false, 0.25, 1}, {1.0, true, true, 0.1, 2}};
  const auto soft = means_by_probability(items, 0.95);
  EXPECT_NEAR(*soft.positive.value, (0.75 + 1.0) / (0.75 + 0.25 + 1.0), 1e-12);
  EXPECT_NEAR(*soft.negative.value, 0.25 / (0.25 + 0.75), 1e-12);
  EXPECT_NEAR(*soft.share.value, 2.0 / 3.0, 1e-12);
}

TEST(LabelMeans, NothingIsNoMean) {
  const auto hard = means_by_label({}, 0.95);
  EXPECT_FALSE(hard.positive.value);
  EXPECT_FALSE(corrected_means({}, {0.9, 10.0, 0.9, 10.0, 0.0}, {}).share.value);
}

/// A benchmark with images of four items each, whose difficulty is shared, and a classifier of which 300 items of each
/// class tell Se and Sp.
struct World {
  std::vector<LabelledScore> items;
  LabelErrors errors;
};

constexpr double kAccuracyPositive = 0.45;
constexpr double kAccuracyNegative = 0.70;

World draw_world(std::uint64_t seed, double se, double sp) {
  Random random(seed);
  World world;
  for (std::size_t image = 0; image < 150; ++image) {
    // Uniform in [-0.25, 0.25]: the images differ, the mean stays.
    const double ease = 0.5 * (random.uniform() - 0.5);
    for (std::size_t i = 0; i < 4; ++i) {
      const bool positive = random.uniform() < 0.4;
      const double chance = (positive ? kAccuracyPositive : kAccuracyNegative) + ease;
      const bool label = positive ? random.uniform() < se : random.uniform() >= sp;
      world.items.push_back({random.uniform() < chance ? 1.0 : 0.0, label, false, 0.5, image});
    }
  }
  const auto share = [&](double chance) {
    double hits = 0.0;
    for (std::size_t i = 0; i < 300; ++i) hits += random.uniform() < chance ? 1.0 : 0.0;
    return hits / 300.0;
  };
  world.errors = {share(se), 300.0, share(sp), 300.0, 0.0};
  return world;
}

TEST(CorrectedMeans, CoverWhatIsTrueWhereLabelsMiss) {
  constexpr std::size_t kWorlds = 400;
  std::size_t corrected_hits = 0;
  std::size_t difference_hits = 0;
  std::size_t hard_hits = 0;
  double sum = 0.0;
  for (std::size_t world = 0; world < kWorlds; ++world) {
    const auto drawn = draw_world(world + 1, 0.8, 0.75);
    const auto corrected = corrected_means(drawn.items, drawn.errors, {.replicates = 800, .seed = 3});
    const auto hard = means_by_label(drawn.items, 0.95);
    const auto holds = [](const PartMean& mean, double truth) {
      return mean.interval.low <= truth && truth <= mean.interval.high;
    };
    const double difference = kAccuracyPositive - kAccuracyNegative;
    corrected_hits += holds(corrected.positive, kAccuracyPositive) ? 1U : 0U;
    difference_hits += holds(corrected.difference, difference) ? 1U : 0U;
    hard_hits += holds(hard.difference, difference) ? 1U : 0U;
    sum += *corrected.difference.value / static_cast<double>(kWorlds);
  }
  // 95% of 400, give or take three standard errors of that count.
  EXPECT_GE(corrected_hits, 366U);
  EXPECT_GE(difference_hits, 366U);
  EXPECT_LT(corrected_hits, kWorlds);
  EXPECT_LT(hard_hits, 200U);
  EXPECT_NEAR(sum, kAccuracyPositive - kAccuracyNegative, 0.02);
}

TEST(CorrectedMeans, AreTheSameForTheSameSeed) {
  const auto items = mixture();
  const LabelErrors errors{0.8, 100.0, 0.7, 100.0, 0.3};
  const auto first = corrected_means(items, errors, {.seed = 5});
  const auto again = corrected_means(items, errors, {.seed = 5});
  const auto other = corrected_means(items, errors, {.seed = 6});
  EXPECT_EQ(first.difference.interval.low, again.difference.interval.low);
  EXPECT_NE(first.difference.interval.low, other.difference.interval.low);
  EXPECT_NEAR(first.difference.interval.low, other.difference.interval.low, 0.02);
}

}  // namespace
}  // namespace osler::stats
