#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace osler {

/// What became of an item. Only `correct` scores; all count in n.
enum class Outcome {
  correct,
  wrong,      ///< An answer was read, and it is not the gold one.
  unparsed,   ///< No rule of the protocol reads an answer from the response.
  refused,    ///< The model declined to answer.
  truncated,  ///< The response ended at the token limit before an answer.
  error,      ///< There is no response: the image, the prompt or the engine failed.
};

[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view name);

/// Half-open range of bytes in Response::text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What the grader made of a response.
struct Grade {
  Outcome outcome = Outcome::unparsed;
  std::string answer;  ///< The extracted answer: an option's letter (mcq), yes or no (yes_no), or text (open).
  std::optional<std::size_t> answer_option;  ///< Index into Item::options.
  std::string rule;                          ///< The rule that decided, by its name in the protocol.
  std::optional<Span> span;                  ///< The bytes of the response from which the answer was read.
  bool conflict = false;                     ///< A letter and the text beside it name two different options.
  /// 1 for correct, else 0; but where another tool would have guessed at random: the expectation of its guess.
  double score = 0.0;
  bool guessed = false;  ///< Under another tool's rules: it would have guessed at random here.
  /// How sure the model was of its answer, 0 to 1. Of scored options: their scores' softmax at the chosen one. Of an
  /// answer that was read as a letter: the probability of that letter where it stands, if the engine marked it.
  std::optional<double> probability = {};
};

}  // namespace osler
