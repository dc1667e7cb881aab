#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "osler/stats/clustered.h"
#include "osler/stats/interval.h"

// Does a 95% interval hold the truth in 95 of 100 studies? Simulated with fixed seeds; the bounds leave several
// standard errors of the simulation itself (0.5 points for 2,000 rounds) on both sides.
namespace osler::stats {
namespace {

constexpr int kRounds = 2000;

// Not std::bernoulli_distribution: its stream is the library's choice, and the seeds below are fixed for a reason.
bool happens(std::mt19937_64& random, double probability) {
  return static_cast<double>(random() >> 11) * 0x1p-53 < probability;
}

bool holds(const Interval& interval, double truth) { return interval.low <= truth && truth <= interval.high; }

TEST(Coverage, WilsonForIndependentItems) {
  std::mt19937_64 random(1927);
  for (const double truth : {0.05, 0.3, 0.5, 0.62, 0.9}) {
    int held = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::size_t correct = 0;
      for (int i = 0; i < 150; ++i) correct += happens(random, truth) ? 1u : 0u;
      held += holds(wilson_interval(correct, 150, 0.95), truth) ? 1 : 0;
    }
    EXPECT_GT(held, kRounds * 0.925) << truth;
    EXPECT_LT(held, kRounds * 0.975) << truth;
  }
}

// Images are easy or hard as a whole: the clustered interval still covers, Wilson's does not. This is why both are
// printed, and why claims rest on the clustered one.
TEST(Coverage, ClusteredForQuestionsThatShareImages) {
  std::mt19937_64 random(1986);
  int clustered_held = 0;
  int wilson_held = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> scores;
    std::vector<std::size_t> clusters;
    std::size_t correct = 0;
    for (std::size_t image = 0; image < 60; ++image) {
      const double level = happens(random, 0.5) ? 0.9 : 0.3;  // 0.6 on average
      const std::size_t questions = 1 + random() % 9;         // independent of how hard the image is
      for (std::size_t i = 0; i < questions; ++i) {
        const bool right = happens(random, level);
        scores.push_back(right ? 1.0 : 0.0);
        clusters.push_back(image);
        correct += right ? 1u : 0u;
      }
    }
    clustered_held += holds(clustered_error(scores, clusters, 0.95)->interval, 0.6) ? 1 : 0;
    wilson_held += holds(wilson_interval(correct, scores.size(), 0.95), 0.6) ? 1 : 0;
  }
  EXPECT_GT(clustered_held, kRounds * 0.92);
  EXPECT_LT(clustered_held, kRounds * 0.97);
  EXPECT_LT(wilson_held, kRounds * 0.85);
}

}  // namespace
}  // namespace osler::stats
