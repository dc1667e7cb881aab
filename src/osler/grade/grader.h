#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/deciding_score.h"
#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/grade/reasoning.h"

/// From a response to a grade by the strict rule: what the model reasons is cut off, one piece of text is chosen, what
/// dresses it is taken off, and the protocol's rules read it in their order. The lenient rule reads a box in the same
/// way, and looks through the text only where there is none. Nothing is ever guessed: what no rule reads has no answer.
namespace osler::grade {

struct Evaluator;
struct Extraction;
struct LenientStep;
struct Rule;

/// Where extraction looks, after reasoning segments are cut off.
enum class AnswerSource {
  last_box,    ///< Only in the last complete \boxed{...} or \fbox{...}.
  whole_text,  ///< In everything that the model says: for prompts that ask for the bare answer.
  lenient,     ///< In the last box, else wherever one answer is plainly said. A diagnostic, not for headline numbers.
};

/// When the answer to an open item is its gold answer (metrics.h).
enum class OpenMatch {
  words,  ///< words_match: punctuation, case and articles make no difference. As medical VQA papers compare.
  key,    ///< key_match: only what stands at both ends makes no difference.
  squad,  ///< squad_match: as SQuAD's script.
};

struct ExtractionSpec {
  AnswerSource source = AnswerSource::last_box;
  /// Names out of known_rules(), in the order in which they are tried; for AnswerSource::lenient out of known_steps()
  /// too. The lenient steps are tried after the rules, in their own order.
  std::vector<std::string> rules = {};
  OpenMatch open_match = OpenMatch::words;
  /// The scoring of another tool (peers/evaluator.h) by name, in place of all of the above; empty: ours.
  std::string evaluator = {};
  /// Set: items with options are graded by the scores of these (likelihood.h), whatever else the response holds; only
  /// open items are read.
  std::optional<DecidingScore> choose = {};
  /// The model's own marks around its reasoning, beside those that are known (reasoning.h).
  std::vector<ReasoningMarks> reasoning = {};
};

/// Names of all extraction rules, in the order of the strict rule.
[[nodiscard]] std::vector<std::string> known_rules();
/// Names of the lenient rule's steps, in its order.
[[nodiscard]] std::vector<std::string> known_steps();
/// An answer source by its name in a protocol: "last_box", "whole_text", "lenient".
[[nodiscard]] std::optional<AnswerSource> answer_source_from(std::string_view name);
/// "words", "key", "squad".
[[nodiscard]] std::optional<OpenMatch> open_match_from(std::string_view name);

/// Grades responses under one protocol's extraction. Safe to use from several threads at once.
///
/// Grade::answer is the option's letter for mcq items (its text beyond the 26th option), "yes" or "no" as the option
/// spells it for yes_no items, and the text itself for open items. Grade::rule is the rule that read the answer, or
/// "none" for a failed response, or the step at which extraction ended: "empty_response", "unclosed_thinking",
/// "no_box", "unclosed_box", "empty_box", "multiple_letters", "question_echo", "options_echo", "refusal", "unmapped".
/// An open answer that is right by one of the item's synonyms has the rule "open_synonym".
/// Under AnswerSource::lenient a box is read by the rule that reads it under last_box, and every other answer carries
/// the name of its step: "answer_tag", "bare_answer", "answer_phrase", ...
/// Where options are scored, the rule is one of likelihood.h's and there is no span. A response that holds nothing but
/// scores, read as a text, ends at "only_option_scores".
/// Grade::span covers the unwrapped text that the rule read, or the letter or words that a step read; it is set exactly
/// when an answer was read from the text.
class Grader {
 public:
  /// Fails with ErrorCode::usage on an unknown or repeated rule, on none at all, on a lenient step elsewhere, or on an
  /// unknown evaluator.
  [[nodiscard]] static Result<Grader> make(const ExtractionSpec& spec);

  [[nodiscard]] Grade grade(const Item& item, const Response& response) const;

 private:
  Grader(AnswerSource source, OpenMatch open_match) : source_(source), open_match_(open_match) {}

  [[nodiscard]] Grade grade_text(const Item& item, const Response& response) const;
  [[nodiscard]] Extraction read(const Item& item, std::string_view visible, bool unclosed) const;

  [[nodiscard]] bool same_text(std::string_view answer, std::string_view gold) const;
  void settle(Grade& grade, const Item& item, const Extraction& extraction) const;

  AnswerSource source_;
  OpenMatch open_match_;
  std::optional<DecidingScore> choose_;
  std::vector<ReasoningMark> reasoning_;   ///< Beside those that are known.
  const Evaluator* evaluator_ = nullptr;   ///< Of another tool, which then grades alone.
  std::vector<const Rule*> rules_;         ///< In the order in which they are tried.
  std::vector<const LenientStep*> steps_;  ///< Likewise; empty but for AnswerSource::lenient.
};

}  // namespace osler::grade
