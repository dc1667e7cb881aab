#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/engine/openai/openai_engine.h"
#include "support/chat_server.h"

namespace osler::test {

/// Hands out requests that were made before.
class ListSource : public RequestSource {
 public:
  explicit ListSource(std::vector<Request> requests) : requests_(std::move(requests)) {}
  [[nodiscard]] std::optional<Request> next() override;

 private:
  std::vector<Request> requests_;
  std::size_t next_ = 0;
};

/// Keeps every response, and counts those that come a second time.
class MapSink : public ResponseSink {
 public:
  [[nodiscard]] Status accept(Response response) override;

  std::map<std::string, Response> responses;
  std::size_t doubled = 0;
  std::function<void()> on_response = {};
};

/// A request without pictures: item `id`, asked "question ID".
[[nodiscard]] Request question(const std::string& id);
[[nodiscard]] std::vector<Request> questions(std::size_t count);

/// The text of the last user message of a call, and the whole body.
[[nodiscard]] std::string asked_text(const ChatCall& call);

/// Options for a server of the test's own, that lose no time.
[[nodiscard]] OpenAiOptions options_for(const ChatServer& server);

/// An engine, or a failed test.
[[nodiscard]] std::unique_ptr<Engine> open(const OpenAiOptions& options);

/// Questions on so many pictures, `each` on one: "PICTURE-QUESTION".
[[nodiscard]] std::vector<Request> grouped(std::size_t pictures, std::size_t each);

/// Answers what an engine asks before the first question, as a server that calls itself other than the known ones; a
/// chat completion goes to `chat`.
[[nodiscard]] ChatServer::Handler serving(std::function<ChatAnswer(const ChatCall&)> chat,
                                          const std::string& owner = "somebody");

/// "echo: TEXT" of what was asked.
[[nodiscard]] ChatAnswer echo(const ChatCall& call);

struct Answered {
  Status status;
  std::map<std::string, Response> responses;
  std::size_t doubled = 0;
};
[[nodiscard]] Answered answer_all(Engine& engine, std::vector<Request> requests, const std::stop_token& stop = {});

}  // namespace osler::test
