// A plan must say what the engine does, without doing it.
#include "osler/engine/llama/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/llama/support.h"
#include "osler/core/machine.h"
#include "osler/engine/llama/context_settings.h"
#include "osler/engine/llama/gguf_head.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/planner.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

using Requests = std::vector<Request>;

std::unique_ptr<Planner> open_planner(const LlamaOptions& options) {
  auto planner = Planner::open(options);
  if (!planner) throw std::runtime_error(planner.error().message());
  return std::move(*planner);
}

PlanCounts counts_of(Planner& planner, const Requests& requests) {
  for (const auto& request : requests) {
    const auto counted = planner.count(request);
    EXPECT_TRUE(counted) << request.item_id << (counted ? "" : counted.error().message());
  }
  return planner.take_counts();
}

/// What an engine that answers one by one has evaluated in the end.
struct Evaluated {
  std::uint64_t prefixes = 0;
  std::uint64_t prefix_tokens = 0;
  std::uint64_t encoded_parts = 0;
};

Evaluated evaluated_by_engine(const LlamaOptions& options, const Requests& requests) {
  auto loaded = VisionModel::load(options, {});
  if (!loaded) throw std::runtime_error(loaded.error().message());
  const VisionModel& model = **loaded;
  const bool share = options.sharing != osler::Sharing::none;
  const std::atomic<bool> abort{false};
  PromptPreparer preparer(model);
  ImageEncoder encoder(model, share ? options.image_cache : 0);
  OneByOne one(model, preparer, encoder, settings_for(model, options).value(), abort, share);
  Evaluated sum;
  for (const auto& request : requests) {
    auto prompt = preparer.prepare(request.prompt, request.images).value();
    const auto before = one.evaluator().evaluated_chunks();
    const auto chunks = prompt.chunks;
    const auto response = one.answer({request, std::move(prompt)});
    EXPECT_TRUE(response && response->finish != FinishReason::error) << request.item_id;
    const auto fresh = one.evaluator().evaluated_chunks() - before;
    if (fresh > 0) ++sum.prefixes;
    // What is evaluated are always the last ones before the question.
    for (auto i = chunks.size() - 1 - fresh; i + 1 < chunks.size(); ++i) sum.prefix_tokens += chunks[i]->cells;
  }
  sum.encoded_parts = encoder.encoded();
  return sum;
}

/// Questions on one picture, on two of which the first is that picture, and on none; then on pictures that come again.
Requests varied_requests() {
  const auto a = picture(84, 84, 1);
  const auto b = picture(84, 84, 2);
  const auto c = picture(84, 84, 3);
  Requests requests{ask("a1", "What is seen?", {a}, 4),
                    ask("a2", "Where?", {a}, 9),
                    ask("a3", "Is it large? Why?", {a}, 2),
                    ask("ab1", "Which of the two?", {a, b}, 3),
                    ask("ab2", "Which is brighter?", {a, b}, 5),
                    ask("none", "Which nerve is it?", {}, 4),
                    ask("b1", "What is seen?", {b}, 4),
                    ask("c1", "What is seen?", {c}, 4),
                    ask("b2", "Where?", {b}, 4),
                    ask("c2", "Where?", {c}, 4)};
  // An answer that needs a larger context: the old one is forgotten with all that was in it.
  requests.push_back(ask("c3", "How?", {c}, 2000));
  requests.push_back(ask("c4", "Since when?", {c}, 4));
  return requests;
}

class Plan : public testing::TestWithParam<Architecture> {
 protected:
  static bool shares() { return GetParam() != Architecture::lfm2vl; }
  static Voice voice() { return has_voice(GetParam(), Voice::boxed) ? Voice::boxed : Voice::random; }
  LlamaOptions options_ = options_for(tiny_model(GetParam(), voice()));
};

INSTANTIATE_TEST_SUITE_P(All, Plan, testing::ValuesIn(tiny_vlm::kArchitectures),
                         [](const auto& tested) { return test_name(tested.param); });

TEST_P(Plan, CountsItemsImagesAndTokensAsTheResponsesHaveThem) {
  const auto requests = varied_requests();
  const auto counts = counts_of(*open_planner(options_), requests);
  std::uint64_t tokens = 0;
  std::uint64_t image_tokens = 0;
  std::uint64_t longest = 0;
  for (const auto& response : answers(*open_engine(options_), requests)) {
    tokens += response.prompt_tokens;
    image_tokens += response.image_tokens;
    longest = std::max(longest, response.prompt_tokens);
  }
  EXPECT_EQ(counts.items, 12U);
  EXPECT_EQ(counts.prompts, 12U);
  EXPECT_EQ(counts.answers, 12U);
  EXPECT_EQ(counts.images, 13U);
  EXPECT_EQ(counts.pictures, 3U);
  EXPECT_EQ(counts.prompt_tokens, tokens);
  EXPECT_EQ(counts.image_tokens, image_tokens);
  EXPECT_EQ(counts.longest_prompt, longest);
  EXPECT_EQ(counts.longest_answer, 2000U);
  EXPECT_EQ(counts.prefix_tokens + counts.question_tokens, tokens);
  EXPECT_EQ(counts.unshared_tokens(), tokens);
  EXPECT_GE(counts.context_cells, longest);
}

TEST_P(Plan, EvaluatesAndEncodesWhatTheEngineDoesWhateverItKeeps) {
  const auto requests = varied_requests();
  const auto planner = open_planner(options_);
  const std::uint64_t image = counts_of(*planner, {requests.front()}).image_tokens;
  const std::uint64_t bytes = image * planner->memory().embedding_bytes_per_token;
  std::set<std::uint64_t> encoded;
  for (const std::uint64_t cache : {std::uint64_t{0}, bytes, 2 * bytes, 64 * bytes}) {
    auto options = options_;
    options.image_cache = cache;
    const auto expected = evaluated_by_engine(options, requests);
    const auto counts = counts_of(*open_planner(options), requests);
    EXPECT_EQ(counts.prefixes, expected.prefixes) << cache;
    EXPECT_EQ(counts.evaluated_prefix_tokens, expected.prefix_tokens) << cache;
    EXPECT_EQ(counts.encoded_image_tokens, image * expected.encoded_parts) << cache;
    EXPECT_EQ(counts.evaluated_tokens() < counts.unshared_tokens(), shares()) << cache;
    encoded.insert(counts.encoded_image_tokens);
  }
  EXPECT_GT(encoded.size(), 2U) << "the sizes of the cache make no difference";
  EXPECT_EQ(*encoded.begin(), 3 * image) << "with room for all of them each picture is encoded once";
}

TEST_P(Plan, WithoutSharingEverythingIsEvaluatedForEveryPrompt) {
  options_.sharing = osler::Sharing::none;
  const auto requests = varied_requests();
  const auto expected = evaluated_by_engine(options_, requests);
  const auto counts = counts_of(*open_planner(options_), requests);
  EXPECT_EQ(counts.evaluated_tokens(), counts.prompt_tokens);
  EXPECT_EQ(counts.encoded_image_tokens, counts.image_tokens);
  EXPECT_EQ(counts.prefixes, expected.prefixes);
  EXPECT_EQ(counts.evaluated_prefix_tokens, expected.prefix_tokens);
}

TEST_P(Plan, RefusesWhatTheEngineRefusesAndForTheSameReason) {
  const auto per_token = open_planner(options_)->memory().kv_bytes_per_token;
  const Requests requests{ask("fits", "Q", {picture(56, 56, 1)}, 8), ask("text", std::string(5000, '7'), {}, 8),
                          ask("picture", "Q", {picture(1800, 1800, 1)}, 8), ask("answer", "Q", {}, 3000),
                          ask("fits too", "Q", {}, 8)};
  std::vector<LlamaOptions> all(3, options_);
  all[0].context = 300;
  all[1].kv_budget = 2048 * per_token;
  std::set<std::string> reasons;
  for (const auto& options : all) {
    const auto planner = open_planner(options);
    std::uint64_t answered = 0;
    for (const auto& response : answers(*open_engine(options), requests)) {
      const auto asked = std::find_if(requests.begin(), requests.end(),
                                      [&](const Request& request) { return request.item_id == response.item_id; });
      const auto counted = planner->count(*asked);
      EXPECT_EQ(counted.has_value(), response.finish != FinishReason::error) << response.item_id << response.error;
      if (counted) {
        ++answered;
        EXPECT_EQ(*counted, response.prompt_tokens);
        continue;
      }
      EXPECT_EQ(counted.error().code, ErrorCode::limit);
      EXPECT_EQ(counted.error().message(), response.error);
      reasons.insert(counted.error().way_out);
    }
    const auto counts = planner->take_counts();
    EXPECT_EQ(counts.items, answered);
    EXPECT_EQ(counts.prompts, answered);
  }
  EXPECT_EQ(reasons.size(), 3U) << "three limits, three ways out";
}

TEST_P(Plan, OfTwoBenchmarksTheSecondFindsWhatTheFirstLeft) {
  const auto planner = open_planner(options_);
  const auto a = picture(84, 84, 1);
  auto sum = counts_of(*planner, {ask("1", "What?", {a}), ask("2", "Where?", {a})});
  EXPECT_EQ(sum.prefixes, shares() ? 1U : 2U);
  const auto second = counts_of(*planner, {ask("3", "Why?", {a}), ask("4", "What?", {picture(84, 84, 2)})});
  EXPECT_EQ(second.pictures, 2U);
  EXPECT_EQ(second.new_pictures, 1U);
  EXPECT_EQ(second.prefixes, shares() ? 1U : 2U);
  sum += second;
  EXPECT_EQ(sum.items, 4U);
  EXPECT_EQ(sum.images, 4U);
  EXPECT_EQ(sum.pictures, 2U);
  EXPECT_EQ(sum.prefixes, shares() ? 2U : 4U);
}

TEST_P(Plan, ASecondTurnIsAPromptOfItsOwnOnTheSameImages) {
  auto request = ask("a", "What is seen?", {picture(84, 84, 1)});
  const auto planner = open_planner(options_);
  const auto once = counts_of(*planner, {request});
  request.follow_up = "So which letter is it?";
  const auto twice = counts_of(*open_planner(options_), {request});
  EXPECT_EQ(twice.items, 1U);
  EXPECT_EQ(twice.images, 1U);
  EXPECT_EQ(twice.prompts, 2U);
  EXPECT_EQ(twice.answers, 2U);
  EXPECT_EQ(twice.read_replies, 1U);
  EXPECT_EQ(twice.prefixes, shares() ? 1U : 2U);
  EXPECT_EQ(twice.evaluated_prefix_tokens, (shares() ? 1 : 2) * once.evaluated_prefix_tokens);
  EXPECT_GT(twice.question_tokens, 2 * once.question_tokens);
}

TEST_P(Plan, ScoredOptionsAreNoAnswersAndATextIsAskedAloneOnce) {
  auto request = ask("a", "Which?", {picture(84, 84, 1)});
  request.scoring.emplace();
  request.scoring->options = {{"A", "the left lung"}, {"B", "no"}};
  request.scoring->unconditional.messages.push_back({"user", {{std::nullopt, "Answer:"}}});
  const auto planner = open_planner(options_);
  const auto first = counts_of(*planner, {request});
  const auto second = counts_of(*planner, {request});
  EXPECT_EQ(first.answers, 0U);
  EXPECT_EQ(first.prompts, 1U);
  EXPECT_GT(second.option_tokens, 0U);
  EXPECT_GT(first.option_tokens, 2 * second.option_tokens) << "the texts alone, behind prompts of their own";
}

TEST_P(Plan, ASampleHasTheTokensOfItsItemAndTheAnswerOfTheEngine) {
  const auto request = ask("a", "What is seen?", {picture(84, 84, 1)}, 40);
  const auto planner = open_planner(options_);
  const auto counts = counts_of(*planner, {request});
  const auto expected = answers(*open_engine(options_), {request})[0];
  for (int time = 0; time < 2; ++time) {
    const auto sample = planner->measure(request, {}, {});
    ASSERT_TRUE(sample) << sample.error().message();
    EXPECT_EQ(sample->items, 1U);
    EXPECT_EQ(sample->image_tokens, counts.image_tokens) << "nothing is left from the time before";
    EXPECT_EQ(sample->prefix_tokens, counts.prefix_tokens);
    EXPECT_EQ(sample->question_tokens, counts.question_tokens);
    EXPECT_EQ(sample->answer_tokens, expected.completion_tokens);
    EXPECT_EQ(sample->cut_answers, 0U);
    EXPECT_GE(sample->decoded_tokens, 16U);
    EXPECT_GT(sample->encode_ms, 0.0);
    EXPECT_GT(sample->prefix_ms, 0.0);
    EXPECT_GT(sample->question_ms, 0.0);
    EXPECT_GT(sample->decode_ms, 0.0);
  }
}

TEST_P(Plan, AnAnswerThatIsNotWaitedForSaysSo) {
  const auto planner = open_planner(options_for(tiny_model(GetParam(), Voice::random)));
  const auto request = ask("a", "What is seen?", {picture(84, 84, 1)}, 400);
  MeasureLimits few;
  few.most_tokens = 3;
  const auto cut = planner->measure(request, few, {});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->answer_tokens, 3U);
  EXPECT_EQ(cut->cut_answers, 1U);
  auto short_request = request;
  short_request.decoding.max_new_tokens = 3;
  const auto whole = planner->measure(short_request, few, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->cut_answers, 0U) << "three tokens are all that the protocol allows";
}

TEST_P(Plan, ABatchIsMeasuredWithAsManyQuestionsAsItHolds) {
  options_.sharing = osler::Sharing::batched;
  options_.parallel = 5;
  const auto request = ask("a", "What is seen?", {picture(84, 84, 1)}, 8);
  const auto planner = open_planner(options_);
  const auto counts = counts_of(*planner, {request});
  const auto sample = planner->measure(request, {}, {});
  ASSERT_TRUE(sample) << sample.error().message();
  EXPECT_EQ(sample->question_tokens, (shares() ? 5 : 1) * counts.question_tokens);
  EXPECT_EQ(sample->prefix_tokens, counts.prefix_tokens);
  EXPECT_EQ(sample->decoded_tokens % 5 == 0, shares());
  EXPECT_EQ(sample->alone_tokens > 0, shares());
  EXPECT_EQ(sample->alone_ms > 0.0, shares());
  EXPECT_EQ(sample->answers, 1U);
}

TEST_P(Plan, MeasuringStopsWhenItIsTold) {
  const auto planner = open_planner(options_);
  std::stop_source source;
  source.request_stop();
  const auto request = ask("a", "What is seen?", {picture(84, 84, 1)});
  const auto stopped = planner->measure(request, {}, source.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_TRUE(planner->measure(request, {}, {})) << "another one is measured as if nothing had been";
}

TEST_P(Plan, SaysThatBf16WouldBeFasterOnlyOfAnF16ProjectorOnAProcessorThatHasIt) {
  const auto head = GgufHead::open(options_.projector);
  ASSERT_TRUE(head);
  ASSERT_TRUE(head->main_type());
  const bool applies = cpu_has("avx512_bf16") && *head->main_type() == GGML_TYPE_F16;
  EXPECT_EQ(open_planner(options_)->would_gain_from_bf16(), applies);
}

TEST(PlanTime, IsTheSamplesTimePerTokenTimesTheTokens) {
  PlanSample sample;
  sample.encode_ms = 100.0;
  sample.image_tokens = 50;  // 2 ms each
  sample.prefix_ms = 60.0;
  sample.prefix_tokens = 60;  // 1 ms
  sample.question_ms = 30.0;
  sample.question_tokens = 10;  // 3 ms
  sample.decode_ms = 80.0;
  sample.decoded_tokens = 20;  // 4 ms
  PlanCounts counts;
  counts.encoded_image_tokens = 1000;
  counts.image_tokens = 3000;
  counts.evaluated_prefix_tokens = 1200;
  counts.prefix_tokens = 3600;
  counts.question_tokens = 400;
  counts.option_tokens = 100;
  counts.read_replies = 10;
  counts.answers = 50;
  const auto shared = expected_time(counts, sample, 5.0);
  EXPECT_DOUBLE_EQ(shared.encoding, 2.0);
  EXPECT_DOUBLE_EQ(shared.prefixes, 1.2);
  EXPECT_DOUBLE_EQ(shared.questions, 0.003 * (500 + 5 * 10));
  EXPECT_DOUBLE_EQ(shared.answers, 0.004 * 5 * 50);
  EXPECT_DOUBLE_EQ(shared.sum(), 2.0 + 1.2 + 1.65 + 1.0);
  const auto unshared = unshared_time(counts, sample, 5.0);
  EXPECT_DOUBLE_EQ(unshared.encoding, 6.0);
  EXPECT_DOUBLE_EQ(unshared.prefixes, 3.6);
  EXPECT_DOUBLE_EQ(unshared.questions, shared.questions);
  EXPECT_DOUBLE_EQ(unshared.answers, shared.answers);
  sample.alone_ms = 90.0;
  sample.alone_tokens = 10;  // 9 ms, outside of the batch
  EXPECT_DOUBLE_EQ(expected_time(counts, sample, 5.0).answers, shared.answers);
  EXPECT_DOUBLE_EQ(unshared_time(counts, sample, 5.0).answers, 0.009 * 5 * 50);
  sample.prefix_tokens = 0;
  EXPECT_DOUBLE_EQ(expected_time(counts, sample, 5.0).prefixes, 0.003 * 1200) << "as a question's";
}

TEST(PlanTime, OfASampleAnswersHaveTheMeanLength) {
  PlanSample sample;
  EXPECT_EQ(sample.tokens_per_answer(), 0.0);
  PlanSample other;
  other.answers = 2;
  other.answer_tokens = 7;
  sample += other;
  sample += other;
  EXPECT_DOUBLE_EQ(sample.tokens_per_answer(), 3.5);
}

}  // namespace
}  // namespace osler::test
