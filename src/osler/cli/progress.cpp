#include "osler/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::seconds kPlainPause{30};

}  // namespace

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "unknown";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

Progress::Progress(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::show(const std::string& text) {
  if (terminal_) {
    std::cerr << "\r\033[K" << text << std::flush;
    open_line_ = true;
  } else {
    std::cerr << text << '\n';
  }
  shown_ = Clock::now();
}

std::chrono::milliseconds Progress::pause() const { return terminal_ ? kTerminalPause : kPlainPause; }

void Progress::loading(float fraction) {
  if (!terminal_ || Clock::now() - shown_ < kTerminalPause) return;
  show(fmt::format("{}: loading the model, {:.0f}%", title_, 100.0 * static_cast<double>(fraction)));
}

bool Progress::is_worth_a_telling() const {
  constexpr std::chrono::seconds kLong{1};
  const auto now = Clock::now();
  return now - start_ >= kLong && (shown_ == Clock::time_point{} || now - shown_ >= pause());
}

void Progress::fitted(std::uint64_t done, std::uint64_t total) {
  const std::lock_guard lock(fitting_);
  if (is_worth_a_telling()) show(fmt::format("{}: {} of {} fits done", title_, done, total));
}

void Progress::arranging(std::uint64_t done, std::uint64_t total) {
  if (!is_worth_a_telling()) return;
  show(fmt::format("{}: looking at the pictures of {} items, {} done", title_, total, done));
}

void Progress::counted(std::uint64_t done, std::uint64_t total) {
  if (answers_ == 0) start_ = std::max(start_, shown_);
  const bool first_plain = !terminal_ && answers_ == 0;
  ++answers_;
  if (done < total && (first_plain || Clock::now() - shown_ < pause())) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(answers_) / seconds : 0.0;
  const double left = rate > 0 ? static_cast<double>(total - done) / rate : NAN;
  show(fmt::format("{}: {}/{}, {:.2f} items/s, {} left", title_, done, total, rate, duration_text(left)));
}

std::string Progress::line(std::uint64_t done, std::uint64_t total) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(answers_) / seconds : 0.0;
  const double left = rate > 0 ? static_cast<double>(total - done) / rate : NAN;
  std::string text =
      fmt::format("{}: {}/{}, {:.2f} items/s, {} left, {:.1f}% of {} correct so far", title_, done, total, rate,
                  duration_text(left), 100.0 * static_cast<double>(correct_) / static_cast<double>(answers_), answers_);
  if (errors_ > 0) text += fmt::format(", {} errors", errors_);
  return text;
}

void Progress::answered(const Response& response, const Grade& grade, std::uint64_t done, std::uint64_t total) {
  if (answers_ == 0) start_ = std::max(start_, shown_);
  ++answers_;
  if (grade.outcome == Outcome::correct) ++correct_;
  if (response.finish == FinishReason::error) {
    ++errors_;
    constexpr std::uint64_t kEnough = 10;
    if (errors_ <= kEnough) {
      finish();
      std::cerr << printable_line(fmt::format("osler: item {}: {}", response.item_id, response.error)) << '\n';
      if (errors_ == kEnough) std::cerr << "osler: further errors are only counted; all are in the journal\n";
    }
  }
  const bool first_plain = !terminal_ && answers_ == 1;
  if (done == total || (!first_plain && Clock::now() - shown_ >= pause())) show(line(done, total));
}

void Progress::finish() {
  if (open_line_) std::cerr << '\n';
  open_line_ = false;
}

}  // namespace osler::cli
