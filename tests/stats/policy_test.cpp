#include "osler/stats/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "osler/stats/clustered.h"

namespace osler::stats {
namespace {

double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

/// Of `images`, each with `questions` about it; one image in ten is hard.
struct Answers {
  std::vector<double> scores;
  std::vector<std::size_t> clusters;

  Answers(std::mt19937_64& random, std::size_t images, std::size_t questions, double hard, double easy) {
    for (std::size_t image = 0; image < images; ++image) {
      const double p = unit(random) < 0.1 ? hard : easy;
      for (std::size_t i = 0; i < questions; ++i) {
        scores.push_back(unit(random) < p ? 1.0 : 0.0);
        clusters.push_back(image);
      }
    }
  }
  [[nodiscard]] double bound(double confidence) const {
    const auto error = clustered_error(scores, clusters, 0.95);
    return lower_bound(error->mean, error->standard_error, error->clusters, confidence);
  }
};

TEST(LowerBound, IsWilsonsForTheEffectiveTrials) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/study_reference.json");
  const auto reference = nlohmann::json::parse(file);
  for (const auto& row : reference.at("lower_bound")) {
    const double bound = lower_bound(row["mean"].get<double>(), row["standard_error"].get<double>(),
                                     row["clusters"].get<std::size_t>(), row["confidence"].get<double>());
    EXPECT_NEAR(bound, row["low"].get<double>(), 1e-9) << row;
  }
}

TEST(LowerBound, LiesAboveTheTruthNoMoreOftenThanItSays) {
  constexpr int kRounds = 2'000;
  struct Case {
    std::size_t images;
    std::size_t questions;
    double hard;
    double easy;
  };
  for (const Case& one : {Case{100, 3, 0.93, 0.99}, Case{300, 5, 0.8, 0.98}, Case{60, 4, 0.4, 0.8}}) {
    std::mt19937_64 random(1998);
    const double truth = 0.1 * one.hard + 0.9 * one.easy;
    int above = 0;
    for (int round = 0; round < kRounds; ++round) {
      above += Answers(random, one.images, one.questions, one.hard, one.easy).bound(0.95) > truth ? 1 : 0;
    }
    EXPECT_LT(above, kRounds * 0.07) << truth;
    EXPECT_GT(above, 0) << truth;
  }
}

// With one item an image. Of several, an error beside right ones tells that they do not err together: policy.h.
TEST(LowerBound, OneErrorIsNoBetterThanNone) {
  const double none = lower_bound(1.0, 0.0, 300, 0.95);
  std::vector<double> scores(300, 1.0);
  scores.front() = 0.0;
  std::vector<std::size_t> clusters(300);
  for (std::size_t i = 0; i < clusters.size(); ++i) clusters[i] = i;
  const auto error = clustered_error(scores, clusters, 0.95);
  EXPECT_LT(lower_bound(error->mean, error->standard_error, 300, 0.95), none);
  EXPECT_LT(none, 1.0) << "that nothing varied was seen of 300 images only";
}

TEST(LowerBound, OfOneImageSaysNextToNothing) {
  EXPECT_LT(lower_bound(1.0, std::nullopt, 1, 0.95), 0.05);
  EXPECT_EQ(lower_bound(0.0, 0.0, 20, 0.95), 0.0);
}

TEST(SurestRisk, IsThatOfTheItemsFromTheLastOneUp) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> sure;
    std::vector<double> correct;
    std::vector<std::size_t> clusters;
    const std::size_t n = 1 + random() % 150;
    for (std::size_t i = 0; i < n; ++i) {
      sure.push_back(round % 2 == 0 ? unit(random) : static_cast<double>(random() % 8) / 8.0);
      correct.push_back(round % 3 == 0 ? static_cast<double>(random() % 3) / 2.0 : (random() % 5 == 0 ? 0.0 : 1.0));
      clusters.push_back(random() % 40);
    }
    const std::size_t least = 1 + random() % n;
    const auto found = risk_of_surest(sure, correct, clusters, least, 0.95);
    ASSERT_TRUE(found);
    EXPECT_GE(found->answered, least);
    // Items surer than any that is left out, and no more of them than the tie with the last asks for.
    std::vector<double> scores;
    std::vector<std::size_t> of;
    auto sorted = sure;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < n; ++i) {
      if (sure[i] < sorted[n - least]) continue;
      scores.push_back(correct[i]);
      of.push_back(clusters[i]);
    }
    EXPECT_EQ(found->answered, scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
    EXPECT_NEAR(found->risk, 1.0 - mean, 1e-12);
    const auto error = clustered_error(scores, of, 0.95);
    const double low = lower_bound(mean, error ? error->standard_error : 0.0, error ? error->clusters : 1, 0.95);
    EXPECT_NEAR(found->bound, 1.0 - low, 1e-12) << round;
    EXPECT_GE(found->bound, found->risk);
  }
}

// Confidence that tells nothing, and an error that is just too large: the bound must not say otherwise more often than
// it says it does. The best of all coverages would, in every eighth sample.
TEST(SurestRisk, LiesBelowTheTruthNoMoreOftenThanItSays) {
  constexpr int kRounds = 2'000;
  constexpr double kTruth = 0.0501;
  std::mt19937_64 random(12);
  int below = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> sure;
    std::vector<double> correct;
    std::vector<std::size_t> clusters;
    for (std::size_t i = 0; i < 900; ++i) {
      sure.push_back(unit(random));
      correct.push_back(unit(random) < kTruth ? 0.0 : 1.0);
      clusters.push_back(i / 3);
    }
    below += risk_of_surest(sure, correct, clusters, 450, 0.95)->bound <= 0.05 ? 1 : 0;
  }
  EXPECT_LT(below, kRounds * 7 / 100);
  EXPECT_GT(below, kRounds * 2 / 100) << "nor is it far too wide";
}

TEST(SurestRisk, ATieComesTogetherAndOfTooFewItemsNothingIsKnown) {
  const std::vector<double> sure{0.9, 0.5, 0.5, 0.5};
  const std::vector<double> correct{1, 1, 0, 0};
  const std::vector<std::size_t> clusters{0, 1, 2, 3};
  EXPECT_EQ(risk_of_surest(sure, correct, clusters, 1, 0.95)->answered, 1U);
  EXPECT_EQ(risk_of_surest(sure, correct, clusters, 2, 0.95)->answered, 4U);
  EXPECT_EQ(risk_of_surest(sure, correct, clusters, 2, 0.95)->risk, 0.5);
  EXPECT_FALSE(risk_of_surest(sure, correct, clusters, 5, 0.95));
  EXPECT_FALSE(risk_of_surest(sure, correct, clusters, 0, 0.95));
  EXPECT_FALSE(risk_of_surest({}, {}, {}, 1, 0.95));
}

}  // namespace
}  // namespace osler::stats
