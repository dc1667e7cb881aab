#include "osler/engine/llama/log_capture.h"

#include <ggml.h>
#include <llama.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <cstdio>
#include <mutex>
#include <string_view>

namespace osler {

/// The process-wide state behind the libraries' C callback.
struct LogRouter {
  static LogRouter& instance() {
    static LogRouter router;
    return router;
  }

  static void receive(ggml_log_level level, const char* text, void* /*user_data*/) {
    auto& router = instance();
    const std::lock_guard lock(router.mutex);
    if (router.verbose) std::fputs(text, stderr);
    if (level == GGML_LOG_LEVEL_ERROR && router.innermost != nullptr && router.innermost->complaint_.empty()) {
      router.innermost->complaint_ = one_line(text);
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

  std::mutex mutex;
  LogCapture* innermost = nullptr;
  bool verbose = false;
};

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
  auto& router = LogRouter::instance();
  const std::lock_guard lock(router.mutex);
  router.verbose = verbose;
}

LogCapture::LogCapture() {
  install_once();
  auto& router = LogRouter::instance();
  const std::lock_guard lock(router.mutex);
  outer_ = router.innermost;
  router.innermost = this;
}

LogCapture::~LogCapture() {
  auto& router = LogRouter::instance();
  const std::lock_guard lock(router.mutex);
  router.innermost = outer_;
}

std::string LogCapture::reason() const {
  const std::lock_guard lock(LogRouter::instance().mutex);
  return complaint_.empty() ? std::string() : " (" + complaint_ + ")";
}

}  // namespace osler
