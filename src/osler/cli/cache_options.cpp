#include "osler/cli/cache_options.h"

#include "osler/cli/common.h"
#include "osler/cli/engines.h"
#include "osler/core/utf8.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/caching_engine.h"

namespace osler::cli {
namespace {

void warn(const Error& error) { note("osler: " + printable_line(error.message())); }

/// The store, or null where there is none to use.
Result<std::unique_ptr<ResponseStore>> open_store(const CacheOptions& options) {
  const auto path = cache_path(options);
  if (!path) {
    warn(path.error());
    return nullptr;
  }
  auto store = ResponseStore::open(*path, warn);
  if (store) return store;
  const bool not_a_cache = store.error().code == ErrorCode::malformed || store.error().code == ErrorCode::unsupported;
  if (not_a_cache && !options.file.empty()) return store;
  Error error = store.error();
  error.what += ": answers are neither looked for nor kept there";
  warn(error);
  return nullptr;
}

}  // namespace

void add_cache_options(CLI::App& command, CacheOptions& options) {
  auto* file = command.add_option("--cache", options.file,
                                  "File of answers that need not be asked again (default: in your cache folder)");
  command.add_flag("--no-cache", options.off, "Ask everything, and keep no answer for other runs")->excludes(file);
}

Result<std::filesystem::path> cache_path(const CacheOptions& options) {
  if (!options.file.empty()) return options.file;
  if (auto path = cache_file::default_path()) return *path;
  return fail(ErrorCode::not_found, "there is no folder for the cache: neither XDG_CACHE_HOME nor HOME is set", {},
              "name a file with --cache");
}

Result<std::unique_ptr<Engine>> open_cached_engine(const EngineOptions& engine, const CacheOptions& options,
                                                   const std::stop_token& stop) {
  std::unique_ptr<ResponseStore> store;
  // A server names its model, but nobody can tell from outside whether the weights behind the name are still the same.
  const bool may_have_changed = is_served(engine) && options.file.empty();
  if (!options.off && !is_recorded(engine) && !may_have_changed) {
    // Before the model, which may take minutes to load.
    auto opened = open_store(options);
    if (!opened) return pass(opened);
    store = std::move(*opened);
  }
  auto inner = open_engine(engine, stop);
  if (!inner || store == nullptr) return inner;
  return std::make_unique<CachingEngine>(std::move(*inner), std::move(store));
}

}  // namespace osler::cli
