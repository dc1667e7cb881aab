#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/cli/engines.h"
#include "osler/core/error.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/row_set_name.h"
#include "osler/run/ablation.h"

namespace osler::cli {

/// What the options of `osler run` say.
struct RunOptions : EngineOptions {
  std::vector<RowSetName> benchmarks;
  std::string data;
  std::string protocol;  ///< Empty: each benchmark's own default.
  std::string out = "runs";
  std::optional<std::uint64_t> limit;
  RowSetRequest rows;
  Ablation ablation = Ablation::none;
  bool retry_errors = false;
  std::uint64_t max_megapixels = 100;
  std::uint64_t verify_sharing = 0;  ///< Items to ask again one by one after a batched run.
};

/// Loads the benchmarks, opens the engine once and answers them one after another. Everything that can be wrong with
/// the data or the protocol is found before the model is loaded. `folders` gets the folder of every run that holds
/// grades, also when a later one fails.
[[nodiscard]] Status run_benchmarks(const RunOptions& options, std::vector<std::filesystem::path>& folders);

}  // namespace osler::cli
