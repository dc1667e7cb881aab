#include "osler/engine/llama/plan_batch.h"

#include <gtest/gtest.h>

#include <vector>

namespace osler::test {
namespace {

/// A token alone takes 10 ms, four together 20 ms, 40 tokens of questions 100 ms.
PlanSample measured() {
  PlanSample sample;
  sample.alone_tokens = 8;
  sample.alone_ms = 80.0;
  sample.decoded_tokens = 64;
  sample.decode_steps = 16;
  sample.decode_ms = 320.0;
  sample.question_tokens = 40;
  sample.question_batches = 1;
  sample.question_ms = 100.0;
  return sample;
}

/// Each on a picture of its own, of 50 tokens.
std::vector<PlannedPrompt> prompts(std::size_t count) {
  return std::vector<PlannedPrompt>(count, {50, 10, 100, false});
}

PlanTime time_of(const std::vector<PlannedPrompt>& asked, const std::vector<std::uint64_t>& lengths,
                 const BatchRoom& room) {
  PlanCounts counts;
  counts.question_tokens = 10 * asked.size();
  counts.answers = asked.size();
  return batched_time(counts, asked, measured(), lengths, room);
}

TEST(PlanBatch, AFullBatchTakesAStepForItsQuestionsAndOneForEveryFurtherToken) {
  const auto time = time_of(prompts(4), {5}, {4, 10'000});
  EXPECT_NEAR(time.questions, 0.100, 1e-9);
  EXPECT_NEAR(time.answers, 4 * 0.020, 1e-9);
  EXPECT_NEAR(time_of(prompts(8), {5}, {4, 10'000}).sum(), 2 * time.sum(), 1e-9);
}

TEST(PlanBatch, ALonelyAnswerDecodesAtTheSpeedOfOne) {
  const auto time = time_of(prompts(3), {5}, {1, 10'000});
  EXPECT_NEAR(time.questions, 3 * (0.020 + 0.080 * 6 / 36), 1e-9);
  EXPECT_NEAR(time.answers, 3 * 4 * 0.010, 1e-9);
}

TEST(PlanBatch, WhatHasNoRoomInTheContextWaits) {
  const auto alone = time_of(prompts(3), {5}, {1, 10'000});
  // 50 + 10 + 100 cells for one, and not for a second.
  EXPECT_NEAR(time_of(prompts(3), {5}, {4, 200}).sum(), alone.sum(), 1e-9);
  auto on_one_picture = prompts(3);
  on_one_picture[1].shares_prefix = on_one_picture[2].shares_prefix = true;
  EXPECT_LT(time_of(on_one_picture, {5}, {4, 300}).sum(), alone.sum()) << "they have the picture in common";
}

TEST(PlanBatch, AnswersOfDifferentLengthsLeaveTheirPlacesToOthersOrEmpty) {
  const auto in_turn = time_of(prompts(40), {1, 99}, {4, 10'000});
  const auto at_once = time_of(prompts(40), {1, 99}, {40, 10'000});
  // The longest decides how long it takes; the others save nothing but width.
  EXPECT_LT(at_once.answers, 98 * 0.100);
  EXPECT_GT(at_once.answers, 98 * 0.020);
  EXPECT_GT(in_turn.answers, at_once.answers);
  EXPECT_LT(in_turn.answers, 40 * 98 * 0.010);
}

TEST(PlanBatch, OptionsThatAreScoredAreNotPartOfABatch) {
  PlanCounts counts;
  counts.question_tokens = 40;
  counts.option_tokens = 20;
  EXPECT_NEAR(batched_time(counts, {}, measured(), {}, {4, 1000}).sum(), 60 * 0.0025, 1e-9);
}

TEST(PlanBatch, NoAnswerIsLongerThanItsLimit) {
  auto limited = prompts(4);
  for (auto& prompt : limited) prompt.most_tokens = 3;
  EXPECT_NEAR(time_of(limited, {500}, {4, 10'000}).answers, 2 * 0.020, 1e-9);
}

}  // namespace
}  // namespace osler::test
