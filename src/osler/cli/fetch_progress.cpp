#include "osler/cli/fetch_progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "osler/cli/progress.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::milliseconds kPlainPause{30'000};

/// A line that wraps could not be rewritten.
std::size_t terminal_columns() {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsual;
}

}  // namespace

FetchProgress::FetchProgress(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

std::string FetchProgress::line(const hub::FetchProgress& now) const {
  std::string text =
      fmt::format("{}: {} of {}", title_, hub::size_text(now.bytes_done), hub::size_text(now.bytes_total));
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (there_at_start_ && now.bytes_done > *there_at_start_ && seconds > 1) {
    const double rate = static_cast<double>(now.bytes_done - *there_at_start_) / seconds;
    const double left = static_cast<double>(now.bytes_total - now.bytes_done) / rate;
    text += fmt::format(", {}/s, {} left", hub::size_text(static_cast<std::uint64_t>(rate)), duration_text(left));
  }
  // The end of a long name tells more than its beginning.
  constexpr std::size_t kLongest = 40;
  const auto cut = now.file.size() > kLongest ? now.file.size() - kLongest : 0;
  return printable_line(fmt::format("{}, {}{}", text, cut > 0 ? "..." : "", now.file.substr(cut)));
}

void FetchProgress::show(const hub::FetchProgress& now) {
  if (now.file.empty()) return;
  if (!there_at_start_) {
    there_at_start_ = now.bytes_done;
    start_ = Clock::now();
  }
  if (Clock::now() - shown_ < (terminal_ ? kTerminalPause : kPlainPause)) return;
  if (terminal_) {
    std::cerr << "\r\033[K" << line(now).substr(0, terminal_columns() - 1) << std::flush;
  } else {
    std::cerr << line(now) << '\n';
  }
  open_line_ = terminal_;
  shown_ = Clock::now();
}

void FetchProgress::finish() {
  if (open_line_) std::cerr << "\r\033[K" << std::flush;
  open_line_ = false;
}

}  // namespace osler::cli
