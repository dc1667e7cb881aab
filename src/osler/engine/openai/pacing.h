#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

namespace osler::openai {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// How many calls one server gets at a time, and when it gets none. The number is halved when the server says that it
/// has too much (429, 503), and grows back by one for every round of answers (additive increase, multiplicative
/// decrease, as TCP does it). After trouble there is a pause: what the server asks for, or 0.5 s, 1 s, 2 s, ... up to
/// 30 s, of which a random half may be cut off, so that many clients do not come back at once.
class Pacing {
 public:
  Pacing(std::size_t most, std::uint64_t seed) : most_(most), limit_(static_cast<double>(most)), random_(seed) {}

  /// Whether another call may begin while so many are going on.
  [[nodiscard]] bool may_send(std::size_t in_flight, TimePoint now) const {
    return now >= paused_until_ && in_flight < limit();
  }
  [[nodiscard]] std::size_t limit() const { return limit_ < 1.0 ? 1 : static_cast<std::size_t>(limit_); }
  [[nodiscard]] TimePoint paused_until() const { return paused_until_; }
  /// Since when nothing but trouble has come of it.
  [[nodiscard]] std::optional<TimePoint> trouble_since() const { return trouble_since_; }

  /// The server gave an answer to what it was asked, a refusal included.
  void answered();
  /// It has too much to do.
  void overloaded(TimePoint now, std::chrono::seconds asked);
  /// It is not there, or it broke.
  void failed(TimePoint now);

  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::milliseconds kLongestPause{30'000};
  static constexpr std::chrono::seconds kLongestAsked{600};  ///< However long the server's Retry-After is.

 private:
  void pause(TimePoint now, std::chrono::milliseconds at_least);

  std::size_t most_;
  double limit_;
  std::mt19937_64 random_;
  unsigned pauses_ = 0;  ///< In a row.
  TimePoint paused_until_ = {};
  std::optional<TimePoint> trouble_since_;
};

}  // namespace osler::openai
