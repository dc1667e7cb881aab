#include "osler/engine/openai/pacing.h"

#include <gtest/gtest.h>

namespace osler::openai {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart = TimePoint(seconds(1000));

TEST(Pacing, BeginsWithAllThatIsAllowed) {
  const Pacing pacing(8, 1);
  EXPECT_TRUE(pacing.may_send(7, kStart));
  EXPECT_FALSE(pacing.may_send(8, kStart));
}

TEST(Pacing, HalvesOnceForCallsThatWereRefusedTogether) {
  Pacing pacing(8, 1);
  for (int i = 0; i < 8; ++i) pacing.overloaded(kStart, seconds(0));
  EXPECT_EQ(pacing.limit(), 4U);
  pacing.overloaded(kStart + seconds(1), seconds(0));
  EXPECT_EQ(pacing.limit(), 2U);
}

TEST(Pacing, NeverFallsBelowOne) {
  Pacing pacing(3, 1);
  for (int i = 0; i < 20; ++i) pacing.overloaded(kStart + seconds(100 * i), seconds(0));
  EXPECT_EQ(pacing.limit(), 1U);
  EXPECT_TRUE(pacing.may_send(0, kStart + seconds(10'000)));
}

TEST(Pacing, GrowsByOneForEveryRoundOfAnswers) {
  Pacing pacing(8, 1);
  pacing.overloaded(kStart, seconds(0));
  for (int i = 0; i < 5; ++i) pacing.answered();
  EXPECT_EQ(pacing.limit(), 5U);
  for (int i = 0; i < 100; ++i) pacing.answered();
  EXPECT_EQ(pacing.limit(), 8U);
}

TEST(Pacing, PausesAsLongAsTheServerAsks) {
  Pacing pacing(8, 1);
  pacing.overloaded(kStart, seconds(7));
  EXPECT_FALSE(pacing.may_send(0, kStart + milliseconds(6'999)));
  EXPECT_TRUE(pacing.may_send(0, kStart + seconds(7)));
}

TEST(Pacing, DoesNotWaitForEverBecauseAServerSaysSo) {
  Pacing pacing(8, 1);
  pacing.overloaded(kStart, std::chrono::hours(24 * 365));
  EXPECT_TRUE(pacing.may_send(0, kStart + Pacing::kLongestAsked));
}

TEST(Pacing, PausesDoubleUpToHalfAMinuteLessAtMostAHalf) {
  Pacing pacing(8, 1);
  TimePoint now = kStart;
  milliseconds whole = Pacing::kFirstPause;
  for (int i = 0; i < 12; ++i) {
    pacing.failed(now);
    const auto pause = pacing.paused_until() - now;
    EXPECT_GE(pause, whole / 2 - milliseconds(1)) << i;
    EXPECT_LE(pause, whole) << i;
    now = pacing.paused_until();
    whole = std::min(2 * whole, Pacing::kLongestPause);
  }
  pacing.answered();
  pacing.failed(now);
  EXPECT_LE(pacing.paused_until() - now, Pacing::kFirstPause);
}

TEST(Pacing, CutsItsPausesByAnotherPartForAnotherSeed) {
  Pacing one(8, 1);
  Pacing other(8, 2);
  one.failed(kStart);
  other.failed(kStart);
  EXPECT_NE(one.paused_until(), other.paused_until());
}

TEST(Pacing, TroubleBeginsWithTheFirstAndEndsWithAnAnswer) {
  Pacing pacing(8, 1);
  EXPECT_FALSE(pacing.trouble_since());
  pacing.failed(kStart);
  pacing.overloaded(kStart + seconds(9), seconds(0));
  EXPECT_EQ(pacing.trouble_since(), kStart);
  pacing.answered();
  EXPECT_FALSE(pacing.trouble_since());
}

}  // namespace
}  // namespace osler::openai
