#include "osler/dataset/card_draft.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "dataset/support.h"
#include "osler/dataset/loader.h"
#include "storage/zip_maker.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The same three questions, one of each kind, in every format.
constexpr const char* kCsv =
    "id,image,question,option_a,option_b,option_c,answer,kind\n"
    "w1,w1.png,Which side?,left,right,both,right,choice\n"
    "w2,w2.png,Is it large?,,,,yes,closed\n"
    "w3,w3.png,What is it?,,,,a cyst,free\n";

constexpr const char* kJsonLines =
    R"({"id": "w1", "image": "w1.png", "question": "Which side?", "options": ["left", "right", "both"], "answer": "right", "kind": "choice"}
{"id": "w2", "image": "w2.png", "question": "Is it large?", "options": [], "answer": "yes", "kind": "closed"}
{"id": "w3", "image": "w3.png", "question": "What is it?", "options": null, "answer": "a cyst", "kind": "free"}
)";

std::string with_other(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

std::string json_array(const std::string& lines) {
  std::string text = "[" + with_other(lines, '\n', ',');
  text.back() = ']';
  return text;
}

class CardDraftTest : public FolderTest {
 protected:
  /// What the card that is drafted for a file makes of it.
  RowSet load(const fs::path& file) {
    const auto draft = draft_card(file, "ward");
    EXPECT_TRUE(draft) << message_of(draft);
    if (!draft) return {};
    text_ = draft->text;
    notes_ = draft->notes;
    auto rows = load_row_set(card_of(draft->text), {}, {folder_});
    EXPECT_TRUE(rows) << message_of(rows) << '\n' << text_;
    return rows ? std::move(*rows) : RowSet{};
  }

  void expect_the_three(const fs::path& file) {
    for (const char* name : {"pictures/w1.png", "pictures/w2.png", "pictures/w3.png"}) picture(name);
    const auto rows = load(file);
    EXPECT_THAT(notes_, IsEmpty());
    EXPECT_THAT(rows.problems, IsEmpty()) << text_;
    ASSERT_EQ(rows.items.size(), 3U) << text_;
    EXPECT_EQ(rows.items[0].id, "w1");
    EXPECT_EQ(rows.items[0].kind, Kind::mcq);
    EXPECT_THAT(rows.items[0].options, ElementsAre("left", "right", "both"));
    EXPECT_EQ(rows.items[0].gold_option, 1U);
    EXPECT_EQ(rows.items[1].kind, Kind::yes_no);
    EXPECT_EQ(rows.items[2].kind, Kind::open);
    EXPECT_EQ(rows.items[2].gold, "a cyst");
    EXPECT_THAT(text_, HasSubstr("expect: {test: {items: 3}}"));
  }

  std::string text_;
  std::vector<std::string> notes_;
};

TEST_F(CardDraftTest, TheTemplateIsACardAsItStands) {
  const Card card = card_of(card_template("my-benchmark"));
  EXPECT_EQ(card.name, "my-benchmark");
  picture("images/w-1.png");
  write("items.jsonl",
        R"({"id": "w-1", "kind": "mcq", "image": "w-1.png", "question": "Which side?", "options": ["left", "right"], )"
        R"("answer": "left", "modality": "CR"})");
  const auto rows = load_row_set(card, {}, {folder_});
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_THAT(rows->problems, IsEmpty());
  EXPECT_EQ(rows->items.front().gold_option, 0U);
}

TEST_F(CardDraftTest, EveryFurtherKeyOfTheTemplateParsesWhenTheSignBeforeItIsTakenAway) {
  std::istringstream lines(card_template("ward"));
  std::size_t tried = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool key = line.starts_with("    # ") && line.find(": {") != std::string::npos;
    if (!key) continue;
    const std::string added = "    " + line.substr(6);
    const std::string name = added.substr(4, added.find(':') - 4);
    std::string card = card_template("ward");
    // A key may stand once.
    if (const auto at = card.find("\n    " + name + ":"); at != std::string::npos) {
      card.erase(at + 1, card.find('\n', at + 1) - at);
    }
    const auto parsed = parse_card(card + added + "\n", "ward.yaml");
    EXPECT_TRUE(parsed) << message_of(parsed);
    ++tried;
  }
  EXPECT_GE(tried, 6U);
}

TEST_F(CardDraftTest, ACsvFileLoads) { expect_the_three(write("items.csv", kCsv)); }
TEST_F(CardDraftTest, ATsvFileLoads) { expect_the_three(write("items.tsv", with_other(kCsv, ',', '\t'))); }
TEST_F(CardDraftTest, AJsonLinesFileLoads) { expect_the_three(write("items.jsonl", kJsonLines)); }
TEST_F(CardDraftTest, AJsonFileLoads) { expect_the_three(write("items.json", json_array(kJsonLines))); }

TEST_F(CardDraftTest, AParquetFileWithItsPicturesLoads) {
  const auto file =
      parquet("items.parquet",
              "SELECT 'w' || i AS id, " + sql_picture("png_rgb_8.png", "w.png") +
                  " AS image, 'Which side?' AS question, ['left', 'right'] AS options, ['B', 'A'][i] AS answer "
                  "FROM range(1, 3) AS t(i) ORDER BY i");
  const auto rows = load(file);
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_EQ(rows.items.size(), 2U);
  EXPECT_EQ(rows.items[0].gold, "right");
  EXPECT_TRUE(rows.items[0].images.at(0).row);
  EXPECT_THAT(text_, HasSubstr("is: letter"));
}

TEST_F(CardDraftTest, EveryGuessSaysWhatItIsGuessedFrom) {
  load(write("items.csv", kCsv));
  for (const char* key : {"format: csv", "id: ", "question: ", "answer: ", "options: ", "images: ", "kinds:"}) {
    const auto at = text_.find(std::string("    ") + key);
    ASSERT_NE(at, std::string::npos) << key;
    EXPECT_THAT(text_.substr(at, text_.find('\n', at) - at), HasSubstr("# guessed from ")) << key;
  }
}

TEST_F(CardDraftTest, KnowsOptionColumnsByTheirNames) {
  for (const std::string names :
       {"A,B,C,D", "Choice A,Choice B,Choice C,Choice D", "opa,opb,opc,opd", "option1,option2,option3,option4"}) {
    const auto rows = load(write("items.csv", "question,answer," + names + "\nWhich?,B,p,q,r,s\nAnd?,D,t,u,v,w\n"));
    ASSERT_EQ(rows.items.size(), 2U) << names;
    EXPECT_THAT(rows.items[1].options, ElementsAre("t", "u", "v", "w")) << names;
    EXPECT_EQ(rows.items[1].gold, "w") << names;
  }
}

TEST_F(CardDraftTest, ReadsListsThatAreWrittenInCells) {
  const auto rows = load(write("items.csv",
                               "question,options,answer\n"
                               "Which?,\"['it''s', 'not']\",not\nAnd?,\"['a', 'b']\",a\n"));
  ASSERT_EQ(rows.items.size(), 2U);
  EXPECT_THAT(rows.items[1].options, ElementsAre("a", "b"));
  EXPECT_THAT(text_, HasSubstr("options: python"));
}

TEST_F(CardDraftTest, ListsThatOfferNoAnswerAreNoOptions) {
  const auto rows =
      load(write("items.jsonl", R"({"question": "Which?", "answer": "liver", "triple": ["a", "b", "c"]})"));
  EXPECT_EQ(rows.items.at(0).kind, Kind::open);
}

TEST_F(CardDraftTest, NoAmongThreeOptionsIsNoYesOrNoQuestion) {
  const auto rows =
      load(write("items.jsonl", R"({"question": "Sure?", "answer": "no", "options": ["yes", "no", "maybe"]})"));
  EXPECT_EQ(rows.items.at(0).kind, Kind::mcq);
  EXPECT_EQ(rows.items.at(0).options.size(), 3U);
}

TEST_F(CardDraftTest, TakesSplitsApart) {
  const auto rows =
      load(write("items.csv", "id,question,answer,split\n1,Which?,a,train\n2,Which?,b,test\n3,Which?,c,test\n"));
  ASSERT_EQ(rows.items.size(), 2U);
  EXPECT_EQ(rows.items[0].id, "2");
}

TEST_F(CardDraftTest, KnowsCapabilityAndStrata) {
  const auto rows = load(write("items.csv",
                               "question,answer,level,Body part\nWhich?,a,reasoning,head\nHow?,b,Understanding,head\n"
                               "Who?,c,reasoning,chest\nWhen?,d,reasoning,chest\n"));
  EXPECT_EQ(rows.items.at(0).capability, Capability::reasoning);
  EXPECT_EQ(rows.items.at(0).strata.at("Body_part"), "head");
}

TEST_F(CardDraftTest, FindsImagesInAZipAndNamesWithoutEnding) {
  picture("beside/pictures/w1.jpg");
  const auto bare = load(write("beside/items.csv", "question,answer,image\nWhich?,a,w1\n"));
  EXPECT_THAT(bare.missing_images, IsEmpty());
  EXPECT_THAT(text_, HasSubstr("extension: \".jpg\""));
  fs::create_directories(folder_ / "zipped");
  make_zip(folder_ / "zipped" / "all.zip", {{"inner/w2.png", fixture_bytes("png_rgb_8.png")}});
  write("zipped/more.csv", "question,answer,image\nWhich?,a,w2.png\n");
  const auto zipped = load(folder_ / "zipped" / "more.csv");
  EXPECT_THAT(zipped.missing_images, IsEmpty());
  EXPECT_THAT(text_, HasSubstr("all.zip/inner"));
}

TEST_F(CardDraftTest, ImagesThatAreNotThereAreSaid) {
  load(write("items.csv", "question,answer,image\nWhich?,a,gone.png\n"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("1 of 1 images")));
}

TEST_F(CardDraftTest, QuotesHostileNamesOfColumns) {
  const auto rows = load(write(
      "items{1}*.json", R"([{"question": "Which?", "answer": "x", "opt\" a: [\n# {": "1", "opt\" b: [\n# {": "2"}])"));
  EXPECT_EQ(rows.items.size(), 1U) << text_;
  const auto strata =
      load(write("more.csv", "question,answer,\"a: b\n- c # \"\"d\"\" {x}\"\nW?,a,1\nX?,b,1\nY?,c,2\nZ?,d,2\n"));
  EXPECT_EQ(strata.items.at(0).strata.size(), 1U) << text_;
}

TEST_F(CardDraftTest, AFileWithoutQuestionsOrAnswersOrRecordsIsAnErrorThatSaysWhatItHas) {
  const auto no_question = draft_card(write("a.csv", "colour,size\nred,1\n"), "ward");
  EXPECT_THAT(message_of(no_question), HasSubstr("no column that looks like a question; it has: colour, size"));
  const auto no_answer = draft_card(write("b.csv", "question,size\nWhich?,1\n"), "ward");
  EXPECT_THAT(message_of(no_answer), HasSubstr("no column that looks like an answer"));
  const auto empty = draft_card(write("c.csv", "question,answer\n"), "ward");
  EXPECT_THAT(message_of(empty), HasSubstr("has no records"));
  const auto unknown = draft_card(write("d.xlsx", "PK"), "ward");
  EXPECT_THAT(message_of(unknown), HasSubstr(".csv or .tsv"));
  const auto missing = draft_card(folder_ / "gone.csv", "ward");
  EXPECT_THAT(message_of(missing), HasSubstr("gone.csv"));
}

TEST(CardName, IsFitForAFolder) {
  EXPECT_EQ(card_name("Ward 3/ä"), "Ward-3---");
  EXPECT_EQ(card_name(".hidden"), "-hidden");
  EXPECT_EQ(card_name(""), "my-benchmark");
}

}  // namespace
}  // namespace osler::test
