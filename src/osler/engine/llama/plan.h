#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osler {

/// What a benchmark's prompts come to in a model's own units, and what of that its engine computes. Prompts that get
/// no answer are not in any number but those of Refused.
struct PlanCounts {
  std::uint64_t items = 0;         ///< That get an answer.
  std::uint64_t images = 0;        ///< Shown, the same picture as often as it is.
  std::uint64_t pictures = 0;      ///< Distinct ones, by their pixels.
  std::uint64_t new_pictures = 0;  ///< Of them, those that no benchmark before had.

  std::uint64_t prompts = 0;        ///< An item with a follow-up has two.
  std::uint64_t prompt_tokens = 0;  ///< Image tokens included; a second turn is counted without the reply to the first.
  std::uint64_t image_tokens = 0;
  std::uint64_t prefix_tokens = 0;    ///< Of the prompts': all but the last stretch of text, image tokens included.
  std::uint64_t question_tokens = 0;  ///< Of the prompts': the last stretch of text, which is evaluated for every item.
  std::uint64_t option_tokens = 0;    ///< Beside the prompts: of options that are scored.
  std::uint64_t longest_prompt = 0;   ///< In tokens.

  std::uint64_t prefixes = 0;  ///< Evaluated: each is shared by the items that follow on the same images.
  std::uint64_t evaluated_prefix_tokens = 0;  ///< Thanks to sharing no more than these.
  std::uint64_t encoded_image_tokens = 0;     ///< That go through the vision encoder.

  std::uint64_t answers = 0;         ///< Generated; options that are scored are none.
  std::uint64_t read_replies = 0;    ///< Of them, those that are evaluated again in the second turn.
  std::uint64_t longest_answer = 0;  ///< In tokens, by the protocol's limit.
  std::uint64_t context_cells = 0;   ///< Tokens that the context needs room for.

  [[nodiscard]] std::uint64_t evaluated_tokens() const {
    return evaluated_prefix_tokens + question_tokens + option_tokens;
  }
  /// With every prompt from an empty context.
  [[nodiscard]] std::uint64_t unshared_tokens() const { return prompt_tokens + option_tokens; }

  /// Of two benchmarks that are answered one after the other: the largest of what is a size, the sum of what is not.
  PlanCounts& operator+=(const PlanCounts& other);
};

/// Items that get an error instead of an answer, for reasons of one kind.
struct Refused {
  std::string kind;  ///< "too long".
  std::uint64_t items = 0;
  std::vector<std::string> first_ids;  ///< A few.
  std::string first_reason;            ///< Of the first of them.

  void add(const std::string& id, const std::string& reason);
};

/// Times of a few items on this machine, and what they are the times of. In milliseconds and tokens.
struct PlanSample {
  std::uint64_t items = 0;
  double encode_ms = 0.0;
  std::uint64_t image_tokens = 0;
  double prefix_ms = 0.0;
  std::uint64_t prefix_tokens = 0;
  double question_ms = 0.0;
  std::uint64_t question_tokens = 0;
  std::uint64_t question_batches = 0;  ///< In which these were evaluated.
  double decode_ms = 0.0;
  std::uint64_t decoded_tokens = 0;
  std::uint64_t decode_steps = 0;  ///< In which these were decoded.
  double alone_ms = 0.0;           ///< Of a batch: tokens of one answer, decoded without the others.
  std::uint64_t alone_tokens = 0;
  std::uint64_t answers = 0;                       ///< That were generated.
  std::uint64_t answer_tokens = 0;                 ///< Of these.
  std::uint64_t cut_answers = 0;                   ///< That had not ended when the measurement did.
  std::vector<std::uint64_t> answer_lengths = {};  ///< In tokens, of each answer.

  PlanSample& operator+=(const PlanSample& other);
  /// 0 without answers.
  [[nodiscard]] double tokens_per_answer() const;
};

/// Seconds that a benchmark takes, by what they are spent on.
struct PlanTime {
  double encoding = 0.0;   ///< Pictures.
  double prefixes = 0.0;   ///< Images and texts that items have in common.
  double questions = 0.0;  ///< And options.
  double answers = 0.0;

  [[nodiscard]] double sum() const { return encoding + prefixes + questions + answers; }
  PlanTime& operator+=(const PlanTime& other);
};

/// The cost model: time per token of the sample x tokens. With e, p, q, a for the sample's ms per encoded image token,
/// prefix token, question token and answer token, and n for the tokens that an answer is taken to have:
///   encoding  = e x encoded_image_tokens      prefixes = p x evaluated_prefix_tokens
///   questions = q x (question_tokens + option_tokens + n x read_replies)      answers = a x n x answers
/// What the sample has no example of takes as long as the nearest thing that it has: a prefix token as a question token
/// and the other way round. Encoding is not linear in the size of a picture, so the sample should have typical ones.
[[nodiscard]] PlanTime expected_time(const PlanCounts& counts, const PlanSample& sample, double answer_tokens);

/// The same with every prompt from an empty context, one after another: each image as often as it is shown, each prefix
/// for every prompt, and no tokens of other answers beside one's own.
[[nodiscard]] PlanTime unshared_time(const PlanCounts& counts, const PlanSample& sample, double answer_tokens);

}  // namespace osler
