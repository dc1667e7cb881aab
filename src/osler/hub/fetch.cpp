#include "osler/hub/fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "osler/hub/checksum.h"
#include "osler/hub/file_lock.h"
#include "osler/hub/partial_file.h"
#include "osler/hub/refusal.h"
#include "osler/net/address.h"
#include "osler/storage/files.h"

namespace osler::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListing = std::uint64_t{64} << 20;

Asked asked_for(const FetchRequest& request, const HubSettings& settings) {
  const char* folder = request.kind == RepoKind::dataset ? "datasets/" : "";
  return {.kind = request.kind,
          .repo = request.repo,
          .revision = request.revision,
          .page = fmt::format("{}/{}{}", settings.http.endpoint, folder, request.repo),
          .with_token = !settings.http.token.empty()};
}

/// The error with the repository's page as its place, unless it names one itself.
tl::unexpected<Error> at(const std::string& page, Error error) {
  if (error.where.file.empty()) error.where.file = page;
  return tl::unexpected(std::move(error));
}

Status make_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) return tl::unexpected(disk_error(path, problem.value()));
  return {};
}

bool has_size(const fs::path& path, std::uint64_t size) {
  std::error_code problem;
  return fs::is_regular_file(path, problem) && fs::file_size(path, problem) == size && !problem;
}

/// Where the contents and names of one commit lie in the cache.
class CachedCommit {
 public:
  CachedCommit(fs::path repo, std::string commit) : repo_(std::move(repo)), commit_(std::move(commit)) {}

  [[nodiscard]] const fs::path& repo() const { return repo_; }
  [[nodiscard]] fs::path snapshot() const { return repo_ / "snapshots" / commit_; }
  [[nodiscard]] fs::path blob_of(const HubFile& file) const { return repo_ / "blobs" / file.etag; }
  [[nodiscard]] fs::path partial_of(const HubFile& file) const { return repo_ / "blobs" / (file.etag + ".incomplete"); }

  /// Whole under its name: as a link to its content, or as a file of its own (caches are copied between machines).
  [[nodiscard]] bool has(const HubFile& file) const {
    const auto path = snapshot() / file.path;
    if (!has_size(path, *file.size)) return false;
    std::error_code problem;
    return !fs::is_symlink(path, problem) || fs::read_symlink(path, problem).filename() == file.etag;
  }

  /// What is still to be fetched of the files; a content that several of them have counts once.
  [[nodiscard]] std::uint64_t missing_bytes(const std::vector<HubFile>& files) const {
    std::uint64_t missing = 0;
    std::set<std::string_view> counted;
    for (const auto& file : files) {
      if (has(file) || has_size(blob_of(file), *file.size) || !counted.insert(file.etag).second) continue;
      std::error_code none;
      const auto part = fs::file_size(partial_of(file), none);
      missing += *file.size - (none ? 0 : std::min<std::uint64_t>(part, *file.size));
    }
    return missing;
  }

 private:
  fs::path repo_;
  std::string commit_;
};

Result<Listing> list_with(HttpClient& http, const FetchRequest& request, const HubSettings& settings) {
  if (const auto status = check_repo_name(request.repo); !status) return pass(status);
  if (const auto status = check_revision(request.revision); !status) return pass(status);
  const auto asked = asked_for(request, settings);
  const auto url = fmt::format("{}/api/{}s/{}/revision/{}?blobs=true", settings.http.endpoint, name_of(request.kind),
                               request.repo, percent_encoded(request.revision, Slashes::encode));
  const auto answer = http.get_text(url, kMaxListing);
  if (!answer) return at(asked.page, answer.error());
  if (!answer->good()) return tl::unexpected(refusal(*answer, asked));
  auto listing = parse_listing(answer->body, url);
  if (!listing) return listing;
  if (is_commit(request.revision) && listing->commit != request.revision) {
    return fail(ErrorCode::mismatch, fmt::format("answers with commit {} instead", listing->commit), {url},
                "check that HF_ENDPOINT names a hub");
  }
  auto files = choose_files(*listing, request.patterns, asked.page);
  if (!files) return pass(files);
  listing->files = std::move(*files);
  return listing;
}

/// The fetching of one request: where things go, and how far it is.
class Fetcher {
 public:
  Fetcher(HttpClient& http, Asked asked, fs::path repo, const Listing& listing, const OnProgress& on_progress,
          const std::stop_token& stop)
      : http_(http),
        asked_(std::move(asked)),
        cached_(std::move(repo), listing.commit),
        listing_(listing),
        on_progress_(on_progress),
        stop_(stop) {}

  Result<Fetched> run() {
    if (auto status = make_folder(cached_.repo() / "blobs"); !status) return pass(status);
    std::vector<const HubFile*> missing;
    for (const auto& file : listing_.files) {
      progress_.bytes_total += *file.size;
      if (cached_.has(file)) {
        progress_.bytes_done += *file.size;
        ++progress_.files_done;
      } else {
        missing.push_back(&file);
      }
    }
    progress_.files_total = listing_.files.size();
    if (auto status = check_space(); !status) return pass(status);
    report({}, 0);
    for (const auto* file : missing) {
      if (auto status = fetch_file(*file); !status) return at(asked_.page, status.error());
      progress_.bytes_done += *file->size;
      ++progress_.files_done;
    }
    report({}, 0);
    if (auto status = write_ref(); !status) return pass(status);
    return Fetched{cached_.snapshot(), listing_.commit, listing_.files.size(), progress_.bytes_total, downloaded_};
  }

 private:
  void report(std::string_view file, std::uint64_t size_of_part) const {
    if (!on_progress_) return;
    FetchProgress now = progress_;
    now.file = file;
    now.bytes_done += size_of_part;
    on_progress_(now);
  }

  /// A disk that will be full in an hour is better known now.
  [[nodiscard]] Status check_space() const {
    const auto needed = cached_.missing_bytes(listing_.files);
    std::error_code unknown;
    const auto space = fs::space(cached_.repo(), unknown);
    if (unknown || needed <= space.available) return {};
    return fail(
        ErrorCode::io,
        fmt::format("{} are to be fetched, but only {} are free", size_text(needed), size_text(space.available)),
        {cached_.repo().string()}, "free some space, or choose another folder with HF_HUB_CACHE");
  }

  [[nodiscard]] Result<FileLock> lock(const std::string& name) const {
    return FileLock::wait_for(cached_.repo().parent_path() / ".locks" / cached_.repo().filename() / (name + ".lock"),
                              stop_);
  }

  Status fetch_file(const HubFile& file) {
    const auto held = lock(file.etag);
    if (!held) return pass(held);
    // Another process may have fetched it, or another file may have the same content.
    if (!has_size(cached_.blob_of(file), *file.size)) {
      if (auto status = download(file); !status) return status;
    }
    return link(file);
  }

  /// From the net into blobs/ETAG, by way of the partial file.
  Status download(const HubFile& file) {
    auto part = PartialFile::open(cached_.partial_of(file));
    if (!part) return pass(part);
    const bool resumed = part->size() > 0;
    auto same = download_and_compare(file, *part);
    if (same && !*same && resumed) {
      // What an earlier process left may be at fault: once more from the start.
      if (auto status = part->restart(); !status) return status;
      same = download_and_compare(file, *part);
    }
    if (!same) return pass(same);
    if (!*same) {
      part->remove();
      return fail(ErrorCode::mismatch,
                  fmt::format("what was fetched as '{}' is not what the hub announced: its {} differs", file.path,
                              file.large ? "SHA-256" : "git hash"),
                  {asked_.page}, "it was removed; start again, and if it stays so, the hub or a proxy is at fault");
    }
    ++downloaded_;
    return part->keep_as(cached_.blob_of(file));
  }

  /// Fetches what the part lacks; false if the content is not the one that was announced.
  Result<bool> download_and_compare(const HubFile& file, PartialFile& part) {
    report(file.path, part.size());
    const auto url =
        fmt::format("{}/resolve/{}/{}", asked_.page, listing_.commit, percent_encoded(file.path, Slashes::keep));
    const auto answer = http_.get_file(url, part, *file.size, [&](std::uint64_t size) { report(file.path, size); });
    if (!answer) {
      Error error = answer.error();
      if (error.where.file.empty()) error.what = fmt::format("'{}': {}", file.path, error.what);
      return at(asked_.page, std::move(error));
    }
    if (!answer->good()) {
      Asked asked = asked_;
      asked.file = file.path;
      asked.revision = listing_.commit;
      return tl::unexpected(refusal(*answer, asked));
    }
    const auto name = content_name(part.path(), file.large ? ContentName::sha256 : ContentName::git_blob, stop_);
    if (!name) return pass(name);
    return *name == file.etag;
  }

  /// Its name in the snapshot, as a link that still holds when the cache is moved.
  [[nodiscard]] Status link(const HubFile& file) const {
    const auto name = cached_.snapshot() / file.path;
    if (auto status = make_folder(name.parent_path()); !status) return status;
    const auto target = cached_.blob_of(file).lexically_relative(name.parent_path());
    const fs::path temporary = name.string() + fmt::format(".{}.tmp", ::getpid());
    ::unlink(temporary.c_str());
    if (::symlink(target.c_str(), temporary.c_str()) != 0) {
      if (errno == EPERM || errno == EOPNOTSUPP) {
        return fail(ErrorCode::io, "its file system has no symbolic links", {name.string()},
                    "choose a folder on another with HF_HUB_CACHE");
      }
      return tl::unexpected(disk_error(name, errno));
    }
    if (::rename(temporary.c_str(), name.c_str()) != 0) {
      const int problem = errno;
      ::unlink(temporary.c_str());
      return tl::unexpected(disk_error(name, problem));
    }
    return {};
  }

  /// A branch is written down only when everything is there, so that it never names half a snapshot.
  [[nodiscard]] Status write_ref() const {
    if (is_commit(asked_.revision)) return {};
    const auto path = cached_.repo() / "refs" / asked_.revision;
    if (auto status = make_folder(path.parent_path()); !status) return status;
    const auto held = lock("refs");
    if (!held) return pass(held);
    return write_file_atomically(path, listing_.commit);
  }

  HttpClient& http_;
  Asked asked_;
  CachedCommit cached_;
  const Listing& listing_;
  const OnProgress& on_progress_;
  const std::stop_token& stop_;
  FetchProgress progress_;
  std::size_t downloaded_ = 0;
};

Status check_cache(const HubSettings& settings) {
  if (!settings.cache.empty()) return {};
  return fail(ErrorCode::usage, "there is no folder for what is fetched", {},
              "set HF_HUB_CACHE, or HOME, to a folder that can be written to");
}

Result<Fetched> fetch_with(HttpClient& http, const FetchRequest& request, const Listing& listing,
                           const HubSettings& settings, const OnProgress& on_progress, const std::stop_token& stop) {
  const auto repo = repo_folder(settings.cache, request.kind, request.repo);
  if (!repo) return pass(repo);
  // Absolute, so that nothing depends on the working folder from here on.
  std::error_code problem;
  auto folder = fs::absolute(*repo, problem);
  if (problem) return tl::unexpected(disk_error(*repo, problem.value()));
  return Fetcher(http, asked_for(request, settings), std::move(folder), listing, on_progress, stop).run();
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr double kKilobyte = 1e3;
  constexpr double kMegabyte = 1e6;
  constexpr double kGigabyte = 1e9;
  const auto size = static_cast<double>(bytes);
  if (size >= kGigabyte) return fmt::format("{:.1f} GB", size / kGigabyte);
  if (size >= kMegabyte) return fmt::format("{:.1f} MB", size / kMegabyte);
  return size >= kKilobyte ? fmt::format("{:.1f} kB", size / kKilobyte) : fmt::format("{} bytes", bytes);
}

HubSettings hub_settings() {
  HubSettings settings;
  settings.http.endpoint = hub_endpoint();
  settings.http.token = hub_token();
  settings.cache = hub_cache_folder();
  return settings;
}

Result<Listing> list_files(const FetchRequest& request, const HubSettings& settings, const std::stop_token& stop) {
  HttpClient http(settings.http, stop);
  return list_with(http, request, settings);
}

Result<std::uint64_t> missing_bytes(const FetchRequest& request, const Listing& listing, const HubSettings& settings) {
  const auto repo = repo_folder(settings.cache, request.kind, request.repo);
  if (!repo) return pass(repo);
  return CachedCommit(*repo, listing.commit).missing_bytes(listing.files);
}

Result<Fetched> fetch(const FetchRequest& request, const HubSettings& settings, const OnProgress& on_progress,
                      const std::stop_token& stop) {
  if (const auto status = check_cache(settings); !status) return pass(status);
  HttpClient http(settings.http, stop);
  const auto listing = list_with(http, request, settings);
  if (!listing) return pass(listing);
  return fetch_with(http, request, *listing, settings, on_progress, stop);
}

Result<Fetched> fetch_listed(const FetchRequest& request, const Listing& listing, const HubSettings& settings,
                             const OnProgress& on_progress, const std::stop_token& stop) {
  if (const auto status = check_cache(settings); !status) return pass(status);
  HttpClient http(settings.http, stop);
  return fetch_with(http, request, listing, settings, on_progress, stop);
}

}  // namespace osler::hub
