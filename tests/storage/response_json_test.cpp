#include "osler/storage/response_json.h"
#include "osler/core/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace osler {
namespace {

using testing::HasSubstr;

Response round_trip(const Response& response) {
  const auto line = dump_json(response_to_json(response));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  return response_from_json(parse_json(line, {}).value(), {}).value();
}

Result<Response> read(const std::string& json) { return response_from_json(parse_json(json, {}).value(), {"r.jsonl"}); }

TEST(IsUtf8, FollowsRfc3629) {
  for (const std::string good :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xC3\xA9z"}) {
    EXPECT_TRUE(is_utf8(good)) << testing::PrintToString(good);
  }
  EXPECT_TRUE(is_utf8(std::string(1, '\0')));
  for (const std::string bad : {"\x80",
                                "\xBF",
                                "\xC0\x80",
                                "\xC1\xBF",
                                "\xC2",
                                "\xC2z",
                                "\xC2\xC2",
                                "\xE0\x80\x80",
                                "\xE0\x9F\xBF",
                                "\xED\xA0\x80",
                                "\xED\xBF\xBF",
                                "\xE2\x82",
                                "\xE2\x82z",
                                "\xF0\x80\x80\x80",
                                "\xF0\x8F\xBF\xBF",
                                "\xF4\x90\x80\x80",
                                "\xF5\x80\x80\x80",
                                "\xF0\x9F\xAB",
                                "\xF8\x88\x80\x80\x80",
                                "\xFE",
                                "\xFF",
                                "good then \xFF"}) {
    EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
  }
}

TEST(IsUtf8, AgreesWithTheJsonLibraryOnEveryTwoBytesAndTheirSurroundings) {
  for (unsigned first = 0x70; first < 0x100; ++first) {
    for (unsigned second = 0; second < 0x100; ++second) {
      for (const char* tail : {"", "\x80", "\x80\x80", "z"}) {
        const std::string text = std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        bool fits = true;
        try {
          static_cast<void>(Json(text).dump());
        } catch (const Json::exception&) {
          fits = false;
        }
        ASSERT_EQ(is_utf8(text), fits) << testing::PrintToString(text);
      }
    }
  }
}

TEST(ResponseJson, EveryFieldComesBack) {
  Response response;
  response.item_id = "item 1";
  response.text = "\\boxed{A}\n\t\"quoted\" \xE2\x82\xAC";
  response.finish = FinishReason::error;
  response.error = "why";
  response.prompt_hash = "p";
  response.image_cluster = "c";
  response.prompt_tokens = 1U << 30U;
  response.image_tokens = 2;
  response.completion_tokens = 3;
  response.prefill_ms = 4.125;
  response.decode_ms = 5e6;
  const auto back = round_trip(response);
  EXPECT_EQ(back.item_id, response.item_id);
  EXPECT_EQ(back.text, response.text);
  EXPECT_EQ(back.finish, response.finish);
  EXPECT_EQ(back.error, response.error);
  EXPECT_EQ(back.prompt_hash, response.prompt_hash);
  EXPECT_EQ(back.image_cluster, response.image_cluster);
  EXPECT_EQ(back.prompt_tokens, response.prompt_tokens);
  EXPECT_EQ(back.image_tokens, response.image_tokens);
  EXPECT_EQ(back.completion_tokens, response.completion_tokens);
  EXPECT_EQ(back.prefill_ms, response.prefill_ms);
  EXPECT_EQ(back.decode_ms, response.decode_ms);
}

TEST(ResponseJson, AScoreThatIsNoNumberIsNullAndComesBackAsNone) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  Response response;
  response.item_id = "1";
  response.option_scores = {{-0.5, -2.0, 3, -4.0}, {-1.5, none, 0, none}};
  const auto line = dump_json(response_to_json(response));
  EXPECT_NE(line.find(R"("text":null,"text_tokens":0,"unconditional":null)"), std::string::npos) << line;
  const auto back = round_trip(response);
  ASSERT_EQ(back.option_scores.size(), 2U);
  EXPECT_EQ(back.option_scores[1].letter_logprob, -1.5);
  EXPECT_EQ(back.option_scores[1].text_tokens, 0U);
  EXPECT_TRUE(std::isnan(back.option_scores[1].text_logprob));
  EXPECT_TRUE(std::isnan(back.option_scores[1].unconditional_logprob));
}

TEST(ResponseJson, ScoresAndMarksComeBackToTheLastBit) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> logprob(-40.0, 0.0);
  Response response;
  response.item_id = "1";
  response.option_scores = {{-0.0, -1e-308, 1, -std::numeric_limits<double>::denorm_min()},
                            {-std::numeric_limits<double>::max(), -1.0, std::uint64_t{1} << 60U, 0.1 + 0.2}};
  for (int i = 0; i < 200; ++i) {
    response.option_scores.push_back({logprob(random), logprob(random), 3, logprob(random)});
    response.letter_marks.push_back({random() >> 1U, logprob(random)});
  }
  const auto line = dump_json(response_to_json(response));
  Response quick;
  ASSERT_TRUE(read_response_line(line, {}, quick));
  for (const auto& back : {round_trip(response), quick}) {
    ASSERT_EQ(back.option_scores.size(), response.option_scores.size());
    for (std::size_t i = 0; i < response.option_scores.size(); ++i) {
      EXPECT_EQ(back.option_scores[i].letter_logprob, response.option_scores[i].letter_logprob);
      EXPECT_EQ(back.option_scores[i].text_logprob, response.option_scores[i].text_logprob);
      EXPECT_EQ(back.option_scores[i].text_tokens, response.option_scores[i].text_tokens);
      EXPECT_EQ(back.option_scores[i].unconditional_logprob, response.option_scores[i].unconditional_logprob);
    }
    EXPECT_TRUE(std::signbit(back.option_scores[0].letter_logprob));
    ASSERT_EQ(back.letter_marks.size(), response.letter_marks.size());
    for (std::size_t i = 0; i < response.letter_marks.size(); ++i) {
      EXPECT_EQ(back.letter_marks[i].at, response.letter_marks[i].at);
      EXPECT_EQ(back.letter_marks[i].logprob, response.letter_marks[i].logprob);
    }
  }
}

TEST(ResponseJson, ScoresAndMarksAreWrittenOnlyWhereThereAreAny) {
  Response response;
  response.item_id = "1";
  EXPECT_EQ(dump_json(response_to_json(response)).find("option_scores"), std::string::npos);
  EXPECT_EQ(dump_json(response_to_json(response)).find("letter_marks"), std::string::npos);
  response.option_scores = {{-0.5, -2.5, 2, -3.0}};
  response.letter_marks = {{4, -0.25}};
  const auto line = dump_json(response_to_json(response));
  EXPECT_THAT(line, HasSubstr(R"("option_scores":[{"letter":-0.5,"text":-2.5,"text_tokens":2,"unconditional":-3.0}])"));
  EXPECT_THAT(line, HasSubstr(R"("letter_marks":[{"at":4,"logprob":-0.25}])"));
}

TEST(ResponseJson, WhatIsNoNumberOrNotThereIsNotFinite) {
  Response response;
  response.item_id = "1";
  response.option_scores = {{-std::numeric_limits<double>::infinity(), std::nan(""), 1, -1.0}};
  const auto back = round_trip(response).option_scores.at(0);
  EXPECT_TRUE(std::isnan(back.letter_logprob));
  EXPECT_TRUE(std::isnan(back.text_logprob));
  EXPECT_EQ(back.unconditional_logprob, -1.0);
  const auto letters = read(R"({"id":"1","text":"","option_scores":[{"letter":-1},{"letter":-2.5}]})");
  ASSERT_TRUE(letters.has_value());
  EXPECT_EQ(letters->option_scores.at(0).letter_logprob, -1.0);
  EXPECT_TRUE(std::isnan(letters->option_scores.at(1).text_logprob));
}

TEST(ResponseJson, ScoresAndMarksOfAnotherShapeAreRefused) {
  for (const char* bad : {R"("option_scores":{})", R"("option_scores":null)", R"("option_scores":[1])",
                          R"("option_scores":[{"letter":"-1"}])", R"("option_scores":[{"text":[]}])",
                          R"("option_scores":[{"unconditional":true}])", R"("letter_marks":7)",
                          R"("letter_marks":[[0,-1]])", R"("letter_marks":[{"logprob":-1}])",
                          R"("letter_marks":[{"at":-1,"logprob":-1}])", R"("letter_marks":[{"at":1.5}])"}) {
    const auto response = read(std::string(R"({"id":"1","text":"a",)") + bad + "}");
    ASSERT_FALSE(response.has_value()) << bad;
    EXPECT_THAT(response.error().message(), HasSubstr("r.jsonl")) << bad;
    EXPECT_THAT(response.error().way_out, HasSubstr("for example")) << bad;
  }
}

TEST(ResponseJson, AnyBytesComeBackUntouched) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (const unsigned start : {0U, 0x7EU, 0xBFU, 0xE0U}) {
      Response response;
      response.item_id = "1";
      for (std::size_t i = 0; i < length; ++i) response.text += static_cast<char>(start + 7 * i);
      EXPECT_EQ(round_trip(response).text, response.text);
    }
  }
}

TEST(ResponseJson, TextThatIsNotUtf8IsReadableBesideItsBytes) {
  Response response;
  response.item_id = "1";
  response.text = "a\xFFz";
  const auto line = dump_json(response_to_json(response));
  EXPECT_THAT(line, HasSubstr("a\xEF\xBF\xBDz"));
  EXPECT_THAT(line, HasSubstr("\"text_base64\":\"Yf96\""));
  response.text = "plain";
  EXPECT_EQ(dump_json(response_to_json(response)).find("text_base64"), std::string::npos);
}

TEST(ResponseJson, WhatIsNotBase64IsRefused) {
  for (const char* bad : {"A", "AB", "ABC", "ABCDE", "AB=C", "=ABC", "A===", "====", "AB==CD==", "AB\\nC",
                          "QQ==\\n\\n\\n\\n", "    QUJD", "QUJD    ", "QU-_", "\\u00e9AB"}) {
    const auto response = read(std::string(R"({"id":"1","text":"t","text_base64":")") + bad + "\"}");
    EXPECT_FALSE(response.has_value()) << bad;
    if (response) continue;
    EXPECT_THAT(response.error().message(), HasSubstr("base64")) << bad;
  }
}

TEST(ResponseJson, FieldsOfTheWrongTypeAreRefusedNotPassedOver) {
  for (const char* bad : {R"({"id":"1","text":null})", R"({"id":"1","text":5})", R"({"id":"1","text":["a"]})",
                          R"({"id":"1","text":"a","text_base64":7})", R"({"id":"1","text":"a","finish":1})",
                          R"({"id":["1"],"text":"a"})", R"({"id":true,"text":"a"})", R"({"id":"1","finish":"stop"})"}) {
    const auto response = read(bad);
    ASSERT_FALSE(response.has_value()) << bad;
    EXPECT_EQ(response.error().where.file, "r.jsonl");
    EXPECT_FALSE(response.error().way_out.empty()) << bad;
  }
}

TEST(ResponseJson, AnErrorNeedsNoText) {
  EXPECT_EQ(read(R"({"id":"1","finish":"error","text":null})")->finish, FinishReason::error);
  EXPECT_EQ(read(R"({"id":"1","finish":"error","error":"x"})")->error, "x");
}

TEST(ResponseJson, UnusableCountsAreNone) {
  const auto response = read(R"({"id":"1","text":"a","prompt_tokens":-3,"image_tokens":"x","prefill_ms":"y"})");
  EXPECT_EQ(response->prompt_tokens, 0U);
  EXPECT_EQ(response->prefill_ms, 0.0);
}

/// Both ways to read a line come to the same, its error included.
void expect_same_line(const std::string& line) {
  const Place place{"r.jsonl"};
  const auto value = parse_json(line, place);
  const auto expected = value ? response_from_json(*value, place) : Result<Response>(pass(value));
  Response response;
  response.text = response.error = response.prompt_hash = "of the line before";
  response.finish = FinishReason::error;
  response.prompt_tokens = 7;
  response.decode_ms = 7.0;
  response.option_scores.resize(2);
  response.letter_marks.resize(2);
  const auto status = read_response_line(line, place, response);
  ASSERT_EQ(status.has_value(), expected.has_value()) << line;
  if (!status) {
    EXPECT_EQ(status.error().message(), expected.error().message()) << line;
    EXPECT_EQ(status.error().code, expected.error().code) << line;
    return;
  }
  EXPECT_EQ(dump_json(response_to_json(response)), dump_json(response_to_json(*expected))) << line;
  EXPECT_EQ(response.error, expected->error) << line;
}

TEST(ReadResponseLine, ReadsWhatTheSlowWayReadsAndFailsAsItFails) {
  Response response;
  response.item_id = "item \n \xE2\x82\xAC";
  response.text = "So\n\n\\boxed{\"B\"} \xF0\x9F\x98\x80";
  response.prompt_hash = "abc";
  response.image_cluster = "def";
  response.prompt_tokens = 800;
  response.prefill_ms = 12.125;
  response.decode_ms = 1e-7;
  expect_same_line(dump_json(response_to_json(response)));
  response.option_scores = {{-0.5, -12.25, 4, -1e-9}, {-3.0, std::nan(""), 1, 0.0}};
  response.letter_marks = {{13, -0.5}, {20, -4.0}};
  expect_same_line(dump_json(response_to_json(response)));
  response.option_scores.pop_back();
  expect_same_line(dump_json(response_to_json(response)));
  response.text = "not UTF-8 \xFF";
  expect_same_line(dump_json(response_to_json(response)));
  response.finish = FinishReason::error;
  response.error = "the image is gone";
  expect_same_line(dump_json(response_to_json(response)));
  for (const char* line : {R"({"id":"1","text":"a"})",
                           R"({"id":1,"text":"a"})",
                           R"({"text":"a"})",
                           R"({"id":"1"})",
                           R"({"id":"1","text":"a","text":"b"})",
                           R"({"id":"1","text":"a","finish":"length"})",
                           R"({"id":"1","text":"a","finish":"eos"})",
                           R"({"id":"1","text":"a","finish":5})",
                           R"({"id":"1","text":"a","prompt_tokens":-1,"image_tokens":1.5,"completion_tokens":"9"})",
                           R"({"id":"1","text":"a","prefill_ms":-2,"decode_ms":null})",
                           R"({"id":"1","text":"a","other":[1,{"x":"]"}]})",
                           R"({"id":"1","text":"a","text_base64":"AP8="})",
                           R"({"id":"1","text":"a","text_base64":"?"})",
                           R"({"id":"1","finish":"error"})",
                           R"({"id":"1","text":null,"finish":"error","error":"x"})",
                           R"({"id":"1","text":"a"} x)",
                           R"({"id":"1","text":"a\ud800"})",
                           "{\"id\":\"1\",\"text\":\"a\tb\"}",
                           R"([{"id":"1","text":"a"}])",
                           R"( {"id" : "1" , "text" : "a"} )",
                           "\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"a\"}",
                           R"({"id":"1","text":"a","decode_ms":1e999})",
                           R"({"id":"1","text":"a","prompt_tokens":012})",
                           R"({"id":"1","text":"a","option_scores":[],"letter_marks":[]})",
                           R"({"id":"1","text":"a","option_scores":[{}]})",
                           R"({"id":"1","text":"a","option_scores":[{"text":-1.5,"letter":-2}]})",
                           R"({"id":"1","text":"a","option_scores":[{"letter":-1.5,"letter":-2.5}]})",
                           R"({"id":"1","text":"a","option_scores":[{"letter":-1.5,"text":-2.5,"text_tokens":-1}]})",
                           R"({"id":"1","text":"a","option_scores":[],"option_scores":[{"letter":-2.5}]})",
                           R"({"id":"1","text":"a","option_scores":null})",
                           R"({"id":"1","text":"a","letter_marks":[{"at":3}]})",
                           R"({"id":"1","text":"a","letter_marks":[{"at":3,"logprob":-1.0,"more":1}]})",
                           R"({"id":"1","text":"a","letter_marks":[{"at":3,"at":4,"logprob":-1.0}]})",
                           R"({"id":"1","text":"a","letter_marks":[{"logprob":-1.0}]})",
                           "x",
                           "{"}) {
    expect_same_line(line);
  }
}

TEST(ReadResponseLine, ALineCutOrChangedAnywhereComesToTheSameAsTheSlowWay) {
  Response response;
  response.item_id = "item 1";
  response.text = "So \\boxed{B}\n\xE2\x82\xAC";
  response.prefill_ms = 12.125;
  response.completion_tokens = 12;
  response.option_scores = {{-0.5, -12.25, 4, -20.0}};
  response.letter_marks = {{13, -0.5}};
  const std::string line = dump_json(response_to_json(response));
  for (std::size_t at = 0; at < line.size(); ++at) {
    expect_same_line(line.substr(0, at));
    for (const char c : {'"', '\\', '{', '}', ',', '0', '-', ' ', '\xFF'}) {
      std::string changed = line;
      changed[at] = c;
      expect_same_line(changed);
    }
  }
}

TEST(ResponseJson, ThatAnAnswerIsCachedComesBackAndIsNotWrittenOfOthers) {
  Response response;
  response.item_id = "1";
  EXPECT_FALSE(response_to_json(response).contains("cached"));
  EXPECT_FALSE(round_trip(response).cached);
  response.cached = true;
  EXPECT_TRUE(round_trip(response).cached);
  Response read_back;
  ASSERT_TRUE(read_response_line(dump_json(response_to_json(response)), {}, read_back));
  EXPECT_TRUE(read_back.cached);
  response.cached = false;
  ASSERT_TRUE(read_response_line(dump_json(response_to_json(response)), {}, read_back));
  EXPECT_FALSE(read_back.cached) << "what the memory held before";
  EXPECT_FALSE(read(R"({"id": "1", "text": "", "cached": "yes"})")->cached);
}

}  // namespace
}  // namespace osler
