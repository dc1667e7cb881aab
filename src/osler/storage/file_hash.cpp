#include "osler/storage/file_hash.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "osler/core/hash.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kWorthKeeping = std::uint64_t{64} << 20;

std::optional<fs::path> cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return fs::path(cache) / "osler";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return fs::path(home) / ".cache" / "osler";
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> cached_sha256_of_file(const fs::path& path,
                                          const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  const auto time = fs::last_write_time(path, problem);
  const auto folder = cache_folder();
  if (problem || size < kWorthKeeping || !folder) return sha256_of_file(path, progress);

  const std::string key =
      fmt::format("{}\n{}\n{}", fs::weakly_canonical(path, problem).string(), size, time.time_since_epoch().count());
  const fs::path entry = *folder / "hashes" / sha256_hex(key);
  constexpr std::size_t kHexDigits = 64;
  if (auto kept = read_file(entry, kHexDigits); kept && kept->size() == kHexDigits) return *kept;

  auto hash = sha256_of_file(path, progress);
  if (hash && make_writable_folder(entry.parent_path())) {
    static_cast<void>(write_file_atomically(entry, *hash));
  }
  return hash;
}

}  // namespace osler
