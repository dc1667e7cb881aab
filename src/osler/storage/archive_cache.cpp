#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "osler/storage/archive.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// As many as a benchmark in several zips has, and few enough for the limit on open files.
constexpr std::size_t kOpenArchives = 8;

/// One state of one file, whatever path leads to it: device, inode, size, and time of change.
using FileState = std::array<std::int64_t, 5>;

FileState state_of(const struct stat& facts) {
  return {static_cast<std::int64_t>(facts.st_dev), static_cast<std::int64_t>(facts.st_ino), facts.st_size,
          facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

class ArchiveCache {
 public:
  Result<std::shared_ptr<Archive>> get(const fs::path& path, const FileState& state) {
    // Held while an archive is opened: the others would mostly wait for the same one.
    const std::scoped_lock lock(mutex_);
    for (auto& cached : cached_) {
      if (cached.state != state) continue;
      cached.used = ++clock_;
      return cached.archive;
    }
    if (cached_.size() >= kOpenArchives) {
      cached_.erase(std::min_element(cached_.begin(), cached_.end(),
                                     [](const Cached& a, const Cached& b) { return a.used < b.used; }));
    }
    cached_.push_back({state, Archive::open(path), ++clock_});
    return cached_.back().archive;
  }

 private:
  struct Cached {
    FileState state;
    Result<std::shared_ptr<Archive>> archive;
    std::uint64_t used = 0;
  };

  std::mutex mutex_;
  std::vector<Cached> cached_;
  std::uint64_t clock_ = 0;
};

}  // namespace

Result<std::shared_ptr<Archive>> open_archive(const fs::path& path) {
  static ArchiveCache cache;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    return fail(ErrorCode::not_found, "cannot be opened", {path.string()}, "check the path");
  }
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::io, "is not a file", {path.string()}, "name a zip");
  auto archive = cache.get(path, state_of(facts));
  // A failure that was kept may have been met by another path.
  if (!archive) archive.error().where.file = path.string();
  return archive;
}

}  // namespace osler
