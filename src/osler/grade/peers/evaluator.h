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
/// Grade::outcome is correct or wrong where the tool settled on an answer, unparsed where it found none, and error
/// (rule "none") for a response that failed; never refused or truncated, which these tools do not know. Grade::answer
/// is as in grade/grader.h. Grade::rule names the step of the tool; the headers beside this one list them tool by tool.
/// Of all tools: "random_guess" (it draws one of the options: unparsed, Grade::guessed, and the score is the chance to
/// hit the gold one), "no_options" (a choice without options), "no_rule_for_open" and "needs_judge" (it has no rule for
/// open items, or asks a model).
[[nodiscard]] std::span<const Evaluator> all_evaluators();

/// nullptr if there is none of that name.
[[nodiscard]] const Evaluator* find_evaluator(std::string_view name);

}  // namespace osler::grade
