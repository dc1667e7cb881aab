#include "osler/grade/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace osler::grade {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tokens, SquadDeletesPunctuationAndDropsArticles) {
  EXPECT_THAT(PreparedText("The T2-weighted image, of a patient's lung.").squad(),
              ElementsAre("t2weighted", "image", "of", "patients", "lung"));
}

TEST(Tokens, WordsAreSeparatedByPunctuation) {
  EXPECT_THAT(PreparedText("The T2-weighted image/scan, of a patient's lung.").words(),
              ElementsAre("t2", "weighted", "image", "scan", "of", "patients", "lung"));
}

TEST(Tokens, WordsKeepNumbersAndSignsThatTellAnswersApart) {
  EXPECT_THAT(PreparedText("3.4 cm, 1,000 ml; HER2+ 95%").words(),
              ElementsAre("3.4", "cm", "1,000", "ml", "her2+", "95%"));
  EXPECT_THAT(PreparedText("C3.C4 ,5 6.").words(), ElementsAre("c3", "c4", "5", "6"));
}

TEST(Tokens, AnArticleStaysWhereItIsTheWholeText) {
  EXPECT_THAT(PreparedText("A.").squad(), ElementsAre("a"));
  EXPECT_THAT(PreparedText("\"The\"").words(), ElementsAre("the"));
  EXPECT_THAT(PreparedText("A lung").squad(), ElementsAre("lung"));
}

TEST(Tokens, BleuSplitsOffFullStopsAlone) {
  EXPECT_THAT(PreparedText("The lung, 3.4 cm.  CT").bleu(), ElementsAre("the", "lung,", "3", ".4", "cm", ".", "ct"));
}

TEST(Tokens, RougeKeepsLettersAndDigitsOfAscii) {
  EXPECT_THAT(PreparedText("T2-weighted: \xCE\xB2-lactam caf\xC3\xA9_3").rouge(),
              ElementsAre("t2", "weighted", "lactam", "caf", "3"));
}

TEST(Tokens, EveryChineseOrJapaneseCharacterIsOne) {
  const PreparedText text("CT图像,左肺。");
  EXPECT_THAT(text.squad(), ElementsAre("ct", "图", "像", "左", "肺"));
  EXPECT_THAT(text.words(), ElementsAre("ct", "图", "像", "左", "肺"));
  EXPECT_THAT(text.rouge(), ElementsAre("ct", "图", "像", "左", "肺"));
  EXPECT_THAT(PreparedText("肝脏、肾脏").squad(), ElementsAre("肝", "脏", "肾", "脏"));
  EXPECT_THAT(PreparedText("エックス線").squad(), ElementsAre("エ", "ッ", "ク", "ス", "線"));
  EXPECT_THAT(PreparedText("\U00020000\U00020001").squad(), ElementsAre("\U00020000", "\U00020001"));
}

TEST(Tokens, WhatLooksTheSameIsTheSame) {
  // Full-width letters, a no-break space, curly quotes, an en dash.
  EXPECT_THAT(PreparedText("ＣＴ\u00A0\u201Cleft\u201D").squad(), ElementsAre("ct", "left"));
  EXPECT_THAT(PreparedText("patient\u2019s").words(), ElementsAre("patients"));
  EXPECT_THAT(PreparedText("air\u2013fluid level").words(), ElementsAre("air", "fluid", "level"));
  EXPECT_THAT(PreparedText("air\u2013fluid level").squad(), ElementsAre("airfluid", "level"));
  EXPECT_THAT(PreparedText("a\u2003b\u2028c").bleu(), ElementsAre("a", "b", "c"));
}

TEST(Tokens, TextWithoutAnyIsEmpty) {
  for (const char* text : {"", " \t\r\n", "?!...", "\u3001\u3002\u300C"}) {
    EXPECT_THAT(PreparedText(text).squad(), IsEmpty()) << text;
    EXPECT_THAT(PreparedText(text).words(), IsEmpty()) << text;
    EXPECT_THAT(PreparedText(text).rouge(), IsEmpty()) << text;
  }
  EXPECT_THAT(PreparedText(" \t\r\n").bleu(), IsEmpty());
}

TEST(Tokens, InvalidBytesAreLetters) {
  const std::string cut = "left\xE8\x82 \xFF\xC3 lung\xF0";
  EXPECT_THAT(PreparedText(cut).squad(), ElementsAre("left\xE8\x82", "\xFF\xC3", "lung\xF0"));
  EXPECT_THAT(PreparedText(cut).rouge(), ElementsAre("left", "lung"));
}

TEST(Tokens, ThereAreNeverMoreThanTheLimit) {
  std::string text;
  for (std::size_t i = 0; i < kMostTokens + 100; ++i) text += "x ";
  EXPECT_EQ(PreparedText(text).squad().size(), kMostTokens);
  EXPECT_EQ(PreparedText(text).words().size(), kMostTokens);
  EXPECT_EQ(PreparedText(text).bleu().size(), kMostTokens);
  EXPECT_EQ(PreparedText(text).rouge().size(), kMostTokens);
  EXPECT_EQ(PreparedText(std::string(100000, '.')).bleu().size(), kMostTokens);
}

}  // namespace
}  // namespace osler::grade
