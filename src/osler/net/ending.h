#pragma once

namespace osler {

/// How a transfer over HTTP ended.
enum class Ending {
  done,         ///< There is an answer, of whatever status.
  unreachable,  ///< No connection: no such host, no network, nobody listens.
  cut,          ///< The connection broke or stalled.
  untrusted,    ///< The certificate is not one that the machine trusts.
  redirected,   ///< Too many redirects, or one to something that is not HTTP.
  refused,      ///< Who was to take the answer took no more.
  stopped,      ///< The stop was asked for.
  impossible,   ///< Not an address, or libcurl cannot do it.
};

}  // namespace osler
