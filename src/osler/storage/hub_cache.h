#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/error.h"

namespace osler {

/// The cache that the Hugging Face libraries keep, as far as it is paths; `hub` fills it. One repository is one folder:
///     datasets--org--name/blobs/ETAG                    contents
///     datasets--org--name/snapshots/COMMIT/data/x.csv   links into blobs
///     datasets--org--name/refs/main                     the commit that a branch stood at
/// An empty environment variable counts as one that is not set.

enum class RepoKind { dataset, model };

/// "dataset" or "model".
[[nodiscard]] std::string_view name_of(RepoKind kind);

/// $HF_HUB_CACHE, else $HF_HOME/hub, else $XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub; a "~/" at the
/// start of a variable is the home folder. Empty if there is not even a home folder.
[[nodiscard]] std::filesystem::path hub_cache_folder();

/// $HF_TOKEN, else the file $HF_TOKEN_PATH, else $HF_HOME/token or what stands in its place; without white space around
/// it, and empty if there is none.
[[nodiscard]] std::string hub_token();

/// $HF_ENDPOINT without slashes at its end, else "https://huggingface.co".
[[nodiscard]] std::string hub_endpoint();

/// Whether $HF_HUB_OFFLINE forbids to ask the network: 1, on, yes or true, in any case.
[[nodiscard]] bool hub_is_offline();

/// Fails for what is not "org/name" of letters, digits, '.', '_' and '-': the name becomes part of a path and an
/// address.
[[nodiscard]] Status check_repo_name(std::string_view repo);

/// Fails for what cannot be a branch, tag or commit: parts of letters, digits, '.', '_' and '-' between slashes, no
/// "..".
[[nodiscard]] Status check_revision(std::string_view revision);

/// True for 40 lower-case hexadecimal digits.
[[nodiscard]] bool is_commit(std::string_view revision);

/// CACHE/datasets--org--name or CACHE/models--org--name. Fails for a bad name.
[[nodiscard]] Result<std::filesystem::path> repo_folder(const std::filesystem::path& cache, RepoKind kind,
                                                        std::string_view repo);

struct Snapshot {
  std::filesystem::path folder;
  std::string commit;    ///< The folder's name.
  bool as_asked = true;  ///< False where it stands in for a revision that is not there.
};

enum class OtherRevisions { refuse, accept };

/// The folder of a repository's files at a revision (a commit, or a branch or tag whose commit the cache knows). If it
/// is not there and others are accepted: what the branch main stood at, else the newest snapshot there is. Nothing if
/// there is none; which of the repository's files it holds is not looked at. Fails for a bad name or revision.
[[nodiscard]] Result<std::optional<Snapshot>> snapshot_of(const std::filesystem::path& cache, RepoKind kind,
                                                          std::string_view repo, std::string_view revision,
                                                          OtherRevisions others = OtherRevisions::refuse);

}  // namespace osler
