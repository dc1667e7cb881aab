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
  for (const auto& row : nlohmann::json::parse(file).at("lower_bound")) {
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

TEST(SafeCoverage, IsTheLargestWhoseErrorsBoundIsInReach) {
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
    const double risk = 0.1 + 0.4 * unit(random);
    double best = 0.0;
    for (const double least : sure) {
      std::vector<double> scores;
      std::vector<std::size_t> of;
      for (std::size_t i = 0; i < n; ++i) {
        if (sure[i] < least) continue;
        scores.push_back(correct[i]);
        of.push_back(clusters[i]);
      }
      const auto error = clustered_error(scores, of, 0.95);
      const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
      const double low = lower_bound(mean, error ? error->standard_error : 0.0, error ? error->clusters : 1, 0.95);
      if (1.0 - low <= risk) best = std::max(best, static_cast<double>(scores.size()) / static_cast<double>(n));
    }
    EXPECT_EQ(safe_coverage(sure, correct, clusters, risk, 0.95), best) << round;
  }
}

TEST(SafeCoverage, GrowsWithTheRiskThatIsAllowed) {
  std::mt19937_64 random(5);
  std::vector<double> sure;
  std::vector<double> correct;
  std::vector<std::size_t> clusters;
  for (std::size_t i = 0; i < 3'000; ++i) {
    sure.push_back(unit(random));
    correct.push_back(unit(random) < 0.5 + 0.5 * sure.back() ? 1.0 : 0.0);
    clusters.push_back(i / 3);
  }
  double last = 0.0;
  for (const double risk : {0.01, 0.05, 0.1, 0.2, 0.3}) {
    const double coverage = safe_coverage(sure, correct, clusters, risk, 0.95);
    EXPECT_GE(coverage, last);
    // The error of the surest share c is c / 4.
    EXPECT_LE(coverage, 4.0 * risk + 0.1);
    last = coverage;
  }
  EXPECT_EQ(last, 1.0) << "all may be answered: the error is a quarter";
  EXPECT_EQ(safe_coverage({}, {}, {}, 0.1, 0.95), 0.0);
}

}  // namespace
}  // namespace osler::stats
