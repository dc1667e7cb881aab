#include "osler/capability/embedding_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "osler/storage/duckdb.h"
#include "support/temporary_folder.h"

namespace osler::capability {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class EmbeddingFiles : public testing::Test {
 protected:
  std::filesystem::path lines(const std::string& text) {
    const auto file = folder_.path() / "vectors.jsonl";
    std::ofstream(file) << text;
    return file;
  }

  std::filesystem::path parquet(const std::string& select) {
    const auto file = folder_.path() / "vectors.parquet";
    auto database = Database::open();
    const auto written = database->query("COPY (" + select + ") TO " + sql_quote(file.string()) + " (FORMAT parquet)");
    EXPECT_TRUE(written.has_value()) << (written ? "" : written.error().message());
    return file;
  }

  std::string refusal(const std::filesystem::path& file) {
    const auto set = read_embeddings(file);
    EXPECT_FALSE(set.has_value());
    return set ? "" : set.error().message();
  }

  osler::test::TemporaryFolder folder_;
};

TEST_F(EmbeddingFiles, LinesHoldIdAndVector) {
  const auto set =
      read_embeddings(lines("{\"id\": \"a\", \"vector\": [1, 2.5]}\n{\"id\": \"b\", \"vector\": [-3, 0]}\n"));
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->item_ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(set->values, (std::vector<float>{1.0F, 2.5F, -3.0F, 0.0F}));
  EXPECT_THAT(set->identity, HasSubstr("2 numbers"));
  const auto named = read_embeddings(lines(R"({"id": "a", "embedding": [1], "identity": "gme"})"));
  ASSERT_TRUE(named);
  EXPECT_EQ(named->identity, "gme");
}

TEST_F(EmbeddingFiles, ParquetHoldsColumnsOrLists) {
  const std::string wanted[] = {"SELECT 'a' AS id, 'gme' AS identity, 0.1::FLOAT AS d0, -2::DOUBLE AS d1",
                                "SELECT 'a' AS id, 'gme' AS identity, [0.1, -2]::FLOAT[] AS vector",
                                "SELECT 'a' AS id, 'gme' AS identity, [0.1, -2]::DOUBLE[] AS embedding"};
  for (const auto& select : wanted) {
    const auto set = read_embeddings(parquet(select));
    ASSERT_TRUE(set) << set.error().message();
    EXPECT_EQ(set->values, (std::vector<float>{0.1F, -2.0F})) << select;
    EXPECT_EQ(set->identity, "gme");
  }
}

/// More rows than DuckDB gives at once, and more columns than are read at once.
TEST_F(EmbeddingFiles, AreReadWholeAndInOrder) {
  constexpr std::size_t kRows = 5000;
  constexpr std::size_t kNumbers = 150;
  std::string select = "SELECT 'item-' || i AS id";
  for (std::size_t d = 0; d < kNumbers; ++d) {
    select += ", (i * 1000 + " + std::to_string(d) + ")::FLOAT AS d" + std::to_string(d);
  }
  const auto set = read_embeddings(parquet(select + " FROM range(" + std::to_string(kRows) + ") AS rows(i)"));
  ASSERT_TRUE(set) << set.error().message();
  ASSERT_EQ(set->item_ids.size(), kRows);
  ASSERT_EQ(set->dimensions, kNumbers);
  for (std::size_t row = 0; row < kRows; ++row) {
    ASSERT_EQ(set->item_ids[row], "item-" + std::to_string(row));
    for (std::size_t d = 0; d < kNumbers; ++d) {
      ASSERT_EQ(set->values[row * kNumbers + d], static_cast<float>(row * 1000 + d)) << row << ' ' << d;
    }
  }
}

TEST_F(EmbeddingFiles, WhatIsWrongIsNamed) {
  EXPECT_THAT(refusal(lines("")), HasSubstr("no vectors"));
  EXPECT_THAT(refusal(lines("{\"id\": \"a\", \"vector\": [1]}\n{\"id\": \"a\", \"vector\": [1]}")),
              HasSubstr("a second vector has the id 'a'"));
  EXPECT_THAT(refusal(lines("{\"id\": \"a\", \"vector\": [1]}\n{\"id\": \"b\", \"vector\": [1, 2]}")),
              HasSubstr("'b' has 2 numbers, those before 1"));
  EXPECT_THAT(refusal(lines(R"({"id": "a", "vector": [1, null]})")), HasSubstr("number that is none"));
  EXPECT_THAT(refusal(lines(R"({"id": "a", "vector": [1e300]})")), HasSubstr("number that is none"));
  EXPECT_THAT(refusal(lines(R"({"id": "a", "vector": []})")), HasSubstr("0 numbers"));
  EXPECT_THAT(refusal(lines(R"({"id": 3, "vector": [1]})")), HasSubstr("'id' and 'vector'"));
  EXPECT_THAT(refusal(lines("{\"id\": \"a\", \"vector\": [1], \"identity\": \"x\"}\n{\"id\": \"b\", \"vector\": [2]}")),
              HasSubstr("of 'x'"));
  EXPECT_THAT(refusal(lines("[1, 2")), HasSubstr("line 1"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, 1 AS e0")), HasSubstr("no column"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, NULL::FLOAT AS d0")), HasSubstr("number that is none"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, ['NaN'::FLOAT] AS vector")), HasSubstr("none"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, [1e300, 1] AS vector")), HasSubstr("'a' has a number that is none"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, 1::FLOAT AS d0, 1e300 AS d1")), HasSubstr("'a' has a number"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, 'text' AS d0")), HasSubstr("'a' has a number that is none"));
  EXPECT_THAT(refusal(parquet("SELECT unnest(['a', 'b', 'a']) AS id, 1 AS d0")),
              AllOf(HasSubstr("a second vector has the id 'a'"), HasSubstr("record 2")));
  EXPECT_THAT(refusal(parquet("SELECT unnest(['a', NULL]) AS id, 1 AS d0")), HasSubstr("has no id"));
  EXPECT_THAT(refusal(parquet("SELECT unnest(['a', 'b']) AS id, unnest(['x', 'y']) AS identity, 1 AS d0")),
              HasSubstr("'b' is of 'y', those before of 'x'"));
  EXPECT_THAT(refusal(parquet("SELECT 'a' AS id, 1 AS d0 LIMIT 0")), HasSubstr("no vectors"));
  EXPECT_THAT(refusal(folder_.path() / "missing.parquet"), HasSubstr("not a file"));
  std::ofstream(folder_.path() / "text.parquet") << "PAR1 nothing";
  EXPECT_THAT(refusal(folder_.path() / "text.parquet"), HasSubstr("not a readable file of vectors"));
}

}  // namespace
}  // namespace osler::capability
