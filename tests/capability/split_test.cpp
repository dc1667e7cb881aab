#include "osler/capability/split.h"

#include <gtest/gtest.h>

#include <random>

namespace osler::capability {
namespace {

/// A benchmark whose truth is known: 60 % reasoning, answered right by 0.45, the others by 0.75; labelled with
/// sensitivity 0.8 and specificity 0.7, of which a sample of `checked` items tells.
struct Simulated {
  SplitAnswers answers;
  stats::Confusion confusion;
};

Simulated simulate(std::size_t n, std::size_t checked, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  const auto chance = [&](double p) { return uniform(random) < p; };
  Simulated out;
  for (std::size_t i = 0; i < n + checked; ++i) {
    const bool truly = chance(0.6);
    const bool said = chance(truly ? 0.8 : 0.3);
    if (i >= n) {
      out.confusion.add(said, truly);
      continue;
    }
    out.answers.scores.push_back(chance(truly ? 0.45 : 0.75) ? 1.0 : 0.0);
    out.answers.reasoning.push_back(said);
    out.answers.probability.push_back(said ? 0.8 : 0.3);
    out.answers.clusters.push_back(i);
  }
  return out;
}

TEST(Split, CorrectionRecoversTheTruth) {
  const auto made = simulate(200'000, 200'000, 1);
  SplitOptions options;
  options.replicates = 2;
  const auto split = split_by_capability(made.answers, made.confusion, options);
  EXPECT_NEAR(*split.reasoning.corrected, 0.45, 0.015);
  EXPECT_NEAR(*split.understanding.corrected, 0.75, 0.015);
  // Hard labels are pulled together: 0.8 * 0.6 / 0.6 of those said to be reasoning are.
  EXPECT_NEAR(*split.reasoning.hard, 0.45 * 0.8 + 0.75 * 0.2, 0.01);
  EXPECT_NEAR(*split.understanding.hard, 0.45 * 0.3 + 0.75 * 0.7, 0.01);
}

TEST(Split, IntervalsCoverTheTruthAsOftenAsTheySay) {
  constexpr int kTimes = 300;
  int covered = 0;
  for (int i = 0; i < kTimes; ++i) {
    const auto made = simulate(800, 400, static_cast<std::uint64_t>(i) + 100);
    SplitOptions options;
    options.replicates = 300;
    const auto interval = split_by_capability(made.answers, made.confusion, options).reasoning.corrected_interval;
    if (interval.low <= 0.45 && 0.45 <= interval.high) ++covered;
  }
  // 285 of 300 are expected, with a standard deviation of 4.
  EXPECT_GE(covered, 270);
  EXPECT_LE(covered, 298);
}

TEST(Split, APerfectClassifierNeedsNoCorrection) {
  auto made = simulate(500, 0, 3);
  made.confusion = {1000, 0, 0, 1000};
  const auto split = split_by_capability(made.answers, made.confusion, {});
  EXPECT_NEAR(*split.reasoning.corrected, *split.reasoning.hard, 1e-12);
  EXPECT_NEAR(*split.understanding.corrected, *split.understanding.hard, 1e-12);
}

TEST(Split, ACoinSaysNothing) {
  auto made = simulate(500, 0, 4);
  for (const auto& confusion : {stats::Confusion{50, 50, 50, 50}, stats::Confusion{}}) {
    const auto split = split_by_capability(made.answers, confusion, {});
    EXPECT_FALSE(split.reasoning.corrected);
    EXPECT_EQ(split.reasoning.corrected_interval.low, 0.0);
    EXPECT_EQ(split.reasoning.corrected_interval.high, 1.0);
    EXPECT_TRUE(split.reasoning.hard);
  }
}

TEST(Split, NoItemsAreNoFailure) {
  const auto split = split_by_capability({}, {10, 1, 1, 10}, {});
  EXPECT_FALSE(split.understanding.hard);
  EXPECT_FALSE(split.understanding.soft);
}

}  // namespace
}  // namespace osler::capability
