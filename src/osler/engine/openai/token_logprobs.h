#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "osler/core/response.h"
#include "osler/storage/json.h"

namespace osler::openai {

/// A token that a server names, and the natural logarithm of its probability.
struct NamedToken {
  std::string piece;
  double logprob = 0.0;
};

/// The likeliest first tokens of a choice of a chat completion; none if the server gives no log-probabilities.
[[nodiscard]] std::vector<NamedToken> first_token_alternatives(const Json& choice);

/// Of each option's letter: the sum over all ways to write it that are named ("A", " A"), as a logarithm. A letter that
/// is not named is less likely than the least likely token that is, and gets the number next to that. NaN for all if
/// none is named.
[[nodiscard]] std::vector<double> letter_logprobs(const std::vector<NamedToken>& named, const OptionQuestion& question);

/// Where a letter stands in the text as a token of its own, by the log-probabilities of a choice; none where those do
/// not spell the text.
[[nodiscard]] std::vector<LetterMark> letter_marks(const Json& choice, std::string_view text,
                                                   const std::vector<std::string>& letters);

}  // namespace osler::openai
