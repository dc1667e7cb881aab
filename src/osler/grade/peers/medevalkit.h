#pragma once

#include <span>
#include <string>
#include <string_view>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/grade/peers/verdicts.h"

/// MedEvalKit (alibaba-damo-academy/MedEvalKit, commit 9b12e3b), utils/utils.py and utils/MMMU/eval_utils.py.
namespace osler::grade::medevalkit {

/// utils.py, judge_multi_choice: the option that the response is taken for, with the choices as they were shown. Rules:
///   first_block, last_block  the text before the first blank line, or from the last one to its first full stop, is a
///                            letter;
///   letter, option_text      what stands between the last colon and the first full stop of the parsed response is a
///                            letter, or a choice;
///   closest_option           neither: the choice with the highest SequenceMatcher ratio, the first of equals, and so
///                            the first of all where nothing is alike;
///   too_long                 that took more steps than SequenceMatcher allows; there is no option.
/// Precondition: there is a choice.
[[nodiscard]] ChosenOption choose(std::span<const std::string> choices, std::string_view response);

/// choose() with the choices shown as "A. text" (the text alone beyond Z).
[[nodiscard]] Grade grade_choice(const Item& item, std::string_view response);

/// utils.py, judge_judgement: "yes_word" or "no_word" where the response holds one of these as a part of anything
/// ("no" also in "normal"), "both_words" or "neither_word" where it is none.
[[nodiscard]] Grade grade_yes_no(const Item& item, std::string_view response);

/// utils.py, judge_close_end_vqa, on closed items of any kind: "equal" where the parsed response is the gold text or an
/// option letter for letter, but for case, full stops and line ends; else "other_text", and no answer.
[[nodiscard]] Grade grade_closed(const Item& item, std::string_view response);

/// The exact match in utils.py, judge_open_end_vqa: "equal" compares the parsed response with the gold text, but for
/// case; "empty" and "no_box" say that nothing was left to compare.
[[nodiscard]] Grade grade_open(const Item& item, std::string_view response);

/// eval_utils.py, parse_multi_choice_response: MMMU's own parser (mmmu.h) on what stands in <answer> tags or else the
/// last \boxed{}.
[[nodiscard]] Grade grade_mmmu_choice(const Item& item, std::string_view response);

/// eval_val.py hands the response unparsed to eval_open, which takes a text for a list and so compares the gold text
/// with one character after the other: always wrong, by the rule "single_characters".
[[nodiscard]] Grade grade_mmmu_open(std::string_view response);

}  // namespace osler::grade::medevalkit
