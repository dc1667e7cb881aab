#include "osler/dataset/rows.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RowsTest : public test::FolderTest {
 protected:
  /// What reading a file of this content complains about, its path written as FILE.
  std::string complaint(const std::string& name, std::string_view content, const std::string& format) const {
    const auto path = write(name, content).string();
    std::string message = test::message_of(test::rows_of(path, format, {"q"}));
    if (message.starts_with(path)) message.replace(0, path.size(), "FILE");
    return message;
  }
};

TEST_F(RowsTest, JsonRecordsComeInOrderWithTheirNumbers) {
  const auto rows =
      test::rows_of(write("a.json", "\xEF\xBB\xBF[{\"q\": \"a\tb\xC3\xA4\", \"n\": 3}, {\"q\": null}]"), "json");
  ASSERT_FALSE(rows) << "a raw tab is not JSON";
  const auto good =
      test::rows_of(write("a.json", "\xEF\xBB\xBF[{\"q\": \"a\\tb\xC3\xA4\", \"n\": 3}, {\"q\": null}]"), "json");
  ASSERT_TRUE(good) << test::message_of(good);
  ASSERT_EQ(good->size(), 2U);
  EXPECT_EQ(good->at(0).fields["q"], "a\tb\xC3\xA4");
  EXPECT_EQ(good->at(0).fields["n"], 3);
  EXPECT_EQ(good->at(1).number, 1U);
}

TEST_F(RowsTest, JsonLinesCountRecordsAndNotEmptyLines) {
  const auto rows = test::rows_of(write("a.jsonl", "{\"q\": 1}\r\n\n{\"q\": 2}"), "jsonl");
  ASSERT_TRUE(rows) << test::message_of(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(1).number, 1U);
}

TEST_F(RowsTest, CsvKeepsWhatOthersTakeForMissing) {
  const auto rows = test::rows_of(
      write("a.csv", "\xEF\xBB\xBFq,a\r\nNA,\"left, or\nright \xC3\xA4\"\n,null\n\"\",\"say \"\"no\"\"\"\n"), "csv");
  ASSERT_TRUE(rows) << test::message_of(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ(rows->at(0).fields, (Json{{"q", "NA"}, {"a", "left, or\nright \xC3\xA4"}}));
  EXPECT_EQ(rows->at(1).fields, (Json{{"q", ""}, {"a", "null"}}));
  EXPECT_EQ(rows->at(2).fields, (Json{{"q", ""}, {"a", "say \"no\""}}));
}

TEST_F(RowsTest, ARowThatLooksLikeACommentOrATitleIsARow) {
  // Readers that guess the dialect drop such rows in silence.
  const auto rows = test::rows_of(write("a.csv", "q,a\n#3 or #4?,x\n# c,y\n"), "csv");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->size(), 2U);
  EXPECT_THAT(complaint("b.csv", "a title\nq,a\n1,2\n", "csv"), StartsWith("FILE, line 2: has 2 fields"));
}

TEST_F(RowsTest, TsvHasTabsBetweenAndCommasWithin) {
  const auto rows = test::rows_of(write("a.tsv", "q\ta\nx, y\tNA\n"), "tsv");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->at(0).fields, (Json{{"q", "x, y"}, {"a", "NA"}}));
}

TEST_F(RowsTest, ColumnsAreThoseOfTheHeaderOrTheFirstRecord) {
  EXPECT_THAT(*columns_of(write("a.csv", "b,a\n1,2\n"), "csv"), ElementsAre("b", "a"));
  EXPECT_THAT(*columns_of(write("h.csv", "b,a\n"), "csv"), ElementsAre("b", "a"));
  EXPECT_THAT(*columns_of(write("a.json", R"([{"b": 1, "a": 2}, {"c": 3}])"), "json"), ElementsAre("a", "b"));
  EXPECT_THAT(*columns_of(write("a.jsonl", "{\"z\": 1}\n{"), "jsonl"), ElementsAre("z"));
  EXPECT_TRUE(columns_of(write("e.json", "[]"), "json")->empty());
  EXPECT_TRUE(columns_of(write("e.csv", ""), "csv")->empty());
}

TEST_F(RowsTest, JsonThatBreaksOffNamesTheByteWhereverItIsCut) {
  const std::string whole = R"([{"q": "a \"b\" \u00e4", "n": [1, {"m": -2.5e3}], "t": true}, {"q": null}])";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string message = complaint("a.json", whole.substr(0, size), "json");
    EXPECT_THAT(message, StartsWith("FILE, byte ")) << whole.substr(0, size);
    EXPECT_THAT(message, HasSubstr("the JSON breaks off; the file is probably cut short")) << whole.substr(0, size);
  }
}

TEST_F(RowsTest, JsonLinesThatBreakOffNameTheLine) {
  EXPECT_THAT(complaint("a.jsonl", "{\"q\": 1}\n{\"q\": ", "jsonl"),
              StartsWith("FILE, line 2, byte 15: the JSON breaks off"));
  EXPECT_THAT(complaint("a.jsonl", "{\"q\": 1}\n\n[2]\n", "jsonl"), StartsWith("FILE, line 3: is not a JSON object"));
}

TEST_F(RowsTest, WhatIsNotAnArrayOfObjectsIsAnError) {
  EXPECT_THAT(complaint("a.json", R"({"data": []})", "json"), StartsWith("FILE: is not a JSON array of records"));
  EXPECT_THAT(complaint("a.json", "\"text\"", "json"), StartsWith("FILE: is not a JSON array"));
  EXPECT_THAT(complaint("a.json", R"([{"q": 1}, 2])", "json"), StartsWith("FILE, record 1: is not a JSON object"));
  EXPECT_THAT(complaint("a.json", "[null]", "json"), StartsWith("FILE, record 0: is not a JSON object"));
}

TEST_F(RowsTest, BytesThatAreNotTextAreAnErrorWithAPosition) {
  EXPECT_THAT(complaint("a.json", "[{\"q\": \"\xFF\"}]", "json"), StartsWith("FILE, byte 8: is not valid JSON"));
  EXPECT_THAT(complaint("a.csv", "q\n\xFF\n", "csv"), StartsWith("FILE, line 2: is not text in UTF-8"));
  EXPECT_THAT(complaint("a.csv", "q,a\n1,\"2\n", "csv"), StartsWith("FILE, line 2: opens a quote"));
  EXPECT_THAT(complaint("a.json", "[{\"q\": 1e999}]", "json"), StartsWith("FILE"));
}

TEST_F(RowsTest, DeepNestingInAFieldIsAnError) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(complaint("a.json", "[{\"q\": " + deep + "}]", "json"), HasSubstr("levels deep"));
  EXPECT_THAT(complaint("a.jsonl", "{\"q\": " + deep + "}", "jsonl"), StartsWith("FILE, line 1, byte "));
}

TEST_F(RowsTest, AnEmptyFileHasNoRowsOrIsAnError) {
  EXPECT_THAT(complaint("a.json", "", "json"), StartsWith("FILE, byte 0: the JSON breaks off"));
  EXPECT_EQ(complaint("a.jsonl", "", "jsonl"), "(no error)");
  EXPECT_EQ(complaint("a.csv", "", "csv"), "(no error)");
  EXPECT_THAT(complaint("a.parquet", "", "parquet"), StartsWith("FILE: is not a readable parquet file ("));
}

TEST_F(RowsTest, AMissingFileIsNamedInEveryFormat) {
  for (const auto* format : {"json", "jsonl", "csv", "tsv", "parquet"}) {
    const auto path = (folder_ / "none").string();
    EXPECT_THAT(test::message_of(test::rows_of(path, format, {"q"})), StartsWith(path)) << format;
    EXPECT_THAT(test::message_of(columns_of(path, format)), StartsWith(path)) << format;
  }
}

TEST_F(RowsTest, TheFirstFailureOfTheReceiverEndsTheReading) {
  const auto path = write("a.jsonl", "{\"q\": 1}\n{\"q\": 2}\n");
  int seen = 0;
  const auto status = for_each_row(path, {"jsonl", {}, {}}, [&seen](Row&&) -> Status {
    ++seen;
    return fail(ErrorCode::limit, "enough");
  });
  EXPECT_EQ(test::message_of(status), "enough");
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace osler
