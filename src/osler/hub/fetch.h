#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/hub/http.h"
#include "osler/hub/listing.h"
#include "osler/storage/hub_cache.h"

namespace osler::hub {

struct FetchRequest {
  RepoKind kind = RepoKind::dataset;
  std::string repo;                        ///< "org/name".
  std::string revision = "main";           ///< A branch, a tag, or a commit's 40 hexadecimal digits.
  std::vector<std::string> patterns = {};  ///< Which files, as in choose_files; all if there are none.
};

struct HubSettings {
  HttpSettings http;            ///< With the hub's endpoint and token.
  std::filesystem::path cache;  ///< As hub_cache.h describes it; made if it is not there.
};

/// Endpoint, token and cache as the environment says (hub_cache.h).
[[nodiscard]] HubSettings hub_settings();

/// How far a fetch is. What is there already counts as done from the start; the bytes fall back where a server begins a
/// file anew.
struct FetchProgress {
  std::string_view file;  ///< The one in hand; empty at the start and the end.
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::size_t files_done = 0;
  std::size_t files_total = 0;
};

/// Called for every piece that arrives (some 16 KiB), on the thread that fetches.
using OnProgress = std::function<void(const FetchProgress&)>;

struct Fetched {
  std::filesystem::path snapshot;  ///< The folder that holds the files, under their names in the repository.
  std::string commit;
  std::size_t files = 0;
  std::uint64_t bytes = 0;           ///< Of all files.
  std::size_t files_downloaded = 0;  ///< The others were there.
};

/// What there is at the revision: what the request's patterns match, without fetching it.
[[nodiscard]] Result<Listing> list_files(const FetchRequest& request, const HubSettings& settings,
                                         const std::stop_token& stop = {});

/// How many bytes of the listed files the cache does not have yet; what an interrupted fetch left counts as there.
[[nodiscard]] Result<std::uint64_t> missing_bytes(const FetchRequest& request, const Listing& listing,
                                                  const HubSettings& settings);

/// "11.2 GB", "34.9 MB", "3.1 kB", "512 bytes".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// Fetches the files that the cache does not have whole, and gives them their names in the snapshot. Every content is
/// checked by its size and hash before it gets its name. What was fetched when it stops, for whatever reason, is kept,
/// and the next call goes on from there; two processes may fetch the same at once. Errors: `usage` (names, address),
/// `not_found`, `io` (network, refusal, disk), `malformed` (the hub's answer), `mismatch` (size or hash),
/// `interrupted`.
[[nodiscard]] Result<Fetched> fetch(const FetchRequest& request, const HubSettings& settings,
                                    const OnProgress& on_progress = {}, const std::stop_token& stop = {});

/// The same for files that list_files gave to this request, or some of them: the hub is not asked for them again.
[[nodiscard]] Result<Fetched> fetch_listed(const FetchRequest& request, const Listing& listing,
                                           const HubSettings& settings, const OnProgress& on_progress = {},
                                           const std::stop_token& stop = {});

}  // namespace osler::hub
