#pragma once

#include <string>

namespace osler {

/// While it lives, the complaints of llama.cpp, ggml and mtmd on this thread are kept here instead of going to standard
/// error. Captures nest: the innermost one listens.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  /// " (first complaint)" for use in a sentence, or "". The first, because what follows it are its consequences:
  /// "unknown architecture", then "failed to load".
  [[nodiscard]] std::string reason() const;

 private:
  friend struct LogRouter;
  LogCapture* outer_ = nullptr;
  std::string complaint_;
};

/// Silences the libraries for good, errors outside of a LogCapture included, or (verbose) lets everything through to
/// standard error. Call once at start.
void set_library_logging(bool verbose);

}  // namespace osler
