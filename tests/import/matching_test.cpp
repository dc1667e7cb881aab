// Which record answers which item: by id, by what the record says, by its place; never by a guess.

#include "osler/import/matching.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "import/support.h"

namespace osler::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Item ids in the order of the records that answer them; "-" where a record answers none.
std::vector<std::string> answered(const std::vector<Record>& records, std::vector<Item> items) {
  std::vector<std::string> ids(records.size(), "-");
  const auto matching = match_records(records, items);
  if (!matching) return {matching.error().message()};
  for (const auto& match : matching->matches) ids[match.record] = items[match.item].id;
  return ids;
}

const std::vector<Item> kThree{open_item("11", "Is it CT?", "yes"), open_item("12", "Which organ?", "liver"),
                               open_item("15", "How many?", "2")};

TEST(MatchingById, AnIdCountsWhateverTheOrder) {
  EXPECT_THAT(answered({record("15", ""), record("11", ""), record("12", "")}, kThree), ElementsAre("15", "11", "12"));
}

TEST(MatchingById, AnIdWithAnotherQuestionIsNotTheItem) {
  std::vector<Item> items = kThree;
  const std::vector<Record> records{record("11", "Is it CT?"), record("12", "Where is the stone?")};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  ASSERT_EQ(matching->unmatched.size(), 1U);
  EXPECT_THAT(matching->unmatched.front().why, HasSubstr("has the id of the item '12', but another question"));
  EXPECT_THAT(matching->unanswered, ElementsAre(1U, 2U));
}

TEST(MatchingById, CaseSpacesAndAListingOfOptionsDoNotMakeAnotherQuestion) {
  EXPECT_THAT(
      answered({record("11", "is it  ct ?\n"), record("12", "<image 1> Which organ?\nAnswer Choices: (A) a")}, kThree),
      ElementsAre("11", "12"));
}

TEST(MatchingById, RowNumbersAreNoIdsUnlessAllOfThemAre) {
  // 11 and 12 are among 0 ... 12, but only as rows of some table.
  std::vector<Record> rows;
  for (int i = 0; i < 13; ++i) rows.push_back(record(std::to_string(i), ""));
  EXPECT_THAT(answered(rows, kThree).front(), HasSubstr("none of the 13 records answers one of the 3 items"));
  const std::vector<Item> numbered{open_item("0", "a", "x"), open_item("1", "b", "x"), open_item("2", "c", "x")};
  EXPECT_THAT(answered({record("0", ""), record("1", "")}, numbered), ElementsAre("0", "1"));
}

TEST(MatchingById, NumbersWithoutQuestionsAreIdsOnlyIfNearlyAllOfThemAre) {
  // Another copy of the benchmark numbers its questions otherwise: that 12 is in both is chance.
  const std::vector<Record> other{record("12", ""), record("20", ""), record("31", ""), record("44", "")};
  EXPECT_THAT(answered(other, kThree).front(), HasSubstr("most of these numbers are of none"));
  // All items among more records, and a few items only, are what they seem to be.
  EXPECT_THAT(
      answered({record("12", ""), record("20", ""), record("11", ""), record("15", ""), record("99", "")}, kThree),
      ElementsAre("12", "-", "11", "15", "-"));
  EXPECT_THAT(answered({record("15", "")}, kThree), ElementsAre("15"));
  // A question confirms a number.
  EXPECT_THAT(answered({record("12", "Which organ?"), record("20", ""), record("31", "")}, kThree),
              ElementsAre("12", "-", "-"));
}

TEST(MatchingById, AnIdMayStandInsideALongerOne) {
  EXPECT_THAT(answered({record("slake_12_1491ca5a", ""), record("slake_11_bd6ef473", "")}, kThree),
              ElementsAre("12", "11"));
  // Two items in one id leave it open; so does a word in another place than in the other records.
  EXPECT_THAT(answered({record("11", ""), record("slake_12_15", "")}, kThree), ElementsAre("11", "-"));
  EXPECT_THAT(answered({record("15", ""), record("slake_12_x", ""), record("slake_x_11", "")}, kThree),
              ElementsAre("15", "-", "-"));
  // The question settles it.
  EXPECT_THAT(answered({record("15", ""), record("slake_12_x", "Which organ?"), record("slake_x_y", "")}, kThree),
              ElementsAre("15", "12", "-"));
}

TEST(MatchingById, AWordThatIsTheSameInOneRecordOnlyMayBeChance) {
  EXPECT_THAT(answered({record("slake_12_1491ca5a", "")}, kThree).front(), HasSubstr("none of the 1 records"));
  EXPECT_THAT(answered({record("slake_12_a", ""), record("slake_12_b", "")}, kThree).front(),
              HasSubstr("none of the 2"));
  // Beside ids that are just the items', longer ones are of something else.
  EXPECT_THAT(answered({record("11", ""), record("slake_12_x", ""), record("slake_15_x", "")}, kThree),
              ElementsAre("11", "-", "-"));
}

TEST(MatchingById, APartOfAnIdDoesNotDisplaceAWholeOne) {
  std::vector<Item> items = kThree;
  const std::vector<Record> records{record("old-12", "Which organ?", "spleen"), record("12", "Which organ?", "liver")};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  ASSERT_EQ(matching->matches.size(), 1U);
  EXPECT_EQ(matching->matches.front().record, 1U);
  ASSERT_EQ(matching->unmatched.size(), 1U);
  EXPECT_THAT(matching->unmatched.front().why, HasSubstr("'12', whose id another record has"));
}

/// Ten items "q0", "q1", ... or "0", "1", ..., of which every other one has the gold answer no.
std::vector<Item> yes_and_no(const std::string& before) {
  std::vector<Item> items;
  for (int i = 0; i < 10; ++i) items.push_back(open_item(before + std::to_string(i), "", i % 2 == 0 ? "yes" : "no"));
  return items;
}

/// Records of the items' ids and gold answers, the ids `by` places further.
std::vector<Record> shifted(const std::vector<Item>& items, std::size_t by) {
  std::vector<Record> records;
  for (std::size_t i = 0; i + by < items.size(); ++i) {
    records.push_back(record(items[i + by].id, ""));
    records.back().gold = items[i].gold;
  }
  return records;
}

TEST(MatchingById, AnIdWithAnotherGoldAnswerIsNotTheItem) {
  const auto items = yes_and_no("q");
  EXPECT_THAT(answered(shifted(items, 1), items).front(),
              HasSubstr("has the id of the item 'q1', but its gold answer is another"));
  EXPECT_EQ(answered(shifted(items, 0), items).back(), "q9");
}

TEST(MatchingById, NumbersThatLeadToOtherGoldAnswersAreOfAnotherCopy) {
  auto items = yes_and_no("");
  EXPECT_THAT(answered(shifted(items, 1), items).front(), HasSubstr("the numbers are of another copy"));
  // Those that agree do so by chance: none of them counts.
  items[0].gold = items[4].gold = "no";
  auto records = shifted(items, 1);
  EXPECT_EQ(records[0].gold, items[1].gold);
  EXPECT_THAT(answered(records, items).front(), HasSubstr("the numbers are of another copy"));
  // One that differs speaks against itself only.
  records = shifted(items, 0);
  records[3].gold = "yes";
  const auto ids = answered(records, items);
  EXPECT_EQ(ids[3], "-");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "-"), 1);
}

TEST(MatchingById, AGoldAnswerMayBeALetterATextOrAList) {
  const std::vector<Item> items{choice_item("q", "Which?", {"red", "Green"}, 1)};
  for (const char* gold : {"B", "b", "(B)", "B.", "green.", "B. Green", "['green']", R"(["Green", "lime"])"}) {
    std::vector<Record> records{record("q", "")};
    records[0].gold = gold;
    EXPECT_THAT(answered(records, items), ElementsAre("q")) << gold;
  }
  for (const char* gold : {"A", "(A)", "red", "A. red", "['red']", "C", "b.e"}) {
    std::vector<Record> records{record("q", "")};
    records[0].gold = gold;
    EXPECT_THAT(answered(records, items).front(), HasSubstr("its gold answer is another")) << gold;
  }
}

TEST(MatchingById, AnIdWithAnotherPictureIsNotTheItem) {
  const std::vector<Item> items{open_item("q", "", "yes", "xmlab1/source.jpg")};
  std::vector<Record> records{record("q", "")};
  records[0].images = {"xmlab2/source.jpg"};
  EXPECT_THAT(answered(records, items).front(), HasSubstr("has the id of the item 'q', but another picture"));
  records[0].images = {"imgs/xmlab1/source.jpg"};
  EXPECT_THAT(answered(records, items), ElementsAre("q"));
}

TEST(MatchingByQuestion, AQuestionOfItsOwnIsEnough) {
  EXPECT_THAT(answered({record("", "How many"), record("x-9", "which organ?")}, kThree), ElementsAre("15", "12"));
}

TEST(MatchingByQuestion, APictureTellsEqualQuestionsApart) {
  const std::vector<Item> items{open_item("1", "Normal?", "yes", "xmlab1/source.jpg"),
                                open_item("2", "Normal?", "yes", "xmlab2/source.jpg"),
                                open_item("3", "Normal?", "yes", "xmlab3/source.jpg")};
  auto second = record("", "Normal?");
  second.images = {"/home/x/imgs/XMLAB2/source.jpg"};
  auto unknown = record("", "Normal?");
  auto elsewhere = record("", "Normal?");
  elsewhere.images = {"imgs/xmlab9/source.jpg"};
  EXPECT_THAT(answered({second, unknown, elsewhere}, items), ElementsAre("2", "-", "-"));
}

TEST(MatchingByQuestion, GoldAndOptionsTellEqualQuestionsApart) {
  const std::vector<Item> items{open_item("1", "What is it?", "cyst"), open_item("2", "What is it?", "stone"),
                                choice_item("3", "Which?", {"red", "green"}, 0),
                                choice_item("4", "Which?", {"cold", "warm"}, 1)};
  auto stone = record("", "What is it?");
  stone.gold = "Stone";
  auto warm = record("", "Which?");
  warm.options = {"cold", "warm"};
  auto third = record("", "Which?");
  third.gold = "green";
  EXPECT_THAT(answered({stone, warm, third}, items), ElementsAre("2", "4", "-"));
}

TEST(MatchingByQuestion, SeveralItemsThatFitLeaveItOpen) {
  std::vector<Item> items{open_item("1", "Normal?", "yes"), open_item("2", "Normal?", "yes"),
                          open_item("3", "CT?", "yes")};
  const std::vector<Record> records{record("", "CT?"), record("", "Normal?")};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  ASSERT_EQ(matching->unmatched.size(), 1U);
  EXPECT_THAT(matching->unmatched.front().why, HasSubstr("fits 2 items"));
  EXPECT_EQ(matching->count(MatchedBy::question), 1U);
}

const std::vector<Item> kRepeated{open_item("a", "Normal?", "yes"), open_item("b", "Normal?", "yes"),
                                  open_item("c", "CT?", "no")};

TEST(MatchingByPosition, AsManyRecordsWithTheSameQuestionsInOneOrderAreTheItems) {
  EXPECT_THAT(answered({record("", "Normal?"), record("", "Normal?"), record("", "CT?")}, kRepeated),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(answered({record("0", ""), record("1", ""), record("2", "")}, kRepeated), ElementsAre("a", "b", "c"));
}

TEST(MatchingByPosition, OneQuestionInAnotherPlaceIsEnoughToDoubtAll) {
  EXPECT_THAT(answered({record("", "Normal?"), record("", "CT?"), record("", "Normal?")}, kRepeated),
              ElementsAre("-", "c", "-"));
  EXPECT_THAT(answered({record("", "Normal?"), record("", "Normal?"), record("", "MRI?")}, kRepeated).front(),
              HasSubstr("none of the 3 records"));
  EXPECT_THAT(answered({record("", "Normal?"), record("", "CT?")}, kRepeated), ElementsAre("-", "c"));
}

TEST(MatchingByPosition, IdsOfAnotherKindAndOtherGoldAnswersAreAReasonToDoubt) {
  EXPECT_THAT(answered({record("u7", ""), record("k2", ""), record("p0", "")}, kRepeated).front(),
              HasSubstr("has an id that no item has (a record's id: 'u7'"));
  std::vector<Record> records{record("", ""), record("", ""), record("", "")};
  records[2].gold = "yes";
  EXPECT_THAT(answered(records, kRepeated).front(), HasSubstr("none of the 3 records"));
  records[2].gold = "No";
  EXPECT_THAT(answered(records, kRepeated), ElementsAre("a", "b", "c"));
}

TEST(MatchingByPosition, ATasksOwnNumbersGoBeforeTheOrderOfTheFile) {
  std::vector<Record> records{record("", ""), record("", ""), record("", "")};
  records[0].position = 2;
  records[1].position = 0;
  records[2].position = 1;
  records[1].prompt = "Look at the picture. Normal? Answer with one word.";
  EXPECT_THAT(answered(records, kRepeated), ElementsAre("c", "a", "b"));
  records[1].prompt = "Look at the picture. Is the colon dilated? Answer with one word.";
  EXPECT_THAT(answered(records, kRepeated).front(), HasSubstr("none of the 3 records"));
}

TEST(MatchingOptions, TheOrderInWhichTheyWereAskedIsTheItems) {
  std::vector<Item> items{choice_item("1", "Which?", {"red", "green", "blue"}, 1)};
  auto asked = record("1", "Which?", "C");
  asked.options = {"Blue.", "red", "green"};
  const std::vector<Record> records{asked};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  EXPECT_EQ(matching->reordered, 1U);
  EXPECT_THAT(items.front().options, ElementsAre("blue", "red", "green"));
  EXPECT_EQ(items.front().gold_option, 2U);
  EXPECT_EQ(items.front().gold, "green");
}

TEST(MatchingOptions, AGoldLetterMeansTheRecordsOwnOptions) {
  auto asked = record("", "Which?");
  asked.options = {"blue", "red"};
  asked.gold = "A";
  EXPECT_THAT(answered({asked}, {choice_item("1", "Which?", {"red", "blue"}, 1)}), ElementsAre("1"));
  EXPECT_THAT(answered({asked}, {choice_item("1", "Which?", {"red", "blue"}, 0)}).front(), HasSubstr("none of the 1"));
}

TEST(MatchingOptions, OtherOptionsAreAnotherQuestion) {
  std::vector<Item> items{choice_item("1", "Which?", {"red", "green"}, 1), open_item("2", "What?", "x")};
  std::vector<Record> records{record("1", "Which?"), record("2", "What?"), record("1", "Which?")};
  records[0].options = {"red", "yellow"};
  records[1].options = {"x", "y"};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  ASSERT_EQ(matching->unmatched.size(), 2U);
  EXPECT_THAT(matching->unmatched.front().why, HasSubstr("lists other options than the item '1'"));
  EXPECT_EQ(matching->matches.size(), 1U);
}

TEST(MatchingOptions, EqualOptionsStandInForEachOther) {
  std::vector<Item> items{choice_item("1", "Which?", {"same", "same", "other"}, 2)};
  auto asked = record("1", "");
  asked.options = {"same", "same", "other"};
  const std::vector<Record> records{asked};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  EXPECT_EQ(matching->reordered, 0U);
}

TEST(MatchingTwice, TheSameResponseOnceMoreIsOneResponse) {
  std::vector<Item> items = kThree;
  const std::vector<Record> records{record("11", "", "yes"), record("11", "", "yes")};
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  EXPECT_EQ(matching->repeated, 1U);
  EXPECT_EQ(matching->matches.size(), 1U);
}

TEST(MatchingTwice, TwoResponsesToOneItemAreAnError) {
  std::vector<Item> items = kThree;
  std::vector<Record> records{record("11", "", "yes"), record("11", "", "no")};
  records[0].place = Place{"a.json", {}, 4};
  records[1].place = Place{"b.json", {}, 9};
  EXPECT_THAT(message_of(match_records(records, items)),
              AllOf(HasSubstr("b.json, record 9"), HasSubstr("item '11'"), HasSubstr("a.json, record 4")));
}

TEST(MatchingTwice, TwoIdsThatFitOneItemAreNeitherItsOwn) {
  std::vector<Item> items = kThree;
  for (const char* response : {"x", "y"}) {
    const std::vector<Record> records{record("a", "Is it CT?", "x"), record("b", "Is it CT?", response),
                                      record("c", "How many?")};
    const auto matching = match_records(records, items);
    ASSERT_EQ(message_of(matching), "(no error)");
    EXPECT_EQ(matching->repeated, 0U);
    EXPECT_EQ(matching->matches.size(), 1U);
    ASSERT_EQ(matching->unmatched.size(), 2U);
    EXPECT_EQ(matching->unmatched[1].why, "two records fit one item: '11'");
    EXPECT_THAT(matching->unanswered, ElementsAre(0U, 1U));
  }
}

TEST(MatchingTwice, WithoutIdsARepetitionIsEqualInAllItSays) {
  std::vector<Item> items = kThree;
  std::vector<Record> records{record("", "Is it CT?"), record("", "Is it CT?"), record("c", "How many?")};
  EXPECT_EQ(match_records(records, items)->repeated, 1U);
  records[1].prompt = "Look. Is it CT?";
  EXPECT_EQ(match_records(records, items)->repeated, 0U);
  EXPECT_EQ(match_records(records, items)->unmatched.size(), 2U);
}

TEST(MatchingNothing, TheErrorShowsAnIdOfEachSide) {
  EXPECT_THAT(answered({record("test-0", "")}, kThree).front(),
              AllOf(HasSubstr("a record's id: 'test-0'"), HasSubstr("an item's: '11'"), HasSubstr("--map id=")));
}

TEST(MatchingMany, ImageMarksThatNeverEndTakeNoTimeByTheSquare) {
  std::string marks;
  for (int i = 0; i < 1'000'000; ++i) marks += "<image ";
  EXPECT_THAT(answered({record("", marks)}, {open_item("1", marks, "yes")}), ElementsAre("1"));
  EXPECT_THAT(answered({record("", "<image 123> Normal <image 1234>?")}, {open_item("1", "Normal<image 1234>", "yes")}),
              ElementsAre("1"));
}

TEST(MatchingMany, ALongGoldAnswerIsComparedOnce) {
  // 512 items for every record, and a gold answer that takes long to fold.
  std::vector<Item> items;
  for (int i = 0; i < 512; ++i) items.push_back(open_item("i" + std::to_string(i), "Normal?", "yes"));
  std::vector<Record> records(100, record("", "Normal?"));
  for (auto& long_one : records) long_one.gold = std::string(100'000, 'y');
  EXPECT_THAT(answered(records, items).front(), HasSubstr("another picture, gold answer"));
}

TEST(MatchingMany, EqualQuestionsInEveryItemTakeNoTimeByTheSquare) {
  std::vector<Item> items;
  std::vector<Record> records;
  for (int i = 0; i < 20'000; ++i) {
    items.push_back(open_item("i" + std::to_string(i), "Normal?", "yes"));
    records.push_back(record("r" + std::to_string(i), "Normal?"));
  }
  records.pop_back();
  records.push_back(record("i0", "Normal?"));
  const auto matching = match_records(records, items);
  ASSERT_EQ(message_of(matching), "(no error)");
  EXPECT_EQ(matching->unmatched.size(), 19'999U);
}

}  // namespace
}  // namespace osler::test
