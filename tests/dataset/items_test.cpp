#include "osler/dataset/items.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/image_loader.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Form form_of(const std::string& more, const std::string& format = "json") {
  return test::card_of(test::card_text(format, more)).forms.front();
}

const std::string kYesNo = "    kinds: [{kind: yes_no, when: {column: a, in: [\"yes\", \"no\"]}}, {kind: open}]\n";

Result<ItemDraft> draft_of(const Form& form, Json fields, const fs::path& file = "/data/data.json",
                           std::uint64_t sequence = 0) {
  return make_item(form, "test", sequence, {3, std::move(fields)}, file);
}

class ItemImagesTest : public test::FolderTest {
 protected:
  Form form_ = form_of("    kinds: [{kind: open}]\n    images: {columns: [i, j], folders: [pics, .]}\n");

  ItemDraft draft(Json fields) const {
    fields["q"] = "What?";
    fields["a"] = "that";
    auto made = draft_of(form_, std::move(fields), folder_ / "data.json");
    EXPECT_TRUE(made) << test::message_of(made);
    return made.value_or(ItemDraft{});
  }
};

TEST(MakeItem, AnOpenItemGetsTheSynonymsOfItsGoldAnswer) {
  Form form = form_of(kYesNo);
  form.synonyms = {{"CT", "computed tomography"}, {"MRI", "MR"}, {"ct", "CAT scan"}};
  EXPECT_THAT(draft_of(form, {{"q", "?"}, {"a", "ct"}})->item.synonyms, ElementsAre("computed tomography", "CAT scan"));
  EXPECT_THAT(draft_of(form, {{"q", "?"}, {"a", "CT scan"}})->item.synonyms, IsEmpty());
  EXPECT_THAT(draft_of(form, {{"q", "?"}, {"a", "yes"}})->item.synonyms, IsEmpty());
}

TEST(MakeItem, IdsAreMadeOfSplitRowAndColumns) {
  Form form = form_of(kYesNo);
  form.id = "{split}/{row}/{n}-{t}x";
  EXPECT_EQ(draft_of(form, {{"q", "?"}, {"a", "b"}, {"n", 7}, {"t", " {row} "}}, "/d", 5)->item.id, "test/5/7-{row}x");
}

TEST(MakeItem, AnIdThatCannotBeMadeNamesTheColumnAndTheRecord) {
  Form form = form_of(kYesNo);
  form.id = "{n}";
  for (const Json& value : {Json(nullptr), Json(""), Json("  ")}) {
    EXPECT_THAT(test::message_of(draft_of(form, {{"q", "?"}, {"a", "b"}, {"n", value}})),
                testing::StartsWith("/data/data.json, record 3: has no 'n' to make an id of"));
  }
}

TEST(MakeItem, AMissingQuestionNamesTheColumnAndTheRecord) {
  EXPECT_THAT(test::message_of(draft_of(form_of(kYesNo), {{"q", " \t"}, {"a", "b"}})),
              testing::StartsWith("/data/data.json, record 3: has no question in its column 'q'"));
}

TEST(MakeItem, AnIntegerAnswerIsText) {
  const auto draft = draft_of(form_of(kYesNo), {{"q", " How many? "}, {"a", 3}});
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->item.gold, "3");
  EXPECT_EQ(draft->item.question, "How many?");
  EXPECT_EQ(draft->item.kind, Kind::open);
  EXPECT_FALSE(draft->item.gold_option.has_value());
  EXPECT_THAT(draft->problems, IsEmpty());
  EXPECT_EQ(draft_of(form_of(kYesNo), {{"q", "?"}, {"a", 2.5}})->item.gold, "2.5");
  EXPECT_EQ(draft_of(form_of(kYesNo), {{"q", "?"}, {"a", true}})->item.gold, "true");
}

TEST(MakeItem, ATabInAnAnswerIsASpace) {
  EXPECT_EQ(draft_of(form_of(kYesNo), {{"q", "?"}, {"a", "right\tlung \n base "}})->item.gold, "right lung base");
}

TEST(MakeItem, YesAndNoAreOptionsInThatOrderHoweverTheyAreWritten) {
  const auto yes = draft_of(form_of(kYesNo), {{"q", "?"}, {"a", " Yes\t"}});
  EXPECT_EQ(yes->item.kind, Kind::yes_no);
  EXPECT_THAT(yes->item.options, ElementsAre("yes", "no"));
  EXPECT_EQ(yes->item.gold_option, 0U);
  EXPECT_EQ(draft_of(form_of(kYesNo), {{"q", "?"}, {"a", "NO"}})->item.gold_option, 1U);
}

TEST(MakeItem, AYesNoItemWithAnotherAnswerIsAProblem) {
  const auto draft = draft_of(form_of("    kinds: [{kind: yes_no}]\n"), {{"q", "?"}, {"a", "maybe"}});
  EXPECT_FALSE(draft->item.gold_option.has_value());
  EXPECT_THAT(draft->problems, ElementsAre("has the gold answer 'maybe', which is none of its options"));
}

TEST(MakeItem, AMissingGoldAnswerIsAProblem) {
  for (const Json& value : {Json(nullptr), Json(""), Json("\t")}) {
    EXPECT_THAT(draft_of(form_of(kYesNo), {{"q", "?"}, {"a", value}})->problems, ElementsAre("has no gold answer"));
  }
  EXPECT_THAT(draft_of(form_of(kYesNo), {{"q", "?"}})->problems, ElementsAre("has no gold answer"));
}

TEST(MakeItem, ARowOfNoKindIsAProblem) {
  const auto draft =
      draft_of(form_of("    kinds: [{kind: yes_no, when: {column: a, in: [\"yes\"]}}]\n"), {{"q", "?"}, {"a", "no"}});
  EXPECT_EQ(draft->item.kind, Kind::open);
  EXPECT_THAT(draft->problems, ElementsAre("meets none of the card's kinds; it is taken for an open question"));
}

TEST(Matches, IgnoresSpaceAtTheEndsAndCase) {
  const Match closed{"t", {"closed"}, {}};
  EXPECT_TRUE(matches(closed, {{"t", "CLOSED "}}));
  EXPECT_TRUE(matches(closed, {{"t", "Closed"}}));
  EXPECT_FALSE(matches(closed, {{"t", "closed?"}}));
  EXPECT_FALSE(matches(closed, {{"x", "closed"}}));
  EXPECT_TRUE(matches({"t", {"3"}, {}}, {{"t", 3}}));
  EXPECT_TRUE(matches({"t", {}, {"test_"}}, {{"t", "Test_freeform"}}));
  EXPECT_FALSE(matches({"t", {"test_para"}, {"test_"}}, {{"t", "test_freeform"}}));
}

TEST(MakeItem, StrataAndCapabilityComeFromTheirColumns) {
  const Form form = form_of(kYesNo +
                            "    strata: {organ: o, view: v}\n"
                            "    capability: {column: c, understanding: [Perception], reasoning: [Diagnosis]}\n");
  const auto draft = draft_of(form, {{"q", "?"}, {"a", "b"}, {"o", " CHEST\t1 "}, {"v", nullptr}, {"c", "diagnosis "}});
  EXPECT_EQ(draft->item.strata, (std::map<std::string, std::string>{{"organ", "CHEST 1"}}));
  EXPECT_EQ(draft->item.capability, Capability::reasoning);
  EXPECT_EQ(draft_of(form, {{"q", "?"}, {"a", "b"}, {"c", "PERCEPTION"}})->item.capability, Capability::understanding);
  EXPECT_EQ(draft_of(form, {{"q", "?"}, {"a", "b"}})->item.capability, Capability::unlabeled);
  const auto odd = draft_of(form, {{"q", "?"}, {"a", "b"}, {"c", "magic"}});
  EXPECT_EQ(odd->item.capability, Capability::unlabeled);
  EXPECT_THAT(odd->problems, ElementsAre("has the capability 'magic', which its card does not know"));
}

TEST_F(ItemImagesTest, SeveralImagesComeInTheOrderOfTheColumnsAndLists) {
  for (const auto* name : {"pics/1.png", "pics/2.png", "3.png"}) picture(name);
  const auto made = draft({{"i", {"2.png", "1.png"}}, {"j", "3.png"}});
  EXPECT_THAT(made.problems, IsEmpty());
  EXPECT_THAT(made.missing_images, IsEmpty());
  ASSERT_EQ(made.item.images.size(), 3U);
  EXPECT_EQ(made.item.images[0].file, folder_ / "pics/2.png");
  EXPECT_EQ(made.item.images[1].key, "1.png");
  EXPECT_EQ(made.item.images[2].file, folder_ / "3.png");
}

TEST_F(ItemImagesTest, TheFirstFolderThatHasItWins) {
  picture("x.png");
  picture("pics/x.png");
  EXPECT_EQ(draft({{"i", "x.png"}}).item.images.front().file, folder_ / "pics/x.png");
}

TEST_F(ItemImagesTest, AMissingImageIsNamedAndTheItemStays) {
  const auto made = draft({{"i", "none.png"}});
  EXPECT_THAT(made.missing_images, ElementsAre(folder_ / "pics/none.png"));
  ASSERT_EQ(made.item.images.size(), 1U);
  EXPECT_FALSE(ImageLoader().load(made.item.images.front()));
}

TEST_F(ItemImagesTest, AFolderIsNoImage) {
  fs::create_directories(folder_ / "pics/sub");
  EXPECT_THAT(draft({{"i", "sub"}}).missing_images, ElementsAre(folder_ / "pics/sub"));
  EXPECT_THAT(draft({{"i", "."}}).missing_images, testing::SizeIs(1));
}

TEST_F(ItemImagesTest, ANameThatLeadsOutOfTheBenchmarkIsNeverRead) {
  const auto secret = picture("secret.png");
  form_.images.folders = {"pics"};
  fs::create_directories(folder_ / "pics");
  for (const std::string& name : {std::string("../secret.png"), secret.string(), std::string("x/../../secret.png")}) {
    const auto made = draft({{"i", name}});
    EXPECT_THAT(made.problems, ElementsAre("names the image '" + name + "', which lies outside of the benchmark"));
    ASSERT_EQ(made.item.images.size(), 1U);
    EXPECT_THAT(test::message_of(ImageLoader().load(made.item.images.front())), HasSubstr("lies outside"));
  }
}

TEST_F(ItemImagesTest, AQuestionAboutNoPictureIsNotAskedWithoutOne) {
  for (const Json& fields : {Json::object(), Json{{"i", nullptr}, {"j", ""}}, Json{{"i", Json::array()}}}) {
    const auto made = draft(fields);
    EXPECT_THAT(made.problems, ElementsAre("has no image"));
    ASSERT_EQ(made.item.images.size(), 1U);
    EXPECT_FALSE(ImageLoader().load(made.item.images.front()));
  }
  form_.images.columns.clear();
  EXPECT_THAT(draft(Json::object()).problems, IsEmpty());
}

TEST_F(ItemImagesTest, AnOddImageNameIsAProblemAndNoCrash) {
  for (const Json& name : {Json{{"image_path", "x.png"}}, Json(7), Json(std::string("a\0b.png", 7)),
                           Json(std::string(5000, 'x')), Json{{1, 2}, 3}}) {
    EXPECT_THAT(draft({{"i", name}}).item.images, testing::Not(IsEmpty())) << name;
  }
}

TEST_F(ItemImagesTest, AParquetRowHoldsItsPicture) {
  Form form = form_of("    kinds: [{kind: open}]\n    images: {columns: [i, j]}\n", "parquet");
  const auto made =
      draft_of(form, {{"q", "?"}, {"a", "b"}, {"i", {{"path", "x.png"}}}, {"j", nullptr}}, folder_ / "t.parquet");
  ASSERT_TRUE(made);
  ASSERT_EQ(made->item.images.size(), 1U);
  EXPECT_EQ(made->item.images.front().row, 3U);
  EXPECT_EQ(made->item.images.front().column, "i");
  EXPECT_EQ(made->item.images.front().file, folder_ / "t.parquet");
}

}  // namespace
}  // namespace osler
