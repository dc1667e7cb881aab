#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/worker/frames.h"
#include "osler/engine/worker/messages.h"

namespace osler {

/// What a worker says to its parent, from whichever thread. A failure to say something means that the parent is gone.
class Outbox {
 public:
  explicit Outbox(int socket) : writer_(socket) {}

  bool say(const messages::Message& message);
  /// How far loading is, said now and then.
  bool loading(float fraction);
  /// A sign of life, said once a second at most.
  void tick();
  void began(const std::string& item_id, std::uint64_t ticket);
  /// Precondition: its request began.
  [[nodiscard]] Status answered(Response response);

 private:
  using Clock = std::chrono::steady_clock;
  bool send(const messages::Message& message);

  std::mutex mutex_;
  FrameWriter writer_;
  std::multimap<std::string, std::uint64_t> tickets_;  ///< Of what has begun, by item.
  Clock::time_point last_said_{};
};

}  // namespace osler
