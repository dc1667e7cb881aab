#include "osler/cli/counter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

namespace osler::cli {

Counter::Counter(std::string title, std::string unit)
    : title_(std::move(title)), unit_(std::move(unit)), terminal_(isatty(STDERR_FILENO) == 1) {}

void Counter::show(std::uint64_t done, std::uint64_t total) {
  const auto pause = shown_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(1000);
  if (!terminal_ || Clock::now() - last_ < pause) return;
  std::cerr << fmt::format("\r\033[K{}: {}/{} {}", title_, done, total, unit_) << std::flush;
  shown_ = true;
  last_ = Clock::now();
}

void Counter::finish() {
  if (shown_) std::cerr << "\r\033[K" << std::flush;
  shown_ = false;
}

}  // namespace osler::cli
