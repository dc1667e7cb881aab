#include "osler/engine/openai/openai_engine.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "engine/openai/support.h"

namespace osler {
namespace {

using test::answer_all;
using test::Answered;
using test::asked_text;
using test::ChatAnswer;
using test::ChatCall;
using test::ChatServer;
using test::completion;
using test::echo;
using test::grouped;
using test::open;
using test::options_for;
using test::question;
using test::questions;
using test::serving;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Trouble = ChatAnswer::Trouble;

std::string refusal(const OpenAiOptions& options) {
  const auto engine = open_openai_engine(options);
  return engine ? "opened" : engine.error().message();
}

TEST(OpenAiEngine, EveryQuestionGetsItsOwnAnswer) {
  ChatServer server(serving(echo));
  auto engine = open(options_for(server));
  const Answered all = answer_all(*engine, questions(300));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 300U);
  EXPECT_EQ(all.doubled, 0U);
  for (const auto& [id, response] : all.responses) EXPECT_EQ(response.text, "echo: question " + id);
  EXPECT_EQ(all.responses.at("7").prompt_tokens, 17U);
  EXPECT_EQ(all.responses.at("7").prompt_hash.size(), 64U);
}

TEST(OpenAiEngine, KeepsItsConnectionsAndTheNumberInFlight) {
  ChatServer server(serving([](const ChatCall& call) {
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(2);
    return answer;
  }));
  auto engine = open(options_for(server));
  ASSERT_TRUE(answer_all(*engine, questions(200)).status.has_value());
  EXPECT_LE(server.most_at_once(), 8U);
  EXPECT_GE(server.most_at_once(), 4U);
  EXPECT_LE(server.connections(), 12U);
}

TEST(OpenAiEngine, KeepsNoConnectionToLlamaServerWhoseThreadItWouldHold) {
  ChatServer server(serving(echo, "llamacpp"));
  ASSERT_TRUE(answer_all(*open(options_for(server)), questions(50)).status.has_value());
  EXPECT_GE(server.connections(), 50U);
}

TEST(OpenAiEngine, SaysWhatItSpeaksToInTheRunsIdentity) {
  ChatServer server(serving(echo, "vllm"));
  auto options = options_for(server);
  options.extra_body = R"({"mm_processor_kwargs":{"max_pixels":1000}})";
  const auto engine = open(options);
  const EngineFacts& facts = engine->facts();
  EXPECT_EQ(facts.kind, "openai");
  EXPECT_EQ(facts.model, "model");
  EXPECT_EQ(facts.identity.at("served_model"), "some/model");
  EXPECT_EQ(facts.identity.at("server"), "vllm");
  EXPECT_EQ(facts.identity.at("served_weights"), "/weights");
  EXPECT_THAT(facts.identity.at("extra_body"), HasSubstr("max_pixels"));
  // A server that comes back on another port is the same server.
  for (const auto& [key, value] : facts.identity) EXPECT_THAT(value, Not(HasSubstr("127.0.0.1"))) << key;
}

TEST(OpenAiEngine, AKeyGoesToTheServerAndNowhereElse) {
  std::atomic<int> wrong = 0;
  ChatServer server([&](const ChatCall& call) {
    const auto key = call.headers.find("authorization");
    if (key == call.headers.end() || key->second != "Bearer sk-secret") ++wrong;
    return serving(echo)(call);
  });
  auto options = options_for(server);
  options.api_key = "sk-secret";
  const auto engine = open(options);
  ASSERT_TRUE(answer_all(*engine, questions(3)).status.has_value());
  EXPECT_EQ(wrong, 0);
  for (const auto& facts : {engine->facts().identity, engine->facts().details}) {
    for (const auto& [key, value] : facts) EXPECT_THAT(value, Not(HasSubstr("secret"))) << key;
  }
}

TEST(OpenAiEngine, AKeyThatIsRefusedEndsTheRunAndIsNotShown) {
  ChatServer server([](const ChatCall&) { return ChatAnswer{.status = 401, .body = R"({"error":"bad sk-secret"})"}; });
  auto options = options_for(server);
  options.api_key = "sk-secret";
  EXPECT_THAT(refusal(options),
              AllOf(HasSubstr("refuses the key"), HasSubstr("OPENAI_API_KEY"), Not(HasSubstr("sk-"))));
}

TEST(OpenAiEngine, PlainHttpLeavesTheMachineOnlyWhereThatIsAllowed) {
  OpenAiOptions options;
  options.model = "m";
  options.base_urls = {"http://gpu7.example.org:8000/v1"};
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("in the clear"), HasSubstr("--insecure-http")));
}

TEST(OpenAiEngine, AnAddressThatIsNoneOrHoldsAPasswordIsRefusedWithoutShowingIt) {
  OpenAiOptions options;
  options.model = "m";
  for (const auto* url : {"gpu7", "ftp://127.0.0.1/v1", "http://me:secret@127.0.0.1:8000/v1"}) {
    options.base_urls = {url};
    EXPECT_THAT(refusal(options), AllOf(HasSubstr("--base-url"), Not(HasSubstr("secret")))) << url;
  }
  options.base_urls = {};
  EXPECT_THAT(refusal(options), HasSubstr("OPENAI_BASE_URL"));
}

TEST(OpenAiEngine, AModelThatIsNotServedIsNamedWithThoseThatAre) {
  ChatServer server(serving(echo, "vllm"));
  auto options = options_for(server);
  options.model = "other";
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("does not serve 'other'"), HasSubstr("it serves: some/model")));
}

TEST(OpenAiEngine, AServerThatAnswersForAnyNameSaysWhichModelItHas) {
  ChatServer server(serving(echo, "sglang"));
  auto options = options_for(server);
  std::vector<std::string> told;
  options.tell = [&](const std::string& sentence) { told.push_back(sentence); };
  for (const auto* name : {"some/model", "Model"}) {
    options.model = name;
    EXPECT_NE(open(options), nullptr);
  }
  EXPECT_TRUE(told.empty());
  options.model = "other";
  EXPECT_NE(open(options), nullptr);
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr("serves 'some/model'"), HasSubstr("'other'"))));
}

TEST(OpenAiEngine, AServerThatIsNotThereIsWaitedForAndThenNamed) {
  OpenAiOptions options;
  options.model = "m";
  options.base_urls = {"http://127.0.0.1:1/v1"};
  options.patience = std::chrono::seconds(0);
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("start the server")));
}

TEST(OpenAiEngine, AServerThatLoadsItsModelIsWaitedFor) {
  std::atomic<int> calls = 0;
  ChatServer server([&](const ChatCall& call) {
    if (++calls <= 2) return ChatAnswer{.status = 503, .body = R"({"error":{"message":"Loading model"}})"};
    return serving(echo)(call);
  });
  auto options = options_for(server);
  std::vector<std::string> told;
  options.tell = [&](const std::string& sentence) { told.push_back(sentence); };
  EXPECT_NE(open(options), nullptr);
  EXPECT_THAT(told, Contains(HasSubstr("waiting for it")));
}

TEST(OpenAiEngine, ARedirectIsNotFollowed) {
  std::atomic<int> elsewhere = 0;
  ChatServer other([&](const ChatCall& call) { return ++elsewhere, serving(echo)(call); });
  ChatServer server([&](const ChatCall&) {
    return ChatAnswer{.status = 307, .headers = {{"Location", other.base_url() + "/models"}}};
  });
  EXPECT_THAT(refusal(options_for(server)), HasSubstr("redirect"));
  EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace osler
