#include "osler/engine/cache/cache_file.h"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "osler/core/hash.h"
#include "osler/storage/files.h"

namespace osler::cache_file {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kVersion = 1;

/// "OsRC" and "OsEC", in the place that SQLite keeps for such a mark.
std::int64_t mark_of(Kind kind) { return kind == Kind::responses ? 0x4F735243 : 0x4F734543; }

constexpr const char* kEmbeddingTables =
    "CREATE TABLE IF NOT EXISTS embeddings (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " kept INTEGER NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL);";

constexpr const char* kResponseTables =
    "CREATE TABLE IF NOT EXISTS models (id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE,"
    " engine TEXT NOT NULL, name TEXT NOT NULL, identity TEXT NOT NULL, hits INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS responses (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, model INTEGER NOT NULL,"
    " kept INTEGER NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL);";

enum class Content { nothing, cache };

/// What a file holds; an error where that is not for us.
Result<Content> content_of(const SqliteDatabase& database, const fs::path& file, Kind kind) {
  const auto mark = database.number("PRAGMA application_id");
  if (!mark) return pass(mark);
  const auto version = database.number("PRAGMA user_version");
  if (!version) return pass(version);
  const auto tables = database.number("SELECT count(*) FROM sqlite_master");
  if (!tables) return pass(tables);
  if (*mark == 0 && *tables == 0) return Content::nothing;
  if (*mark != mark_of(kind)) {
    const bool other = *mark == mark_of(kind == Kind::responses ? Kind::embeddings : Kind::responses);
    const char* what = !other                    ? "is a database, but not a cache of Osler's"
                       : kind == Kind::responses ? "is a cache of embeddings, not of answers"
                                                 : "is a cache of answers, not of embeddings";
    return fail(ErrorCode::malformed, what, {file.string()}, "name another file with --cache");
  }
  if (*version != kVersion) {
    return fail(ErrorCode::unsupported,
                fmt::format("is a cache of version {}, and this Osler knows version {}", *version, kVersion),
                {file.string()}, "name another file with --cache, or move this one away");
  }
  return Content::cache;
}

/// A log beside the file is shared through memory, which machines that mount the same folder do not have in common.
bool on_network(const fs::path& file) {
  // linux/magic.h and the file systems' own sources: NFS, SMB1, CIFS, SMB2, Lustre, GPFS, BeeGFS, Ceph, FUSE, 9p, AFS.
  constexpr std::array<std::uint32_t, 11> kShared = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                     0x0BD00BD0, 0x47504653, 0x19830326, 0x00C36400,
                                                     0x65735546, 0x01021997, 0x5346414F};
  struct statfs about {};
  if (::statfs(file.c_str(), &about) != 0) return false;
  return std::find(kShared.begin(), kShared.end(), static_cast<std::uint32_t>(about.f_type)) != kShared.end();
}

/// The way of writing stays with the file. Others may be making it at the same moment, and SQLite does not wait for
/// them here.
Status choose_journal(const SqliteDatabase& database, const fs::path& file, std::chrono::milliseconds patience) {
  const char* pragma = on_network(file) ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL";
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto status = database.execute(pragma);
    if (status || std::chrono::steady_clock::now() > until) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Status make_tables(const SqliteDatabase& database, const fs::path& file, std::chrono::milliseconds patience,
                   Kind kind) {
  // So that pruning can give room back while others use the file.
  if (auto status = database.execute("PRAGMA auto_vacuum = INCREMENTAL"); !status) return status;
  if (auto status = choose_journal(database, file, patience); !status) return status;
  auto transaction = SqliteTransaction::begin(database);
  if (!transaction) return pass(transaction);
  const auto content = content_of(database, file, kind);
  if (!content) return pass(content);
  if (auto status = database.execute(kind == Kind::responses ? kResponseTables : kEmbeddingTables); !status)
    return status;
  if (auto status = database.execute(
          fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", mark_of(kind), kVersion));
      !status) {
    return status;
  }
  return transaction->commit();
}

/// All that says what a file holds as of one moment, for another may be making it between two questions.
Result<Content> content_now(const SqliteDatabase& database, const fs::path& file, Kind kind) {
  if (auto status = database.execute("BEGIN"); !status) return pass(status);
  auto content = content_of(database, file, kind);
  if (auto status = database.execute("ROLLBACK"); !status && content) return pass(status);
  return content;
}

Result<SqliteDatabase> open_checked(const fs::path& file, SqliteDatabase::Mode mode, std::chrono::milliseconds patience,
                                    Kind kind) {
  auto database = SqliteDatabase::open(file, mode, patience);
  if (!database) return database;
  const auto content = content_now(*database, file, kind);
  if (!content) return pass(content);
  if (*content == Content::nothing) {
    if (mode != SqliteDatabase::Mode::create) {
      return fail(ErrorCode::not_found, "is empty", {file.string()}, "a run with a model fills it");
    }
    if (auto status = make_tables(*database, file, patience, kind); !status) return pass(status);
  }
  // Enough against the end of a process; of a power cut at worst the latest answers are lost, never the file.
  if (auto status = database->execute("PRAGMA synchronous = NORMAL"); !status) return pass(status);
  return database;
}

}  // namespace

std::optional<fs::path> default_path(Kind kind) {
  const auto set = [](const char* value) { return value != nullptr && *value != '\0'; };
  const char* name = kind == Kind::responses ? "responses.sqlite" : "embeddings.sqlite";
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); set(cache)) return fs::path(cache) / "osler" / name;
  if (const char* home = std::getenv("HOME"); set(home)) return fs::path(home) / ".cache" / "osler" / name;
  return std::nullopt;
}

Result<SqliteDatabase> open(const fs::path& file, SqliteDatabase::Mode mode, std::chrono::milliseconds patience,
                            Kind kind) {
  std::error_code problem;
  const auto type = fs::status(file, problem).type();
  if (type == fs::file_type::not_found) {
    if (mode != SqliteDatabase::Mode::create) {
      return fail(ErrorCode::not_found, "there is no cache", {file.string()},
                  "a run with a model makes it, or name another file with --cache");
    }
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (auto status = make_writable_folder(folder); !status) return pass(status);
  } else if (type != fs::file_type::regular) {
    return fail(ErrorCode::malformed, "is no file", {file.string()}, "name a file with --cache");
  }
  auto database = open_checked(file, mode, patience, kind);
  if (!database && database.error().way_out.empty()) {
    const bool strange = database.error().code == ErrorCode::malformed;
    if (strange) database.error().what = fmt::format("is not a cache of Osler's ({})", database.error().what);
    database.error().way_out =
        strange ? "name another file with --cache, or move this one away"
                : "name a file in a folder of your own with --cache, or leave it out with --no-cache";
  }
  return database;
}

std::string checksum(std::string_view key, std::string_view value) {
  Sha256 hash;
  hash.update_field(key);
  hash.update(value);
  return hash.bytes().substr(0, 16);
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace osler::cache_file
