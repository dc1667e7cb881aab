#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/llama/plan.h"
#include "osler/engine/llama/planner.h"
#include "osler/run/runner.h"

namespace osler {

/// Seconds that a benchmark takes, with the prompts shared as the engine will do it and without.
struct PlannedTime {
  double answer_tokens = 0.0;       ///< That an answer is taken to have.
  bool answers_are_longer = false;  ///< Some of the sample had more tokens than were waited for.
  bool answers_of_others = false;   ///< This benchmark has no sample: the answers are taken to be as those of others.
  PlanTime shared;
  PlanTime unshared;
};

/// What one benchmark comes to.
struct RowSetPlan {
  std::string row_set;
  std::string protocol;
  std::uint64_t items = 0;  ///< Those without an answer included.
  PlanCounts counts;
  std::vector<PlannedPrompt> prompts;  ///< That are answered in words.
  std::vector<Refused> refused;
  double preparing = 0.0;  ///< Seconds that pictures took to decode and prompts to lay out.
  PlanSample sample;
  std::optional<PlannedTime> time = {};
};

struct RunPlan {
  std::string model;
  std::vector<RowSetPlan> row_sets;
  PlanMemory memory;
  std::uint64_t image_cache = 0;  ///< Bytes that encoded images may take.
  std::uint64_t answers_at_once = 1;
  std::uint64_t workers = 1;
  bool on_gpu = false;
  bool would_gain_from_bf16 = false;
  PlanSample sample;       ///< Of all benchmarks.
  double measuring = 0.0;  ///< Seconds.

  [[nodiscard]] PlanCounts total() const;
  /// Seconds from the first question to the last answer. Pictures are decoded while a GPU computes; a processor does
  /// one or the other. Workers on GPUs have one each, others share the processor.
  [[nodiscard]] double seconds(const PlanTime& time, double preparing) const;
};

/// How the runs are to be made, as far as a plan depends on it.
struct PlanSettings {
  LlamaOptions llama;
  std::uint64_t workers = 1;
  std::optional<std::uint64_t> answer_tokens = {};  ///< That an answer is taken to have; unset: as in the sample.
  bool measure = true;
};

/// Told how far a plan is.
class PlanObserver {
 public:
  virtual ~PlanObserver() = default;
  virtual void counting(const std::string& row_set, std::uint64_t done, std::uint64_t total) = 0;
  virtual void measuring(std::uint64_t done, std::uint64_t total) = 0;
  /// What was told of is done.
  virtual void finished() = 0;
};

/// Makes the requests of the runs as execute_run() would, counts them, and measures a few. Whatever a run has answered
/// already is planned once more. Fails with ErrorCode::interrupted when `stop` is requested.
[[nodiscard]] Result<RunPlan> plan_runs(const std::vector<const RunSpec*>& runs, Planner& planner,
                                        const PlanSettings& settings, PlanObserver& observer,
                                        const std::stop_token& stop);

}  // namespace osler
