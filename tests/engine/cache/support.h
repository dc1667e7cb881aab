#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "osler/engine/engine.h"

namespace osler::test {

[[nodiscard]] EngineFacts made_up_facts();

/// A question with two options on one picture; the id is not part of it.
[[nodiscard]] Request made_up_request(const std::string& id, const std::string& question = "Which organ?");

/// "It is QUESTION", with times and counts.
[[nodiscard]] Response made_up_response(const Request& request);

/// Gives the requests of a list.
class ListSource : public RequestSource {
 public:
  explicit ListSource(std::vector<Request> requests) : requests_(requests.begin(), requests.end()) {}
  [[nodiscard]] std::optional<Request> next() override;

 private:
  std::deque<Request> requests_;
};

/// Keeps what comes; fails when it has taken `most`.
class ListSink : public ResponseSink {
 public:
  [[nodiscard]] Status accept(Response response) override;
  std::vector<Response> responses;
  std::size_t most = 1'000'000;
};

/// Answers with `reply` and counts.
class CountingEngine : public Engine {
 public:
  explicit CountingEngine(std::vector<std::string>& asked) : asked_(asked) {}
  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override;

  EngineFacts facts_ = made_up_facts();
  std::function<Response(const Request&)> reply = made_up_response;
  std::function<void()> on_asked = [] {};

 private:
  std::vector<std::string>& asked_;  ///< Outlives the engine.
};

/// Runs this binary again with "--fill-cache FILE FIRST COUNT PAUSE_US": puts answers FIRST.. into the cache, one after
/// another. Returns its process id.
[[nodiscard]] int start_filler(const std::filesystem::path& file, int first, int count, int pause_us);
/// Exit status, or 128 + signal.
[[nodiscard]] int wait_for(int process);
/// What main does with "--fill-cache".
[[nodiscard]] int filler_main(char** argv);
/// The key under which a filler puts an answer, and the answer.
[[nodiscard]] std::string filler_key(int number);
[[nodiscard]] Response filler_response(int number);

}  // namespace osler::test
