#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "osler/hub/fetch.h"

namespace osler::cli {

/// How far a fetch is, on standard error: one line that rewrites itself on a terminal and goes away at the end, a plain
/// line every half minute otherwise.
class FetchProgress {
 public:
  explicit FetchProgress(std::string title);

  void show(const hub::FetchProgress& now);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string line(const hub::FetchProgress& now) const;

  std::string title_;
  bool terminal_;
  bool open_line_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = Clock::now();
  std::optional<std::uint64_t> there_at_start_;  ///< Bytes that this process need not fetch.
};

}  // namespace osler::cli
