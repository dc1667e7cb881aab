#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "osler/engine/openai/chat_body.h"
#include "osler/net/curl.h"
#include "osler/net/ending.h"

namespace osler::openai {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

struct HttpLimits {
  std::chrono::seconds connect{20};
  std::chrono::seconds first_byte{900};  ///< From the start of the call on; a server thinks for most of it.
  std::chrono::seconds stall{60};        ///< Between two bytes of an answer.
  std::chrono::seconds total{3600};
  std::uint64_t answer_bytes = std::uint64_t{64} << 20U;
  bool keep_connections = true;  ///< For the next call.
};

/// One call: a POST of a body, or a GET where there is none.
struct HttpCall {
  std::uint64_t ticket = 0;  ///< The caller's own number for it.
  std::string url;
  curl_slist* headers = nullptr;  ///< Lives longer than the call.
  Pieces body = {};
};

struct HttpOutcome {
  std::uint64_t ticket = 0;
  Ending ending = Ending::impossible;
  bool timed_out = false;  ///< One of the limits was reached; `ending` is then cut or unreachable.
  long status = 0;         ///< Of the answer; 0 if there was none.
  std::string body;
  std::string reason;                   ///< libcurl's words for what went wrong, or ours.
  std::string location;                 ///< Where a redirect leads; it is not followed.
  std::chrono::seconds retry_after{0};  ///< What the server asks to be waited; 0 if it does not.
};

/// Many calls at once over libcurl's multi interface. Connections are kept open; HTTP/2 is used where a server offers
/// it over TLS. Redirects are not followed: what is sent may be confidential. One thread at a time, but for wake().
class HttpPool {
 public:
  explicit HttpPool(HttpLimits limits);
  ~HttpPool();
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;

  /// Begins a call; its outcome comes by wait().
  void start(HttpCall call);
  /// What has ended, as soon as something has, after at most `time`, or when wake() is called.
  [[nodiscard]] std::vector<HttpOutcome> wait(std::chrono::milliseconds time);
  /// Ends the wait that is going on, or the next one. From any thread.
  void wake();
  [[nodiscard]] std::size_t in_flight() const;

 private:
  struct Call;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osler::openai
