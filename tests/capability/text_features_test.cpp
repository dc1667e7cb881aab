#include "osler/capability/text_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "osler/core/hash.h"

namespace osler::capability {
namespace {

bool same_terms(const std::vector<Term>& a, const std::vector<Term>& b) {
  return std::ranges::equal(a, b,
                            [](const Term& x, const Term& y) { return x.column == y.column && x.value == y.value; });
}

TEST(TextTerms, SeeThroughCaseWidthAndDigits) {
  const auto plain = text_terms("Chest X-ray of a 45 year old");
  EXPECT_TRUE(same_terms(plain, text_terms("CHEST X-RAY OF A 99 YEAR OLD")));
  EXPECT_TRUE(same_terms(plain, text_terms("Ｃｈｅｓｔ Ｘ-ray of a 45 year old")));  // full width
  EXPECT_TRUE(same_terms(text_terms("Straße"), text_terms("STRASSE")));
  EXPECT_TRUE(same_terms(text_terms("o\xCC\x88"
                                    "dem"),
                         text_terms("\xC3\xB6"
                                    "dem")));  // composed or not
  EXPECT_FALSE(same_terms(plain, text_terms("Chest X-ray of a 4 year old")));
}

TEST(TextTerms, AnIdeographIsAWord) {
  const auto together = text_terms("胸片");
  const auto apart = text_terms("胸 片");
  EXPECT_TRUE(same_terms(together, apart));
  EXPECT_FALSE(same_terms(together, text_terms("片胸")));  // another pair of words
}

TEST(TextTerms, AreInTwoBlocksWithRisingColumns) {
  const auto terms = text_terms("What is the most likely diagnosis? What is it?");
  ASSERT_FALSE(terms.empty());
  EXPECT_TRUE(std::ranges::is_sorted(terms, {}, &Term::column));
  EXPECT_LT(terms.front().column, kWordColumns);
  EXPECT_GE(terms.back().column, kWordColumns);
  EXPECT_LT(terms.back().column, kTextColumns);
  const double words = std::accumulate(terms.begin(), terms.end(), 0.0, [](double sum, const Term& term) {
    return sum + (term.column < kWordColumns ? static_cast<double>(term.value) : 0.0);
  });
  EXPECT_EQ(words, 9.0 + 8.0);  // words and pairs
}

TEST(TextTerms, TakeAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>((i * 37) % 256);
  EXPECT_FALSE(text_terms(bytes).empty());
  EXPECT_TRUE(text_terms("").empty());
  EXPECT_TRUE(text_terms("?!  ...").empty());
}

// Classifiers that people have trained read these columns: if this fails, kTextIdentity needs another number.
TEST(TextTerms, AreThoseOfTheirVersion) {
  std::string listed;
  for (const auto& term : text_terms("Which of the following is the most likely cause of his 3 symptoms? 心电图")) {
    listed += std::to_string(term.column) + ":" + std::to_string(static_cast<int>(term.value)) + " ";
  }
  EXPECT_EQ(sha256_hex(listed).substr(0, 16), "7d5f1120a5924d6f");
}

TEST(TextFeatures, HoldQuestionAndOptionsOfEveryItem) {
  std::vector<Item> items(2);
  items[0].id = "a";
  items[0].question = "Which organ?";
  items[0].options = {"liver", "spleen"};
  items[1].id = "b";
  items[1].question = "Which organ?";
  const auto features = text_features(items);
  EXPECT_EQ(features.identity, kTextIdentity);
  ASSERT_EQ(features.rows(), 2U);
  EXPECT_GT(features.terms_of(0).size(), features.terms_of(1).size());
  const auto whole = text_terms("Which organ?\nliver\nspleen");
  EXPECT_TRUE(same_terms({features.terms_of(0).begin(), features.terms_of(0).end()}, whole));
}

TEST(TextPreprocessing, LearnsFromItsRowsAlone) {
  std::vector<Item> items(6);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].id = std::to_string(i);
    items[i].question = i < 4 ? "which organ is shown" : "explain pathophysiology";
  }
  const std::vector<std::size_t> rows{0, 1, 2, 3};
  const auto before = Preprocessing::fit(text_features(items), rows);
  items[4].question = "which organ is shown";
  items[5].question = "something else altogether";
  const auto after = Preprocessing::fit(text_features(items), rows);
  EXPECT_TRUE(same_terms(before.idf(), after.idf()));
  // A term that training did not see twice says nothing.
  std::vector<Term> terms;
  before.apply(text_features(items), 5, terms);
  EXPECT_TRUE(terms.empty());
  before.apply(text_features(items), 0, terms);
  double squares = 0.0;
  for (const auto& term : terms) squares += static_cast<double>(term.value) * static_cast<double>(term.value);
  EXPECT_NEAR(squares, 1.0, 1e-5);
}

}  // namespace
}  // namespace osler::capability
