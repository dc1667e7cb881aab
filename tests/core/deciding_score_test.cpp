#include "osler/core/deciding_score.h"

#include <gtest/gtest.h>

#include <cmath>

namespace osler {
namespace {

TEST(DecidingScore, EveryOneIsKnownByItsName) {
  for (const auto score :
       {DecidingScore::letter, DecidingScore::text, DecidingScore::text_per_byte, DecidingScore::text_given_question}) {
    EXPECT_EQ(deciding_score_from(name_of(score)), score);
  }
  EXPECT_FALSE(deciding_score_from("acc_norm"));
}

TEST(DecidingScore, ValuesAreThoseOfTheirFormulas) {
  const OptionScore score{-0.5, -6.0, 3, -7.5};
  EXPECT_EQ(value_of(DecidingScore::letter, score, "lungs"), -0.5);
  EXPECT_EQ(value_of(DecidingScore::text, score, "lungs"), -6.0);
  EXPECT_EQ(value_of(DecidingScore::text_per_byte, score, "lung"), -1.5);
  EXPECT_EQ(value_of(DecidingScore::text_per_byte, score, "\xE8\x82\xBA\xE8\x82\xBA"), -1.0) << "bytes, not characters";
  EXPECT_EQ(value_of(DecidingScore::text_given_question, score, "lungs"), 1.5);
}

TEST(DecidingScore, AnEmptyTextHasNoValuePerByte) {
  EXPECT_TRUE(std::isnan(value_of(DecidingScore::text_per_byte, {-1.0, 0.0, 1, 0.0}, "")));
}

}  // namespace
}  // namespace osler
