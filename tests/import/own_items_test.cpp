// Items made of what the records say, where the benchmark is not at hand.

#include "osler/import/own_items.h"

#include <gmock/gmock.h>

#include "import/support.h"

namespace osler::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Record full(const std::string& id, const std::string& gold, const std::vector<std::string>& options = {}) {
  Record made = record(id, "Which?");
  made.gold = gold;
  made.options = options;
  made.place = Place{"a.json", {}, 0};
  return made;
}

std::string fault(std::vector<Record> records) { return message_of(items_of_records(records, "b", "", {"a.json"})); }

TEST(OwnItems, KindAndGoldFollowFromOptionsAndAnswer) {
  std::vector<Record> records{full("1", "B", {"red", "green"}), full("2", "Green", {"red", "green"}), full("3", "Yes"),
                              full("4", "liver")};
  const auto rows = items_of_records(records, "b", "", {"a.json"});
  ASSERT_EQ(message_of(rows), "(no error)");
  ASSERT_EQ(rows->items.size(), 4U);
  EXPECT_EQ(rows->name(), "b (as recorded)");
  EXPECT_EQ(rows->label(), "b");
  EXPECT_EQ(rows->items[0].gold, "green");
  EXPECT_EQ(rows->items[0].gold_option, 1U);
  EXPECT_EQ(rows->items[1].gold_option, 1U);
  EXPECT_EQ(rows->items[2].kind, Kind::yes_no);
  EXPECT_THAT(rows->items[2].options, ElementsAre("yes", "no"));
  EXPECT_EQ(rows->items[3].kind, Kind::open);
}

TEST(OwnItems, ASplitThatIsNamedStandsInTheName) {
  std::vector<Record> records{full("1", "liver")};
  EXPECT_EQ(items_of_records(records, "b", "zh", {"a.json"})->name(), "b:zh (as recorded)");
}

TEST(OwnItems, WhatIsMissingIsNamed) {
  EXPECT_THAT(fault({full("1", "")}), HasSubstr("a.json, record 0: has no gold answer"));
  EXPECT_THAT(fault({full("1", "?")}), HasSubstr("has no gold answer"));
  EXPECT_THAT(fault({full("1", "C", {"red", "green"})}), HasSubstr("gold answer 'C', which is none of its options"));
  Record closed = full("1", "A");
  closed.kind = Kind::mcq;
  EXPECT_THAT(fault({closed}), HasSubstr("has 0 options"));
  EXPECT_THAT(fault({full("1", "x"), full("", "x")}), HasSubstr("has no id, while other records have one"));
}

TEST(OwnItems, RowNumbersWillDoWhereThereAreNoIds) {
  std::vector<Record> records{full("", "x"), full("", "y")};
  const auto rows = items_of_records(records, "b", "", {"a.json"});
  ASSERT_EQ(message_of(rows), "(no error)");
  EXPECT_EQ(rows->items.back().id, "row-1");
  EXPECT_EQ(records.back().id, "row-1");
}

TEST(OwnItems, ARepeatedIdIsOneItem) {
  std::vector<Record> records{full("1", "x"), full("1", "x")};
  EXPECT_EQ(items_of_records(records, "b", "", {"a.json"})->items.size(), 1U);
}

TEST(OwnItems, RowNumbersGoOnFromFileToFile) {
  std::vector<Record> records{full("", "x"), full("", "y"), full("", "x"), full("", "z")};
  for (std::size_t i = 0; i < records.size(); ++i) records[i].position = i % 2;
  const auto rows = items_of_records(records, "b", "", {"a.jsonl", "b.jsonl"});
  ASSERT_EQ(message_of(rows), "(no error)");
  EXPECT_EQ(rows->items.size(), 4U);
}

TEST(OwnItems, ARepeatedIdOfAnotherItemIsRefused) {
  std::vector<Record> records{full("1", "A", {"red", "green"}), full("1", "A", {"red", "green"})};
  records[1].place = Place{"b.json", {}, 7};
  records[1].gold = "B";
  EXPECT_THAT(fault(records), AllOf(HasSubstr("b.json, record 7: has the id '1' of a.json, record 0"),
                                    HasSubstr("another gold answer")));
  records[1] = records[0];
  records[1].question = "What?";
  EXPECT_THAT(fault(records), HasSubstr("another question"));
  records[1] = records[0];
  records[1].options = {"red", "blue"};
  EXPECT_THAT(fault(records), HasSubstr("other options"));
}

}  // namespace
}  // namespace osler::test
