#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/engine/engine.h"
#include "osler/engine/openai/feed.h"
#include "osler/engine/openai/http_pool.h"
#include "osler/engine/openai/pacing.h"

namespace osler::openai {

/// Where requests are sent.
struct Endpoint {
  std::string base_url;  ///< "http://127.0.0.1:8000/v1", without a slash at its end.
  std::string host;      ///< For sentences.
  curl::HeaderList headers;
};

struct TrafficSettings {
  ChatSettings chat;
  HttpLimits http;
  std::size_t parallel = 32;  ///< At each server.
  std::chrono::seconds patience{300};
  std::function<void(const std::string&)> tell = {};
};

/// Brings the requests of one source to the servers and their answers to the sink: the questions of one picture go to
/// one server, back to back.
class Traffic {
 public:
  Traffic(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  [[nodiscard]] Status run(RequestSource& source, ResponseSink& sink, const std::stop_token& stop);
  /// Pictures that were not sent as their files hold them.
  [[nodiscard]] std::uint64_t encoded_anew() const { return encoded_anew_; }

 private:
  using JobPointer = std::unique_ptr<Job>;

  struct Server {
    const Endpoint* endpoint = nullptr;
    Pacing pacing;
    std::deque<JobPointer> waiting = {};
    std::size_t in_flight = 0;
    bool one_alone = false;  ///< A job is there that must have the server for itself.
    TimePoint last_good = {};
    std::string trouble = {};  ///< What is wrong with it.
    unsigned silences = 0;     ///< Calls in a row that ended by the clock.
  };
  struct Sent {
    JobPointer job;
    std::size_t server = 0;
  };

  /// What is known, when a call fails, of whose fault it is.
  enum class Blame { unknown, request, request_by_the_clock };

  [[nodiscard]] Status fill(Feed& feed, ResponseSink& sink, TimePoint now);
  void look_after_the_lost(TimePoint now);
  void start(TimePoint now);
  [[nodiscard]] std::size_t choose_server(std::uint64_t group);
  [[nodiscard]] std::chrono::milliseconds time_to_wait(TimePoint now) const;
  [[nodiscard]] Status take(HttpOutcome outcome, ResponseSink& sink);
  [[nodiscard]] Status take_answer(Sent sent, const HttpOutcome& outcome, ResponseSink& sink);
  [[nodiscard]] Status take_refusal(Sent sent, const HttpOutcome& outcome, ResponseSink& sink);
  [[nodiscard]] Status take_failure(Sent sent, const std::string& what, Blame blame, ResponseSink& sink);
  [[nodiscard]] static bool is_well(const Server& server);
  void take_trouble(Sent sent, const std::string& what, bool overload, std::chrono::seconds asked);
  [[nodiscard]] Status take_reply(Sent sent, Response reply, ResponseSink& sink);
  [[nodiscard]] Status ask_second_turn(Sent sent, Response reply, ResponseSink& sink);
  [[nodiscard]] Status keep_refusal(const Job& job, Response response, const std::string& host, ResponseSink& sink);
  [[nodiscard]] Status give_up(const Job& job, Server& server, const std::string& what, ResponseSink& sink);
  [[nodiscard]] Status emit(Response response, ResponseSink& sink);
  [[nodiscard]] Status emit_error(const Request& request, std::string why, ResponseSink& sink);
  [[nodiscard]] Status check_patience(TimePoint now) const;
  [[nodiscard]] Status release_refusals(ResponseSink& sink);
  void note_good(Server& server, TimePoint now);
  void move_waiting_away(std::size_t from);
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] std::size_t waiting() const;

  const TrafficSettings& settings_;
  HttpPool pool_;
  ImageUris uris_;  ///< Of second turns.
  std::deque<Server> servers_;
  std::map<std::uint64_t, Sent> sent_;  ///< By ticket.
  std::uint64_t next_ticket_ = 1;
  std::optional<std::uint64_t> last_group_;
  std::size_t last_server_ = 0;
  bool answered_ = false;  ///< Anything at all.
  std::set<std::uint64_t> refused_groups_;
  std::vector<Response> refusals_;  ///< Of the beginning: if nothing but these comes, something general is wrong.
  std::uint64_t encoded_anew_ = 0;
};

}  // namespace osler::openai
