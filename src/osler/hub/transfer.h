#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "osler/net/ending.h"

namespace osler::hub {

/// One GET, redirects included.
struct TransferRequest {
  std::string url;
  std::string bearer = {};                                ///< Sent to the host of `url` only; empty: nothing is sent.
  std::optional<std::uint64_t> from_byte = std::nullopt;  ///< Asks for the rest of the file from here on.
  bool compressed = false;                                ///< The server may compress what it sends.
  std::chrono::seconds connect_timeout{20};
  std::chrono::seconds stall_timeout{30};  ///< Given up after so long with less than a byte a second.
};

struct TransferResult {
  Ending ending = Ending::impossible;
  long status = 0;                      ///< Of the last answer; 0 if there was none.
  std::string host = {};                ///< The last one spoken to, with its port if it is not the usual one.
  std::string reason = {};              ///< libcurl's words for what went wrong.
  std::string error_code = {};          ///< The answer's X-Error-Code: how a hub names its refusal.
  std::chrono::seconds retry_after{0};  ///< What the server asks to be waited; 0 if it does not.
};

/// What is known of an answer when its body arrives.
struct AnswerHead {
  long status = 0;
  std::string_view content_range;  ///< Of the header of this name; may be empty.
};

/// Takes a piece of the last answer's body; false ends the transfer.
using Sink = std::function<bool(const AnswerHead& head, std::string_view bytes)>;

/// Owns a libcurl handle and with it the connections that are kept open between transfers. One thread at a time.
/// Proxies are those of the environment (https_proxy, no_proxy, ...), trusted certificates those of CURL_CA_BUNDLE,
/// SSL_CERT_FILE and SSL_CERT_DIR if set, as curl has it.
class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(Transfers&&) noexcept;
  Transfers& operator=(Transfers&&) noexcept;

  [[nodiscard]] TransferResult get(const TransferRequest& request, const Sink& sink, const std::stop_token& stop);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace osler::hub
