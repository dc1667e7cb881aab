#include "osler/grade/rule_texts.h"

#include <gtest/gtest.h>

#include "grade/support.h"
#include "osler/grade/peers/evaluator.h"

namespace osler::grade {
namespace {

using namespace testing;

TEST(RuleTexts, EveryRuleAndStepOfAProtocolHasOne) {
  for (const auto& name : known_rules()) EXPECT_NE(describe_rule(name), "") << name;
  for (const auto& name : known_steps()) EXPECT_NE(describe_rule(name), "") << name;
}

TEST(RuleTexts, WhateverIsMadeOfAResponseHasOne) {
  const std::vector<Item> items = {mcq({"Pneumonia", "Pulmonary embolism", "Normal lung"}, 1), yes_no(true),
                                   open("spleen")};
  const std::vector<std::string> responses = {"",
                                              "B",
                                              "(B)",
                                              "A B",
                                              "Z",
                                              "none",
                                              "yes",
                                              "no",
                                              "yes or no",
                                              "\\boxed{B}",
                                              "\\boxed{}",
                                              "\\boxed{B",
                                              "\\boxed{A, B}",
                                              "\\boxed{spleen}",
                                              "spleen",
                                              "The answer is spleen",
                                              "The answer is B",
                                              "Which finding is shown?",
                                              "Pneumonia, Pulmonary embolism, Normal lung",
                                              "It is a pulmonary embolism, as the filling defect shows",
                                              "I cannot determine the answer from this image.",
                                              "Cannot determine the answer",
                                              "<think>B",
                                              "<answer>B</answer>",
                                              "Therefore, among A through C, the answer is B",
                                              "Failed to obtain answer via API",
                                              "A\n\nbecause",
                                              "because\n\nA."};
  for (const auto& item : items) {
    for (const auto& response : responses) {
      for (const auto source : {AnswerSource::last_box, AnswerSource::whole_text, AnswerSource::lenient}) {
        const auto rule = grader_of(source).grade(item, says(response)).rule;
        EXPECT_NE(describe_rule(rule), "") << rule;
      }
      for (const auto& evaluator : all_evaluators()) {
        const auto rule = evaluator.grade(item, says(response)).rule;
        EXPECT_NE(describe_rule(rule), "") << rule << " of " << evaluator.name;
      }
    }
  }
}

TEST(RuleTexts, AnUnknownNameHasNone) { EXPECT_EQ(describe_rule("mind_reading"), ""); }

}  // namespace
}  // namespace osler::grade
