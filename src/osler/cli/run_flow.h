#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "osler/cli/run_options.h"
#include "osler/core/error.h"
#include "osler/grade/grader.h"
#include "osler/run/runner.h"

namespace osler::cli {

/// A run that needs nothing more but its engine.
struct PreparedRun {
  RunSpec spec;
  grade::Grader grader;
};

/// Loads the benchmarks; what is wrong with any of them is said, and is an error.
[[nodiscard]] Result<std::vector<PreparedRun>> prepare_runs(const RunOptions& options);

/// Loads the benchmarks, opens the engine once and answers them one after another. Everything that can be wrong with
/// the data or the protocol is found before the model is loaded. `folders` gets the folder of every run that holds
/// grades, also when a later one fails.
[[nodiscard]] Status run_benchmarks(const RunOptions& options, std::vector<std::filesystem::path>& folders);

}  // namespace osler::cli
