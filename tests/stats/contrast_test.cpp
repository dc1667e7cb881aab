#include "osler/stats/contrast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace osler::stats {
namespace {

double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

struct Side {
  std::vector<double> scores;
  std::vector<std::size_t> clusters;

  void add(double score, std::size_t cluster) {
    scores.push_back(score);
    clusters.push_back(cluster);
  }
  [[nodiscard]] ScoredItems items() const { return {scores, clusters}; }
};

// scipy's Welch and paired t tests, and statsmodels' clustered regression: make_study_reference.py.
TEST(Contrast, IsWelchsThePairsAndTheSandwichsWhereTheseHold) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/study_reference.json");
  const auto reference = nlohmann::json::parse(file);
  for (const auto& row : reference.at("contrast")) {
    Side first;
    Side second;
    for (std::size_t i = 0; i < row["scores"].size(); ++i) {
      auto& side = row["first"][i].get<int>() == 1 ? first : second;
      side.add(row["scores"][i].get<double>(), row["clusters"][i].get<std::size_t>());
    }
    const auto found = mean_contrast(first.items(), second.items(), 0.95);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->standard_error, row["standard_error"].get<double>(), 1e-10);
    EXPECT_NEAR(found->degrees_of_freedom, row["degrees_of_freedom"].get<double>(), 1e-7);
    EXPECT_NEAR(found->interval.low, row["low"].get<double>(), 1e-9);
    EXPECT_NEAR(found->interval.high, row["high"].get<double>(), 1e-9);
    EXPECT_NEAR(found->p, row["p"].get<double>(), 1e-9);
  }
}

// Some images have items of one side, some of both; images are easy or hard as a whole.
TEST(Contrast, TheIntervalHoldsTheTruthAboutAsOftenAsItSays) {
  constexpr int kRounds = 2'000;
  struct Case {
    std::size_t first_only;
    std::size_t second_only;
    std::size_t both;
  };
  for (const Case& one : {Case{30, 10, 30}, Case{0, 80, 12}, Case{150, 12, 0}, Case{0, 0, 40}}) {
    std::mt19937_64 random(2025);
    int held = 0;
    for (int round = 0; round < kRounds; ++round) {
      Side first;
      Side second;
      for (std::size_t image = 0; image < one.first_only + one.second_only + one.both; ++image) {
        const double level = 0.3 + 0.4 * unit(random);
        for (std::size_t i = 0; image >= one.second_only && i < 3; ++i) {
          first.add(unit(random) < level + 0.1 ? 1.0 : 0.0, image);
        }
        for (std::size_t i = 0; image < one.second_only + one.both && i < 2; ++i) {
          second.add(unit(random) < level - 0.1 ? 1.0 : 0.0, image);
        }
      }
      const auto found = mean_contrast(first.items(), second.items(), 0.95);
      held += found->interval.low <= 0.2 && 0.2 <= found->interval.high ? 1 : 0;
    }
    EXPECT_GT(held, kRounds * 0.93) << one.first_only << " " << one.second_only << " " << one.both;
    EXPECT_LT(held, kRounds * 0.975) << one.first_only << " " << one.second_only << " " << one.both;
  }
}

TEST(Contrast, TheOrderOfItemsAndOfSidesChangesNothingButTheSign) {
  std::mt19937_64 random(3);
  Side first;
  Side second;
  for (int i = 0; i < 200; ++i) {
    first.add(unit(random), random() % 30);
    second.add(unit(random), 10 + random() % 30);
  }
  const auto found = mean_contrast(first.items(), second.items(), 0.95);
  std::ranges::reverse(first.scores);
  std::ranges::reverse(first.clusters);
  const auto again = mean_contrast(first.items(), second.items(), 0.95);
  EXPECT_EQ(found->standard_error, again->standard_error);
  EXPECT_EQ(found->difference, again->difference);
  EXPECT_EQ(found->clusters, 40U);
  const auto back = mean_contrast(second.items(), first.items(), 0.95);
  EXPECT_DOUBLE_EQ(back->difference, -found->difference);
  EXPECT_DOUBLE_EQ(back->standard_error, found->standard_error);
  EXPECT_DOUBLE_EQ(back->degrees_of_freedom, found->degrees_of_freedom);
}

TEST(Contrast, ItemsRepeatedWithinTheirClusterTeachNothing) {
  Side first;
  Side second;
  Side first_thrice;
  for (std::size_t cluster = 0; cluster < 12; ++cluster) {
    const double score = cluster % 3 == 0 ? 1.0 : 0.0;
    first.add(score, cluster);
    for (int i = 0; i < 3; ++i) first_thrice.add(score, cluster);
    second.add(cluster % 4 == 0 ? 1.0 : 0.0, cluster + 6);
  }
  EXPECT_NEAR(mean_contrast(first.items(), second.items(), 0.95)->standard_error,
              mean_contrast(first_thrice.items(), second.items(), 0.95)->standard_error, 1e-14);
}

TEST(Contrast, NeedsTwoClustersOnEachSideAndSeenVariation) {
  Side one;
  one.add(1.0, 4);
  one.add(0.0, 4);
  Side two;
  two.add(1.0, 4);
  two.add(1.0, 5);
  EXPECT_FALSE(mean_contrast(one.items(), two.items(), 0.95));
  EXPECT_FALSE(mean_contrast({}, two.items(), 0.95));
  Side none;
  none.add(0.0, 7);
  none.add(0.0, 8);
  const auto found = mean_contrast(two.items(), none.items(), 0.95);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->difference, 1.0);
  EXPECT_EQ(found->standard_error, 0.0);
  EXPECT_EQ(found->p, 1.0) << "nothing varied, which is not certainty";
}

}  // namespace
}  // namespace osler::stats
