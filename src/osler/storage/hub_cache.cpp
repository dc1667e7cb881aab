#include "osler/storage/hub_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "osler/storage/files.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSmallFile = 4096;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// A variable's path, "~" at its start replaced; empty if it is not set.
fs::path path_variable(const char* name) {
  const std::string value = variable(name);
  const std::string home = variable("HOME");
  if (home.empty() || (value != "~" && !value.starts_with("~/"))) return value;
  return home + value.substr(1);
}

/// $HF_HOME, or where it is when nothing is said.
fs::path hub_home() {
  if (auto home = path_variable("HF_HOME"); !home.empty()) return home;
  if (const auto caches = path_variable("XDG_CACHE_HOME"); !caches.empty()) return caches / "huggingface";
  if (const auto home = path_variable("HOME"); !home.empty()) return home / ".cache" / "huggingface";
  return {};
}

std::string trimmed(const std::string& text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// One component of a name: not empty, no dot at its start (so neither "." nor ".."), nothing a path or address minds.
bool is_plain_name(std::string_view name) {
  constexpr std::size_t kLongest = 96;
  return !name.empty() && name.size() <= kLongest && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

/// Names from outside, short enough to be read.
std::string shown(std::string_view name) {
  constexpr std::size_t kEnough = 100;
  return std::string(name.substr(0, kEnough)) + (name.size() > kEnough ? "..." : "");
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// The commit that a branch or tag stood at when it was last fetched, if its snapshot is there.
std::optional<Snapshot> snapshot_of_branch(const fs::path& folder, std::string_view branch) {
  const auto content = read_file(folder / "refs" / branch, kMaxSmallFile);
  if (!content) return std::nullopt;
  std::string commit = trimmed(*content);
  if (!is_commit(commit) || !is_folder(folder / "snapshots" / commit)) return std::nullopt;
  return Snapshot{folder / "snapshots" / commit, std::move(commit)};
}

/// The snapshot that changed last; of several that changed at once, the one whose name comes last.
std::optional<Snapshot> newest_snapshot(const fs::path& folder) {
  std::optional<std::pair<fs::file_time_type, std::string>> newest;
  std::error_code problem;
  for (fs::directory_iterator entry(folder / "snapshots", problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    std::error_code ignored;
    std::pair candidate(entry->last_write_time(ignored), entry->path().filename().string());
    if (!is_folder(entry->path()) || !is_commit(candidate.second)) continue;
    if (!newest || *newest < candidate) newest = std::move(candidate);
  }
  if (!newest) return std::nullopt;
  return Snapshot{folder / "snapshots" / newest->second, newest->second};
}

}  // namespace

std::string_view name_of(RepoKind kind) { return kind == RepoKind::dataset ? "dataset" : "model"; }

fs::path hub_cache_folder() {
  if (auto cache = path_variable("HF_HUB_CACHE"); !cache.empty()) return cache;
  const auto home = hub_home();
  return home.empty() ? fs::path() : home / "hub";
}

std::string hub_token() {
  if (auto token = trimmed(variable("HF_TOKEN")); !token.empty()) return token;
  auto path = path_variable("HF_TOKEN_PATH");
  if (path.empty() && !hub_home().empty()) path = hub_home() / "token";
  const auto content = path.empty() ? Result<std::string>() : read_file(path, kMaxSmallFile);
  return content ? trimmed(*content) : std::string();
}

std::string hub_endpoint() {
  std::string endpoint = trimmed(variable("HF_ENDPOINT"));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint.empty() ? "https://huggingface.co" : endpoint;
}

bool hub_is_offline() {
  std::string value = trimmed(variable("HF_HUB_OFFLINE"));
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return value == "1" || value == "on" || value == "yes" || value == "true";
}

Status check_repo_name(std::string_view repo) {
  const auto slash = repo.find('/');
  if (slash != std::string_view::npos && is_plain_name(repo.substr(0, slash)) &&
      is_plain_name(repo.substr(slash + 1)) && repo.find("..") == std::string_view::npos &&
      repo.find("--") == std::string_view::npos) {  // which separates the parts of the folder's name
    return {};
  }
  return fail(ErrorCode::usage, fmt::format("'{}' is not the name of a repository on a hub", shown(repo)), {},
              "write it as org/name, with letters, digits, '.', '_' and '-'");
}

Status check_revision(std::string_view revision) {
  constexpr std::size_t kLongest = 255;
  bool good = revision.size() <= kLongest && revision.find("..") == std::string_view::npos;
  for (std::size_t begin = 0; good && begin <= revision.size();) {
    const auto end = std::min(revision.find('/', begin), revision.size());
    good = is_plain_name(revision.substr(begin, end - begin));
    begin = end + 1;
  }
  if (good) return {};
  return fail(ErrorCode::usage, fmt::format("'{}' cannot be a revision", shown(revision)), {},
              "give a branch, a tag, or a commit's 40 hexadecimal digits");
}

bool is_commit(std::string_view revision) {
  constexpr std::size_t kDigits = 40;
  return revision.size() == kDigits && revision.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<fs::path> repo_folder(const fs::path& cache, RepoKind kind, std::string_view repo) {
  if (const auto status = check_repo_name(repo); !status) return pass(status);
  const auto slash = repo.find('/');
  return cache / fmt::format("{}s--{}--{}", name_of(kind), repo.substr(0, slash), repo.substr(slash + 1));
}

Result<std::optional<Snapshot>> snapshot_of(const fs::path& cache, RepoKind kind, std::string_view repo,
                                            std::string_view revision, OtherRevisions others) {
  const auto folder = repo_folder(cache, kind, repo);
  if (!folder) return pass(folder);
  if (const auto status = check_revision(revision); !status) return pass(status);
  if (is_commit(revision)) {
    auto path = *folder / "snapshots" / revision;
    if (is_folder(path)) return Snapshot{std::move(path), std::string(revision)};
  } else if (auto found = snapshot_of_branch(*folder, revision)) {
    return found;
  }
  if (others == OtherRevisions::refuse) return std::nullopt;
  auto other = snapshot_of_branch(*folder, "main");
  if (!other) other = newest_snapshot(*folder);
  if (other) other->as_asked = false;
  return other;
}

}  // namespace osler
