#include "osler/storage/duckdb.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace osler {
namespace {

std::vector<SqlValue> only_row(Database& database, const std::string& sql, std::vector<SqlValue> parameters = {}) {
  auto rows = database.query(sql, parameters);
  EXPECT_TRUE(rows.has_value()) << (rows ? "" : rows.error().message());
  return rows ? rows->next().value_or(std::vector<SqlValue>{}) : std::vector<SqlValue>{};
}

TEST(Database, ParametersAndTypesComeBackAsTheyWentIn) {
  auto database = Database::open().value();
  const std::string bytes("a\0b", 3);
  const auto row = only_row(database, "SELECT ?, ?, ?, ?, NULL, ?::BLOB",
                            {true, std::int64_t{-7}, 0.5, std::string("it's"), std::string("xy")});
  ASSERT_EQ(row.size(), 6U);
  EXPECT_EQ(std::get<bool>(row[0]), true);
  EXPECT_EQ(std::get<std::int64_t>(row[1]), -7);
  EXPECT_EQ(std::get<double>(row[2]), 0.5);
  EXPECT_EQ(std::get<std::string>(row[3]), "it's");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(row[4]));
  EXPECT_EQ(std::get<std::string>(row[5]), "xy");
}

TEST(Database, GivesBlocksOfRowsColumnByColumn) {
  auto database = Database::open().value();
  auto rows = database.query(
      "SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE 'row ' || i END, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 2 END::FLOAT "
      "FROM range(10000) AS numbers(i)");
  ASSERT_TRUE(rows);
  std::size_t i = 0;
  while (true) {
    const auto block = rows->next_block();
    ASSERT_TRUE(block);
    if (block->rows() == 0) break;
    std::vector<float> numbers(block->rows());
    block->copy_floats(1, numbers);
    for (std::size_t row = 0; row < block->rows(); ++row, ++i) {
      const auto text = block->text(0, row);
      ASSERT_EQ(text.has_value(), i % 3 != 0);
      ASSERT_EQ(text.value_or("row " + std::to_string(i)), "row " + std::to_string(i));
      const bool is_missing = i % 7 == 0;
      ASSERT_EQ(std::isnan(numbers[row]), is_missing);
      ASSERT_EQ(is_missing ? 0.0F : numbers[row], is_missing ? 0.0F : static_cast<float>(i) / 2.0F);
    }
  }
  EXPECT_EQ(i, 10000U);
}

TEST(Database, AWrongStatementIsAnErrorOfOneLine) {
  auto database = Database::open().value();
  const auto rows = database.query("SELECT nothing FROM nowhere");
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().message().find('\n'), std::string::npos);
}

TEST(SqlQuote, DoublesTheQuote) {
  EXPECT_EQ(sql_quote("it's"), "'it''s'");
  EXPECT_EQ(sql_name("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace osler
