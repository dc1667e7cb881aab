// Vectors by servers that behave, and by servers that do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "engine/openai/support.h"
#include "osler/engine/openai/embedding_body.h"
#include "osler/engine/openai/openai_embedder.h"
#include "support/embeddings.h"

namespace osler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Text "N" has the vector (cos N, sin N), three times as long as it should be.
json vector_of(const std::string& text) {
  const double angle = std::stod(text);
  return {3 * std::cos(angle), 3 * std::sin(angle)};
}

std::vector<EmbeddingRequest> texts(std::size_t count) {
  std::vector<EmbeddingRequest> requests;
  for (std::size_t i = 0; i < count; ++i) requests.push_back({"item " + std::to_string(i), std::to_string(i), {}, {}});
  return requests;
}

ChatServer::Handler embedding(std::function<ChatAnswer(const json&)> answer, bool is_vllm = false) {
  return [answer = std::move(answer), is_vllm](const ChatCall& call) -> ChatAnswer {
    if (call.target == "/v1/embeddings") return answer(json::parse(call.body));
    if (call.target == "/v1/models") {
      const std::string owner = is_vllm ? "vllm" : "somebody";
      return {.body = json{{"data", {{{"id", "some/model"}, {"owned_by", owner}, {"root", "/weights"}}}}}.dump()};
    }
    if (is_vllm && call.target == "/version") return {.body = R"({"version":"0.16.0"})"};
    return {.status = 404, .body = R"({"detail":"Not Found"})"};
  };
}

/// All vectors of a body's texts, the last first.
ChatAnswer honest(const json& body) {
  json data = json::array();
  const auto& input = body.at("input");
  for (std::size_t i = input.size(); i-- > 0;) {
    data.push_back({{"index", i}, {"embedding", vector_of(input[i].get<std::string>())}});
  }
  return {.body = json{{"data", data}}.dump()};
}

struct Embedded {
  Status status;
  std::map<std::string, Embedding> kept;
};

Embedded embed(const ChatServer& server, std::vector<EmbeddingRequest> requests, const EmbeddingRecipe& recipe = {},
               std::chrono::seconds patience = std::chrono::seconds(20)) {
  auto options = options_for(server);
  options.patience = patience;
  const auto embedder = open_openai_embedder(options, recipe);
  EXPECT_TRUE(embedder.has_value()) << embedder.error().message();
  ListedTexts source(std::move(requests));
  KeptEmbeddings sink;
  auto status = (*embedder)->embed(source, sink, {});
  return {std::move(status), std::move(sink.kept)};
}

void expect_right(const Embedded& embedded, std::size_t count) {
  ASSERT_TRUE(embedded.status.has_value()) << embedded.status.error().message();
  ASSERT_EQ(embedded.kept.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = embedded.kept.at("item " + std::to_string(i));
    ASSERT_EQ(one.error, "");
    ASSERT_EQ(one.vector.size(), 2U);
    EXPECT_NEAR(one.vector[0], std::cos(static_cast<double>(i)), 1e-6);
    EXPECT_NEAR(one.vector[1], std::sin(static_cast<double>(i)), 1e-6);
  }
}

TEST(OpenAiEmbedder, SendsTextsTogetherAndPutsVectorsInTheirPlaces) {
  std::atomic<int> calls = 0;
  const ChatServer server(embedding([&](const json& body) {
    ++calls;
    return honest(body);
  }));
  expect_right(embed(server, texts(100)), 100);
  EXPECT_LT(calls, 10);
}

TEST(OpenAiEmbedder, ComesThroughOverloadAndBrokenConnections) {
  std::atomic<int> calls = 0;
  const ChatServer server(embedding([&](const json& body) -> ChatAnswer {
    switch (calls++) {
      case 0:
        return {.status = 503, .body = "{}", .headers = {{"Retry-After", "0"}}};
      case 1:
        return {.trouble = ChatAnswer::Trouble::hang_up};
      case 2:
        return {.status = 500, .body = R"({"error":{"message":"out of memory"}})"};
      default:
        return honest(body);
    }
  }));
  expect_right(embed(server, texts(70)), 70);
}

TEST(OpenAiEmbedder, FindsTheOneItemThatIsRefused) {
  const ChatServer server(embedding([](const json& body) -> ChatAnswer {
    for (const auto& text : body.at("input")) {
      if (text == "7") return {.status = 400, .body = R"({"error":{"message":"too long"}})"};
    }
    return honest(body);
  }));
  auto found = embed(server, texts(40));
  ASSERT_TRUE(found.status.has_value()) << found.status.error().message();
  const auto bad = found.kept.extract("item 7").mapped();
  EXPECT_TRUE(bad.vector.empty());
  EXPECT_THAT(bad.error, HasSubstr("too long"));
  EXPECT_THAT(bad.error, HasSubstr("127.0.0.1"));
  for (const auto& [id, one] : found.kept) EXPECT_EQ(one.error, "") << id;
}

TEST(OpenAiEmbedder, WhatIsNoVectorIsAnErrorThatNamesTheServer) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2]}]})", "2 vectors came for 1"},
      {R"({"data":[]})", "0 vectors came for 1"},
      {R"({"data":[{"index":5,"embedding":[1,2]}]})", "index 5"},
      {R"({"data":[{"index":-1,"embedding":[1,2]}]})", "index"},
      {R"({"data":[{"index":0,"embedding":[]}]})", "missing or empty"},
      {R"({"data":[{"index":0,"embedding":"AAAA"}]})", "missing or empty"},
      {R"({"data":[{"index":0,"embedding":[1,null]}]})", "no number"},
      {R"({"data":[{"index":0,"embedding":[1,"NaN"]}]})", "no number"},
      {R"({"data":[{"index":0,"embedding":[1,NaN]}]})", "no JSON"},
      {R"({"data":[{"index":0,"embedding":[0,0]}]})", "zeros"},
      {R"({"data":7})", "no list"},
      {"<html>", "no JSON"}};
  for (const auto& [answer, why] : cases) {
    const std::string body = answer;
    const ChatServer server(embedding([body](const json&) -> ChatAnswer { return {.body = body}; }));
    const auto found = embed(server, texts(1));
    ASSERT_TRUE(found.status.has_value()) << answer;
    const auto& error = found.kept.at("item 0").error;
    EXPECT_THAT(error, HasSubstr(why)) << answer;
    EXPECT_THAT(error, HasSubstr("127.0.0.1")) << answer;
  }
}

TEST(OpenAiEmbedder, StopsWhereNothingComesButNonsense) {
  const ChatServer server(embedding([](const json&) -> ChatAnswer { return {.body = R"({"data":[]})"}; }));
  const auto found = embed(server, texts(100));
  ASSERT_FALSE(found.status.has_value());
  EXPECT_THAT(found.status.error().message(), HasSubstr("none of the first 16"));
}

TEST(OpenAiEmbedder, StopsWhereVectorsChangeTheirSize) {
  std::atomic<int> calls = 0;
  const ChatServer server(embedding([&](const json& body) -> ChatAnswer {
    if (calls++ == 0) return honest(body);
    json data = json::array();
    for (std::size_t i = 0; i < body.at("input").size(); ++i) data.push_back({{"embedding", {1, 2, 3}}});
    return {.body = json{{"data", data}}.dump()};
  }));
  const auto found = embed(server, texts(100));
  ASSERT_FALSE(found.status.has_value());
  EXPECT_EQ(found.status.error().code, ErrorCode::mismatch);
  EXPECT_THAT(found.status.error().message(), HasSubstr("127.0.0.1"));
}

TEST(OpenAiEmbedder, RefusesAnotherSizeThanTheCardSays) {
  const ChatServer server(embedding(honest));
  const auto found = embed(server, texts(3), {.dimensions = 1536});
  ASSERT_FALSE(found.status.has_value());
  EXPECT_THAT(found.status.error().message(), HasSubstr("1536"));
}

TEST(OpenAiEmbedder, AServerThatDoesNotEmbedIsNamedWithTheWayOut) {
  const ChatServer server(embedding([](const json&) -> ChatAnswer { return {.status = 404, .body = "{}"}; }));
  const auto found = embed(server, texts(3));
  ASSERT_FALSE(found.status.has_value());
  EXPECT_EQ(found.status.error().code, ErrorCode::usage);
  EXPECT_THAT(found.status.error().message(), HasSubstr("--embedding"));
}

TEST(OpenAiEmbedder, AServerThatOnlyFailsIsGivenUp) {
  const ChatServer server(embedding([](const json&) -> ChatAnswer { return {.status = 503, .body = "{}"}; }));
  const auto found = embed(server, texts(3), {}, std::chrono::seconds(1));
  ASSERT_FALSE(found.status.has_value());
  EXPECT_THAT(found.status.error().message(), HasSubstr("no answer for 1 s"));
}

TEST(OpenAiEmbedder, ShowsPicturesToVllmOneItemATime) {
  std::mutex mutex;
  std::vector<json> bodies;
  const ChatServer server(embedding(
      [&](const json& body) -> ChatAnswer {
        const std::lock_guard lock(mutex);
        bodies.push_back(body);
        if (body.contains("input")) return honest(body);
        return {.body = R"({"data":[{"index":0,"embedding":[0,2]}]})"};
      },
      true));
  const auto image = std::make_shared<const Image>(Image{1, 1, {1, 2, 3}});
  auto requests = texts(2);
  requests.insert(requests.begin() + 1, {"seen", "What is this?", {image, image}, "Find it."});
  EmbeddingRecipe recipe;
  recipe.most_images = 1;
  const auto found = embed(server, requests, recipe);
  ASSERT_TRUE(found.status.has_value()) << found.status.error().message();
  EXPECT_THAT(found.kept.at("seen").vector, testing::ElementsAre(0.0F, 1.0F));
  const auto seen = std::ranges::find_if(bodies, [](const json& body) { return body.contains("messages"); });
  ASSERT_NE(seen, bodies.end());
  const auto& messages = seen->at("messages");
  EXPECT_EQ(messages.at(0), json({{"role", "system"}, {"content", "Find it."}}));
  const auto& content = messages.at(1).at("content");
  ASSERT_EQ(content.size(), 2U);
  EXPECT_THAT(content[0].at("image_url").at("url").get<std::string>(), HasSubstr("data:image/png;base64,"));
  EXPECT_EQ(content[1].at("text"), "What is this?");
}

TEST(OpenAiEmbedder, SaysThatOtherServersSeeTextsOnly) {
  const ChatServer server(embedding(honest));
  const auto embedder = open_openai_embedder(options_for(server), {});
  ASSERT_TRUE(embedder.has_value()) << embedder.error().message();
  EXPECT_EQ((*embedder)->facts().identity.at("embedding_input"), "text only");
  EXPECT_FALSE((*embedder)->sees_images());
  const auto image = std::make_shared<const Image>(Image{1, 1, {1, 2, 3}});
  expect_right(embed(server, {{"item 0", "0", {image}, {}}}), 1);
}

TEST(OpenAiEmbedder, ItsKeyIsInNoIdentityAndNoError) {
  const ChatServer server(embedding([](const json&) -> ChatAnswer { return {.status = 401, .body = "{}"}; }));
  auto options = options_for(server);
  options.api_key = "sk-very-secret";
  const auto embedder = open_openai_embedder(options, {});
  ASSERT_TRUE(embedder.has_value());
  for (const auto& facts : {(*embedder)->facts().identity, (*embedder)->facts().details}) {
    for (const auto& [key, value] : facts) EXPECT_THAT(value, testing::Not(HasSubstr("secret"))) << key;
  }
  ListedTexts source(texts(1));
  KeptEmbeddings sink;
  const auto status = (*embedder)->embed(source, sink, {});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::usage);
  EXPECT_THAT(status.error().message(), testing::Not(HasSubstr("secret")));
}

TEST(ReadEmbeddings, TakesVectorsWithoutNumbersInTheirOrder) {
  const auto found = openai::read_embeddings(R"({"data":[{"embedding":[2,0]},{"embedding":[0,-3]}]})", 2);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT((*found)[0], testing::ElementsAre(1.0F, 0.0F));
  EXPECT_THAT((*found)[1], testing::ElementsAre(0.0F, -1.0F));
}

}  // namespace
}  // namespace osler::test
