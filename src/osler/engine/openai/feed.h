#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "osler/engine/engine.h"
#include "osler/engine/openai/chat_body.h"

namespace osler::openai {

/// A request on its way through a server, or through several.
struct Job {
  Request request;  ///< Its pictures only as long as they are needed again.
  ChatBody body;
  std::string problem;      ///< Why there is no body.
  std::uint64_t group = 0;  ///< Jobs in a row that show the same pictures have one number.
  std::optional<Response> first_turn = {};
  unsigned failures = 0;      ///< How often a server broke at it.
  unsigned postponed = 0;     ///< How often a server put it off while it answered others.
  unsigned own_failures = 0;  ///< Those that are held against it: the server was otherwise well.
  unsigned strikes = 0;       ///< The same, where a time-out counts twice.
  std::chrono::steady_clock::time_point sent = {};
  std::chrono::steady_clock::time_point failed = {};  ///< The last time.
};

/// A request at which a server broke twice has it for itself the next time: so others are not taken for the culprit.
[[nodiscard]] inline bool must_be_alone(const Job& job) { return job.strikes >= 2 || job.failures >= 2; }

struct FeedLimits {
  std::size_t jobs = 64;                           ///< Made and not yet taken; at least 1.
  std::uint64_t bytes = std::uint64_t{64} << 20U;  ///< Of their bodies, save the one that is made next.
};

/// Pulls requests and makes bodies of them on a thread of its own, a little ahead of the servers.
class Feed {
 public:
  /// Starts at once. `tell` is called, on that thread, when there is a job or the last one was made.
  Feed(RequestSource& source, const ChatSettings& settings, FeedLimits limits, std::function<void()> tell,
       std::stop_token stop);
  /// Ends the thread, which may wait for its source.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// The next job if there is one now.
  [[nodiscard]] std::unique_ptr<Job> take();
  /// Whether all jobs have been taken and no more will come.
  [[nodiscard]] bool is_done() const;
  /// Pictures that were not sent as their files hold them.
  [[nodiscard]] std::uint64_t encoded_anew() const;

 private:
  void work(const std::stop_token& done);
  [[nodiscard]] std::unique_ptr<Job> make_job(Request request);

  RequestSource& source_;
  const ChatSettings& settings_;
  const FeedLimits limits_;
  const std::function<void()> tell_;
  const std::stop_token stop_;
  ImageUris uris_;                                    ///< Of the thread alone, as are the next two.
  std::vector<std::weak_ptr<const Image>> pictures_;  ///< Of the job before.
  std::uint64_t group_ = 0;
  mutable std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable_any has_room_;
  std::deque<std::unique_ptr<Job>> made_;
  std::uint64_t bytes_ = 0;
  std::uint64_t encoded_anew_ = 0;
  bool exhausted_ = false;
  std::jthread worker_;  ///< The last member: it uses all others.
};

}  // namespace osler::openai
