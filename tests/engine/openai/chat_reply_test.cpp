#include "osler/engine/openai/chat_reply.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "engine/openai/support.h"
#include "osler/engine/openai/token_logprobs.h"

namespace osler::openai {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Result<Response> reply(const std::string& body, const Request& request = test::question("7")) {
  return read_reply(body, request);
}

std::string choice(const std::string& message, const std::string& rest = R"("finish_reason":"stop")") {
  return R"({"choices":[{"index":0,"message":)" + message + "," + rest +
         R"(}],"usage":{"prompt_tokens":300,"completion_tokens":12}})";
}

TEST(ReadReply, IsTheTextWithItsTokens) {
  const auto response = reply(choice(R"({"role":"assistant","content":"\\boxed{B}"})"));
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->item_id, "7");
  EXPECT_EQ(response->text, "\\boxed{B}");
  EXPECT_EQ(response->finish, FinishReason::stop);
  EXPECT_EQ(response->prompt_tokens, 300U);
  EXPECT_EQ(response->completion_tokens, 12U);
}

TEST(ReadReply, ThoughtsStayApartByEitherName) {
  for (const std::string name : {"reasoning_content", "reasoning"}) {
    const auto response = reply(choice(R"({"content":"B",")" + name + R"(":"Let me see. A?"})"));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->text, "B");
    EXPECT_EQ(response->reasoning, "Let me see. A?");
  }
}

TEST(ReadReply, AnAnswerThatWasAllThoughtIsCutOff) {
  const auto response = reply(choice(R"({"content":null,"reasoning":"hmm"})", R"("finish_reason":"length")"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->text, "");
  EXPECT_EQ(response->finish, FinishReason::length);
}

TEST(ReadReply, ContentMayComeInParts) {
  EXPECT_EQ(reply(choice(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})"))->text, "ab");
}

TEST(ReadReply, TheFiltersRefusalIsAnError) {
  const auto response = reply(choice(R"({"content":""})", R"("finish_reason":"content_filter")"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->finish, FinishReason::error);
  EXPECT_THAT(response->error, HasSubstr("content filter"));
}

TEST(ReadReply, WhatTheServerBrokeOffIsNoAnswer) {
  for (const std::string reason : {R"("abort")", R"("error")", R"("load")", "null"}) {
    EXPECT_FALSE(reply(choice(R"({"content":""})", "\"finish_reason\":" + reason)).has_value()) << reason;
  }
}

TEST(ReadReply, WhatIsNoCompletionIsNoAnswer) {
  for (const auto* body :
       {"", "<html>502</html>", "[]", "7", "null", "{}", R"({"choices":[]})", R"({"choices":{}})", R"({"choices":[7]})",
        R"({"choices":[{}]})", R"({"choices":[{"message":"text"}]})", R"({"choices":[{"message":null}]})"}) {
    const auto response = reply(body);
    ASSERT_FALSE(response.has_value()) << body;
    EXPECT_EQ(response.error().code, ErrorCode::malformed);
  }
  EXPECT_THAT(reply(R"({"error":{"message":"out of memory"}})").error().message(), HasSubstr("out of memory"));
}

TEST(ReadReply, AnyBeginningAndAnyDamageIsReadWithoutHarm) {
  const std::string whole = choice(
      R"({"content":"A b","reasoning":"x"})",
      R"("logprobs":{"content":[{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[{"token":"A","logprob":-0.1}]},
          {"token":" b","logprob":-1,"bytes":null}]},"finish_reason":"stop")");
  Request request = test::question("7");
  request.letters = {"A", "B"};
  ASSERT_TRUE(reply(whole, request).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(reply(whole.substr(0, size), request).has_value()) << size;
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = whole;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    static_cast<void>(reply(damaged, request));
    static_cast<void>(refusal_text(damaged));
  }
}

TEST(ReadReply, TimesOfLlamaServerAreTaken) {
  const auto response = reply(
      R"({"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"timings":{"prompt_ms":12.5,"predicted_ms":3}})");
  EXPECT_EQ(response->prefill_ms, 12.5);
  EXPECT_EQ(response->decode_ms, 3.0);
}

Request scored() {
  Request request = test::question("7");
  request.scoring = OptionQuestion{{{"A", "yes"}, {"B", "no"}, {"C", "maybe"}}, "", {}};
  return request;
}

TEST(ReadReply, LettersAreScoredByAllWaysToWriteThem) {
  const auto response =
      reply(choice(R"({"content":"A"})",
                   R"("logprobs":{"content":[{"token":"A","logprob":-0.5,"top_logprobs":[{"token":"A","logprob":-0.5},
                {"token":" A","logprob":-3},{"token":"B","logprob":-2},{"token":"The","logprob":-6},
                {"token":"AB","logprob":-7}]}]},"finish_reason":"length")"),
            scored());
  ASSERT_TRUE(response.has_value()) << response.error().message();
  ASSERT_EQ(response->option_scores.size(), 3U);
  EXPECT_NEAR(response->option_scores[0].letter_logprob, std::log(std::exp(-0.5) + std::exp(-3.0)), 1e-12);
  EXPECT_EQ(response->option_scores[1].letter_logprob, -2.0);
  // C is not named: less likely than the least likely that is.
  EXPECT_LT(response->option_scores[2].letter_logprob, -7.0);
  EXPECT_NEAR(response->option_scores[2].letter_logprob, -7.0, 1e-9);
  EXPECT_TRUE(std::isnan(response->option_scores[0].text_logprob));
  EXPECT_EQ(response->text, "");
  EXPECT_EQ(response->finish, FinishReason::stop);
}

TEST(ReadReply, NoLetterAmongTheLikeliestIsNoScore) {
  const auto response = reply(
      choice(R"({"content":"The"})",
             R"("logprobs":{"content":[{"token":"The","logprob":-0.5,"top_logprobs":[{"token":"The","logprob":-0.5}]}]},
                "finish_reason":"length")"),
      scored());
  ASSERT_TRUE(response.has_value());
  for (const auto& score : response->option_scores) EXPECT_TRUE(std::isnan(score.letter_logprob));
}

TEST(ReadReply, AServerWithoutLogprobsCannotScore) {
  const auto response = reply(choice(R"({"content":"A"})"), scored());
  ASSERT_FALSE(response.has_value());
  EXPECT_THAT(response.error().message(), HasSubstr("no log-probabilities"));
}

std::vector<LetterMark> marks(const std::string& text, const std::string& tokens) {
  return letter_marks(Json::parse(R"({"logprobs":{"content":)" + tokens + "}}"), text, {"A", "B", "C"});
}

TEST(LetterMarks, StandWhereTheLetterDoes) {
  const auto found = marks("It is \\boxed{B}", R"([{"token":"It","logprob":-1},{"token":" is","logprob":-1},
      {"token":" \\boxed{","logprob":-1},{"token":"B","logprob":-0.25},{"token":"}","logprob":-1}])");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at, 13U);
  EXPECT_EQ(found[0].logprob, -0.25);
}

TEST(LetterMarks, ThoughtsBeforeAndMarksBehindDoNotShiftThem) {
  const auto found = marks("B", R"([{"token":"A","logprob":-9},{"token":"</think>","logprob":-1},
      {"token":"\n\n","logprob":-1},{"token":"B","logprob":-0.5},{"token":"<|im_end|>","logprob":-1}])");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at, 0U);
  EXPECT_EQ(found[0].logprob, -0.5);
}

TEST(LetterMarks, PartsOfCharactersCountByTheirBytes) {
  const auto found = marks("\xC3\xA9 C", R"([{"token":"\ufffd","logprob":-1,"bytes":[195]},
      {"token":"\ufffd","logprob":-1,"bytes":[169]},{"token":" C","logprob":-0.5,"bytes":[32,67]}])");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at, 3U);
}

TEST(LetterMarks, AreNoneWhereTokensSpellSomethingElse) {
  EXPECT_THAT(marks("B", R"([{"token":"C","logprob":-1}])"), IsEmpty());
  EXPECT_THAT(marks("B", R"([{"token":7,"logprob":-1}])"), IsEmpty());
  EXPECT_THAT(marks("B", R"("B")"), IsEmpty());
  EXPECT_THAT(marks("", R"([{"token":"B","logprob":-1}])"), IsEmpty());
}

TEST(LetterMarks, UnknownProbabilitiesAreNoMarks) {
  EXPECT_THAT(marks("B", R"([{"token":"B","logprob":-9999.0}])"), IsEmpty());
}

TEST(RefusalText, IsFoundInEveryShapeInUse) {
  EXPECT_EQ(refusal_text(R"({"error":{"message":"too long","code":400}})"), "too long");
  EXPECT_EQ(refusal_text(R"({"error":"too long"})"), "too long");
  EXPECT_EQ(refusal_text(R"({"object":"error","message":"too long","code":400})"), "too long");
  EXPECT_EQ(refusal_text(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(refusal_text(R"({"detail":[{"loc":["body"],"msg":"Field required"},{"msg":"x"}]})"), "Field required; x");
  EXPECT_EQ(refusal_text("<html>\n<b>502</b>"), "<html> <b>502</b>");
  EXPECT_EQ(refusal_text(""), "");
  EXPECT_LE(refusal_text(std::string(100'000, 'x')).size(), 300U);
}

TEST(IsAboutLength, KnowsTheServersWords) {
  for (const auto* said : {"This model's maximum context length is 8192 tokens. However, you requested 8204 tokens",
                           "You passed 900 input tokens and requested 8192 output tokens. However, the model's context "
                           "length is only 8192",
                           "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
                           "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
                           "max_tokens=8192 cannot be greater than max_model_len=max_total_tokens=4096."}) {
    EXPECT_TRUE(is_about_length(said)) << said;
  }
  EXPECT_FALSE(is_about_length("cannot identify image file"));
}

}  // namespace
}  // namespace osler::openai
