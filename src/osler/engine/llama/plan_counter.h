#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/plan.h"
#include "osler/engine/llama/plan_batch.h"
#include "osler/engine/llama/prepared_prompt.h"
#include "osler/engine/llama/recently_used.h"

namespace osler {

/// Counts what an engine would compute for requests, in the order in which they come, without computing it: what it
/// would find in its context and among the images that it encoded before is followed on paper.
class PlanCounter {
 public:
  /// `evaluator` only says what fits into a context; it never makes one.
  PlanCounter(const VisionModel& model, PromptPreparer& preparer, const Evaluator& evaluator,
              const LlamaOptions& options);

  /// Fails for a request that the engine would answer with an error; it then counts for nothing. Returns the tokens of
  /// its prompt.
  [[nodiscard]] Result<std::uint64_t> add(const Request& request);

  /// The prompts that are to be answered in words, in their order, of the same time.
  [[nodiscard]] std::vector<PlannedPrompt> take_prompts() { return std::exchange(prompts_, {}); }
  /// What was counted since the last call. What is in the context stays: the next benchmark finds it there.
  [[nodiscard]] PlanCounts take();

 private:
  /// Cells of the context that the prompt needs. Fails when the engine would refuse it.
  [[nodiscard]] Result<std::size_t> context_for(const PreparedPrompt& prompt, const Request& request) const;
  void add_pictures(const PreparedPrompt& prompt);
  void add_second_turn(const Request& request);
  /// `most_tokens` is the limit of its answer; 0 where none is generated.
  void add_prompt(const PreparedPrompt& prompt, std::size_t cells, std::uint64_t most_tokens);
  void add_image(const PromptChunk& chunk);
  void add_options(const OptionQuestion& question);

  const VisionModel& model_;
  PromptPreparer& preparer_;
  const Evaluator& evaluator_;
  const LlamaOptions options_;
  const bool shares_;
  PlanCounts counts_;
  std::vector<PlannedPrompt> prompts_;
  std::vector<std::shared_ptr<const PromptChunk>> held_;  ///< By the context.
  std::size_t cells_ = 0;                                 ///< Of the context.
  RecentlyUsed<bool> encoded_;
  std::unordered_set<std::string> known_pictures_;
  std::unordered_set<std::string> pictures_;  ///< Of this benchmark.
  std::unordered_set<std::string> known_options_;
};

}  // namespace osler
