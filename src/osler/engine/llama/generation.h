#pragma once

#include <llama-cpp.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// The logarithm of the sum of the exponentials: logits[i] - log_sum_exp(logits) is the natural logarithm of the
/// probability of token i at temperature 1.
[[nodiscard]] double log_sum_exp(std::span<const float> logits);

/// The most probable token; fails when the numbers are none.
[[nodiscard]] Result<llama_token> greedy_token(std::span<const float> logits);

/// One answer in the making: token by token until the model ends its turn, or the limit or the context is reached.
class Generation {
 public:
  Generation(const VisionModel& model, const Decoding& decoding, const std::vector<std::string>& letters);

  /// Takes the logits behind what was written so far, and chooses the next token. That is what to evaluate next, or
  /// nothing if the answer has ended; `has_room` says whether there is a cell for it.
  [[nodiscard]] Result<std::optional<llama_token>> next(std::span<const float> logits, bool has_room);

  /// Puts what was written into a response: text, finish reason, number of tokens, letters.
  void finish_into(Response& response) &&;

  [[nodiscard]] std::uint64_t tokens() const { return tokens_; }

 private:
  [[nodiscard]] Result<llama_token> choose(std::span<const float> logits);
  void mark_letter(const std::string& piece, llama_token token, std::span<const float> logits);

  const VisionModel& model_;
  std::uint64_t limit_;
  llama_sampler_ptr sampler_;  ///< Null when decoding is greedy.
  std::vector<llama_token_data> candidates_;
  std::string letters_;  ///< Of the options, each one byte.
  std::string text_;
  std::uint64_t tokens_ = 0;
  FinishReason finish_ = FinishReason::length;
  std::vector<LetterMark> marks_;
};

}  // namespace osler
