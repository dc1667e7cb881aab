#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "osler/core/error.h"
#include "osler/engine/engine.h"

namespace osler::cli {

struct EngineOptions;

/// Whether answers are taken from the cache and kept there, and where it lies.
struct CacheOptions {
  std::string file;  ///< Empty: the user's own (cache_file::default_path).
  bool off = false;
};

/// Declares --cache and --no-cache.
void add_cache_options(CLI::App& command, CacheOptions& options);

/// The file that is meant; an error where neither --cache nor the environment names one.
[[nodiscard]] Result<std::filesystem::path> cache_path(const CacheOptions& options);

/// As open_engine(), with the cache in front of it; recorded responses have none, and servers only the one that the
/// user names. A cache that cannot be used is said on standard error, and is an error only if the user named it and it
/// is something else than a cache.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_cached_engine(const EngineOptions& engine,
                                                                 const CacheOptions& options,
                                                                 const std::stop_token& stop);

}  // namespace osler::cli
