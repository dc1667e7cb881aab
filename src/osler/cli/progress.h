#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "osler/run/runner.h"

namespace osler::cli {

/// Progress on standard error: one line that rewrites itself on a terminal, a plain line every half minute otherwise.
class Progress : public RunObserver {
 public:
  /// `title` names the run, "model on benchmark".
  explicit Progress(std::string title);

  void answered(const Response& response, const Grade& grade, std::uint64_t done, std::uint64_t total) override;

  void arranging(std::uint64_t done, std::uint64_t total) override;

  /// Of items that are not graded, so many are done.
  void counted(std::uint64_t done, std::uint64_t total);

  /// Of the fits of a training so many are done; not said of what takes less than a second. By any thread.
  void fitted(std::uint64_t done, std::uint64_t total);

  /// Loading of weights, 0..1.
  void loading(float fraction);

  /// Ends the rewriting line, so that what follows starts on a line of its own.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string line(std::uint64_t done, std::uint64_t total) const;
  void show(const std::string& text);
  [[nodiscard]] bool is_worth_a_telling() const;          ///< After a second, and not too often.
  [[nodiscard]] std::chrono::milliseconds pause() const;  ///< Between two lines.

  std::string title_;
  bool terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
  bool open_line_ = false;
  std::mutex fitting_;
  std::uint64_t answers_ = 0;
  std::uint64_t correct_ = 0;
  std::uint64_t errors_ = 0;
};

/// "3 h 12 min", "4 min 05 s", "12 s".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace osler::cli
