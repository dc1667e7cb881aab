#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "osler/cli/cache_options.h"
#include "osler/cli/engines.h"
#include "osler/core/error.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/row_set_name.h"
#include "osler/model/model_card.h"
#include "osler/run/ablation.h"

namespace osler::cli {

/// What the options of `osler run` say; `osler plan` takes the same.
struct RunOptions : EngineOptions {
  CacheOptions cache;
  std::vector<std::string> names;      ///< Of benchmarks and suites, as they were given.
  std::vector<RowSetName> benchmarks;  ///< What they come to.
  std::string data;
  std::string protocol;  ///< Empty: each benchmark's own default.
  std::string out = "runs";
  std::optional<std::uint64_t> limit;
  RowSetRequest rows;
  std::string labels;                   ///< Capability labels: a folder or a file; empty: what the folder keeps.
  bool labels_may_lack = false;         ///< Where --labels has none of a benchmark, it is run all the same.
  std::string card;                     ///< Of --card; empty: the one for the model's name.
  std::optional<ModelCard> model_card;  ///< What that comes to.
  Ablation ablation = Ablation::none;
  bool retry_errors = false;
  std::optional<std::int32_t> max_new_tokens;  ///< In place of the protocol's.
  std::uint64_t max_megapixels = 100;
  std::uint64_t verify_sharing = 0;  ///< Items to ask again one by one after a batched run.
};

/// Declares all of them.
void add_run_options(CLI::App& command, RunOptions& options);

/// Finds out which row sets the names stand for.
[[nodiscard]] Status resolve_benchmarks(RunOptions& options);

}  // namespace osler::cli
