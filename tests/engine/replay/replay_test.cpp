#include "osler/engine/replay/replay_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/llama/support.h"
#include "osler/storage/json.h"
#include "osler/storage/response_json.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

class ReplayTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Engine> open(const std::string& lines) const {
    auto engine = open_replay_engine(folder_.file("recorded.jsonl", lines));
    if (!engine) throw std::runtime_error(engine.error().message());
    return std::move(*engine);
  }
  [[nodiscard]] Response answer(const std::string& lines, const std::string& id) const {
    return answers(*open(lines), {ask(id, "Q")})[0];
  }
  void expect_refused(const std::string& lines, std::uint64_t line, const std::string& what) const {
    const auto engine = open_replay_engine(folder_.file("recorded.jsonl", lines));
    ASSERT_FALSE(engine.has_value()) << lines;
    EXPECT_EQ(engine.error().where.line.value_or(0), line) << engine.error().message();
    EXPECT_THAT(engine.error().message(), HasSubstr(what));
    EXPECT_EQ(engine.error().message().find('\n'), std::string::npos);
  }

  TestFolder folder_;
};

TEST_F(ReplayTest, AJournalAnswersAsItsModelDid) {
  Response recorded;
  recorded.item_id = "vqa \xE2\x82\xAC/1";
  recorded.text = std::string("cut off \xF0\x9F\xAB", 11) + std::string("\0 and on", 8);
  recorded.finish = FinishReason::length;
  recorded.prompt_hash = "abc";
  recorded.image_cluster = "def";
  recorded.prompt_tokens = 12;
  recorded.image_tokens = 4;
  recorded.completion_tokens = 3;
  recorded.prefill_ms = 1.25;
  recorded.decode_ms = 2.5;
  const auto response = answer(dump_json(response_to_json(recorded)) + "\n", recorded.item_id);
  EXPECT_EQ(response.text, recorded.text);
  EXPECT_EQ(response.finish, FinishReason::length);
  EXPECT_EQ(response.prompt_hash, "abc");
  EXPECT_EQ(response.prompt_tokens, 12U);
  EXPECT_EQ(response.decode_ms, 2.5);
}

TEST_F(ReplayTest, IdAndTextAreEnough) {
  const auto response = answer("{\"id\":\"1\",\"text\":\"\\\\boxed{A}\",\"anything\":[1]}", "1");
  EXPECT_EQ(response.text, "\\boxed{A}");
  EXPECT_EQ(response.finish, FinishReason::stop);
}

TEST_F(ReplayTest, NumbersAreTakenAsIds) {
  const auto engine = open("{\"id\":7,\"text\":\"seven\"}\n{\"id\":-1,\"text\":\"minus\"}\n");
  const auto responses = answers(*engine, {ask("7", "Q"), ask("-1", "Q")});
  EXPECT_EQ(responses[0].text, "seven");
  EXPECT_EQ(responses[1].text, "minus");
}

TEST_F(ReplayTest, BytesThatAreNotUtf8ComeBackAsTheyWere) {
  EXPECT_EQ(answer("{\"id\":\"1\",\"text\":\"readable\",\"text_base64\":\"//4A\"}", "1").text,
            std::string("\xFF\xFE\0", 3));
}

TEST_F(ReplayTest, TheLaterLineCounts) {
  EXPECT_EQ(answer("{\"id\":\"1\",\"text\":\"old\"}\n\n{\"id\":\"1\",\"text\":\"new\"}\n", "1").text, "new");
}

TEST_F(ReplayTest, AnItemThatWasNotRecordedIsAnErrorThatNamesTheFile) {
  const auto response = answer("{\"id\":\"1\",\"text\":\"a\"}", "2");
  EXPECT_EQ(response.item_id, "2");
  EXPECT_EQ(response.finish, FinishReason::error);
  EXPECT_THAT(response.error, HasSubstr("recorded.jsonl"));
}

TEST_F(ReplayTest, ARecordedErrorStaysOne) {
  const auto response = answer("{\"id\":\"1\",\"finish\":\"error\",\"error\":\"no image\"}", "1");
  EXPECT_EQ(response.finish, FinishReason::error);
  EXPECT_EQ(response.error, "no image");
}

TEST_F(ReplayTest, BadLinesAreNamed) {
  const std::string good = "{\"id\":\"1\",\"text\":\"a\"}\n";
  expect_refused(good + "[1]\n", 2, "not a JSON object");
  expect_refused(good + "\n{\"id\":", 3, "breaks off");
  expect_refused(good + "not json\n" + good, 2, "not valid JSON");
  expect_refused(good + "{\"text\":\"a\"}\n", 2, "no 'id'");
  expect_refused(good + "{\"id\":null,\"text\":\"a\"}\n", 2, "no 'id'");
  expect_refused(good + "{\"id\":1.5,\"text\":\"a\"}\n", 2, "no 'id'");
  expect_refused(good + "{\"id\":\"2\"}\n", 2, "no 'text'");
  expect_refused(good + "{\"id\":\"2\",\"text\":\"a\",\"finish\":\"eos\"}\n", 2, "unknown finish reason 'eos'");
  expect_refused(good + "{\"id\":\"2\",\"text_base64\":\"%%%\"}\n", 2, "not base64");
}

TEST_F(ReplayTest, AMissingFileOrAFolderIsNamed) {
  for (const auto& path : {folder_.path() / "none.jsonl", folder_.path()}) {
    const auto engine = open_replay_engine(path);
    ASSERT_FALSE(engine.has_value());
    EXPECT_EQ(engine.error().where.file, path.string());
  }
}

TEST_F(ReplayTest, TheFileIsTheIdentity) {
  const auto one = open("{\"id\":\"1\",\"text\":\"a\"}\n");
  EXPECT_EQ(one->facts().kind, "replay");
  EXPECT_EQ(one->facts().model, "recorded");
  const auto same = open("{\"id\":\"1\",\"text\":\"a\"}\n");
  EXPECT_EQ(one->facts().identity, same->facts().identity);
  const auto other = open("{\"id\":\"1\",\"text\":\"b\"}\n");
  EXPECT_NE(one->facts().identity, other->facts().identity);
}

TEST_F(ReplayTest, StopsBetweenItemsAndWhenAResponseCannotBeKept) {
  const auto engine = open("{\"id\":\"1\",\"text\":\"a\"}\n");
  std::stop_source stop;
  stop.request_stop();
  ListedRequests source({ask("1", "Q"), ask("1", "Q")});
  KeptResponses sink;
  EXPECT_EQ(engine->answer(source, sink, stop.get_token()).error().code, ErrorCode::interrupted);
  EXPECT_EQ(source.given(), 0U);
  sink.fail_at = 1;
  EXPECT_EQ(engine->answer(source, sink, {}).error().code, ErrorCode::io);
  EXPECT_EQ(source.given(), 2U);
}

}  // namespace
}  // namespace osler::test
