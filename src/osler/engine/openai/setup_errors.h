#pragma once

#include <fmt/format.h>

#include <string>

#include "osler/core/error.h"

/// What is wrong with the way a server is asked, and not with what it is asked: said at the start or in the middle of a
/// run in the same words.
namespace osler::openai {

[[nodiscard]] inline tl::unexpected<Error> untrusted(const std::string& host, const std::string& reason) {
  return fail(ErrorCode::io, fmt::format("the certificate of {} is not trusted ({})", host, reason), {},
              "name the file of who vouches for it in SSL_CERT_FILE");
}

/// `said` is the server's word for it, and may be empty.
[[nodiscard]] inline tl::unexpected<Error> key_refused(const std::string& host, long status,
                                                       const std::string& said = {}) {
  return fail(ErrorCode::usage,
              fmt::format("{} refuses the key (HTTP {}){}{}", host, status, said.empty() ? "" : ": ", said), {},
              "set OPENAI_API_KEY, or name the key's file with --api-key-file");
}

[[nodiscard]] inline tl::unexpected<Error> redirected(const std::string& host, const std::string& location) {
  return fail(ErrorCode::usage, fmt::format("{} answers with a redirect to '{}'", host, location), {},
              "give the address that serves the model as --base-url");
}

}  // namespace osler::openai
