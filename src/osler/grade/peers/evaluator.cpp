#include "osler/grade/peers/evaluator.h"

#include <algorithm>
#include <iterator>

#include "osler/grade/peers/medevalkit.h"
#include "osler/grade/peers/medxpertqa.h"
#include "osler/grade/peers/mmmu.h"
#include "osler/grade/peers/verdicts.h"
#include "osler/grade/peers/vlmevalkit.h"

namespace osler::grade {
namespace {

using GradeText = Grade (*)(const Item&, std::string_view);

/// What is the same for all: failed responses, and choices that offer nothing.
template <GradeText kChoice, GradeText kYesNo, GradeText kOpen>
Grade grade_by(const Item& item, const Response& response) {
  if (response.finish == FinishReason::error) {
    Grade grade = no_answer("none");
    grade.outcome = Outcome::error;
    return grade;
  }
  if (item.kind == Kind::open) return kOpen(item, response.text);
  if (item.options.empty()) return no_answer("no_options");
  return item.kind == Kind::mcq ? kChoice(item, response.text) : kYesNo(item, response.text);
}

Grade medevalkit_mmmu_open(const Item&, std::string_view text) { return medevalkit::grade_mmmu_open(text); }

Grade needs_judge(const Item&, std::string_view) { return no_answer("needs_judge"); }

Grade medxpertqa_choice(const Item& item, std::string_view text) {
  return grade_of(item, medxpertqa::first_letter(item.options, text));
}

Grade no_rule_for_open(const Item&, std::string_view) { return no_answer("no_rule_for_open"); }

constexpr Evaluator kEvaluators[] = {
    {"medevalkit", grade_by<medevalkit::grade_choice, medevalkit::grade_yes_no, medevalkit::grade_open>},
    {"medevalkit-mmmu", grade_by<medevalkit::grade_mmmu_choice, medevalkit::grade_mmmu_choice, medevalkit_mmmu_open>},
    {"medevalkit-slake", grade_by<medevalkit::grade_closed, medevalkit::grade_closed, medevalkit::grade_open>},
    {"medxpertqa-official", grade_by<medxpertqa_choice, medxpertqa_choice, no_rule_for_open>},
    {"mmmu-official", grade_by<mmmu::grade_choice, mmmu::grade_choice, mmmu::grade_open>},
    {"vlmevalkit", grade_by<vlmevalkit::grade_choice, vlmevalkit::grade_choice, needs_judge>},
    {"vlmevalkit-mmmu", grade_by<vlmevalkit::grade_choice, vlmevalkit::grade_choice, vlmevalkit::grade_mmmu_open>},
};

}  // namespace

std::span<const Evaluator> all_evaluators() { return kEvaluators; }

const Evaluator* find_evaluator(std::string_view name) {
  const auto* const found = std::ranges::find(kEvaluators, name, &Evaluator::name);
  return found == std::end(kEvaluators) ? nullptr : found;
}

}  // namespace osler::grade
