#include "osler/stats/interval.h"

#include <gtest/gtest.h>

namespace osler::stats {
namespace {

TEST(Wilson, NothingIsKnownWithoutTrials) {
  const auto interval = wilson_interval(0, 0, 0.95);
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_EQ(interval.high, 1.0);
}

TEST(Wilson, EndsAreExactAtNoneAndAll) {
  for (const std::size_t n : {1u, 2u, 3u, 10u, 49u, 251u, 1000u, 99999u}) {
    for (const double confidence : {0.5, 0.9, 0.95, 0.999}) {
      EXPECT_EQ(wilson_interval(0, n, confidence).low, 0.0) << n;
      EXPECT_GT(wilson_interval(0, n, confidence).high, 0.0) << n;
      EXPECT_EQ(wilson_interval(n, n, confidence).high, 1.0) << n;
      EXPECT_LT(wilson_interval(n, n, confidence).low, 1.0) << n;
    }
  }
}

TEST(Wilson, StaysInRangeAndContainsTheProportion) {
  for (std::size_t n = 1; n <= 60; ++n) {
    for (std::size_t successes = 0; successes <= n; ++successes) {
      const auto interval = wilson_interval(successes, n, 0.95);
      const double p = static_cast<double>(successes) / static_cast<double>(n);
      EXPECT_GE(interval.low, 0.0);
      EXPECT_LE(interval.low, p);
      EXPECT_GE(interval.high, p);
      EXPECT_LE(interval.high, 1.0);
    }
  }
}

TEST(Wilson, SwappingSuccessAndFailureMirrorsIt) {
  for (std::size_t successes = 0; successes <= 37; ++successes) {
    const auto interval = wilson_interval(successes, 37, 0.95);
    const auto mirrored = wilson_interval(37 - successes, 37, 0.95);
    EXPECT_NEAR(interval.low, 1.0 - mirrored.high, 1e-14);
    EXPECT_NEAR(interval.high, 1.0 - mirrored.low, 1e-14);
  }
}

TEST(Wilson, NarrowsWithMoreTrialsAndWidensWithConfidence) {
  const auto width = [](const Interval& interval) { return interval.high - interval.low; };
  EXPECT_LT(width(wilson_interval(600, 1000, 0.95)), width(wilson_interval(60, 100, 0.95)));
  EXPECT_LT(width(wilson_interval(60, 100, 0.90)), width(wilson_interval(60, 100, 0.99)));
}

}  // namespace
}  // namespace osler::stats
