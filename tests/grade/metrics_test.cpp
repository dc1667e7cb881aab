#include "osler/grade/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace osler::grade {
namespace {

TEST(ExactMatch, EachNormalisationAllowsMoreThanTheOneBefore) {
  EXPECT_TRUE(key_match("  Left  Lung. ", "left lung"));
  EXPECT_FALSE(key_match("the left lung", "left lung"));
  EXPECT_TRUE(squad_match("the left lung", "left lung"));
  EXPECT_FALSE(squad_match("t2 weighted", "T2-weighted"));
  EXPECT_TRUE(words_match("t2 weighted", "T2-weighted"));
}

TEST(ExactMatch, WordsDoNotMixUpNumbers) {
  EXPECT_FALSE(words_match("3-4 cm", "3.4 cm"));
  EXPECT_FALSE(words_match("34 cm", "3.4 cm"));
  EXPECT_TRUE(squad_match("34 cm", "3.4 cm")) << "SQuAD's normalisation does";
  EXPECT_FALSE(words_match("HER2+", "HER2-"));
  EXPECT_FALSE(words_match("HER2-", "HER2"));
  EXPECT_TRUE(words_match("x ray", "X-ray")) << "a hyphen within a word is a space";
  EXPECT_FALSE(key_match("HER2-", "HER2"));
}

TEST(ExactMatch, AnEmptyReferenceIsNeverMet) {
  for (const char* empty : {"", " ", "..."}) {
    EXPECT_FALSE(key_match(empty, empty)) << empty;
    EXPECT_FALSE(squad_match(empty, empty)) << empty;
    EXPECT_FALSE(words_match(empty, empty)) << empty;
  }
}

TEST(TokenOverlap, CountsRepeatedTokensOnBothSides) {
  const auto overlap = token_overlap("lung lung lung left", "left lung lung");
  EXPECT_DOUBLE_EQ(overlap.precision, 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(overlap.recall, 1.0);
  EXPECT_DOUBLE_EQ(overlap.f1, 2.0 * 0.75 / 1.75);
}

TEST(TokenOverlap, IsPerCharacterInChinese) {
  const auto overlap = token_overlap("左侧肺部", "左肺");
  EXPECT_DOUBLE_EQ(overlap.precision, 0.5);
  EXPECT_DOUBLE_EQ(overlap.recall, 1.0);
}

TEST(LlavaMedRecall, RisesWhenAGoldWordIsRepeated) {
  EXPECT_DOUBLE_EQ(token_overlap("lung", "left lung").recall, 0.5);
  EXPECT_DOUBLE_EQ(llava_med_recall("lung", "left lung"), 0.5);
  EXPECT_DOUBLE_EQ(token_overlap("lung lung lung", "left lung").recall, 0.5);
  EXPECT_DOUBLE_EQ(llava_med_recall("lung lung lung", "left lung"), 0.75);
}

TEST(Bleu, AShortPredictionPaysTheBrevityPenalty) {
  EXPECT_DOUBLE_EQ(bleu("left", "left lower lobe", 1), std::exp(-2.0));
  EXPECT_DOUBLE_EQ(bleu("left lower lobe", "left", 1), 1.0 / 3.0);
}

TEST(Bleu, IsZeroWithoutAMatchOfSomeOrderUnlessSmoothed) {
  EXPECT_EQ(bleu("left lung", "left lung", 4), 0.0);
  EXPECT_DOUBLE_EQ(bleu("left lung", "left lung", 4, Smoothing::method1), std::pow(0.1 * 0.1, 0.25));
  EXPECT_EQ(bleu("right", "left lung", 4, Smoothing::method1), 0.0);
}

TEST(Rouge, TheSubsequenceKeepsTheOrder) {
  EXPECT_DOUBLE_EQ(rouge_n("lung left", "left lung", 1).f1, 1.0);
  EXPECT_DOUBLE_EQ(rouge_l("lung left", "left lung").f1, 0.5);
  EXPECT_EQ(rouge_n("lung left", "left lung", 2).f1, 0.0);
}

TEST(Rouge, TheSubsequenceCrossesTheBitsOfAWord) {
  std::string gold;
  for (int i = 0; i < 200; ++i) gold += std::to_string(i) + " ";
  EXPECT_DOUBLE_EQ(rouge_l(gold, gold).f1, 1.0);
  EXPECT_DOUBLE_EQ(rouge_l("62 63 64 65 127 128 129", gold).precision, 1.0);
  EXPECT_DOUBLE_EQ(rouge_l("129 128 127 65 64 63", gold).precision, 1.0 / 6.0);
}

TEST(Metrics, SidesWithoutTokensScoreZero) {
  const std::vector<std::pair<std::string, std::string>> pairs{{"", ""}, {"", "lung"}, {"lung", ""}, {"\u3001", "?"}};
  for (const auto& [prediction, reference] : pairs) {
    EXPECT_EQ(token_overlap(prediction, reference).f1, 0.0);
    EXPECT_EQ(token_overlap(prediction, reference).recall, 0.0);
    EXPECT_EQ(llava_med_recall(prediction, reference), 0.0);
    EXPECT_EQ(bleu(prediction, reference, 1, Smoothing::method1), 0.0);
    EXPECT_EQ(rouge_n(prediction, reference, 1).f1, 0.0);
    EXPECT_EQ(rouge_l(prediction, reference).f1, 0.0);
  }
}

// Any two texts, bytes of any kind among them: within [0, 1], recall is the other way round precision, a text is like
// itself.
TEST(Metrics, HoldTheirPropertiesOnAnyText) {
  std::mt19937 random(11);  // the same texts every time
  const std::vector<std::string> pieces{"lung", " ",    "a",        "the ", ".",  "-", "3.4",
                                        "肺",   "\xFF", "\xE8\x82", "CT",   "\n", "e"};
  const auto text = [&] {
    std::string made;
    for (auto n = random() % 12; n > 0; --n) made += pieces[random() % pieces.size()];
    return made;
  };
  for (int i = 0; i < 3000; ++i) {
    const auto a = text();
    const auto b = text();
    const auto there = token_overlap(a, b);
    const auto back = token_overlap(b, a);
    ASSERT_EQ(there.precision, back.recall) << a << " | " << b;
    ASSERT_EQ(there.f1, back.f1);
    ASSERT_LE(rouge_l(a, b).f1, rouge_n(a, b, 1).f1 + 1e-12) << "a subsequence is a part of what both have";
    for (const double score : {there.precision, there.recall, there.f1, llava_med_recall(a, b), bleu(a, b, 1),
                               bleu(a, b, 4, Smoothing::method1), rouge_n(a, b, 2).f1, rouge_l(a, b).recall}) {
      ASSERT_GE(score, 0.0);
      ASSERT_LE(score, 1.0 + 1e-12);
    }
    if (squad_match(a, b)) {
      ASSERT_DOUBLE_EQ(there.f1, 1.0);
    }
    if (key_match(a, b) && token_overlap(a, a).f1 > 0.0) {
      ASSERT_DOUBLE_EQ(there.f1, 1.0) << a << " | " << b;
    }
  }
}

TEST(Metrics, MegabytesOfHostileTextAreMeasuredByTheirFirstTokens) {
  std::string repeated;
  std::string different;
  for (int i = 0; i < 400000; ++i) {
    repeated += "ab ";
    different += std::to_string(i) + ".";
  }
  EXPECT_DOUBLE_EQ(token_overlap(repeated, repeated).f1, 1.0);
  EXPECT_DOUBLE_EQ(rouge_l(different, different).f1, 1.0);
  EXPECT_EQ(rouge_l(different, repeated).f1, 0.0);
  EXPECT_DOUBLE_EQ(bleu(different, different, 4), 1.0);
  EXPECT_DOUBLE_EQ(rouge_n(std::string(4000000, 'x'), std::string(4000000, 'x'), 1).f1, 1.0);
  EXPECT_EQ(rouge_n(std::string(4000000, '\xE8'), "lung", 1).f1, 0.0);
  EXPECT_EQ(open_scores(std::string(4000000, '{'), repeated).rouge_l, 0.0);
}

TEST(OpenScores, AreOfTheAnswerWithoutItsDress) {
  const auto scores = open_scores("\\text{Left} **lung**", "left lung");
  EXPECT_EQ(scores.token_f1, 1.0);
  EXPECT_EQ(scores.token_recall, 1.0);
  EXPECT_EQ(scores.bleu_1, 1.0);
  EXPECT_EQ(scores.rouge_l, 1.0);
}

TEST(OpenScores, AreThoseOfTheFunctionsOnPlainText) {
  const std::string answer = "The left lower lobe. And the lung, too.";
  const std::string gold = "lower lobe of the left lung";
  const auto scores = open_scores(answer, gold);
  EXPECT_EQ(scores.token_f1, token_overlap(answer, gold).f1);
  EXPECT_EQ(scores.token_recall, token_overlap(answer, gold).recall);
  EXPECT_EQ(scores.bleu_1, bleu(answer, gold, 1));
  EXPECT_EQ(scores.rouge_l, rouge_l(answer, gold).f1);
}

TEST(OpenScores, OfNoAnswerAreZero) {
  const auto scores = open_scores("", "left lung");
  EXPECT_EQ(scores.token_f1 + scores.token_recall + scores.bleu_1 + scores.rouge_l, 0.0);
}

}  // namespace
}  // namespace osler::grade
