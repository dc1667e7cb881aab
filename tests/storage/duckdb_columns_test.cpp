#include "osler/storage/duckdb_columns.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "osler/storage/duckdb.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

using Map = std::map<std::string, std::string>;

/// A column whose cell in a row is what `value_of` makes of the row's number.
template <class ValueOf>
ParquetColumn made(const std::string& name, ColumnType type, ValueOf value_of) {
  return {name, type, [value_of](ColumnCells& cells, std::size_t first, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) cells.set(i, value_of(first + i));
          }};
}

class ParquetTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "it's [here].parquet"; }

  /// The rows of "SELECT ... FROM read_parquet(the file)".
  [[nodiscard]] std::vector<std::vector<SqlValue>> select(const std::string& what) const {
    auto database = Database::open().value();
    auto rows = database.query("SELECT " + what + " FROM read_parquet(?)", std::vector<SqlValue>{plain_path(file())});
    EXPECT_TRUE(rows.has_value()) << (rows ? "" : rows.error().message());
    std::vector<std::vector<SqlValue>> out;
    while (rows) {
      auto row = rows->next().value();
      if (row.empty()) break;
      out.push_back(std::move(row));
    }
    return out;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ParquetTest, EveryTypeComesBackInTheOrderOfTheRows) {
  // More than a vector and more than a row group of DuckDB's.
  constexpr std::size_t kRows = 130'001;
  const std::vector<ParquetColumn> columns = {
      made("text", ColumnType::text, [](std::size_t row) { return "number " + std::to_string(row); }),
      made("boolean", ColumnType::boolean, [](std::size_t row) { return row % 3 == 0; }),
      made("integer", ColumnType::integer, [](std::size_t row) { return static_cast<std::int32_t>(row) - 7; }),
      made("big_integer", ColumnType::big_integer,
           [](std::size_t row) { return static_cast<std::int64_t>(row) * 10'000'000'000; }),
      made("real", ColumnType::real, [](std::size_t row) { return static_cast<double>(row) / 4.0; }),
      made("single", ColumnType::single, [](std::size_t row) { return static_cast<float>(row) / 10.0F; }),
      made("map", ColumnType::text_map, [](std::size_t row) {
        return row % 2 == 0 ? Map{} : Map{{"number", std::to_string(row)}, {"a long key that is no short string", ""}};
      })};
  ASSERT_TRUE(write_parquet(file(), columns, kRows).has_value());
  const auto rows =
      select("text, boolean, integer, big_integer, \"real\", map['number'], cardinality(map)::INTEGER, single");
  ASSERT_EQ(rows.size(), kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto& row = rows[i];
    ASSERT_EQ(std::get<std::string>(row[0]), "number " + std::to_string(i));
    ASSERT_EQ(std::get<bool>(row[1]), i % 3 == 0);
    ASSERT_EQ(std::get<std::int64_t>(row[2]), static_cast<std::int64_t>(i) - 7);
    ASSERT_EQ(std::get<std::int64_t>(row[3]), static_cast<std::int64_t>(i) * 10'000'000'000);
    ASSERT_EQ(std::get<double>(row[4]), static_cast<double>(i) / 4.0);
    ASSERT_EQ(std::get<std::int64_t>(row[6]), i % 2 == 0 ? 0 : 2);
    ASSERT_EQ(std::get<double>(row[7]), static_cast<double>(static_cast<float>(i) / 10.0F));
    if (i % 2 == 0) {
      ASSERT_TRUE(std::holds_alternative<std::monostate>(row[5]));
    } else {
      ASSERT_EQ(std::get<std::string>(row[5]), std::to_string(i));
    }
  }
}

TEST_F(ParquetTest, MissingValuesAreNullInTheirRowsOnly) {
  const std::vector<ParquetColumn> columns = {
      made("number", ColumnType::real,
           [](std::size_t row) { return row % 5 == 0 ? std::nullopt : std::optional(static_cast<double>(row)); }),
      made("word", ColumnType::text, [](std::size_t row) {
        return row < 4000 ? std::optional<std::string_view>() : std::optional<std::string_view>("word");
      })};
  ASSERT_TRUE(write_parquet(file(), columns, 5000).has_value());
  const auto row = select("count(*), count(number), sum(number), count(word)").front();
  EXPECT_EQ(std::get<std::int64_t>(row[0]), 5000);
  EXPECT_EQ(std::get<std::int64_t>(row[1]), 4000);
  EXPECT_EQ(std::get<double>(row[2]), 4999.0 * 5000 / 2 - 5.0 * 999 * 1000 / 2);
  EXPECT_EQ(std::get<std::int64_t>(row[3]), 1000);
}

TEST_F(ParquetTest, ATextForAllRowsAndTextsThatAreNotUtf8) {
  const std::string zero("nul\0byte that is longer", 23);
  const std::vector<ParquetColumn> columns = {
      {"same", ColumnType::text, [&](ColumnCells& cells, std::size_t, std::size_t) { cells.set_all(zero); }},
      {"odd", ColumnType::text, [](ColumnCells& cells, std::size_t, std::size_t) { cells.set_all("left \xFF lung"); }},
      made("cell", ColumnType::text, [](std::size_t) { return std::string_view("\xC3(\xE2\x82\xAC"); }),
      made("map", ColumnType::text_map, [](std::size_t) {
        return Map{{"\xFF", "\xFE"}};
      })};
  ASSERT_TRUE(write_parquet(file(), columns, 3000).has_value());
  const auto rows = select("same, odd, cell, map_keys(map)[1], map_values(map)[1]");
  ASSERT_EQ(rows.size(), 3000U);
  for (const auto& row : {rows.front(), rows.back()}) {
    EXPECT_EQ(std::get<std::string>(row[0]), zero);
    EXPECT_EQ(std::get<std::string>(row[1]), "left \xEF\xBF\xBD lung");
    EXPECT_EQ(std::get<std::string>(row[2]), "\xEF\xBF\xBD(\xE2\x82\xAC");
    EXPECT_EQ(std::get<std::string>(row[3]), "\xEF\xBF\xBD");
    EXPECT_EQ(std::get<std::string>(row[4]), "\xEF\xBF\xBD");
  }
}

TEST_F(ParquetTest, AFileOfNoRowsHasItsColumns) {
  ASSERT_TRUE(write_parquet(file(), std::vector{made("x", ColumnType::real, [](std::size_t) { return 1.0; })}, 0));
  EXPECT_EQ(std::get<std::int64_t>(select("count(x)").front()[0]), 0);
}

TEST_F(ParquetTest, WhatCannotBeWrittenIsAnErrorOfOneLine) {
  const std::vector<ParquetColumn> columns = {made("x", ColumnType::real, [](std::size_t) { return 1.0; })};
  const auto nowhere = write_parquet(folder_.path() / "not there" / "x.parquet", columns, 1);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().message().find('\n'), std::string::npos);
  const std::vector<ParquetColumn> failing = {{"x", ColumnType::real, [](ColumnCells&, std::size_t, std::size_t) {
                                                 throw std::runtime_error("the source is dry");
                                               }}};
  const auto dry = write_parquet(file(), failing, 1);
  ASSERT_FALSE(dry.has_value());
  EXPECT_NE(dry.error().message().find("the source is dry"), std::string::npos);
}

TEST_F(ParquetTest, AFileThatIsCutShortIsAnError) {
  ASSERT_TRUE(write_parquet(file(), std::vector{made("x", ColumnType::real, [](std::size_t) { return 1.0; })}, 900));
  std::filesystem::resize_file(file(), 100);
  auto database = Database::open().value();
  EXPECT_FALSE(database.query("FROM read_parquet(?)", std::vector<SqlValue>{plain_path(file())}).has_value());
}

}  // namespace
}  // namespace osler
