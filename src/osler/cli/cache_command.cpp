#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>

#include "osler/cli/cache_options.h"
#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/core/utf8.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/cache_upkeep.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

struct CacheCommandOptions {
  CacheOptions cache;
  bool json = false;
  bool remove = false;
  std::optional<std::uint64_t> older_than;  ///< Seconds.
  PruneRequest prune;
};

/// UTC, ISO 8601; null where there is none.
Json time_json(std::int64_t seconds) {
  if (seconds <= 0) return nullptr;
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string day(std::int64_t seconds) {
  const Json time = time_json(seconds);
  return time.is_null() ? "-" : time.get<std::string>().substr(0, 10);
}

std::string size_text(std::uint64_t bytes) {
  const double size = static_cast<double>(bytes);
  return size < 1e6 ? fmt::format("{:.1f} kB", size / 1e3) : fmt::format("{:.1f} MB", size / 1e6);
}

/// Of all models together.
CachedModel sum_of(const CacheStats& stats) {
  CachedModel sum;
  for (const auto& model : stats.models) {
    sum.entries += model.entries;
    sum.bytes += model.bytes;
    sum.hits += model.hits;
    if (model.oldest > 0 && (sum.oldest == 0 || model.oldest < sum.oldest)) sum.oldest = model.oldest;
    sum.newest = std::max(sum.newest, model.newest);
  }
  return sum;
}

std::string stats_text(const std::filesystem::path& path, const CacheStats& stats) {
  const CachedModel sum = sum_of(stats);
  std::string text = fmt::format("{}: {} answers, {}, kept {} to {}, served {} times\n", printable_line(path.string()),
                                 sum.entries, size_text(stats.file_bytes), day(sum.oldest), day(sum.newest), sum.hits);
  if (stats.models.empty()) return text;
  text += fmt::format("\n{:>9}  {:>10}  {:>9}  {:10}  {:10}  {:8}  {}\n", "answers", "texts", "served", "from", "to",
                      "engine", "model");
  for (const auto& model : stats.models) {
    text += fmt::format("{:>9}  {:>10}  {:>9}  {:10}  {:10}  {:8}  {} ({})\n", model.entries, size_text(model.bytes),
                        model.hits, day(model.oldest), day(model.newest), printable_line(model.engine),
                        printable_line(model.name), model.fingerprint.substr(0, 12));
  }
  return text +
         "\nA model stands here once for every way in which it was run: its file, projector, template, engine.\n";
}

std::string stats_json(const std::filesystem::path& path, const CacheStats& stats) {
  const CachedModel sum = sum_of(stats);
  Json models = Json::array();
  for (const auto& model : stats.models) {
    models.push_back({{"model", model.name},
                      {"engine", model.engine},
                      {"fingerprint", model.fingerprint},
                      {"entries", model.entries},
                      {"bytes", model.bytes},
                      {"hits", model.hits},
                      {"oldest", time_json(model.oldest)},
                      {"newest", time_json(model.newest)}});
  }
  const Json value = {{"file", path.string()},
                      {"file_bytes", stats.file_bytes},
                      {"entries", sum.entries},
                      {"bytes", sum.bytes},
                      {"hits", sum.hits},
                      {"oldest", time_json(sum.oldest)},
                      {"newest", time_json(sum.newest)},
                      {"models", std::move(models)}};
  return dump_json(value, 2) + "\n";
}

int show_stats(const CacheCommandOptions& options) {
  const auto path = cache_path(options.cache);
  if (!path) return complain(path.error());
  const auto stats = cache_stats(*path);
  if (!stats) return complain(stats.error());
  std::cout << (options.json ? stats_json(*path, *stats) : stats_text(*path, *stats));
  return kDone;
}

int prune(CacheCommandOptions& options) {
  if (!options.older_than && !options.prune.max_bytes && options.prune.model.empty()) {
    return complain({ErrorCode::usage, "nothing says what to drop", {}, "give --older-than, --max-size or --model"});
  }
  if (options.older_than) {
    options.prune.kept_before = cache_file::now() - static_cast<std::int64_t>(*options.older_than);
  }
  const auto path = cache_path(options.cache);
  if (!path) return complain(path.error());
  const auto pruned = prune_cache(*path, options.prune);
  if (!pruned) return complain(pruned.error());
  if (options.json) {
    const Json value = {{"file", path->string()},
                        {"dropped", pruned->dropped},
                        {"entries", pruned->left},
                        {"file_bytes_before", pruned->bytes_before},
                        {"file_bytes", pruned->bytes_after}};
    std::cout << dump_json(value, 2) << '\n';
  } else {
    std::cout << fmt::format("{} answers dropped, {} left; {} before, {} now\n", pruned->dropped, pruned->left,
                             size_text(pruned->bytes_before), size_text(pruned->bytes_after));
  }
  return kDone;
}

std::string verified_text(const std::filesystem::path& path, const VerifiedCache& verified) {
  std::string text;
  for (const auto& entry : verified.damaged) {
    text += fmt::format("damaged: entry {} (key {}) of {}\n", entry.number, entry.key.substr(0, 16),
                        printable_line(entry.model));
  }
  if (!verified.structure.empty()) text += fmt::format("the file itself: {}\n", printable_line(verified.structure));
  return text + fmt::format("{}: {} answers, {} damaged, {} removed\n", printable_line(path.string()), verified.entries,
                            verified.damaged.size(), verified.removed);
}

std::string verified_json(const std::filesystem::path& path, const VerifiedCache& verified) {
  Json damaged = Json::array();
  for (const auto& entry : verified.damaged) {
    damaged.push_back({{"entry", entry.number}, {"key", entry.key}, {"model", entry.model}});
  }
  const Json value = {{"file", path.string()},
                      {"entries", verified.entries},
                      {"damaged", std::move(damaged)},
                      {"removed", verified.removed},
                      {"structure", verified.structure.empty() ? Json(nullptr) : Json(verified.structure)}};
  return dump_json(value, 2) + "\n";
}

/// A failure while anything damaged is left.
int verify(const CacheCommandOptions& options) {
  const auto path = cache_path(options.cache);
  if (!path) return complain(path.error());
  const auto verified = verify_cache(*path, options.remove);
  if (!verified) return complain(verified.error());
  std::cout << (options.json ? verified_json(*path, *verified) : verified_text(*path, *verified));
  if (!verified->structure.empty()) {
    return complain({ErrorCode::malformed, "the file itself is damaged", {path->string()}, "remove it"});
  }
  if (verified->damaged.size() > verified->removed) {
    return complain({ErrorCode::malformed,
                     fmt::format("{} answers are damaged", verified->damaged.size()),
                     {path->string()},
                     "'osler cache verify --remove' drops them"});
  }
  return kDone;
}

CLI::App* add_one(CLI::App& cache, const char* name, const char* what, CacheCommandOptions& options) {
  auto* command = cache.add_subcommand(name, what);
  command->add_option("--cache", options.cache.file, "The cache's file (default: in your cache folder)");
  command->add_flag("--json", options.json, "An object for programs");
  return command;
}

void add_prune(CLI::App& cache, Action& action, const std::shared_ptr<CacheCommandOptions>& options) {
  auto* command = add_one(cache, "prune", "Drop answers and give their room back", *options);
  const std::map<std::string, std::uint64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86'400}, {"w", 604'800}};
  command->add_option("--older-than", options->older_than, "Drop what was kept longer ago: 90d, 12h, 4w")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
      ->type_name("TIME");
  command->add_option("--max-size", options->prune.max_bytes, "Drop the oldest until the file is no larger, as 1GiB")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command->add_option("--model", options->prune.model, "Only of the model of this name, by itself: all of it");
  command->footer("Example:\n  osler cache prune --older-than 90d --max-size 1GiB");
  command->callback([&action, options] { action = [options] { return prune(*options); }; });
}

}  // namespace

void add_cache_command(CLI::App& app, Action& action) {
  auto* cache = app.add_subcommand("cache", "The answers that are kept so that nothing is asked twice");
  cache->require_subcommand(1);
  auto options = std::make_shared<CacheCommandOptions>();
  auto* stats = add_one(*cache, "stats", "What the cache holds", *options);
  stats->callback([&action, options] { action = [options] { return show_stats(*options); }; });
  add_prune(*cache, action, options);
  auto* check = add_one(*cache, "verify", "Compare every answer with the hash that it was kept with", *options);
  check->add_flag("--remove", options->remove, "Drop those that are damaged");
  check->callback([&action, options] { action = [options] { return verify(*options); }; });
  cache->footer("Example:\n  osler cache stats");
}

}  // namespace osler::cli
