#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "grade/support.h"

namespace osler::grade {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Grader, KnowsItsRulesInTheStrictOrder) {
  EXPECT_THAT(known_rules(), ElementsAre("single_letter", "letter_phrase", "option_text", "letter_with_text",
                                         "yes_no_word", "contained_option", "open_text"));
}

TEST(Grader, UnknownRulesAreRefusedWithTheKnownOnes) {
  const auto grader = Grader::make({AnswerSource::last_box, {"single_letter", "best_guess"}});
  ASSERT_FALSE(grader);
  EXPECT_EQ(grader.error().code, ErrorCode::usage);
  EXPECT_THAT(grader.error().message(), HasSubstr("best_guess"));
  EXPECT_THAT(grader.error().message(), HasSubstr("contained_option"));
}

TEST(Grader, NoRulesAndRepeatedRulesAreRefused) {
  EXPECT_FALSE(Grader::make({}));
  const auto twice = Grader::make({AnswerSource::last_box, {"option_text", "option_text"}});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("twice"));
}

TEST(Grader, KnowsTheLenientStepsInTheirOrder) {
  EXPECT_THAT(known_steps(), ElementsAre("answer_tag", "bare_answer", "answer_phrase", "leading_yes_no",
                                         "first_line_letter", "last_line_letter", "concluding_line", "bracketed_letter",
                                         "lone_yes_no", "mentioned_option"));
}

TEST(Grader, LenientStepsAreRefusedWhereOnlyOnePlaceIsRead) {
  const auto grader = Grader::make({AnswerSource::last_box, {"single_letter", "answer_phrase"}});
  ASSERT_FALSE(grader);
  EXPECT_EQ(grader.error().code, ErrorCode::usage);
  EXPECT_THAT(grader.error().message(), HasSubstr("answer_phrase"));
  EXPECT_THAT(grader.error().message(), HasSubstr("lenient"));
}

TEST(Grader, OnlyTheListedLenientStepsRead) {
  const Item item = mcq({"Cyst", "Abscess"}, 1);
  const auto phrases = Grader::make({AnswerSource::lenient, {"single_letter", "answer_phrase"}}).value();
  EXPECT_EQ(phrases.grade(item, says("I see it. The answer is B.")).rule, "answer_phrase");
  EXPECT_EQ(phrases.grade(item, says("B")).rule, "unmapped");
  EXPECT_EQ(phrases.grade(item, says("I'm sorry, but I can't help.")).outcome, Outcome::refused);
}

TEST(Grader, SourcesAreKnownByName) {
  EXPECT_EQ(answer_source_from("last_box"), AnswerSource::last_box);
  EXPECT_EQ(answer_source_from("whole_text"), AnswerSource::whole_text);
  EXPECT_EQ(answer_source_from("lenient"), AnswerSource::lenient);
  EXPECT_FALSE(answer_source_from("Lenient"));
}

TEST(Grader, OnlyTheListedRulesRead) {
  const Item item = mcq({"Cyst", "Abscess"}, 1);
  const auto letters = Grader::make({AnswerSource::last_box, {"single_letter"}}).value();
  EXPECT_EQ(letters.grade(item, says("\\boxed{B}")).outcome, Outcome::correct);
  EXPECT_EQ(letters.grade(item, says("\\boxed{Abscess}")).rule, "unmapped");
  EXPECT_EQ(letters.grade(open("x"), says("\\boxed{x}")).rule, "unmapped");
}

TEST(Grader, TheListedOrderIsTheOrderOfReading) {
  const Item item = mcq({"B", "A"}, 0);
  const auto letter_first = Grader::make({AnswerSource::last_box, {"single_letter", "option_text"}}).value();
  const auto text_first = Grader::make({AnswerSource::last_box, {"option_text", "single_letter"}}).value();
  EXPECT_EQ(letter_first.grade(item, says("\\boxed{B}")).answer, "B");
  EXPECT_EQ(text_first.grade(item, says("\\boxed{B}")).answer, "A");
}

TEST(Grader, AnswersAreLettersForChoicesAndWordsForYesAndNo) {
  const Grade choice = strict_grader().grade(mcq({"Cyst", "Abscess"}, 1), says("\\boxed{abscess}"));
  EXPECT_EQ(choice.answer, "B");
  EXPECT_EQ(choice.answer_option, 1U);
  const Grade word = strict_grader().grade(yes_no(false), says("\\boxed{B}"));
  EXPECT_EQ(word.answer, "no");
  EXPECT_EQ(word.answer_option, 1U);
  EXPECT_EQ(word.score, 1.0);
}

TEST(Grader, MoreThanTwentySixOptionsAreReadByText) {
  std::vector<std::string> options;
  for (int i = 1; i <= 40; ++i) options.push_back("finding " + std::to_string(i));
  const Grade grade = strict_grader().grade(mcq(options, 29), says("\\boxed{finding 30}"));
  EXPECT_EQ(grade.outcome, Outcome::correct);
  EXPECT_EQ(grade.answer, "finding 30");
}

TEST(Grader, AnItemWithoutGoldIsNeverCorrect) {
  Item item = mcq({"Cyst", "Abscess"}, 1);
  item.gold_option.reset();
  EXPECT_EQ(strict_grader().grade(item, says("\\boxed{B}")).outcome, Outcome::wrong);
  EXPECT_EQ(strict_grader().grade(open(""), says("\\boxed{B}")).outcome, Outcome::wrong);
}

TEST(Grader, ASynonymOfTheGoldAnswerIsRightAndSaysSo) {
  Item item = open("CT");
  item.synonyms = {"computed tomography", "CAT scan"};
  const auto grade = strict_grader().grade(item, says("\\boxed{Computed Tomography}"));
  EXPECT_EQ(grade.outcome, Outcome::correct);
  EXPECT_EQ(grade.rule, "open_synonym");
  EXPECT_EQ(strict_grader().grade(item, says("\\boxed{CT}")).rule, "open_text");
  EXPECT_EQ(strict_grader().grade(item, says("\\boxed{tomography}")).outcome, Outcome::wrong);
}

TEST(Grader, OpenAnswersAreComparedAsTheProtocolSays) {
  const auto outcome = [](OpenMatch match, const std::string& gold, const std::string& answer) {
    const auto grader = Grader::make({AnswerSource::last_box, strict_rules(), match}).value();
    return grader.grade(open(gold), says("\\boxed{" + answer + "}")).outcome;
  };
  EXPECT_EQ(outcome(OpenMatch::words, "head of the pancreas", "head of pancreas"), Outcome::correct);
  EXPECT_EQ(outcome(OpenMatch::key, "head of the pancreas", "head of pancreas"), Outcome::wrong);
  EXPECT_EQ(outcome(OpenMatch::words, "3.4 cm", "34 cm"), Outcome::wrong);
  EXPECT_EQ(outcome(OpenMatch::squad, "3.4 cm", "34 cm"), Outcome::correct);
  EXPECT_EQ(outcome(OpenMatch::words, "HER2+", "HER2-"), Outcome::wrong);
  EXPECT_EQ(open_match_from("words"), OpenMatch::words);
  EXPECT_EQ(open_match_from("exact"), std::nullopt);
}

TEST(Grader, AnUnknownEvaluatorIsAUsageError) {
  const auto grader = Grader::make({.evaluator = "somebody"});
  ASSERT_FALSE(grader);
  EXPECT_EQ(grader.error().code, ErrorCode::usage);
}

TEST(Grader, OneGraderServesManyThreads) {
  const Grader grader = strict_grader();
  const Item item = mcq({"Cyst", "Abscess", "Haematoma"}, 2);
  std::vector<std::thread> threads;
  std::vector<int> correct(4, 0);
  for (std::size_t t = 0; t < correct.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const auto text = i % 2 == 0 ? "\\boxed{C. Haematoma}" : "I am unable to answer.";
        correct[t] += grader.grade(item, says(text)).outcome == Outcome::correct ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(correct, ElementsAre(250, 250, 250, 250));
}

}  // namespace
}  // namespace osler::grade
