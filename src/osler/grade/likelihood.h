#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "osler/core/deciding_score.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

/// Answers that were not written: a response holds how likely the model finds each option, and the likeliest one is the
/// answer. Nothing is guessed: two options that are equally likely are no answer.
namespace osler::grade {

/// The deciding numbers of a response's options, one for each option of the item; empty if the response has not that
/// many scores.
[[nodiscard]] std::vector<double> deciding_scores(const Item& item, const Response& response, DecidingScore choose);

/// What the scores come to.
struct ChosenByScore {
  /// likelihood_letter, likelihood_text, likelihood_text_per_byte or likelihood_text_given_question; else why there is
  /// no answer: no_option_scores, likelihood_not_finite or likelihood_tie.
  std::string_view rule;
  std::optional<std::size_t> option;
  double probability = 0.0;  ///< The softmax of the scores at the chosen option.
};

/// The option with the highest score. All must be finite, and no other may be as high.
[[nodiscard]] ChosenByScore choose_by_score(const std::vector<double>& scores, DecidingScore choose);

/// How likely the model was to write the letter of the option that was read at `span`, by the first of the response's
/// letter marks there that is this letter, in either case, and no part of a word. Between 0 and 1.
[[nodiscard]] std::optional<double> letter_probability(const Response& response, const Span& span, std::size_t option);

/// Whether the bytes of the span are one letter and marks around it: "B", "(B)", "**B**".
[[nodiscard]] bool is_lone_letter(std::string_view piece);

}  // namespace osler::grade
