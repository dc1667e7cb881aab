#include "osler/engine/cache/cache_upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/core/hash.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/packed_response.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using Mode = SqliteDatabase::Mode;

std::uint64_t size_of(const fs::path& file) {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code problem;
    const auto size = fs::file_size(file.string() + suffix, problem);
    if (!problem) bytes += size;
  }
  return bytes;
}

std::uint64_t count_at(const SqliteStatement& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.integer(column)));
}

/// Calls `visit` with every row.
template <class Visit>
Status for_each_row(SqliteStatement& statement, Visit visit) {
  while (true) {
    const auto row = statement.step();
    if (!row) return pass(row);
    if (!*row) return {};
    visit(statement);
  }
}

Status drop(const SqliteDatabase& database, const std::string& condition, const std::string& model,
            std::optional<std::int64_t> value, std::uint64_t& dropped) {
  const std::string of_model = model.empty() ? "" : " AND model IN (SELECT id FROM models WHERE name = ?2)";
  auto statement = database.prepare(fmt::format("DELETE FROM responses WHERE {}{}", condition, of_model));
  if (!statement) return pass(statement);
  if (value) statement->bind(1, *value);
  if (!model.empty()) statement->bind_text(2, model);
  if (auto status = statement->run(); !status) return status;
  dropped += database.changes();
  return {};
}

/// Bytes of the pages that hold something; what is free is given back afterwards.
Result<std::uint64_t> bytes_in_use(const SqliteDatabase& database) {
  std::uint64_t product = 1;
  for (const char* sql : {"SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM "
                          "pragma_freelist_count)",
                          "PRAGMA page_size"}) {
    const auto number = database.number(sql);
    if (!number) return pass(number);
    product *= static_cast<std::uint64_t>(std::max<std::int64_t>(0, *number));
  }
  return product;
}

/// How many of the oldest to drop next: their share of the file, as far as one can tell.
std::uint64_t share_over(std::uint64_t entries, std::uint64_t bytes, std::uint64_t most) {
  const double over = static_cast<double>(bytes - most) / static_cast<double>(bytes);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(over * static_cast<double>(entries)));
}

Status drop_to_size(const SqliteDatabase& database, const PruneRequest& request, std::uint64_t& dropped) {
  const std::string whose = request.model.empty() ? "" : " WHERE model IN (SELECT id FROM models WHERE name = ?2)";
  while (true) {
    const auto bytes = bytes_in_use(database);
    if (!bytes) return pass(bytes);
    const auto entries = database.number("SELECT count(*) FROM responses");
    if (!entries) return pass(entries);
    if (*bytes <= *request.max_bytes || *entries == 0) return {};
    const auto before = dropped;
    const auto step = share_over(static_cast<std::uint64_t>(*entries), *bytes, *request.max_bytes);
    if (auto status =
            drop(database, fmt::format("id IN (SELECT id FROM responses{} ORDER BY kept, id LIMIT ?1)", whose),
                 request.model, static_cast<std::int64_t>(step), dropped);
        !status) {
      return status;
    }
    if (dropped == before) return {};
  }
}

Status check_model(const SqliteDatabase& database, const fs::path& file, const std::string& model) {
  if (model.empty()) return {};
  auto statement = database.prepare("SELECT name FROM models ORDER BY name = ?1 DESC, name LIMIT 5");
  if (!statement) return pass(statement);
  statement->bind_text(1, model);
  std::vector<std::string> names;
  const auto keep = [&names](const SqliteStatement& row) { names.emplace_back(row.bytes(0)); };
  if (auto status = for_each_row(*statement, keep); !status) return status;
  if (!names.empty() && names.front() == model) return {};
  return fail(ErrorCode::not_found, fmt::format("holds nothing of a model '{}'", model), {file.string()},
              "'osler cache stats' lists the models");
}

Status drop_what_is_asked(const SqliteDatabase& database, const PruneRequest& request, std::uint64_t& dropped) {
  auto transaction = SqliteTransaction::begin(database);
  if (!transaction) return pass(transaction);
  if (request.kept_before) {
    if (auto status = drop(database, "kept < ?1", request.model, request.kept_before, dropped); !status) return status;
  }
  if (request.max_bytes) {
    if (auto status = drop_to_size(database, request, dropped); !status) return status;
  }
  if (!request.kept_before && !request.max_bytes) {
    if (auto status = drop(database, "1", request.model, std::nullopt, dropped); !status) return status;
  }
  if (auto status = database.execute("DELETE FROM models WHERE id NOT IN (SELECT model FROM responses)"); !status) {
    return status;
  }
  return transaction->commit();
}

/// Gives free pages back to the disk. While others read, some of it waits for the next time.
Status give_back(const SqliteDatabase& database) {
  if (auto status = database.execute("PRAGMA incremental_vacuum"); !status) return status;
  return database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<std::string> structure_of(const SqliteDatabase& database) {
  auto statement = database.prepare("PRAGMA quick_check(1)");
  if (!statement) return pass(statement);
  const auto row = statement->step();
  if (!row) return pass(row);
  std::string text(*row ? statement->bytes(0) : std::string_view());
  return text == "ok" ? std::string() : text;
}

Status remove_damaged(const SqliteDatabase& database, VerifiedCache& verified) {
  auto transaction = SqliteTransaction::begin(database);
  if (!transaction) return pass(transaction);
  for (const auto& entry : verified.damaged) {
    if (auto status = drop(database, "id = ?1", {}, entry.number, verified.removed); !status) return status;
  }
  return transaction->commit();
}

}  // namespace

Result<CacheStats> cache_stats(const fs::path& file) {
  const auto database = cache_file::open(file, Mode::existing);
  if (!database) return pass(database);
  CacheStats stats;
  stats.file_bytes = size_of(file);
  auto statement = database->prepare(
      "SELECT name, engine, fingerprint, count(responses.id), sum(length(value)), hits, min(kept), max(kept) FROM "
      "models LEFT JOIN responses ON responses.model = models.id GROUP BY models.id ORDER BY name, models.id");
  if (!statement) return pass(statement);
  const auto keep = [&stats](const SqliteStatement& row) {
    stats.models.push_back({std::string(row.bytes(0)), std::string(row.bytes(1)), hex_of(row.bytes(2)),
                            count_at(row, 3), count_at(row, 4), count_at(row, 5), row.integer(6), row.integer(7)});
  };
  if (auto status = for_each_row(*statement, keep); !status) return pass(status);
  return stats;
}

Result<Pruned> prune_cache(const fs::path& file, const PruneRequest& request) {
  const auto database = cache_file::open(file, Mode::existing);
  if (!database) return pass(database);
  if (auto status = check_model(*database, file, request.model); !status) return pass(status);
  Pruned pruned;
  pruned.bytes_before = size_of(file);
  if (auto status = drop_what_is_asked(*database, request, pruned.dropped); !status) return pass(status);
  if (auto status = give_back(*database); !status) return pass(status);
  const auto left = database->number("SELECT count(*) FROM responses");
  if (!left) return pass(left);
  pruned.left = static_cast<std::uint64_t>(*left);
  pruned.bytes_after = size_of(file);
  return pruned;
}

Result<VerifiedCache> verify_cache(const fs::path& file, bool remove) {
  const auto database = cache_file::open(file, Mode::existing);
  if (!database) return pass(database);
  VerifiedCache verified;
  auto structure = structure_of(*database);
  if (!structure) return pass(structure);
  verified.structure = std::move(*structure);
  auto statement = database->prepare(
      "SELECT responses.id, key, checksum, value, coalesce(name, '') FROM responses LEFT JOIN models ON models.id = "
      "model ORDER BY responses.id");
  if (!statement) return pass(statement);
  const auto check = [&verified](const SqliteStatement& row) {
    ++verified.entries;
    const bool whole =
        row.bytes(2) == cache_file::checksum(row.bytes(1), row.bytes(3)) && unpack_response(row.bytes(3));
    if (!whole) verified.damaged.push_back({row.integer(0), hex_of(row.bytes(1)), std::string(row.bytes(4))});
  };
  if (auto status = for_each_row(*statement, check); !status) return pass(status);
  statement->reset();
  if (remove && !verified.damaged.empty()) {
    if (auto status = remove_damaged(*database, verified); !status) return pass(status);
  }
  return verified;
}

}  // namespace osler
