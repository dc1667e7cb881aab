#pragma once

#include <span>
#include <string>
#include <string_view>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/grade/peers/verdicts.h"

/// VLMEvalKit (open-compass/VLMEvalKit), vlmeval/utils/matching_util.py and dataset/utils/multiple_choice.py, with
/// model=exact_matching, so without a model that judges.
namespace osler::grade::vlmevalkit {

/// can_infer. Rules, in their order:
///   refusal_text    one of the four refusals that the tool knows: no option;
///   last_tokens     exactly one letter stands as a word of its own, and its first place is among the last four words;
///   letter_z        no letter but Z, the tool's letter for no answer: no option;
///   answer_is       the first "answer is" that is followed by A, B, C or D in either case, be it the beginning of a
///   word; mentioned_option  exactly one option's text stands in a response not longer than twice all options;
///   unmatched       none of these: no option. The tool would ask a model here.
[[nodiscard]] ChosenOption can_infer(std::span<const std::string> options, std::string_view response);

[[nodiscard]] Grade grade_choice(const Item& item, std::string_view response);

/// MMMU_preproc: an open question becomes a choice between A, its gold text, and B, "Other Answers". Right is A, unless
/// the gold text is a capital letter: then that letter is, be it an option or not. Grade::answer is the option's text.
[[nodiscard]] Grade grade_mmmu_open(const Item& item, std::string_view response);

}  // namespace osler::grade::vlmevalkit
