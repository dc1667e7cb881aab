#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

/// From a response to a grade by the strict rule: what the model reasons is cut off, one
/// piece of text is chosen, what dresses it is taken off, and the protocol's rules read it in their order. Nothing is
/// ever guessed: what no rule reads has no answer.
namespace osler::grade {

struct Rule;

/// Where extraction looks, after reasoning segments are cut off.
enum class AnswerSource {
  last_box,    ///< Only in the last complete \boxed{...} or \fbox{...}.
  whole_text,  ///< In everything that the model says: for prompts that ask for the bare answer.
};

struct ExtractionSpec {
  AnswerSource source = AnswerSource::last_box;
  std::vector<std::string> rules = {};  ///< Names out of known_rules(), in the order in which they are tried.
};

/// Names of all extraction rules, in the order of the strict rule.
[[nodiscard]] std::vector<std::string> known_rules();

/// Grades responses under one protocol's extraction. Safe to use from several threads at once.
///
/// Grade::answer is the option's letter for mcq items (its text beyond the 26th option), "yes" or "no" as the option
/// spells it for yes_no items, and the text itself for open items. Grade::rule is the rule that read the answer, or
/// "none" for a failed response, or the step at which extraction ended: "empty_response", "unclosed_thinking",
/// "no_box", "unclosed_box", "empty_box", "multiple_letters", "question_echo", "options_echo", "refusal", "unmapped".
/// Grade::span covers the unwrapped text that the rule read; it is set exactly when an answer was read.
class Grader {
 public:
  /// Fails with ErrorCode::usage on an unknown or repeated rule, or on none at all.
  [[nodiscard]] static Result<Grader> make(const ExtractionSpec& spec);

  [[nodiscard]] Grade grade(const Item& item, const Response& response) const;

 private:
  explicit Grader(AnswerSource source) : source_(source) {}

  AnswerSource source_;
  std::vector<const Rule*> rules_;  ///< In the order in which they are tried.
};

}  // namespace osler::grade
