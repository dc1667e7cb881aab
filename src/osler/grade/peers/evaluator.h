#pragma once

#include <span>
#include <string_view>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

/// How four other tools score a response, reproduced, faults included: for setting a published number beside one of
/// Osler's on the same responses. docs/peers.md says what each does and what is not reproduced.
namespace osler::grade {

/// One tool's scoring of one family of benchmarks.
struct Evaluator {
  std::string_view name;                         ///< As protocols name it.
  Grade (*grade)(const Item&, const Response&);  ///< Pure; takes any bytes, in time that grows with the text.
};

/// In alphabetical order: medevalkit, medevalkit-mmmu, medevalkit-slake, medxpertqa-official, mmmu-official,
/// vlmevalkit, vlmevalkit-mmmu.
///
/// Grade::outcome is correct or wrong where the tool settled on an answer, unparsed where it found none, and error for
/// a response that failed; never refused or truncated, which these tools do not know. Grade::answer is as in
/// grade/grader.h; Grade::span is set where an answer stands in the response as it is.
///
/// Grade::rule names the step of the tool; the header named here says what each is:
///   medevalkit.h   choices: first_block, last_block, letter, option_text, closest_option, and too_long;
///                  yes/no: yes_word, no_word, both_words, neither_word; closed items of SLAKE: equal, other_text;
///                  open: equal, empty, no_box, and single_characters for those of MMMU
///   mmmu.h         choices: bracket_letter, spaced_letter, mentioned_option, random_guess;
///                  open: tail_phrase, whole_text, empty
///   vlmevalkit.h   last_tokens, answer_is, mentioned_option, refusal_text, letter_z, unmatched
///   medxpertqa.h   after_trigger, after_answer_is, first_letter, unmatched
/// random_guess: the tool draws one of the options. The grade is unparsed and guessed, and its score is the chance to
/// hit the gold option. Of all tools: none (the response failed), no_options (a choice that offers nothing), and
/// no_rule_for_open or needs_judge (the tool has no rule for open items, or asks a model).
[[nodiscard]] std::span<const Evaluator> all_evaluators();

/// nullptr if there is none of that name.
[[nodiscard]] const Evaluator* find_evaluator(std::string_view name);

}  // namespace osler::grade
