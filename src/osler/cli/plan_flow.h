#pragma once

#include <cstdint>
#include <optional>

#include "osler/cli/run_options.h"
#include "osler/core/error.h"
#include "osler/run/plan.h"

namespace osler::cli {

struct PlanOptions : RunOptions {
  std::optional<std::uint64_t> answer_tokens;  ///< That an answer is taken to have; unset: as in the sample.
  bool measure = true;
};

/// Loads the benchmarks and the model, and plans the runs; shows how far it is.
[[nodiscard]] Result<RunPlan> plan_benchmarks(const PlanOptions& options);

}  // namespace osler::cli
