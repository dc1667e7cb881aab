#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <variant>

#include "osler/engine/worker/frames.h"
#include "osler/engine/worker/messages.h"

namespace osler {

/// What has come for a worker. A thread of its own takes it, so that the end of the socket, and the order to stop, are
/// noticed while the engine computes. The end of the socket ends the process: nobody is left to answer to.
class Inbox {
 public:
  explicit Inbox(FrameReader reader);
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// The next request with its pictures, waiting for it; nothing at the end of a round, or when it is time to stop.
  [[nodiscard]] std::optional<messages::Asked> next_request();
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }
  [[noreturn]] void wait_for_end();

 private:
  using Order = std::variant<messages::Asked, messages::NoMore>;

  [[noreturn]] void receive();
  /// False when it makes no sense.
  [[nodiscard]] bool take(messages::Message message);
  [[nodiscard]] bool attach_images(messages::Asked& asked) const;

  FrameReader reader_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const Image>> images_;  ///< Of the receiving thread.
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<Order> orders_;
  std::thread receiver_;
};

}  // namespace osler
