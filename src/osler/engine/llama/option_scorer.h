#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/prepared_prompt.h"

namespace osler {

/// Finds how likely a model thinks an item's options are, as continuations of its prompt. What is computed together
/// depends on the item alone, so that scores do not depend on what was asked before.
class OptionScorer {
 public:
  /// `alone` evaluates the texts without their question, in a small context of its own.
  OptionScorer(const VisionModel& model, PromptPreparer& preparer, Evaluator& alone)
      : model_(model), preparer_(preparer), alone_(alone) {}

  /// Scores in the order of the options. `prompt` is the request's, its answer prefix included.
  [[nodiscard]] Result<std::vector<OptionScore>> score(Evaluator& evaluator, const PreparedPrompt& prompt,
                                                       const OptionQuestion& question, bool share);

 private:
  using Tokens = std::vector<llama_token>;
  struct Continuations;

  [[nodiscard]] Tokens continuation(const PreparedPrompt& prompt, const std::string& text) const;
  [[nodiscard]] Continuations continuations(const PreparedPrompt& prompt, const OptionQuestion& question) const;
  /// How likely each text is behind the prompt that the evaluator holds, all of them together.
  [[nodiscard]] Result<std::vector<double>> logprobs(Evaluator& evaluator, const PreparedPrompt& prompt,
                                                     const std::vector<Tokens>& texts, bool share);
  [[nodiscard]] Result<double> logprob_alone(const Prompt& prompt, const std::string& answer_prefix,
                                             const Tokens& text);

  const VisionModel& model_;
  PromptPreparer& preparer_;
  Evaluator& alone_;
  std::unordered_map<std::string, double> known_alone_;
};

/// Evaluates the last chunk of a prompt behind what begin() made of it, in sequence 0. The next token's logits are
/// those of the index that is returned.
[[nodiscard]] Result<std::size_t> evaluate_last_chunk(Evaluator& evaluator, const PreparedPrompt& prompt);

}  // namespace osler
