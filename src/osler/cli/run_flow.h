#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
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

/// Opens the engine that the options name, once, and answers the runs one after another. A run that has no folder gets
/// its own below options.out. `folders` gets the folder of every run that holds grades, also when a later one fails.
[[nodiscard]] Status answer_runs(const RunOptions& options, std::vector<PreparedRun>& runs, const std::stop_token& stop,
                                 std::vector<std::filesystem::path>& folders);

/// prepare_runs() and answer_runs(): everything that can be wrong with the data or the protocol is found before the
/// model is loaded.
[[nodiscard]] Status run_benchmarks(const RunOptions& options, std::vector<std::filesystem::path>& folders);

}  // namespace osler::cli
