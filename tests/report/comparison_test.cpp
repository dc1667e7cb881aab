#include "osler/report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/sample.h"

namespace osler::report {
namespace {

using testing::HasSubstr;

/// The sample run of another model that has items 1 and 4 right.
RunGrades other_run() {
  RunGrades run = sample_run();
  run.model = "toy-72b";
  for (auto& item : run.items) {
    item.outcome = item.item_id == "1" || item.item_id == "4" ? Outcome::correct : Outcome::wrong;
  }
  return run;
}

TEST(Comparison, CountsItemByItem) {
  const auto found = compare(sample_run(), other_run());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->n, 8U);
  EXPECT_EQ(found->both, 1U);
  EXPECT_EQ(found->only_first, 2U);
  EXPECT_EQ(found->only_second, 1U);
  ASSERT_TRUE(found->difference);
  EXPECT_DOUBLE_EQ(found->difference->difference, 1.0 / 8);
  EXPECT_EQ(found->difference->clusters, 5U);
}

TEST(Comparison, AGuessIsRightNowhere) {
  auto guessed = other_run();
  for (auto& item : guessed.items) {
    if (item.outcome != Outcome::correct) item.guess = 0.25;
  }
  const auto plain = compare(sample_run(), other_run());
  const auto found = compare(sample_run(), guessed);
  ASSERT_TRUE(plain && found);
  EXPECT_EQ(found->both, plain->both);
  EXPECT_EQ(found->only_first, plain->only_first);
  EXPECT_EQ(found->only_second, plain->only_second);
  EXPECT_LE(found->both + found->only_first + found->only_second, found->n);
}

TEST(Comparison, TheOrderOfTheItemsDoesNotMatter) {
  auto other = other_run();
  std::reverse(other.items.begin(), other.items.end());
  const auto straight = compare(sample_run(), other_run());
  const auto turned = compare(sample_run(), other);
  ASSERT_TRUE(straight && turned);
  EXPECT_EQ(sentence(*straight), sentence(*turned));
}

TEST(Comparison, CanKeepToOneCapability) {
  const auto found = compare(sample_run(), other_run(), Capability::understanding);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->stratum, "understanding");
  EXPECT_EQ(found->n, 3U);
  EXPECT_EQ(found->only_first, 2U);
}

TEST(Comparison, OtherRowSetsAreRefused) {
  auto other = other_run();
  other.row_set_hash = "fedcba9876543210";
  const auto found = compare(sample_run(), other);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::mismatch);
  EXPECT_THAT(found.error().message(), HasSubstr("same row set"));
}

TEST(Comparison, MissingItemsAreRefusedNotIgnored) {
  auto fewer = other_run();
  fewer.items.pop_back();
  EXPECT_FALSE(compare(sample_run(), fewer));
  auto renamed = other_run();
  renamed.items.back().item_id = "9";
  const auto found = compare(sample_run(), renamed);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("item '8'"));
}

TEST(Comparison, SaysWhoIsAboveWithTheLowerEndFirst) {
  const auto found = compare(other_run(), sample_run());
  ASSERT_TRUE(found);
  const std::string text = sentence(*found);
  EXPECT_THAT(text, HasSubstr("toy-72b is 12.5 points below toy-3b"));
  EXPECT_THAT(text, HasSubstr("toy-72b alone is right on 1 of 8 items, toy-3b alone on 2"));
}

}  // namespace
}  // namespace osler::report
