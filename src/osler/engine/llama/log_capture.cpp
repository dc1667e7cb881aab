#include "osler/engine/llama/log_capture.h"

#include <ggml.h>
#include <llama.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string_view>

namespace osler {

/// What stands behind the libraries' C callback. They call it on the thread that called them.
struct LogRouter {
  static void receive(ggml_log_level level, const char* text, void* /*user_data*/) {
    if (verbose) std::fputs(text, stderr);
    if (level == GGML_LOG_LEVEL_ERROR && innermost != nullptr && innermost->complaint_.empty()) {
      innermost->complaint_ = one_line(text);
    }
  }

  /// The first line without its end and the "function_name: " that the libraries put first.
  static std::string one_line(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    const auto colon = text.find(": ");
    const auto space = text.find(' ');
    if (colon != std::string_view::npos && colon < space) text.remove_prefix(colon + 2);
    constexpr std::size_t kEnough = 200;
    return std::string(text.substr(0, kEnough));
  }

  static thread_local LogCapture* innermost;
  static std::atomic<bool> verbose;
};

thread_local LogCapture* LogRouter::innermost = nullptr;
std::atomic<bool> LogRouter::verbose = false;

namespace {

void install_once() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    llama_log_set(LogRouter::receive, nullptr);
    mtmd_helper_log_set(LogRouter::receive, nullptr);
  });
}

}  // namespace

void set_library_logging(bool verbose) {
  install_once();
  LogRouter::verbose = verbose;
}

LogCapture::LogCapture() : outer_(LogRouter::innermost) {
  install_once();
  LogRouter::innermost = this;
}

LogCapture::~LogCapture() { LogRouter::innermost = outer_; }

std::string LogCapture::reason() const { return complaint_.empty() ? std::string() : " (" + complaint_ + ")"; }

}  // namespace osler
