#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// What a cache holds of one engine, in one state (engine_fingerprint).
struct CachedModel {
  std::string name;         ///< That it was first seen by.
  std::string engine;       ///< llama, openai.
  std::string fingerprint;  ///< Hexadecimal.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< Of the values.
  std::uint64_t hits = 0;   ///< Answers served.
  std::int64_t oldest = 0;  ///< When the first of the entries was kept, in seconds since 1970; 0 without entries.
  std::int64_t newest = 0;
};

struct CacheStats {
  std::uint64_t file_bytes = 0;     ///< With the log beside it.
  std::vector<CachedModel> models;  ///< By name.
};

/// Reads a cache; fails as cache_file::open does, and so do the others below.
[[nodiscard]] Result<CacheStats> cache_stats(const std::filesystem::path& file);

/// What to drop; all that are set.
struct PruneRequest {
  std::optional<std::int64_t> kept_before;  ///< Seconds since 1970.
  std::optional<std::uint64_t> max_bytes;   ///< Of the file: the oldest go until it is no larger.
  std::string model;                        ///< By name: only its entries are dropped.
};

struct Pruned {
  std::uint64_t dropped = 0;
  std::uint64_t left = 0;
  std::uint64_t bytes_before = 0;  ///< Of the file.
  std::uint64_t bytes_after = 0;
};

/// Drops entries and gives their room back to the disk; runs that use the cache may go on. A model of which there is
/// nothing is ErrorCode::not_found.
[[nodiscard]] Result<Pruned> prune_cache(const std::filesystem::path& file, const PruneRequest& request);

/// An entry whose value is not what was written.
struct DamagedEntry {
  std::int64_t number = 0;  ///< responses.id
  std::string key;          ///< Hexadecimal.
  std::string model;
};

struct VerifiedCache {
  std::uint64_t entries = 0;
  std::vector<DamagedEntry> damaged;
  std::uint64_t removed = 0;
  std::string structure;  ///< What is wrong with the file itself, in SQLite's words; empty: nothing.
};

/// Compares every value with its hash and reads it; `remove` drops those that are damaged.
[[nodiscard]] Result<VerifiedCache> verify_cache(const std::filesystem::path& file, bool remove);

}  // namespace osler
