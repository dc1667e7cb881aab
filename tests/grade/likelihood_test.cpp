#include "osler/grade/likelihood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "grade/support.h"
#include "osler/grade/rule_texts.h"

namespace osler::grade {
namespace {

using namespace testing;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Grader by(DecidingScore choose) {
  ExtractionSpec spec{AnswerSource::whole_text, {"open_text"}};
  spec.choose = choose;
  return Grader::make(spec).value();
}

Response scored(std::vector<OptionScore> scores) {
  Response response;
  response.option_scores = std::move(scores);
  return response;
}

Response with_letters(const std::vector<double>& logprobs) {
  std::vector<OptionScore> scores;
  for (const double logprob : logprobs) scores.push_back({logprob, 0.0, 1, 0.0});
  return scored(std::move(scores));
}

Response marked_at(std::string text, std::vector<LetterMark> marks) {
  Response response = says(std::move(text));
  response.letter_marks = std::move(marks);
  return response;
}

/// Every way of choosing prefers another of these: by letter A, by text B, per byte C, given the question D.
Item four_options() { return mcq({"ab", "ab", "abcdefgh", "ab"}, 2); }
Response four_scores() {
  return scored({{-0.1, -9.0, 1, -9.0}, {-3.0, -2.0, 1, -2.0}, {-3.0, -4.0, 2, -4.0}, {-3.0, -5.0, 1, -20.0}});
}

TEST(Likelihood, TheHighestOfTheDecidingScoresIsTheAnswer) {
  const std::vector<std::pair<DecidingScore, std::string>> expected = {{DecidingScore::letter, "A"},
                                                                       {DecidingScore::text, "B"},
                                                                       {DecidingScore::text_per_byte, "C"},
                                                                       {DecidingScore::text_given_question, "D"}};
  for (const auto& [choose, answer] : expected) {
    const auto grade = by(choose).grade(four_options(), four_scores());
    EXPECT_EQ(grade.answer, answer);
    EXPECT_EQ(grade.rule, "likelihood_" + std::string(name_of(choose)));
    EXPECT_EQ(grade.outcome, answer == "C" ? Outcome::correct : Outcome::wrong);
    EXPECT_EQ(grade.score, answer == "C" ? 1.0 : 0.0);
    EXPECT_FALSE(grade.span);
  }
}

TEST(Likelihood, TheProbabilityIsTheSharpnessOfTheScores) {
  const auto grade = by(DecidingScore::letter)
                         .grade(mcq({"x", "y", "z"}, 1), with_letters({std::log(0.1), std::log(0.3), std::log(0.2)}));
  EXPECT_EQ(grade.answer, "B");
  EXPECT_NEAR(grade.probability.value(), 0.5, 1e-12);
  const auto sure = by(DecidingScore::letter).grade(mcq({"x", "y"}, 1), with_letters({-1e300, -1e-300}));
  EXPECT_EQ(sure.probability, 1.0);
}

TEST(Likelihood, YesAndNoAreNamedByTheirTexts) {
  const auto grade = by(DecidingScore::letter).grade(yes_no(true), with_letters({-0.2, -2.0}));
  EXPECT_EQ(grade.answer, "yes");
  EXPECT_EQ(grade.outcome, Outcome::correct);
}

TEST(Likelihood, ATieAtTheTopIsNoAnswerAndBelowItIsNone) {
  const Item item = mcq({"x", "y", "z"}, 0);
  const auto tie = by(DecidingScore::letter).grade(item, with_letters({-1.0, -1.0, -2.0}));
  EXPECT_EQ(tie.outcome, Outcome::unparsed);
  EXPECT_EQ(tie.rule, "likelihood_tie");
  EXPECT_TRUE(tie.answer.empty());
  EXPECT_FALSE(tie.answer_option || tie.probability);
  EXPECT_EQ(by(DecidingScore::letter).grade(item, with_letters({-1.0, -2.0, -2.0})).answer, "A");
}

TEST(Likelihood, AnOptionWithoutAScoreIsNoAnswer) {
  const Item item = mcq({"x", "y", "z"}, 0);
  for (const double odd : {kNan, kInfinity, -kInfinity}) {
    const auto grade = by(DecidingScore::letter).grade(item, with_letters({-1.0, odd, -2.0}));
    EXPECT_EQ(grade.outcome, Outcome::unparsed) << odd;
    EXPECT_EQ(grade.rule, "likelihood_not_finite") << odd;
  }
  const auto empty_text = by(DecidingScore::text_per_byte).grade(mcq({"x", ""}, 0), with_letters({-1.0, -2.0}));
  EXPECT_EQ(empty_text.rule, "likelihood_not_finite");
  EXPECT_EQ(by(DecidingScore::letter).grade(mcq({"x", ""}, 0), with_letters({-1.0, -2.0})).answer, "A");
}

TEST(Likelihood, ScoresThatAreNotThoseOfTheOptionsAreNoAnswer) {
  const Item item = mcq({"x", "y", "z"}, 0);
  for (const std::size_t count : {0U, 2U, 4U}) {
    const auto grade = by(DecidingScore::letter).grade(item, with_letters(std::vector(count, -1.0)));
    EXPECT_EQ(grade.outcome, Outcome::unparsed) << count;
    EXPECT_EQ(grade.rule, "no_option_scores") << count;
  }
  EXPECT_EQ(by(DecidingScore::letter).grade(item, says("A")).rule, "no_option_scores") << "nothing is read instead";
}

TEST(Likelihood, AFailedResponseIsAnError) {
  auto response = with_letters({-1.0, -2.0});
  response.finish = FinishReason::error;
  EXPECT_EQ(by(DecidingScore::letter).grade(mcq({"x", "y"}, 0), response).outcome, Outcome::error);
}

TEST(Likelihood, OpenItemsAreRead) {
  const auto grade = by(DecidingScore::letter).grade(open("spleen"), says("The spleen."));
  EXPECT_EQ(grade.rule, "open_text");
  EXPECT_EQ(grade.outcome, Outcome::correct);
}

TEST(Likelihood, ScoresReadAsATextSaySo) {
  const auto grade = strict_grader(AnswerSource::whole_text).grade(mcq({"x", "y"}, 0), with_letters({-1.0, -2.0}));
  EXPECT_EQ(grade.outcome, Outcome::unparsed);
  EXPECT_EQ(grade.rule, "only_option_scores");
}

TEST(Likelihood, EveryRuleHasADescription) {
  for (const auto score :
       {DecidingScore::letter, DecidingScore::text, DecidingScore::text_per_byte, DecidingScore::text_given_question}) {
    EXPECT_NE(describe_rule("likelihood_" + std::string(name_of(score))), "") << name_of(score);
  }
  for (const auto* rule : {"likelihood_tie", "likelihood_not_finite", "no_option_scores", "only_option_scores"}) {
    EXPECT_NE(describe_rule(rule), "") << rule;
  }
}

TEST(LetterProbability, IsThatOfTheLetterThatWasRead) {
  const Item item = mcq({"Bone cyst", "Abscess", "Haematoma"}, 1);
  const auto boxed = marked_at("A is unlikely. \\boxed{B}", {{0, std::log(0.9)}, {22, std::log(0.25)}});
  EXPECT_NEAR(strict_grader().grade(item, boxed).probability.value(), 0.25, 1e-12);
  const auto phrase = marked_at("The answer is B", {{14, std::log(0.5)}});
  EXPECT_NEAR(strict_grader(AnswerSource::whole_text).grade(item, phrase).probability.value(), 0.5, 1e-12);
  const auto with_text = marked_at("B. Abscess, not B", {{0, std::log(0.75)}, {16, std::log(0.1)}});
  EXPECT_NEAR(strict_grader(AnswerSource::whole_text).grade(item, with_text).probability.value(), 0.75, 1e-12);
  const auto reasoned = marked_at("It is hot.\nSo I choose (B).", {{24, std::log(0.5)}});
  const auto lenient = lenient_grader().grade(item, reasoned);
  EXPECT_EQ(lenient.answer, "B") << lenient.rule;
  EXPECT_NEAR(lenient.probability.value(), 0.5, 1e-12);
}

TEST(LetterProbability, IsNoneWhereNoMarkIsThatLetter) {
  const Item item = mcq({"Bone cyst", "Abscess", "Haematoma"}, 1);
  EXPECT_FALSE(strict_grader().grade(item, says("\\boxed{B}")).probability) << "no marks";
  EXPECT_FALSE(strict_grader().grade(item, marked_at("B or \\boxed{B}", {{0, -0.1}})).probability) << "elsewhere";
  EXPECT_FALSE(strict_grader().grade(item, marked_at("\\boxed{B}", {{0, -0.1}, {6, -0.1}})).probability) << "no letter";
  EXPECT_FALSE(strict_grader().grade(item, marked_at("\\boxed{B}", {{7, kNan}})).probability);
  EXPECT_FALSE(strict_grader().grade(item, marked_at("\\boxed{B}", {{7, 0.5}})).probability) << "above 1";
  EXPECT_FALSE(strict_grader().grade(item, marked_at("\\boxed{B}", {{~std::uint64_t{0}, -0.1}})).probability);
}

TEST(LetterProbability, IsNoneWhereTheAnswerWasReadAsAText) {
  const Item item = mcq({"A fracture", "B cell lymphoma", "Haematoma"}, 1);
  const auto whole = strict_grader(AnswerSource::whole_text);
  const auto by_text = whole.grade(item, marked_at("A fracture", {{0, -0.1}}));
  EXPECT_EQ(by_text.answer, "A");
  EXPECT_FALSE(by_text.probability) << by_text.rule;
  EXPECT_FALSE(whole.grade(item, marked_at("B cell lymphoma", {{0, -0.1}})).probability);
}

TEST(LetterProbability, YesAndNoHaveItWhereTheLetterWasWritten) {
  const auto grader = strict_grader();
  EXPECT_NEAR(grader.grade(yes_no(true), marked_at("\\boxed{A}", {{7, std::log(0.5)}})).probability.value(), 0.5,
              1e-12);
  EXPECT_FALSE(grader.grade(yes_no(true), marked_at("\\boxed{yes}", {{7, -0.5}})).probability);
}

TEST(LetterProbability, OtherToolsLettersHaveItToo) {
  ExtractionSpec spec;
  spec.evaluator = "mmmu-official";
  const auto peer = Grader::make(spec).value();
  const Item item = mcq({"Cyst", "Abscess", "Haematoma"}, 1);
  const auto letter = peer.grade(item, marked_at("It is (B).", {{7, std::log(0.5)}}));
  EXPECT_EQ(letter.answer, "B");
  EXPECT_NEAR(letter.probability.value(), 0.5, 1e-12);
  const auto text = peer.grade(item, marked_at("It may well be an abscess as we see it here", {{18, -0.1}}));
  EXPECT_EQ(text.answer, "B") << text.rule;
  EXPECT_FALSE(text.probability);
}

}  // namespace
}  // namespace osler::grade
