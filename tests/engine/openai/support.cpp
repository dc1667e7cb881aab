#include "engine/openai/support.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace osler::test {

std::optional<Request> ListSource::next() {
  if (next_ == requests_.size()) return std::nullopt;
  return std::move(requests_[next_++]);
}

Status MapSink::accept(Response response) {
  const std::string id = response.item_id;
  if (!responses.insert_or_assign(id, std::move(response)).second) ++doubled;
  if (on_response) on_response();
  return {};
}

Request question(const std::string& id) {
  Request request;
  request.item_id = id;
  request.prompt.messages = {{"user", {{std::nullopt, "question " + id}}}};
  request.decoding.max_new_tokens = 64;
  return request;
}

std::vector<Request> questions(std::size_t count) {
  std::vector<Request> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(question(std::to_string(i)));
  return made;
}

std::string asked_text(const ChatCall& call) {
  const auto body = nlohmann::json::parse(call.body);
  const auto& content = body.at("messages").back().at("content");
  return content.is_string() ? content.get<std::string>() : content.back().at("text").get<std::string>();
}

OpenAiOptions options_for(const ChatServer& server) {
  OpenAiOptions options;
  options.model = "some/model";
  options.base_urls = {server.base_url()};
  options.parallel = 8;
  options.patience = std::chrono::seconds(20);
  return options;
}

ChatServer::Handler serving(std::function<ChatAnswer(const ChatCall&)> chat, const std::string& owner) {
  return [chat = std::move(chat), owner](const ChatCall& call) -> ChatAnswer {
    if (call.method == "POST" && call.target == "/v1/chat/completions") return chat(call);
    if (call.target == "/v1/models") {
      const nlohmann::json models = {
          {"object", "list"},
          {"data", {{{"id", "some/model"}, {"owned_by", owner}, {"root", "/weights"}, {"max_model_len", 4096}}}}};
      return {.body = models.dump()};
    }
    return {.status = 404, .body = R"({"detail":"Not Found"})"};
  };
}

ChatAnswer echo(const ChatCall& call) { return {.body = completion("echo: " + asked_text(call))}; }

Answered answer_all(Engine& engine, std::vector<Request> requests, const std::stop_token& stop) {
  ListSource source(std::move(requests));
  MapSink sink;
  auto status = engine.answer(source, sink, stop);
  return {std::move(status), std::move(sink.responses), sink.doubled};
}

std::unique_ptr<Engine> open(const OpenAiOptions& options) {
  auto engine = open_openai_engine(options);
  EXPECT_TRUE(engine.has_value()) << engine.error().message();
  return engine ? std::move(*engine) : nullptr;
}

std::vector<Request> grouped(std::size_t pictures, std::size_t each) {
  std::vector<Request> requests;
  for (std::size_t p = 0; p < pictures; ++p) {
    const auto image = std::make_shared<Image>(Image{1, 1, {static_cast<std::uint8_t>(p), 0, 0}});
    for (std::size_t q = 0; q < each; ++q) {
      Request request = question(std::to_string(p) + "-" + std::to_string(q));
      request.prompt.messages[0].parts.insert(request.prompt.messages[0].parts.begin(), {0, ""});
      request.images = {image};
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

}  // namespace osler::test
