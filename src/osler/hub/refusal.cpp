#include "osler/hub/refusal.h"

#include <fmt/format.h>

#include <utility>

namespace osler::hub {
namespace {

constexpr long kUnauthorized = 401;
constexpr long kForbidden = 403;
constexpr long kNotFound = 404;

// A hub answers 401 for what does not exist, too, so as not to tell which private repositories there are.
Error unauthorized(const HttpAnswer& answer, const Asked& asked) {
  if (asked.with_token) {
    return {ErrorCode::io,
            fmt::format("{} does not accept the token (status 401)", answer.host),
            {asked.page},
            "set HF_TOKEN to a token that is valid, and check the repository's name"};
  }
  return {
      ErrorCode::io,
      fmt::format("{} wants to know who asks (status 401): the {} is gated or private, or there is none of this name",
                  answer.host, name_of(asked.kind)),
      {asked.page},
      fmt::format("check the name; if it is gated, accept the terms at {} and set HF_TOKEN to a token of your account",
                  asked.page)};
}

Error forbidden(const HttpAnswer& answer, const Asked& asked) {
  const auto way_out =
      asked.with_token
          ? fmt::format(
                "accept the terms at {} with the account that HF_TOKEN belongs to, and let the token read gated "
                "repositories",
                asked.page)
          : fmt::format("accept the terms at {} and set HF_TOKEN to a token of your account", asked.page);
  return {ErrorCode::io, fmt::format("{} does not give it to you (status 403)", answer.host), {asked.page}, way_out};
}

Error not_found(const HttpAnswer& answer, const Asked& asked) {
  if (!asked.file.empty()) {
    return {ErrorCode::not_found,
            fmt::format("{} has no file '{}' at revision {} (status 404), though it lists it", answer.host, asked.file,
                        asked.revision),
            {asked.page},
            "start again later"};
  }
  if (answer.error_code == "RevisionNotFound") {
    return {ErrorCode::not_found,
            fmt::format("the {} '{}' has no revision '{}'", name_of(asked.kind), asked.repo, asked.revision),
            {asked.page},
            "look at its history there for the branches and commits that it has"};
  }
  return {ErrorCode::not_found,
          fmt::format("{} has no {} '{}' with a revision '{}' (status 404)", answer.host, name_of(asked.kind),
                      asked.repo, asked.revision),
          {asked.page},
          "check the name and the revision; for a private one set HF_TOKEN"};
}

}  // namespace

Error refusal(const HttpAnswer& answer, const Asked& asked) {
  if (answer.status == kUnauthorized) return unauthorized(answer, asked);
  if (answer.status == kForbidden) return forbidden(answer, asked);
  if (answer.status == kNotFound) return not_found(answer, asked);
  return {ErrorCode::io,
          fmt::format("{} answers with status {}{}", answer.host, answer.status,
                      asked.file.empty() ? "" : fmt::format(" for '{}'", asked.file)),
          {asked.page},
          "check HF_ENDPOINT and the proxy, and start again later"};
}

}  // namespace osler::hub
