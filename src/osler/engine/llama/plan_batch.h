#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "osler/engine/llama/plan.h"

namespace osler {

/// A prompt that is answered in words, in tokens.
struct PlannedPrompt {
  std::uint64_t prefix = 0;       ///< All but the last stretch of text.
  std::uint64_t question = 0;     ///< The last stretch of text.
  std::uint64_t most_tokens = 0;  ///< That its answer may have.
  bool shares_prefix = false;     ///< With the prompt before it.
};

/// What a batch may hold.
struct BatchRoom {
  std::uint64_t answers = 1;
  std::uint64_t cells = 0;  ///< Of the context.
};

/// As expected_time(), for an engine that decodes many answers together: their coming and going is followed step by
/// step, as Batched does it. An answer enters when there is a place and room for its prompt and a beginning, its
/// question is evaluated with the next token of the others, and it leaves at its length; lengths are those of the
/// sample by turns, or `answer_tokens` for all where that is not 0. A step of n tokens takes the time that lies on the
/// straight lines between the measured ones: of one token alone, of a step of all copies, of a batch of questions.
/// Not followed are answers that give way to others, and an engine that waits for prompts to be prepared.
[[nodiscard]] PlanTime batched_time(const PlanCounts& counts, std::span<const PlannedPrompt> prompts,
                                    const PlanSample& sample, const std::vector<std::uint64_t>& lengths,
                                    const BatchRoom& room);

}  // namespace osler
