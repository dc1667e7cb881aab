#pragma once

#include <stop_token>
#include <thread>

namespace osler::cli {

/// Turns the first Ctrl-C (or SIGTERM) into a request to stop, so that the run ends with everything kept; a second one
/// ends the process at once. Make one object, before any other thread starts, and keep it while the work goes on.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void watch(const std::stop_token& done);

  std::stop_source source_;
  std::jthread watcher_;
};

}  // namespace osler::cli
