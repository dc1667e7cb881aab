#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace osler::cli {

/// "checking X: 120/451 items" on standard error while something takes longer than a second; silent otherwise, and
/// silent when standard error is not a terminal.
class Counter {
 public:
  Counter(std::string title, std::string unit);
  void show(std::uint64_t done, std::uint64_t total);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::string unit_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point last_ = Clock::now();
};

}  // namespace osler::cli
