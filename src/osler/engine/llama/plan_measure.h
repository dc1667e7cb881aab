#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/generation.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/plan.h"
#include "osler/engine/llama/planner.h"
#include "osler/engine/llama/prepared_prompt.h"

namespace osler {

/// Answers single requests with a clock at hand: what a token of each kind takes on this machine, as the engine
/// computes it. With batching as many copies of the question are decoded together as a batch would hold.
class PlanMeasure {
 public:
  PlanMeasure(const VisionModel& model, PromptPreparer& preparer, const ContextSettings& settings,
              const LlamaOptions& options, const std::atomic<bool>& abort);

  /// Everything is computed anew, whatever was measured before. Fails as the engine would on this request.
  [[nodiscard]] Result<PlanSample> measure(const Request& request, const MeasureLimits& limits);

 private:
  [[nodiscard]] Status encode(const PreparedPrompt& prompt, PlanSample& sample);
  [[nodiscard]] Status evaluate(const PreparedPrompt& prompt, PlanSample& sample);
  [[nodiscard]] Status generate(const Request& request, const PreparedPrompt& prompt, const MeasureLimits& limits,
                                PlanSample& sample);
  [[nodiscard]] Status generate_alone(llama_token token, std::size_t room, PlanSample& sample);
  /// Decodes one token in each of so many sequences.
  [[nodiscard]] Status step(llama_token token, std::size_t sequences);

  const VisionModel& model_;
  PromptPreparer& preparer_;
  const bool is_batched_;
  const std::size_t parallel_;
  std::size_t copies_ = 1;  ///< Of the question that is being measured: what has room, up to parallel_.
  ImageEncoder encoder_;
  Evaluator evaluator_;
  std::size_t logits_ = 0;  ///< Where those of the latest token are.
  llama_pos at_ = 0;        ///< Of the next token.
};

}  // namespace osler
