#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "osler/engine/engine.h"
#include "osler/engine/llama/prepared_prompt.h"

namespace osler {

/// A request, and its prompt in the model's own units or why there is none.
struct PreparedRequest {
  Request request;
  Result<PreparedPrompt> prompt;
};

/// Pulls requests and prepares their prompts and pictures on a thread of its own, a little ahead of the evaluation.
class PreparedRequests {
 public:
  /// Starts at once. At most `ahead` (1 or more) wait to be taken, and no further one is pulled while pictures of
  /// many megabytes wait to be encoded.
  PreparedRequests(RequestSource& source, PromptPreparer& preparer, std::size_t ahead, std::stop_token stop);
  /// Ends the thread, which may wait for its source.
  ~PreparedRequests();
  PreparedRequests(const PreparedRequests&) = delete;
  PreparedRequests& operator=(const PreparedRequests&) = delete;

  /// The next one, once it is ready; nothing when there are no more or it is time to stop.
  [[nodiscard]] std::optional<PreparedRequest> take();
  /// The next one if it is ready now.
  [[nodiscard]] std::optional<PreparedRequest> take_ready();

 private:
  void work(const std::stop_token& done);
  [[nodiscard]] std::optional<PreparedRequest> pop_locked();
  [[nodiscard]] bool has_room_locked() const;

  RequestSource& source_;
  PromptPreparer& preparer_;
  const std::size_t ahead_;
  const std::stop_token stop_;
  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable_any changed_;
  std::deque<PreparedRequest> ready_;
  bool exhausted_ = false;
  std::jthread worker_;  ///< The last member: it uses all others.
};

}  // namespace osler
