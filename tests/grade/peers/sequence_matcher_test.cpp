#include "osler/grade/peers/sequence_matcher.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace osler::grade {
namespace {

double ratio(const std::string& a, const std::string& b) { return SequenceMatcher(b).ratio(a).value(); }

// Held against Python's own difflib: make_difflib_reference.py says how the values were made.
TEST(SequenceMatcher, GivesTheRatiosOfDifflib) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/grade/peers/difflib_reference.json");
  const auto rows = nlohmann::json::parse(file).at("rows");
  ASSERT_GE(rows.size(), 250U);
  std::size_t compared = 0;
  for (const auto& row : rows) {
    const auto response = row.at("response").get<std::string>();
    SequenceMatcher matcher(response);
    for (std::size_t i = 0; i < row.at("options").size(); ++i, ++compared) {
      const auto option = row.at("options")[i].get<std::string>();
      const auto found = matcher.ratio(option);
      ASSERT_TRUE(found.has_value());
      EXPECT_NEAR(*found, row.at("ratios")[i].get<double>(), 1e-12)
          << "'" << option << "' against '" << response.substr(0, 300) << "'";
    }
  }
  EXPECT_GE(compared, 1500U);
}

TEST(SequenceMatcher, PopularCharactersOfALongTextCountForNothing) {
  std::string response;
  for (int i = 0; i < 8; ++i) response += "the image shows a filling defect ";
  EXPECT_EQ(ratio("b. pulmonary embolism", response), 0.0);
  EXPECT_NEAR(ratio("d. pneumothorax", "\\text{b}"), 0.1739130435, 1e-10);
  EXPECT_EQ(ratio("", ""), 1.0);
}

TEST(SequenceMatcher, AByteThatIsNotUtf8IsACharacter) {
  EXPECT_NEAR(ratio("a\xFF", "a\xFF\xFE"), 2.0 * 2 / 5, 1e-12);
  EXPECT_EQ(ratio("\xFF", "\xFE"), 0.0);
}

TEST(SequenceMatcher, GivesNoRatioOnceTheBudgetIsSpent) {
  const std::string text(150, 'a');
  SequenceMatcher matcher(text, 150 * 150 + 1000);
  EXPECT_TRUE(matcher.ratio(text).has_value());
  EXPECT_FALSE(matcher.ratio(text).has_value());
  EXPECT_FALSE(matcher.ratio("a").has_value());
}

TEST(SequenceMatcher, AHostileTextOfMegabytesEndsWithoutARatio) {
  // Every Chinese character often, but none often enough to be popular.
  std::string text;
  for (unsigned i = 0; text.size() < (4U << 20U); i = (i + 7919U) % 10000U) {
    const unsigned code = 0x4E00U + i;
    text += {static_cast<char>(0xE0U | code >> 12U), static_cast<char>(0x80U | (code >> 6U & 0x3FU)),
             static_cast<char>(0x80U | (code & 0x3FU))};
  }
  EXPECT_FALSE(SequenceMatcher(text).ratio(text).has_value());
}

}  // namespace
}  // namespace osler::grade
