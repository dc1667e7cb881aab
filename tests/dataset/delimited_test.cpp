#include "osler/dataset/delimited.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

using Fields = std::vector<std::string>;

/// A record that outlives its stream.
struct Record {
  std::uint64_t line = 0;
  Fields fields;
};

Result<std::vector<Record>> records(ByteStream stream, char delimiter = ',') {
  std::vector<Record> out;
  const auto status = for_each_record(stream, delimiter, [&out](const DelimitedRecord& record) -> Status {
    out.push_back({record.line, {}});
    for (const auto& field : record.fields) out.back().fields.push_back(field.text());
    return {};
  });
  if (!status) return pass(status);
  return out;
}

Result<std::vector<Record>> records(const std::string& text, char delimiter = ',') {
  return records(ByteStream::of_text(text, "data.csv"), delimiter);
}

TEST(Delimited, QuotesHoldDelimitersLineEndsAndQuotes) {
  const auto got = records("q,a\n\"left, or\nright?\",\"say \"\"no\"\"\"\nlast,1\n");
  ASSERT_TRUE(got) << test::message_of(got);
  ASSERT_EQ(got->size(), 3U);
  EXPECT_EQ((*got)[1].fields, (Fields{"left, or\nright?", "say \"no\""}));
  EXPECT_EQ((*got)[1].line, 2U);
  EXPECT_EQ((*got)[2].line, 4U);
}

TEST(Delimited, EveryLineEndEndsARecord) {
  const auto got = records("a,b\r\n1,2\r3,4\n5,6");
  ASSERT_TRUE(got) << test::message_of(got);
  ASSERT_EQ(got->size(), 4U);
  EXPECT_EQ((*got)[3].fields, (Fields{"5", "6"}));
}

TEST(Delimited, SpaceQuotesWithinAndEmptyFieldsStayAsTheyAre) {
  const auto got = records("a,b,c\n x ,5\" film,\n,\"\",\"y\" z\n");
  ASSERT_TRUE(got) << test::message_of(got);
  EXPECT_EQ((*got)[1].fields, (Fields{" x ", "5\" film", ""}));
  EXPECT_EQ((*got)[2].fields, (Fields{"", "", "y z"}));
}

TEST(Delimited, AByteOrderMarkAndEmptyLinesArePassedOver) {
  const auto got = records(
      "\xEF\xBB\xBF"
      "a,b\n\n1,2\r\n\r\n");
  ASSERT_TRUE(got) << test::message_of(got);
  ASSERT_EQ(got->size(), 2U);
  EXPECT_EQ(got->front().fields.front(), "a");
  EXPECT_EQ(got->back().line, 3U);
}

TEST(Delimited, TabsAreDelimitersOfATsvOnly) {
  EXPECT_EQ(records("a\tb\n1,5\t2\n", '\t')->back().fields, (Fields{"1,5", "2"}));
  EXPECT_EQ(records("a\tb,c\n1\t,2\n")->back().fields, (Fields{"1\t", "2"}));
}

TEST(Delimited, NothingIsRecords) { EXPECT_TRUE(records("")->empty()); }

TEST(Delimited, AWrongNumberOfFieldsNamesTheLine) {
  EXPECT_THAT(test::message_of(records("a,b\n\"1\n\",2\n3\n")),
              testing::StartsWith("data.csv, line 4: has 1 fields where the header has 2"));
  EXPECT_THAT(test::message_of(records("a,b\n1,2,3\n")), testing::HasSubstr("line 2: has 3 fields"));
}

TEST(Delimited, AnOpenQuoteNamesTheLineWhereItStarts) {
  EXPECT_THAT(test::message_of(records("a,b\n1,2\n3,\"cut\noff")),
              testing::StartsWith("data.csv, line 3: opens a quote that nothing closes"));
}

TEST(Delimited, BytesThatAreNotUtf8NameTheLine) {
  EXPECT_THAT(test::message_of(records("a,b\n1,caf\xE9\n")),
              testing::StartsWith("data.csv, line 2: is not text in UTF-8"));
}

TEST(Delimited, TheFirstFailureOfTheReceiverEndsTheReading) {
  int seen = 0;
  auto stream = ByteStream::of_text("a\n1\n2\n", "data.csv");
  const auto status = for_each_record(stream, ',', [&seen](const DelimitedRecord&) -> Status {
    ++seen;
    return fail(ErrorCode::interrupted, "enough");
  });
  EXPECT_FALSE(status);
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace osler
