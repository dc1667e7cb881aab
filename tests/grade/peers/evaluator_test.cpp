#include "osler/grade/peers/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "grade/support.h"

namespace osler::grade {
namespace {

using namespace testing;

Grade grade(std::string_view evaluator, const Item& item, const std::string& text) {
  return find_evaluator(evaluator)->grade(item, says(text));
}

const std::vector<std::string> kChest = {"Pneumonia", "Pulmonary embolism", "Pleural effusion", "Pneumothorax"};

TEST(PeerEvaluators, AreFoundByTheirNames) {
  std::vector<std::string_view> names;
  for (const auto& evaluator : all_evaluators()) {
    names.push_back(evaluator.name);
    EXPECT_EQ(find_evaluator(evaluator.name), &evaluator);
  }
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(names.size(), 7U);
  EXPECT_EQ(find_evaluator("medevalki"), nullptr);
  EXPECT_EQ(find_evaluator(""), nullptr);
}

TEST(PeerEvaluators, AFailedResponseIsAnError) {
  for (const auto& evaluator : all_evaluators()) {
    for (const Item& item : {mcq(kChest, 1), yes_no(true), open("lung")}) {
      const Grade found = evaluator.grade(item, says("B", FinishReason::error));
      EXPECT_EQ(found.outcome, Outcome::error) << evaluator.name;
      EXPECT_EQ(found.rule, "none");
      EXPECT_EQ(found.score, 0.0);
      EXPECT_FALSE(found.guessed);
    }
  }
}

TEST(PeerEvaluators, TheTokenLimitIsUnknownToThem) {
  for (const auto& evaluator : all_evaluators()) {
    if (evaluator.name == "medevalkit-slake") continue;
    EXPECT_EQ(evaluator.grade(mcq(kChest, 1), says("B", FinishReason::length)).outcome, Outcome::correct)
        << evaluator.name;
  }
}

TEST(PeerEvaluators, RulesAndSpansSayWhereTheAnswerStood) {
  const auto expect = [](std::string_view evaluator, const std::string& text, std::string_view rule,
                         const std::string& span) {
    const Grade found = grade(evaluator, mcq(kChest, 1), text);
    EXPECT_EQ(found.rule, rule) << evaluator << ": " << text;
    EXPECT_EQ(marked(found, text), span) << evaluator << ": " << text;
  };
  expect("medevalkit", "b\n\nBecause", "first_block", "b");
  expect("medevalkit", "Because\n\nB. It", "last_block", "B");
  expect("medevalkit", "The answer is:B", "letter", "(none)");
  expect("medevalkit", "embolism", "closest_option", "(none)");
  expect("mmmu-official", "'It is (B) '.", "bracket_letter", "B");
  expect("mmmu-official", "..B", "spaced_letter", "B");
  expect("mmmu-official", "I am sure it is a PULMONARY EMBOLISM!", "mentioned_option", "PULMONARY EMBOLISM");
  expect("medevalkit-mmmu", "\\boxed{ (B) }", "bracket_letter", "B");
  expect("vlmevalkit", "It is B.", "last_tokens", "B");
  expect("vlmevalkit", "The answer is b, as I was told by many", "answer_is", "b");
  expect("vlmevalkit", "a pulmonary embolism", "mentioned_option", "pulmonary embolism");
  expect("vlmevalkit", "Cannot determine the answer: B", "refusal_text", "(none)");
  expect("vlmevalkit", "Z", "letter_z", "(none)");
  expect("vlmevalkit", "A or B", "unmatched", "(none)");
  expect("medxpertqa-official", "B or A", "first_letter", "B");
  expect("medxpertqa-official", "A? The answer is B", "after_answer_is", "B");
  expect("medxpertqa-official", "A. Therefore, among A through D, the answer is B.", "after_trigger", "B");
  expect("medxpertqa-official", "A through D: B", "first_letter", "(none)");
}

TEST(PeerEvaluators, AGuessCountsWithItsExpectation) {
  const Grade found = grade("mmmu-official", mcq(kChest, 1), "b");
  EXPECT_TRUE(found.guessed);
  EXPECT_EQ(found.outcome, Outcome::unparsed);
  EXPECT_EQ(found.score, 0.25);
  EXPECT_EQ(found.answer, "");
  EXPECT_EQ(found.answer_option, std::nullopt);
  Item without_gold = mcq(kChest, 1);
  without_gold.gold_option.reset();
  EXPECT_EQ(grade("medevalkit-mmmu", without_gold, "b").score, 0.0);
  EXPECT_EQ(grade("mmmu-official", without_gold, "B").outcome, Outcome::wrong);
}

TEST(PeerEvaluators, YesAndNoAreAnsweredAsTheOptionSpellsThem) {
  Item item = yes_no(false);
  item.options = {"Yes", "No"};
  for (const auto* evaluator : {"medevalkit", "vlmevalkit"}) {
    const Grade found = grade(evaluator, item, "no");
    EXPECT_EQ(found.answer, "No") << evaluator;
    EXPECT_EQ(found.answer_option, 1U);
    EXPECT_EQ(found.outcome, Outcome::correct);
  }
}

TEST(PeerEvaluators, OptionsBeyondZHaveNoLetter) {
  std::vector<std::string> options;
  for (int i = 0; i < 40; ++i) options.push_back("finding number " + std::to_string(100 + i));
  const Item item = mcq(options, 30);
  const Grade closest = grade("medevalkit", item, "finding number 130");
  EXPECT_EQ(closest.answer, "finding number 130");
  EXPECT_EQ(closest.rule, "option_text");
  EXPECT_EQ(closest.outcome, Outcome::correct);
  const Grade mentioned = grade("mmmu-official", item, "We think that it is finding number 130");
  EXPECT_EQ(mentioned.answer_option, 30U);
  EXPECT_EQ(grade("vlmevalkit", item, "finding number 130").outcome, Outcome::unparsed);
  EXPECT_EQ(grade("medxpertqa-official", item, "[ is it").outcome, Outcome::unparsed);
  EXPECT_DOUBLE_EQ(grade("mmmu-official", item, "?").score, 1.0 / 40);
}

TEST(PeerEvaluators, OfEqualOptionsMmmuTakesTheFirst) {
  const Item item = mcq({"CT", "granular body", "granular body"}, 2);
  EXPECT_EQ(grade("mmmu-official", item, "This must be an eosinophilic granular body").answer, "B");
}

TEST(PeerEvaluators, AChoiceWithoutOptionsIsNoChoice) {
  Item item = mcq({"a"}, 0);
  item.options.clear();
  item.gold_option.reset();
  for (const auto& evaluator : all_evaluators()) {
    EXPECT_EQ(evaluator.grade(item, says("A")).rule, "no_options") << evaluator.name;
  }
}

TEST(MedEvalKitOnSlake, TheGoldTextIsComparedAsItIsSpelled) {
  const Item organ = mcq({"Left lung", "Heart"}, 0);
  EXPECT_EQ(grade("medevalkit-slake", organ, "left lung.").outcome, Outcome::correct);
  const Grade other = grade("medevalkit-slake", organ, "Heart");
  EXPECT_EQ(other.outcome, Outcome::wrong);
  EXPECT_EQ(other.answer, "B");
  EXPECT_EQ(grade("medevalkit-slake", organ, "A").rule, "other_text");
  Item chinese = yes_no(true);
  chinese.gold = "是";
  EXPECT_EQ(grade("medevalkit-slake", chinese, "是").outcome, Outcome::correct);
  EXPECT_EQ(grade("medevalkit-slake", chinese, "yes").outcome, Outcome::wrong);
}

TEST(MedEvalKitOnOpenItems, OnlyTheSameTextIsRight) {
  EXPECT_EQ(grade("medevalkit", open("CT"), "ct").outcome, Outcome::correct);
  EXPECT_EQ(grade("medevalkit", open("CT"), "The answer isct").outcome, Outcome::correct);
  const Grade stop = grade("medevalkit", open("CT"), "CT.");
  EXPECT_EQ(stop.outcome, Outcome::wrong);
  EXPECT_EQ(stop.answer, "ct.");
  EXPECT_EQ(grade("medevalkit", open("CT"), "\\boxed{CT}").outcome, Outcome::correct);
  EXPECT_EQ(grade("medevalkit", open("CT"), "\\boxed{CT").rule, "no_box");
  EXPECT_EQ(grade("medevalkit", open("CT"), "").rule, "empty");
  EXPECT_EQ(grade("medevalkit-mmmu", open("CT"), "CT").outcome, Outcome::wrong);
}

TEST(MmmuOnOpenItems, TheGoldTextMayStandAnywhereInTheTail) {
  const auto outcome = [](const std::string& gold, const std::string& text) {
    return grade("mmmu-official", open(gold), text).outcome;
  };
  EXPECT_EQ(outcome("Transformation", "The process is called bacterial transformations."), Outcome::correct);
  EXPECT_EQ(outcome("lung", "It is the lung\nso the heart is fine"), Outcome::correct);
  EXPECT_EQ(outcome("lung", "lung, but the answer is heart"), Outcome::wrong);
  EXPECT_EQ(outcome("2", "There are 2 of them"), Outcome::correct);
  EXPECT_EQ(outcome("3.14159", "pi = 3.141"), Outcome::correct);
  EXPECT_EQ(outcome("B", "Step b"), Outcome::correct);
  EXPECT_EQ(outcome("B", "abc"), Outcome::wrong);
  EXPECT_EQ(grade("mmmu-official", open("x"), " . ").rule, "empty");
  EXPECT_EQ(grade("mmmu-official", open("x"), "It is so").rule, "tail_phrase");
  EXPECT_EQ(grade("mmmu-official", open("4"), "4").rule, "whole_text");
}

TEST(VlmEvalKitOnOpenItems, TheGoldTextIsOptionAUnlessItIsALetter) {
  const auto outcome = [](const std::string& gold, const std::string& text) {
    return grade("vlmevalkit-mmmu", open(gold), text).outcome;
  };
  EXPECT_EQ(outcome("Transformation", "It is transformation."), Outcome::correct);
  EXPECT_EQ(outcome("Transformation", "A"), Outcome::correct);
  EXPECT_EQ(outcome("Transformation", "other answers"), Outcome::wrong);
  EXPECT_EQ(outcome("Transformation", "It is a hormone."), Outcome::unparsed);
  // Pharmacy 19 and 26, and Basic Medical Science 10, which no answer answers.
  EXPECT_EQ(outcome("B", "B"), Outcome::correct);
  EXPECT_EQ(outcome("A", "A"), Outcome::correct);
  EXPECT_NE(outcome("C", "C"), Outcome::correct);
  EXPECT_EQ(outcome("C", "A"), Outcome::wrong);
  EXPECT_EQ(grade("vlmevalkit-mmmu", open("Transformation"), "A").answer, "Transformation");
  EXPECT_EQ(grade("vlmevalkit", open("CT"), "CT").rule, "needs_judge");
  EXPECT_EQ(grade("medxpertqa-official", open("CT"), "CT").rule, "no_rule_for_open");
}

}  // namespace
}  // namespace osler::grade
