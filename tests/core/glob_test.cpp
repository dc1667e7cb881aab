#include "osler/core/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace osler {
namespace {

TEST(Glob, AStarStandsForAnythingAlsoNothing) {
  EXPECT_TRUE(glob_matches("test-0.parquet", "test-*.parquet"));
  EXPECT_TRUE(glob_matches("test-.parquet", "test-*.parquet"));
  EXPECT_TRUE(glob_matches("abcabd", "a*abd"));
  EXPECT_TRUE(glob_matches("", "*"));
  EXPECT_FALSE(glob_matches("test-0.parquet.bak", "test-*.parquet"));
  EXPECT_FALSE(glob_matches("x", ""));
}

TEST(Glob, OtherSignsStandForThemselves) {
  EXPECT_TRUE(glob_matches("a?[b](1)%.txt", "a?[b](1)%.txt"));
  EXPECT_FALSE(glob_matches("ab", "a?"));
}

TEST(Glob, BracesHoldAlternatives) {
  EXPECT_TRUE(glob_matches("Pharmacy", "{Public_Health,Pharmacy}"));
  EXPECT_TRUE(glob_matches("test-b.x", "test-{a,b}.{x,y}"));
  EXPECT_TRUE(glob_matches("test-.x", "test-{a,}.x"));
  EXPECT_FALSE(glob_matches("test-c.x", "test-{a,b}.{x,y}"));
  EXPECT_FALSE(glob_matches("a,b", "{a,b}"));
  EXPECT_TRUE(glob_matches("{a", "{a"));
}

TEST(Glob, ManyStarsAgainstALongTextEnd) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(glob_matches(std::string(10'000, 'a') + "b", pattern));
}

TEST(GlobPath, ComparesTheLastComponentsAndAStarStaysInOne) {
  EXPECT_TRUE(glob_matches_path("x/data/test-0.csv", "data/test-*.csv"));
  EXPECT_TRUE(glob_matches_path("x/data/test-0.csv", "*"));
  EXPECT_FALSE(glob_matches_path("test-0.csv", "data/test-*.csv"));
  EXPECT_FALSE(glob_matches_path("test-0/x.csv", "test-*.csv"));
}

TEST(GlobPath, TheBaseIsWhatThePatternLeaves) {
  EXPECT_EQ(glob_base("/x/y/data/test-0.csv", "data/test-*.csv"), "/x/y");
  EXPECT_EQ(glob_base("/x/y/data/test-0.csv", "test-*.csv"), "/x/y/data");
}

}  // namespace
}  // namespace osler
