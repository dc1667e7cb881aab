#include "osler/storage/duckdb.h"

#include <gtest/gtest.h>

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

TEST(Database, AppendedRowsSurviveAParquetRoundTrip) {
  auto database = Database::open().value();
  ASSERT_TRUE(database.query("CREATE TABLE t (id VARCHAR, score INTEGER)").has_value());
  std::vector<std::vector<SqlValue>> rows;
  for (std::int64_t i = 0; i < 5000; ++i) rows.push_back({"item " + std::to_string(i), i % 2});
  rows.push_back({std::monostate{}, std::int64_t{1}});
  ASSERT_TRUE(database.append("t", rows).has_value());
  const auto path = std::filesystem::temp_directory_path() / "osler_duckdb_test'quote.parquet";
  ASSERT_TRUE(database.query("COPY t TO " + sql_quote(path.string()) + " (FORMAT parquet)").has_value());
  const auto row = only_row(database, "SELECT count(*), count(id), avg(score) FROM read_parquet(?)", {path.string()});
  EXPECT_EQ(std::get<std::int64_t>(row[0]), 5001);
  EXPECT_EQ(std::get<std::int64_t>(row[1]), 5000);
  EXPECT_NEAR(std::get<double>(row[2]), 2501.0 / 5001.0, 1e-12);
  std::filesystem::resize_file(path, 100);
  const auto cut = database.query("SELECT * FROM read_parquet(?)", std::vector<SqlValue>{path.string()});
  EXPECT_FALSE(cut.has_value());
  std::filesystem::remove(path);
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
