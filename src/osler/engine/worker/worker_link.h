#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/worker/child_process.h"
#include "osler/engine/worker/frames.h"
#include "osler/engine/worker/messages.h"
#include "osler/engine/worker/sent_images.h"

namespace osler {

/// A request on its way through the workers.
struct Order {
  Request request;
  int deaths = 0;      ///< Workers that ended with it begun.
  bool begun = false;  ///< Its worker's engine has pulled it.
};

/// A worker process, the way to it, and what it has in hand. It begins without a process.
class WorkerLink {
 public:
  using Clock = std::chrono::steady_clock;

  explicit WorkerLink(Placement placement) : placement_(std::move(placement)) {}

  /// Starts a process and tells it what to load.
  [[nodiscard]] Status start(Launch launch, const messages::Open& open);
  /// Ends the process, if there is one, and says how it ended; what was in hand is the caller's, in the order in which
  /// it was asked.
  std::string end(std::vector<Order>& left);

  /// Puts a request into its hands. Precondition: ready().
  void ask(Order order);
  /// Nothing follows what it was asked; it will say that it has finished. Nothing happens if it was asked nothing.
  void no_more();
  void stop();
  /// Sends what the socket takes now.
  [[nodiscard]] Status flush() { return writer_->write(FrameReader::Wait::no); }
  /// The next message, if one is there. Failures are those of FrameReader and decode().
  [[nodiscard]] Result<std::optional<messages::Message>> receive();

  /// Takes note of what it said; false when it makes no sense at this time.
  [[nodiscard]] bool became_ready();
  [[nodiscard]] bool began(std::uint64_t ticket);
  [[nodiscard]] bool answered(const messages::Answered& message);
  [[nodiscard]] bool finished();

  [[nodiscard]] bool alive() const { return process_ != nullptr; }
  [[nodiscard]] bool ready() const { return alive() && ready_; }
  /// Ready, and nothing in hand or to be finished.
  [[nodiscard]] bool idle() const { return ready() && in_hand_.empty() && rounds_ == 0; }
  /// Has said that it has finished, and has not answered everything.
  [[nodiscard]] bool owes() const { return ready() && !in_hand_.empty() && rounds_ == 0 && !open_round_; }
  [[nodiscard]] int socket() const { return process_->socket(); }
  [[nodiscard]] bool has_to_send() const { return alive() && !writer_->empty(); }
  [[nodiscard]] const Placement& placement() const { return placement_; }
  [[nodiscard]] std::size_t in_hand() const { return in_hand_.size(); }
  /// Asked, and not yet pulled by its engine.
  [[nodiscard]] std::size_t waiting() const { return in_hand_.size() - begun_; }
  /// Of the pictures it has.
  [[nodiscard]] std::uint64_t image_bytes() const { return images_->bytes(); }
  /// Whether these pictures are those of its last request; never without any.
  [[nodiscard]] bool shows(const std::vector<std::shared_ptr<const Image>>& images) const;

  /// Since it last said something, while it loads, has work in hand, or an end to say.
  [[nodiscard]] Clock::duration silence() const;
  /// Time in which nobody listened is no silence.
  void forgive(Clock::duration time) { last_sign_ += time; }

  bool alone = false;     ///< Has one request that may be to blame for a death, and is to get no other.
  float loaded = 0.0F;    ///< 0..1.
  bool stopping = false;  ///< stop() was called.

 private:
  struct InHand {
    Order order;
    std::vector<std::uint64_t> images;
  };

  Placement placement_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<FrameReader> reader_;
  std::optional<FrameWriter> writer_;
  std::optional<SentImages> images_;
  std::map<std::uint64_t, InHand> in_hand_;  ///< By ticket, so in the order of asking.
  std::size_t begun_ = 0;
  std::uint64_t next_ticket_ = 0;
  std::vector<std::shared_ptr<const Image>> last_images_;
  bool ready_ = false;
  bool open_round_ = false;  ///< Asked something since the last no_more().
  std::size_t rounds_ = 0;   ///< Ended by no_more() and not finished.
  Clock::time_point last_sign_;
};

/// Why a worker is replaced that was silent for so long.
[[nodiscard]] std::string silence_text(std::chrono::milliseconds longest);

}  // namespace osler
