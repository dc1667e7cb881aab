#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/plan.h"
#include "osler/engine/llama/plan_batch.h"

namespace osler {

/// How long one item may be measured.
struct MeasureLimits {
  std::uint64_t most_tokens = 512;               ///< Of its answer.
  std::uint64_t fewest_tokens = 64;              ///< Of its answer, whatever they take, if it has so many.
  std::chrono::duration<double> most_time{5.0};  ///< For the answer, from its first token on.
};

/// What a model and its answers need of the memory.
struct PlanMemory {
  std::uint64_t model_bytes = 0;
  std::uint64_t projector_bytes = 0;
  std::uint64_t kv_bytes_per_token = 0;
  std::uint64_t context_limit = 0;              ///< The most tokens that a context may have.
  std::uint64_t trained_context = 0;            ///< Tokens; 0 if the model's file does not say.
  std::uint64_t embedding_bytes_per_token = 0;  ///< Of an encoded image.
  std::uint64_t available = 0;                  ///< Where the context will be, before the model was loaded; 0: unknown.
};

/// Says beforehand what an engine with the same options will do, and how long that takes here. The model is loaded into
/// this process: a file that makes llama.cpp abort ends it.
class Planner {
 public:
  /// As open_llama_engine(), with its errors.
  [[nodiscard]] static Result<std::unique_ptr<Planner>> open(const LlamaOptions& options,
                                                             const std::function<bool(float)>& progress = {});
  ~Planner();
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  [[nodiscard]] const std::string& model() const;  ///< A short name, as in EngineFacts.
  [[nodiscard]] const PlanMemory& memory() const;
  /// Whether the projector's weights are F16 and computed by a processor that encodes faster with BF16 ones.
  [[nodiscard]] bool would_gain_from_bf16() const;

  /// Counts a request as the next one that the engine gets. Nothing is encoded or evaluated. Fails for one that the
  /// engine would answer with an error, which then counts for nothing.
  /// Returns the tokens of its prompt.
  [[nodiscard]] Result<std::uint64_t> count(const Request& request);
  /// What was counted since the last call: of one benchmark, when it is called between two.
  [[nodiscard]] PlanCounts take_counts();
  /// The prompts that are to be answered in words, counted since the last call, in their order.
  [[nodiscard]] std::vector<PlannedPrompt> take_prompts();

  /// Answers the request and measures that. Fails with ErrorCode::interrupted when `stop` is requested, else as the
  /// engine would on this request.
  [[nodiscard]] Result<PlanSample> measure(const Request& request, const MeasureLimits& limits,
                                           const std::stop_token& stop);

 private:
  struct State;
  explicit Planner(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace osler
