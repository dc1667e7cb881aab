#pragma once

#include <string>

#include "osler/core/error.h"
#include "osler/hub/http.h"
#include "osler/storage/hub_cache.h"

namespace osler::hub {

/// What was asked for, in a message's words.
struct Asked {
  RepoKind kind = RepoKind::dataset;
  std::string repo;
  std::string revision;
  std::string page;       ///< The repository's page on the hub, where terms are accepted.
  std::string file = {};  ///< Empty when the list of files was asked for.
  bool with_token = false;
};

/// The error for an answer that is not a good one: what the hub refuses, and what the user can do about it.
[[nodiscard]] Error refusal(const HttpAnswer& answer, const Asked& asked);

}  // namespace osler::hub
