#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "osler/core/error.h"
#include "osler/hub/partial_file.h"
#include "osler/hub/transfer.h"

namespace osler::hub {

/// Returns after the time, or at once when a stop is asked for.
void wait_or_stop(std::chrono::milliseconds time, const std::stop_token& stop);

[[nodiscard]] Error stopped_error();

struct HttpSettings {
  std::string endpoint = {};  ///< "https://host[:port][/path]". The token goes to addresses below it, and nowhere else.
  std::string token = {};
  std::chrono::seconds connect_timeout{20};
  std::chrono::seconds stall_timeout{30};           ///< A transfer of less than a byte a second is given up after this.
  int attempts = 6;                                 ///< In a row without progress, before a failure counts.
  std::chrono::milliseconds first_wait{1000};       ///< Before the second attempt; doubles with every further one.
  std::chrono::milliseconds longest_wait{300'000};  ///< However long the server's Retry-After is.
  /// How waiting is done; tests look on instead.
  std::function<void(std::chrono::milliseconds, const std::stop_token&)> wait = wait_or_stop;
};

/// An answer that trying again would not change.
struct HttpAnswer {
  long status = 0;
  std::string host = {};        ///< That gave it, after redirects.
  std::string error_code = {};  ///< Its X-Error-Code.
  std::string body = {};

  [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
};

/// Gets texts and files over HTTP and HTTPS. Redirects are followed; connections that break, statuses 5xx and 429 are
/// tried again; a refusal (401, 403, 404, ...) is an answer, not an error. What fails for good is an error of code
/// `io` (network), `limit`, `mismatch`, `usage` (the address or token) or `interrupted`. One thread at a time.
class HttpClient {
 public:
  HttpClient(HttpSettings settings, std::stop_token stop);

  /// A text of at most max_bytes.
  [[nodiscard]] Result<HttpAnswer> get_text(const std::string& url, std::uint64_t max_bytes);

  using OnBytes = std::function<void(std::uint64_t size)>;  ///< Is told the size of the partial file as it grows.

  /// Fetches what the partial file lacks of `size` bytes: whatever the server answers to that, it has exactly that size
  /// when a good answer is returned. A file that turns out to have another size is an error, and the part is emptied.
  [[nodiscard]] Result<HttpAnswer> get_file(const std::string& url, PartialFile& file, std::uint64_t size,
                                            const OnBytes& on_bytes = {});

 private:
  struct Attempt;
  class FileSink;
  [[nodiscard]] Status check() const;
  [[nodiscard]] TransferRequest request_for(const std::string& url) const;
  [[nodiscard]] Result<HttpAnswer> with_retries(const std::function<Attempt()>& attempt);
  [[nodiscard]] std::chrono::milliseconds wait_before_retry(int failures, const TransferResult& transfer) const;

  HttpSettings settings_;
  std::stop_token stop_;
  Transfers transfers_;
  bool reached_ = false;  ///< The network is there: from now on an unreachable host is worth another attempt.
};

}  // namespace osler::hub
