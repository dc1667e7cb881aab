// Servers that refuse, break, hang, or are gone.

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

TEST(OpenAiTrouble, ARefusalIsAnOutcomeOfItsItem) {
  ChatServer server(serving([](const ChatCall& call) {
    if (asked_text(call).ends_with("3")) {
      return ChatAnswer{.status = 400, .body = R"({"error":{"message":"maximum context length is 10 tokens"}})"};
    }
    return echo(call);
  }));
  const auto all = answer_all(*open(options_for(server)), questions(40));
  ASSERT_TRUE(all.status.has_value());
  ASSERT_EQ(all.responses.size(), 40U);
  EXPECT_EQ(all.responses.at("13").finish, FinishReason::error);
  EXPECT_THAT(all.responses.at("13").error,
              AllOf(HasSubstr("HTTP 400"), HasSubstr("context length"), HasSubstr("--max-new-tokens")));
  EXPECT_EQ(all.responses.at("14").text, "echo: question 14");
}

TEST(OpenAiTrouble, NothingButRefusalsEndsTheRunBeforeItsItemsAreSpoilt) {
  ChatServer server(serving([](const ChatCall&) {
    return ChatAnswer{.status = 400,
                      .body = R"({"object":"error","message":"max_tokens=8192 is greater than max_model_len=4096"})"};
  }));
  const auto all = answer_all(*open(options_for(server)), questions(100));
  ASSERT_FALSE(all.status.has_value());
  EXPECT_THAT(all.status.error().message(),
              AllOf(HasSubstr("none of the first 16 requests"), HasSubstr("--max-new-tokens")));
  EXPECT_TRUE(all.responses.empty());
  // A handful of items is answered as far as it goes.
  const auto few = answer_all(*open(options_for(server)), questions(5));
  EXPECT_TRUE(few.status.has_value());
  EXPECT_EQ(few.responses.size(), 5U);
}

TEST(OpenAiTrouble, OnePictureThatIsRefusedWithAllItsQuestionsDoesNotEndTheRun) {
  ChatServer server(serving([](const ChatCall& call) {
    if (asked_text(call).starts_with("question 0-")) return ChatAnswer{.status = 400, .body = "too large"};
    return echo(call);
  }));
  const auto all = answer_all(*open(options_for(server)), grouped(3, 40));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 120U);
  EXPECT_EQ(all.responses.at("0-39").finish, FinishReason::error);
  EXPECT_EQ(all.responses.at("1-0").text, "echo: question 1-0");
}

TEST(OpenAiTrouble, AStormOfTooManyRequestsLosesNothing) {
  std::atomic<int> calls = 0;
  ChatServer server(serving([&](const ChatCall& call) {
    if (++calls % 10 == 0) return ChatAnswer{.status = 429, .headers = {{"Retry-After", "0"}}};
    return echo(call);
  }));
  const auto all = answer_all(*open(options_for(server)), questions(60));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 60U);
  for (const auto& [id, response] : all.responses) EXPECT_EQ(response.text, "echo: question " + id);
}

TEST(OpenAiTrouble, AServerThatOnlyPutsOffEndsTheRun) {
  ChatServer server(serving(
      [](const ChatCall&) { return ChatAnswer{.status = 429, .body = R"({"error":{"message":"quota exceeded"}})"}; }));
  auto options = options_for(server);
  options.patience = std::chrono::seconds(1);
  const auto all = answer_all(*open(options), questions(20));
  ASSERT_FALSE(all.status.has_value());
  EXPECT_THAT(all.status.error().message(), AllOf(HasSubstr("quota exceeded"), HasSubstr("goes on where")));
  EXPECT_TRUE(all.responses.empty());
}

TEST(OpenAiTrouble, AServerThatComesBackIsGoneOnWith) {
  std::atomic<int> calls = 0;
  auto server = std::make_unique<ChatServer>(serving([&](const ChatCall& call) {
    ++calls;
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(5);
    return answer;
  }));
  const auto port = server->port();
  auto engine = open(options_for(*server));
  std::jthread fate([&] {
    while (calls < 20) std::this_thread::yield();
    server.reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    server = std::make_unique<ChatServer>(serving(echo), port);
  });
  const auto all = answer_all(*engine, questions(100));
  fate.join();
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 100U);
  for (const auto& [id, response] : all.responses) EXPECT_EQ(response.text, "echo: question " + id);
}

TEST(OpenAiTrouble, AnItemThatBreaksTheServerIsAnErrorAndTheOthersAreAnswered) {
  ChatServer server(serving([](const ChatCall& call) {
    if (asked_text(call) == "question 11") return ChatAnswer{.trouble = Trouble::hang_up};
    return echo(call);
  }));
  const auto all = answer_all(*open(options_for(server)), questions(60));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 60U);
  for (const auto& [id, response] : all.responses) {
    EXPECT_EQ(response.finish, id == "11" ? FinishReason::error : FinishReason::stop) << id << response.error;
  }
  EXPECT_THAT(all.responses.at("11").error, HasSubstr("failed 4 times at this request"));
}

/// With everything else that it had in hand, as a process does that dies; somebody starts it again.
TEST(OpenAiTrouble, AnItemThatKillsTheServerIsFoundAndTheOthersAreAnswered) {
  std::atomic<bool> killed = false;
  const auto chat = serving([&](const ChatCall& call) {
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(30);
    if (asked_text(call) == "question 3") {
      killed = true;
      answer.trouble = Trouble::silence;
    }
    return answer;
  });
  auto server = std::make_unique<ChatServer>(chat);
  const auto port = server->port();
  auto engine = open(options_for(*server));
  std::jthread supervisor([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (killed.exchange(false)) {
        server.reset();
        server = std::make_unique<ChatServer>(chat, port);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto all = answer_all(*engine, questions(24));
  supervisor.request_stop();
  supervisor.join();
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 24U);
  for (const auto& [id, response] : all.responses) {
    EXPECT_EQ(response.finish, id == "3" ? FinishReason::error : FinishReason::stop) << id << response.error;
  }
}

TEST(OpenAiTrouble, OneServerOfTwoThatOnlyFailsKeepsNobodyWaiting) {
  for (const int status : {502, 503}) {
    std::atomic<bool> broken = false;
    ChatServer one(serving(
        [&](const ChatCall& call) { return broken ? ChatAnswer{.status = status, .body = "gateway"} : echo(call); }));
    ChatServer two(serving(echo));
    auto options = options_for(one);
    options.base_urls.push_back(two.base_url());
    auto engine = open(options);
    broken = true;
    const auto all = answer_all(*engine, questions(300));
    ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
    ASSERT_EQ(all.responses.size(), 300U);
    for (const auto& [id, response] : all.responses) EXPECT_EQ(response.finish, FinishReason::stop) << response.error;
  }
}

TEST(OpenAiTrouble, AServerThatIsBackGetsWorkAgain) {
  std::atomic<int> by_one = 0;
  std::atomic<bool> broken = true;
  ChatServer one(serving([&](const ChatCall& call) {
    if (broken) return ChatAnswer{.status = 503};
    ++by_one;
    return echo(call);
  }));
  std::atomic<int> by_two = 0;
  ChatServer two(serving([&](const ChatCall& call) {
    if (++by_two == 30) broken = false;
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(20);
    return answer;
  }));
  auto options = options_for(one);
  options.base_urls.push_back(two.base_url());
  const auto all = answer_all(*open(options), questions(1500));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  EXPECT_EQ(all.responses.size(), 1500U);
  EXPECT_GT(by_one, 100);
}

TEST(OpenAiTrouble, AModelThatIsTakenAwayEndsTheRunAndSpoilsNothing) {
  std::atomic<int> calls = 0;
  ChatServer server(serving([&](const ChatCall& call) {
    return ++calls > 20 ? ChatAnswer{.status = 404, .body = R"({"detail":"no such model"})"} : echo(call);
  }));
  auto options = options_for(server);
  options.patience = std::chrono::seconds(1);
  const auto all = answer_all(*open(options), questions(200));
  ASSERT_FALSE(all.status.has_value());
  EXPECT_THAT(all.status.error().message(), HasSubstr("no such model"));
  EXPECT_EQ(all.responses.size(), 20U);
  for (const auto& [id, response] : all.responses) EXPECT_EQ(response.finish, FinishReason::stop);
}

TEST(OpenAiTrouble, AGatewayBeforeAServerThatLoadsIsWaitedFor) {
  std::atomic<int> calls = 0;
  ChatServer server([&](const ChatCall& call) {
    return ++calls <= 2 ? ChatAnswer{.status = 502, .body = "<html>"} : serving(echo, "vllm")(call);
  });
  EXPECT_EQ(open(options_for(server))->facts().identity.at("server"), "vllm");
}

TEST(OpenAiTrouble, AServerThatGivesNoCompletionsSpoilsNothing) {
  ChatServer server(serving([](const ChatCall&) { return ChatAnswer{.body = "<html>please log in</html>"}; }));
  const auto all = answer_all(*open(options_for(server)), questions(60));
  ASSERT_FALSE(all.status.has_value());
  EXPECT_THAT(all.status.error().message(), HasSubstr("no JSON"));
  EXPECT_TRUE(all.responses.empty());
}

TEST(OpenAiTrouble, AnswersThatAreNoneAreAskedForAgain) {
  for (const auto trouble : {Trouble::cut, Trouble::too_long, Trouble::bad_chunks, Trouble::no_http}) {
    std::set<std::string> seen;
    ChatServer server(serving([&](const ChatCall& call) {
      ChatAnswer answer = echo(call);
      if (seen.insert(asked_text(call)).second) answer.trouble = trouble;
      return answer;
    }));
    const auto all = answer_all(*open(options_for(server)), questions(12));
    ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
    ASSERT_EQ(all.responses.size(), 12U);
    for (const auto& [id, response] : all.responses) {
      EXPECT_EQ(response.text, "echo: question " + id) << static_cast<int>(trouble);
    }
  }
}

TEST(OpenAiTrouble, HalfAJsonIsNeverTakenForAnAnswer) {
  ChatServer server(serving([](const ChatCall& call) {
    ChatAnswer answer = echo(call);
    answer.body.resize(answer.body.size() / 2);
    return answer;
  }));
  const auto all = answer_all(*open(options_for(server)), questions(3));
  ASSERT_TRUE(all.status.has_value());
  for (const auto& [id, response] : all.responses) {
    EXPECT_EQ(response.finish, FinishReason::error);
    EXPECT_THAT(response.error, HasSubstr("no JSON"));
  }
}

TEST(OpenAiTrouble, SilenceEndsByTheClock) {
  std::set<std::string> seen;
  ChatServer server(serving([&](const ChatCall& call) {
    ChatAnswer answer = echo(call);
    if (seen.insert(asked_text(call)).second && asked_text(call) == "question 2") answer.trouble = Trouble::silence;
    return answer;
  }));
  auto options = options_for(server);
  options.first_byte_timeout = std::chrono::seconds(1);
  const auto all = answer_all(*open(options), questions(6));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  EXPECT_EQ(all.responses.at("2").text, "echo: question 2");
}

TEST(OpenAiTrouble, AStopLeavesTheRestUnanswered) {
  std::stop_source stop;
  std::atomic<int> calls = 0;
  ChatServer server(serving([&](const ChatCall& call) {
    if (++calls == 30) stop.request_stop();
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(1);
    return answer;
  }));
  const auto all = answer_all(*open(options_for(server)), questions(5000), stop.get_token());
  ASSERT_FALSE(all.status.has_value());
  EXPECT_EQ(all.status.error().code, ErrorCode::interrupted);
  EXPECT_LT(all.responses.size(), 100U);
  EXPECT_EQ(all.doubled, 0U);
}

TEST(OpenAiTrouble, TwoTurnsAreOneResponse) {
  ChatServer server(serving([](const ChatCall& call) {
    return ChatAnswer{.body = completion(asked_text(call) == "and so?" ? "B" : "I think of B.")};
  }));
  auto requests = questions(5);
  for (auto& request : requests) request.follow_up = "and so?";
  const auto all = answer_all(*open(options_for(server)), requests);
  ASSERT_EQ(all.responses.size(), 5U);
  EXPECT_EQ(all.responses.at("1").text, "B");
  EXPECT_EQ(all.responses.at("1").first_reply, "I think of B.");
  EXPECT_EQ(all.responses.at("1").prompt_tokens, 34U);
}

TEST(OpenAiTrouble, QuestionsOnOnePictureGoToOneServerAndBothHaveWork) {
  std::array<std::set<std::string>, 2> seen;
  const auto remember = [&](std::size_t which) {
    return serving([&seen, which](const ChatCall& call) {
      const auto text = asked_text(call);
      seen.at(which).insert(text.substr(0, text.find('-')));
      ChatAnswer answer = echo(call);
      answer.delay = std::chrono::milliseconds(1);
      return answer;
    });
  };
  ChatServer one(remember(0));
  ChatServer two(remember(1));
  auto options = options_for(one);
  options.base_urls.push_back(two.base_url());
  const auto all = answer_all(*open(options), grouped(40, 6));
  ASSERT_TRUE(all.status.has_value());
  EXPECT_EQ(all.responses.size(), 240U);
  EXPECT_GE(seen[0].size(), 8U);
  EXPECT_GE(seen[1].size(), 8U);
  EXPECT_EQ(seen[0].size() + seen[1].size(), 40U);
}

TEST(OpenAiTrouble, TheOtherServerTakesOverWhatOneLeaves) {
  std::atomic<int> calls = 0;
  auto one = std::make_unique<ChatServer>(serving([&](const ChatCall& call) {
    ++calls;
    ChatAnswer answer = echo(call);
    answer.delay = std::chrono::milliseconds(5);
    return answer;
  }));
  ChatServer two(serving(echo));
  auto options = options_for(*one);
  options.base_urls.push_back(two.base_url());
  auto engine = open(options);
  std::jthread fate([&] {
    while (calls < 10) std::this_thread::yield();
    one.reset();
  });
  const auto all = answer_all(*engine, questions(200));
  fate.join();
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 200U);
  for (const auto& [id, response] : all.responses) EXPECT_EQ(response.finish, FinishReason::stop) << response.error;
}

TEST(OpenAiTrouble, ServersThatDifferAreNotMixed) {
  ChatServer one(serving(echo, "vllm"));
  ChatServer two(serving(echo, "sglang"));
  auto options = options_for(one);
  options.base_urls.push_back(two.base_url());
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("vllm"), HasSubstr("sglang"), HasSubstr("same weights")));
}

/// Of every kind of trouble some, at random, on ten thousand requests: each is answered, once, and rightly.
TEST(OpenAiTrouble, EveryOneOfTenThousandRequestsIsAccountedFor) {
  std::mt19937_64 random(3);
  ChatServer server(serving([&](const ChatCall& call) {
    ChatAnswer answer = echo(call);
    switch (random() % 200) {
      case 0:
        answer.trouble = Trouble::hang_up;
        break;
      case 1:
        answer.trouble = Trouble::cut;
        break;
      case 2:
        answer.trouble = Trouble::too_long;
        break;
      case 3:
        answer.trouble = Trouble::bad_chunks;
        break;
      case 4:
        answer = {.status = 500, .body = "oops"};
        break;
      case 5:
        answer.body = "{\"choices\":";
        break;
      case 6:
        answer = {.status = 422, .body = R"({"detail":[{"msg":"no"}]})"};
        break;
      default:
        break;
    }
    return answer;
  }));
  auto options = options_for(server);
  options.parallel = 64;
  const auto all = answer_all(*open(options), questions(10'000));
  ASSERT_TRUE(all.status.has_value()) << all.status.error().message();
  ASSERT_EQ(all.responses.size(), 10'000U);
  EXPECT_EQ(all.doubled, 0U);
  std::size_t errors = 0;
  for (const auto& [id, response] : all.responses) {
    if (response.finish == FinishReason::error) {
      ++errors;
    } else {
      ASSERT_EQ(response.text, "echo: question " + id);
    }
  }
  // Of the refusals alone there are some fifty; four failures of one request in a row are rare.
  EXPECT_GT(errors, 20U);
  EXPECT_LT(errors, 100U);
}

}  // namespace
}  // namespace osler
