#include "osler/dataset/rows.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "storage/zip_maker.h"

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

TEST_F(RowsTest, OnlyTheColumnsThatAreWantedAreInARow) {
  const Json wanted{{"q", "x"}};
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"json", R"([{"q": "x", "a": [1, {"b": 2}], "c": "y"}])"},
                                                        {"jsonl", R"({"a": {}, "q": "x"})"},
                                                        {"csv", "a,q,c\n1,x,2\n"},
                                                        {"tsv", "a\tq\n1\tx\n"}}) {
    const auto rows = test::rows_of(write("a." + name, text), name, {"q", "absent"});
    ASSERT_TRUE(rows) << test::message_of(rows);
    EXPECT_EQ(rows->front().fields, wanted) << name;
  }
  EXPECT_THAT(complaint("a.json", R"([{"q": "x", "a": [1,,2]}])", "json"), StartsWith("FILE, byte 20: is not valid"))
      << "what is not wanted must be right all the same";
}

TEST_F(RowsTest, RecordsByTheirKeysAreRecords) {
  const auto path = write("a.json", R"({"val_1": {"q": 1}, "val\u00e4": {"q": 2}, "3": {"_key": "own"}})");
  const auto rows = test::rows_of(path, "json");
  ASSERT_TRUE(rows) << test::message_of(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ(rows->at(0).fields, (Json{{"q", 1}, {"_key", "val_1"}}));
  EXPECT_EQ(rows->at(1).fields, (Json{{"q", 2}, {"_key", "val\xC3\xA4"}}));
  EXPECT_EQ(rows->at(2).fields, (Json{{"_key", "own"}}));
  EXPECT_EQ(test::rows_of(path, "json", {"q"})->at(0).fields, (Json{{"q", 1}}));
  EXPECT_THAT(*columns_of(path, "json"), ElementsAre("_key", "q"));
}

TEST_F(RowsTest, AListOfRecordsMayLieInAnObject) {
  const auto rows = test::rows_of(write("a.json", R"({"version": "1", "data": [{"q": 1}, {"q": 2}], "n": 2})"), "json");
  ASSERT_TRUE(rows) << test::message_of(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(1).fields, (Json{{"q", 2}}));
}

TEST_F(RowsTest, WhichPartOfAnObjectHoldsTheRecordsIsNotGuessed) {
  for (const char* text : {R"({"q": "x", "a": {"b": 1}})", R"({"a": {"b": 1}, "q": "x"})", R"({"q": "x"})", "{}",
                           R"({"info": {"b": 1}, "data": [{"q": 1}]})", R"({"data": [{"q": 1}], "more": [{"q": 2}]})",
                           R"({"data": [{"q": 1}], "info": {"b": 1}})"}) {
    EXPECT_THAT(complaint("a.json", text, "json"), StartsWith("FILE: is not a JSON array of records; a JSON benchmark"))
        << text;
  }
}

TEST_F(RowsTest, WhatFollowsOrSeparatesRecordsWronglyNamesTheByte) {
  EXPECT_THAT(complaint("a.json", R"([{"q": 1}] x)", "json"),
              StartsWith("FILE, byte 11: is not valid JSON (the end of"));
  EXPECT_THAT(complaint("a.json", R"([{"q": 1} {"q": 2}])", "json"), StartsWith("FILE, byte 10: is not valid JSON"));
  EXPECT_THAT(complaint("a.json", R"([{"q": 1},])", "json"), StartsWith("FILE, byte 10: is not valid JSON"));
  EXPECT_THAT(complaint("a.json", R"([{"q": 1, x}, {"q": 2}])", "json"),
              StartsWith("FILE, byte 10: is not valid JSON"));
  EXPECT_THAT(complaint("a.json", R"({"a": {"q": 1}, 2})", "json"), StartsWith("FILE, byte 16: is not valid JSON"));
  EXPECT_THAT(complaint("a.json", R"({"a" {"q": 1}})", "json"), StartsWith("FILE, byte 5: is not valid JSON"));
}

TEST_F(RowsTest, TextInOtherEncodingsSaysThatItIsNotUtf8) {
  EXPECT_THAT(complaint("a.json", std::string_view("\xFF\xFE[\0{\0", 6), "json"), HasSubstr("UTF-8"));
  EXPECT_THAT(complaint("a.json", std::string_view("[\0{\0", 4), "json"), HasSubstr("UTF-8"));
  EXPECT_THAT(complaint("a.json", "[{\"q\": \"caf\xE9\"}]", "json"), HasSubstr("UTF-8"));
  EXPECT_THAT(complaint("a.jsonl", std::string_view("\xFF\xFE{\0", 4), "jsonl"), StartsWith("FILE, line 1, byte 0"));
  EXPECT_THAT(complaint("a.csv", std::string_view("\xFF\xFEq\0", 4), "csv"), HasSubstr("UTF-8"));
  EXPECT_THAT(complaint("a.csv", std::string_view("q\0,\0a\0\n\0", 8), "csv"), HasSubstr("UTF-8"));
}

TEST_F(RowsTest, ARecordLargerThanTheLimitIsAnError) {
  const std::string large(5000, 'x');
  const ReadLimits limits{100, 1000, 1000};
  const auto message = [&](const std::string& format, const std::string& text) {
    const auto status =
        for_each_row(write("a." + format, text), {format, {}, {}, limits}, [](Row&&) { return Status(); });
    EXPECT_TRUE(status || status.error().code == ErrorCode::limit) << test::message_of(status);
    return test::message_of(status);
  };
  EXPECT_THAT(message("json", R"([{"q": "small"}, {"q": ")" + large + "\"}]"),
              HasSubstr("record 1: is a record of more"));
  EXPECT_THAT(message("jsonl", "{}\n{\"q\": \"" + large + "\"}"), HasSubstr("line 2: has a line of more than 1000"));
  EXPECT_THAT(message("csv", "q\nsmall\n\"" + large), HasSubstr("line 3: belongs to a record of more than 1000"));
}

TEST_F(RowsTest, AGitLfsPointerIsNotTheData) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n";
  for (const auto* format : {"json", "jsonl", "csv", "tsv", "parquet"}) {
    const auto path = write("a", pointer).string();
    const std::string expected = path +
                                 ": is a git-LFS pointer, not the data; run 'git lfs pull' in its repository, or fetch "
                                 "the file again";
    EXPECT_EQ(test::message_of(test::rows_of(path, format, {"q"})), expected) << format;
    EXPECT_EQ(test::message_of(columns_of(path, format)), expected) << format;
  }
}

TEST_F(RowsTest, AWebPageIsNotTheData) {
  for (const auto* format : {"json", "csv", "parquet"}) {
    EXPECT_THAT(complaint("a", "<!DOCTYPE html>\n<html><body>Please sign in</body></html>", format),
                StartsWith("FILE: is a web page, not the data; its download was probably refused"))
        << format;
  }
}

TEST_F(RowsTest, AFileInAZipIsReadAsOneInAFolder) {
  test::make_zip(folder_ / "a.zip", {{"in/a.json", R"([{"q": "x"}])"}, {"a.csv", "q\nx\n", true}, {"b.json", "[{\"q"}});
  const Json wanted{{"q", "x"}};
  EXPECT_EQ(test::rows_of(folder_ / "a.zip/in/a.json", "json")->front().fields, wanted);
  EXPECT_EQ(test::rows_of(folder_ / "a.zip/a.csv", "csv")->front().fields, wanted);
  EXPECT_THAT(*columns_of(folder_ / "a.zip/a.csv", "csv"), ElementsAre("q"));
  EXPECT_THAT(test::message_of(test::rows_of(folder_ / "a.zip/b.json", "json")),
              HasSubstr("a.zip/b.json, byte 4: the JSON breaks off"));
}

TEST_F(RowsTest, TheFirstFailureOfTheReceiverEndsTheReading) {
  const auto path = write("a.jsonl", "{\"q\": 1}\n{\"q\": 2}\n");
  int seen = 0;
  const auto status = for_each_row(path, {"jsonl"}, [&seen](Row&&) -> Status {
    ++seen;
    return fail(ErrorCode::limit, "enough");
  });
  EXPECT_EQ(test::message_of(status), "enough");
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace osler
