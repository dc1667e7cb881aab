#include "osler/run/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

Response response(const std::string& id, const std::string& text) {
  Response made;
  made.item_id = id;
  made.text = text;
  return made;
}

class JournalTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "responses.jsonl"; }
  [[nodiscard]] std::map<std::string, std::string> texts() const {
    std::map<std::string, std::string> out;
    const auto responses = read_responses(folder_.path());
    EXPECT_TRUE(responses.has_value()) << (responses ? "" : responses.error().message());
    if (!responses) return out;
    for (const auto& [id, read_back] : *responses) out[id] = read_back.text;
    return out;
  }
  using Texts = std::map<std::string, std::string>;
  TemporaryFolder folder_;
};

TEST_F(JournalTest, WhatIsAppendedIsThereAtOnceAndAfterOpeningAgain) {
  const std::string hostile("line\nend \xFF\0 \"", 13);
  {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal.has_value()) << journal.error().message();
    ASSERT_TRUE(journal->append(response("1", "one")).has_value());
    EXPECT_EQ(texts(), (Texts{{"1", "one"}})) << "while the journal is open";
    ASSERT_TRUE(journal->append(response("2", hostile)).has_value());
    ASSERT_TRUE(journal->append(response("1", "one, again")).has_value());
    EXPECT_EQ(journal->responses().at("1").text, "one, again");
  }
  EXPECT_EQ(texts(), (Texts{{"1", "one, again"}, {"2", hostile}}));
  const auto again = Journal::open(folder_.path());
  EXPECT_EQ(again->responses().size(), 2U);
}

TEST_F(JournalTest, ALineTornAtAnyByteIsDroppedAndTheNextOneIsWhole) {
  {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal->append(response("1", "one")).has_value());
  }
  const std::string whole = read(file());
  {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal->append(response("2", "two \xE2\x82\xAC \xFF")).has_value());
  }
  const std::string longer = read(file());
  for (std::size_t keep = whole.size(); keep < longer.size(); ++keep) {
    write(file(), longer.substr(0, keep));
    ASSERT_EQ(texts(), (Texts{{"1", "one"}})) << keep << ": read without the lock";
    ASSERT_EQ(read(file()).size(), keep) << "reading does not write";
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal.has_value()) << keep;
    ASSERT_TRUE(journal->append(response("3", "three")).has_value());
    ASSERT_EQ(texts(), (Texts{{"1", "one"}, {"3", "three"}})) << keep;
  }
}

TEST_F(JournalTest, AFirstLineTornAtAnyByteLeavesAnEmptyJournal) {
  {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal->append(response("1", "one")).has_value());
  }
  const std::string whole = read(file());
  for (std::size_t keep = 0; keep < whole.size(); ++keep) {
    write(file(), whole.substr(0, keep));
    ASSERT_TRUE(Journal::open(folder_.path())->responses().empty());
    ASSERT_EQ(read(file()), "");
  }
}

TEST_F(JournalTest, GarbageInTheMiddleIsNamedByItsLineAndNothingIsCutOff) {
  const std::string content = "{\"id\":\"1\",\"text\":\"a\"}\n\nnot json\n{\"id\":\"2\",\"text\":\"b\"}\n";
  write(file(), content);
  const auto journal = Journal::open(folder_.path());
  ASSERT_FALSE(journal.has_value());
  EXPECT_EQ(journal.error().where.file, file().string());
  EXPECT_EQ(journal.error().where.line.value_or(0), 3U);
  EXPECT_FALSE(journal.error().way_out.empty());
  EXPECT_EQ(read(file()), content);
}

TEST_F(JournalTest, LinesThatAreNoResponsesAreNamed) {
  for (const char* bad :
       {"[]", "7", "null", "\"text\"", "{}", "{\"id\":\"1\"}", "{\"id\":\"1\",\"text\":\"a\",\"finish\":\"x\"}"}) {
    write(file(), std::string("{\"id\":\"1\",\"text\":\"a\"}\n") + bad + "\n");
    const auto responses = read_responses(folder_.path());
    ASSERT_FALSE(responses.has_value()) << bad;
    EXPECT_EQ(responses.error().where.line.value_or(0), 2U) << bad;
  }
}

TEST_F(JournalTest, ASecondOneIsRefusedWhileTheFirstIsOpenAndReadingIsNot) {
  auto first = Journal::open(folder_.path());
  ASSERT_TRUE(first.has_value());
  const auto second = Journal::open(folder_.path());
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another run"));
  EXPECT_TRUE(read_responses(folder_.path()).has_value());
  first = fail(ErrorCode::io, "closed");
  EXPECT_TRUE(Journal::open(folder_.path()).has_value());
}

TEST_F(JournalTest, ItemsComeBackAsTheyWere) {
  auto rows = made_up_rows(3, folder_.path() / "images");
  rows.items[0].question = "quotes \" and\nlines and \xE2\x82\xAC";
  rows.items[1].kind = Kind::open;
  rows.items[1].options.clear();
  rows.items[1].gold_option.reset();
  rows.items[1].capability = Capability::unlabeled;
  rows.items[2].kind = Kind::yes_no;
  rows.items[2].strata = {{"", "empty key"}, {"modality", "X-ray"}};
  ASSERT_TRUE(write_items(folder_.path(), rows.items).has_value());
  const auto items = read_items(folder_.path());
  ASSERT_TRUE(items.has_value()) << items.error().message();
  ASSERT_EQ(items->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& was = rows.items[i];
    const auto& is = (*items)[i];
    EXPECT_EQ(is.id, was.id);
    EXPECT_EQ(is.question, was.question);
    EXPECT_EQ(is.options, was.options);
    EXPECT_EQ(is.gold, was.gold);
    EXPECT_EQ(is.gold_option, was.gold_option);
    EXPECT_EQ(is.kind, was.kind);
    EXPECT_EQ(is.capability, was.capability);
    EXPECT_EQ(is.strata, was.strata);
    ASSERT_EQ(is.images.size(), was.images.size());
    EXPECT_EQ(is.images[0].key, was.images[0].key);
  }
}

TEST_F(JournalTest, ItemsOfManyBlocksComeBackInTheirOrderForAnyNumberOfThreads) {
  std::vector<Item> items(3000);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].id = "item " + std::to_string(i);
    items[i].question = std::string(300 + i % 200, 'q');
    items[i].marks_images = i % 5 == 0;
  }
  ASSERT_TRUE(write_items(folder_.path(), items).has_value());
  for (const unsigned threads : {1U, 2U, 5U}) {
    const auto back = read_items(folder_.path(), threads);
    ASSERT_TRUE(back.has_value()) << back.error().message();
    ASSERT_EQ(back->size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ((*back)[i].id, items[i].id);
      ASSERT_EQ((*back)[i].question, items[i].question);
      ASSERT_EQ((*back)[i].marks_images, items[i].marks_images);
    }
  }
}

TEST_F(JournalTest, AnItemInAnotherFormIsReadAndAnErrorNamesTheByte) {
  const auto path = folder_.path() / "items.jsonl";
  write(path,
        "\n \t\r\n{ \"kind\" : \"yes_no\", \"id\": \"1\", \"other\": [{}], \"question\": \"\\u0041?\", \"options\": "
        "[\"yes\", \"no\"], \"gold_option\": 1, \"gold\": \"no\", \"capability\": \"reasoning\", \"images\": [], "
        "\"strata\": {\"\xC3\xA4\": \"b\", \"c\": \"d\"}}");
  const auto items = read_items(folder_.path());
  ASSERT_TRUE(items.has_value()) << items.error().message();
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().question, "A?");
  EXPECT_EQ(items->front().gold_option, 1U);
  EXPECT_EQ(items->front().strata, (std::map<std::string, std::string>{{"\xC3\xA4", "b"}, {"c", "d"}}));
  write(path, "\n{\"id\":x}\n");
  const auto bad = read_items(folder_.path());
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().where.line.value_or(0), 2U);
  EXPECT_EQ(bad.error().where.byte.value_or(0), 7U) << "counted in the file";
}

TEST_F(JournalTest, MalformedItemsAreNamedByTheirLine) {
  ASSERT_TRUE(write_items(folder_.path(), made_up_rows(1, folder_.path() / "images").items).has_value());
  const auto path = folder_.path() / "items.jsonl";
  const std::string good = read(path);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    return line;
  };
  for (const std::string& bad : {std::string("{}\n"), std::string("[]\n"), std::string("{\"id\":\n"),
                                 with("\"kind\":\"mcq\"", "\"kind\":\"essay\""),
                                 with("\"capability\":\"reasoning\"", "\"capability\":\"magic\""),
                                 with("\"gold_option\":1", "\"gold_option\":9")}) {
    write(path, good + bad);
    const auto items = read_items(folder_.path());
    ASSERT_FALSE(items.has_value()) << bad;
    EXPECT_EQ(items.error().where.line.value_or(0), 2U) << bad;
    EXPECT_EQ(items.error().where.file, path.string());
  }
}

}  // namespace
}  // namespace osler::test
