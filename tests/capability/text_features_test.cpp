#include "osler/capability/text_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>

#include "osler/capability/preprocessing.h"

namespace osler::capability {
namespace {

Item item(std::string id, std::string question) {
  Item made;
  made.id = std::move(id);
  made.question = std::move(question);
  return made;
}

TEST(TextFeatures, DoNotDependOnCaseOrPunctuation) {
  const auto features = text_features({item("a", "Which LOBE, is affected?"), item("b", "which lobe is affected")});
  const auto& rows = features.rows;
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_EQ(rows.begin[2], 2 * rows.begin[1]);
  for (std::size_t i = 0; i < rows.begin[1]; ++i) {
    EXPECT_EQ(rows.column[i], rows.column[rows.begin[1] + i]);
    EXPECT_EQ(rows.value[i], rows.value[rows.begin[1] + i]);
  }
}

TEST(TextFeatures, CountWordsPairsAndRuns) {
  const auto features = text_features({item("a", "ab c")});
  const float all = std::accumulate(features.rows.value.begin(), features.rows.value.end(), 0.0F);
  // "ab", "c", "ab c"; "<ab", "ab>", "<ab>", "<c>".
  EXPECT_EQ(all, 7.0F);
}

TEST(TextFeatures, TakeAnyBytes) {
  std::string noise;
  for (int i = 0; i < 200'000; ++i) noise += static_cast<char>(i * 37);
  const auto features = text_features({item("a", noise), item("b", ""), item("c", "\xff\x80\x80")});
  EXPECT_EQ(features.rows.size(), 3U);
  EXPECT_EQ(features.rows.begin[2], features.rows.begin[1]);
}

TEST(Preprocessing, FrequenciesAreThoseOfTheRowsLearnedFrom) {
  SparseRows rows;
  rows.columns = 2;
  rows.begin = {0, 1, 2, 4};
  rows.column = {0, 0, 0, 1};
  rows.value = {1, 1, 1, 1};
  const std::vector<std::size_t> first{0, 1};
  const auto idf = inverse_frequencies(rows, first);
  EXPECT_FLOAT_EQ(idf[0], 1.0F);
  EXPECT_FLOAT_EQ(idf[1], static_cast<float>(std::log(3.0) + 1.0));
}

TEST(Preprocessing, RowsHaveLengthOne) {
  const auto features = text_features({item("a", "one two two three"), item("b", "two four")});
  const std::vector<std::size_t> all{0, 1};
  const auto rows = prepared(features.rows, inverse_frequencies(features.rows, all));
  for (std::size_t r = 0; r < 2; ++r) {
    double squares = 0.0;
    for (std::size_t i = rows.begin[r]; i < rows.begin[r + 1]; ++i) {
      squares += static_cast<double>(rows.value[i]) * static_cast<double>(rows.value[i]);
    }
    EXPECT_NEAR(squares, 1.0, 1e-5);
  }
}

}  // namespace
}  // namespace osler::capability
