#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "dataset/benchmarks/support.h"
#include "osler/dataset/text.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Gold answers without regard to case, of the items of one kind.
Counts folded_gold(const RowSet& rows, Kind kind) {
  Counts counts;
  for (const auto& item : rows.items) {
    if (item.kind == kind) ++counts[to_lower(item.gold)];
  }
  return counts;
}

std::set<std::string> image_names(const RowSet& rows) {
  std::set<std::string> names;
  for (const auto& item : rows.items) names.insert(item.images.at(0).key);
  return names;
}

class Slake : public BenchmarkTest {
 protected:
  Slake() : BenchmarkTest("slake") {}

  static Json row(int qid, const std::string& question, const std::string& answer, const std::string& type = "CLOSED") {
    return {{"img_id", 102},        {"img_name", "xmlab102/source.jpg"},
            {"question", question}, {"answer", answer},
            {"q_lang", "en"},       {"location", "Lung"},
            {"modality", "CT"},     {"answer_type", type},
            {"base_type", "vqa"},   {"triple", {"vhead", "_"}},
            {"qid", qid},           {"content_type", "Organ"}};
  }
};

class RealSlake : public Slake {
 protected:
  void SetUp() override {
    Slake::SetUp();
    need(original_);
    need(english_);
  }

  fs::path original_ = real_data("slake/original");
  fs::path english_ = real_data("slake/english_form");
};

TEST_F(RealSlake, LanguagesAreRowSetsOfTheirOwn) {
  const auto english = loaded(original_);
  EXPECT_EQ(english.name(), "slake:test (original)");
  EXPECT_EQ(kinds_of(english), (Counts{{"yes_no", 355}, {"mcq", 61}, {"open", 645}}));
  EXPECT_EQ(english.subset_counts, (Counts{{"closed", 416}, {"open", 645}}));
  EXPECT_EQ(stratum_of(english, "language"), (Counts{{"en", 1061}}));
  const auto chinese = loaded(original_, split("zh"));
  EXPECT_EQ(chinese.subset_counts, (Counts{{"closed", 420}, {"open", 613}}));
  EXPECT_EQ(stratum_of(chinese, "language"), (Counts{{"zh", 1033}}));
  const auto both = loaded(original_, split("all"));
  EXPECT_EQ(both.subset_counts, (Counts{{"closed", 836}, {"open", 1258}}));
  EXPECT_EQ(stratum_of(both, "language"), (Counts{{"en", 1061}, {"zh", 1033}}));
  EXPECT_EQ(both.items.front().id, "11934");
  EXPECT_EQ(both.items.back().id, "14027");
  EXPECT_NE(english.hash(), both.hash());
}

TEST_F(RealSlake, OtherSplitsHaveTheirSizes) {
  for (const auto& [name, items] :
       Counts{{"train", 4919}, {"train_zh", 4916}, {"validation", 1053}, {"validation_zh", 1046}}) {
    EXPECT_THAT(loaded(original_, split(name)).items, SizeIs(items)) << name;
  }
}

TEST_F(RealSlake, EnglishClosedAnswersAreCountedAsInTheFile) {
  const auto closed = loaded(original_, split("test", "closed"));
  EXPECT_EQ(folded_gold(closed, Kind::yes_no), (Counts{{"no", 180}, {"yes", 175}}));
  EXPECT_EQ(folded_gold(closed, Kind::mcq), (Counts{{"lung", 12},
                                                    {"liver", 9},
                                                    {"t2", 7},
                                                    {"heart", 5},
                                                    {"right", 4},
                                                    {"spleen", 3},
                                                    {"left", 3},
                                                    {"coronal plane", 3},
                                                    {"hyperdense", 3},
                                                    {"t1", 2},
                                                    {"colon", 2},
                                                    {"esophagus", 2},
                                                    {"ct", 1},
                                                    {"right kidney", 1},
                                                    {"kidney", 1},
                                                    {"top", 1},
                                                    {"rectum", 1},
                                                    {"small bowel", 1}}));
}

TEST_F(RealSlake, EveryChoiceQuestionHasItsOptionsAndTheGoldAmongThem) {
  const auto rows = loaded(original_, split("test", "mcq"));
  std::map<std::size_t, int> sizes;
  for (const auto& item : rows.items) {
    EXPECT_TRUE(item.gold_option.has_value()) << item.id;
    ++sizes[item.options.size()];
  }
  // 45 by commas and 6 by the card offer two, 10 offer three; of one of the 45 the gold becomes the third.
  EXPECT_EQ(sizes, (std::map<std::size_t, int>{{2, 50}, {3, 11}}));
  EXPECT_THAT(problems_of(rows), IsEmpty());
}

TEST_F(RealSlake, TheGoldThatIsNotOfferedIsAddedAndRemarkedOn) {
  const auto rows = loaded(original_, split("test", "mcq"));
  const Item& item = item_of(rows, "12130");
  EXPECT_EQ(item.question, "Which is bigger in this image, kidney or spleen?");
  EXPECT_THAT(item.options, ElementsAre("kidney", "spleen", "Liver"));
  EXPECT_EQ(item.gold_option, 2U);
  EXPECT_THAT(said(rows.remarks),
              ElementsAre("12130: does not offer its gold answer 'Liver'; it is added as the last option"));
  // These look doubtful, but their gold is offered.
  EXPECT_EQ(to_lower(item_of(rows, "12798").gold), "lung");
  EXPECT_EQ(to_lower(item_of(rows, "12827").gold), "liver");
}

TEST_F(RealSlake, ChineseClosedQuestionsAreAllAskedAsYesOrNoOrAsAChoice) {
  const auto rows = loaded(original_, split("zh", "closed"));
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 347}, {"mcq", 73}}));
  EXPECT_THAT(problems_of(rows), IsEmpty());
  EXPECT_EQ(gold_of(rows),
            (Counts{{"不是", 86},  {"是的", 73},   {"包含", 65}, {"不包含", 61},  {"有", 21},    {"没有", 19},
                    {"肺", 14},    {"不可以", 11}, {"肝脏", 10}, {"横断面", 8},   {"不正常", 7}, {"可以", 5},
                    {"T1", 5},     {"是", 4},      {"左侧", 4},  {"右侧", 4},     {"心脏", 3},   {"脾脏", 3},
                    {"T2", 3},     {"肾脏", 2},    {"健康", 2},  {"核磁共振", 2}, {"否", 1},     {"存在", 1},
                    {"冠状面", 1}, {"X光", 1},     {"白色", 1},  {"低密度", 1},   {"直肠", 1},   {"结肠", 1}}));
  for (const auto& item : rows.items) EXPECT_TRUE(item.gold_option.has_value()) << item.id << item.question;
  ASSERT_THAT(rows.remarks, SizeIs(1));
  EXPECT_THAT(rows.remarks[0].what, HasSubstr("does not offer its gold answer '心脏'"));
}

TEST_F(RealSlake, EveryChineseQuestionThatTheCardListsIsInTheFileAndOffersOnlyWhatItNames) {
  std::set<std::string> asked;
  for (const auto& item : loaded(original_, split("zh", "mcq")).items) asked.insert(question_key(item.question));
  const auto& listed = card_.forms.front().options.listed;
  for (const auto& [question, options] : listed) {
    if (question.starts_with("is ")) continue;
    EXPECT_TRUE(asked.contains(question)) << question;
    for (const auto& option : options) {
      // "T1" for "t1"; and the two opposites that no question names.
      const bool opposite = option.starts_with("不");
      EXPECT_TRUE(opposite || question.find(to_lower(option)) != std::string::npos) << question << ' ' << option;
    }
  }
}

TEST_F(RealSlake, AnOpenQuestionThatIsAnsweredByNoneStaysOpen) {
  const auto rows = loaded(original_, split("zh"));
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 347}, {"mcq", 73}, {"open", 613}}));
  const Item& item = item_of(rows, "14006");
  EXPECT_EQ(item.gold, "无");
  EXPECT_EQ(item.kind, Kind::open);
}

TEST_F(RealSlake, StrataAreCountedAsInTheFile) {
  const auto all = loaded(original_);
  EXPECT_EQ(stratum_of(all, "modality"), (Counts{{"CT", 472}, {"X-Ray", 361}, {"MRI", 228}}));
  EXPECT_EQ(stratum_of(all, "content_type"), (Counts{{"Organ", 253},
                                                     {"Position", 186},
                                                     {"Abnormality", 150},
                                                     {"KG", 148},
                                                     {"Modality", 108},
                                                     {"Size", 65},
                                                     {"Plane", 58},
                                                     {"Quantity", 52},
                                                     {"Color", 34},
                                                     {"Shape", 7}}));
  EXPECT_EQ(stratum_of(all, "location"), (Counts{{"Lung", 419},
                                                 {"Abdomen", 313},
                                                 {"Brain_Tissue", 166},
                                                 {"Pelvic Cavity", 47},
                                                 {"Brain", 42},
                                                 {"Neck", 35},
                                                 {"Brain_Face", 29},
                                                 {"Chest_mediastinal", 10}}));
  EXPECT_EQ(stratum_of(all, "base_type"), (Counts{{"vqa", 913}, {"kvqa", 148}}));
  const auto closed = loaded(original_, split("test", "closed"));
  EXPECT_EQ(stratum_of(closed, "modality"), (Counts{{"CT", 214}, {"X-Ray", 114}, {"MRI", 88}}));
  EXPECT_EQ(stratum_of(closed, "content_type"), (Counts{{"Organ", 154},
                                                        {"Abnormality", 109},
                                                        {"KG", 39},
                                                        {"Modality", 33},
                                                        {"Plane", 28},
                                                        {"Size", 26},
                                                        {"Position", 23},
                                                        {"Color", 4}}));
}

TEST_F(RealSlake, TheImagesOfTheEnglishTestAreHereAndPartlyInTheChineseTrainingSplit) {
  const auto rows = loaded(original_);
  EXPECT_THAT(rows.problems, IsEmpty());
  const auto test = image_names(rows);
  const auto shared_with = [&](const std::string& name) {
    const auto train = image_names(loaded(original_, split(name)));
    return std::count_if(test.begin(), test.end(), [&train](const auto& image) { return train.contains(image); });
  };
  EXPECT_EQ(test.size(), 96U);
  EXPECT_EQ(shared_with("train_zh"), 72);
  EXPECT_EQ(shared_with("train"), 0);
}

TEST_F(RealSlake, TheEnglishFormSaysUnknownWhereTheOriginalSaysNoneAndIsAnotherRowSet) {
  const auto original = loaded(original_);
  const auto english = loaded(english_);
  EXPECT_EQ(english.name(), "slake:test (original)");
  EXPECT_EQ(kinds_of(english), kinds_of(original));
  ASSERT_EQ(ids_of(english), ids_of(original));
  std::vector<std::string> other;
  for (std::size_t i = 0; i < english.items.size(); ++i) {
    EXPECT_EQ(english.items[i].question, original.items[i].question);
    EXPECT_EQ(english.items[i].options, original.items[i].options);
    if (english.items[i].gold == original.items[i].gold) continue;
    EXPECT_EQ(original.items[i].gold, "None");
    EXPECT_EQ(english.items[i].gold, "Unknown");
    other.push_back(english.items[i].id);
  }
  EXPECT_THAT(other, ElementsAre("12692", "12710", "12755", "12763", "12770", "12780", "12951", "12959", "12968"));
  EXPECT_NE(english.hash(), original.hash());
  // All nine are open: the closed questions are the same.
  EXPECT_EQ(loaded(english_, split("test", "closed")).hash(), loaded(original_, split("test", "closed")).hash());
}

TEST_F(RealSlake, TheCsvOfTheEnglishFormIsItsJson) {
  const auto csv = loaded(english_, split("test", {}, "csv"));
  EXPECT_EQ(csv.name(), "slake:test (csv)");
  EXPECT_EQ(csv.subset_counts, (Counts{{"closed", 416}, {"open", 645}}));
  EXPECT_EQ(csv.hash(), loaded(english_).hash());
}

TEST_F(RealSlake, SpacesInGoldAnswersAreOne) {
  std::size_t doubled = 0;
  for (const auto& row : real_json(original_ / "Slake1.0/test.json")) {
    doubled += row["answer"].get<std::string>().find("  ") == std::string::npos ? 0U : 1U;
  }
  EXPECT_GT(doubled, 0U);
  for (const auto& item : loaded(original_, split("all")).items)
    EXPECT_THAT(item.gold, Not(HasSubstr("  "))) << item.id;
  EXPECT_EQ(item_of(loaded(original_), "12089").gold, "Transverse Plane");
}

TEST_F(Slake, ATripleMayBeAListOrATextOrAnything) {
  Json list = row(1, "Is it?", "Yes");
  Json text = row(2, "Is it?", "no");
  text["triple"] = "['vhead', '_', '_']";
  Json null = row(3, "Is it?", "No");
  null["triple"] = nullptr;
  write("test.json", Json::array({list, text, null}).dump());
  picture("imgs/xmlab102/source.jpg");
  const auto rows = loaded();
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 3}}));
}

TEST_F(Slake, ImagesLieInTheZipOfTheHubOrUnpacked) {
  write("test.json", Json::array({row(1, "Is it?", "Yes")}).dump());
  zip("imgs.zip", {"imgs/xmlab102/source.jpg"});
  EXPECT_EQ(loaded().items.at(0).images[0].file, folder_ / "imgs.zip/imgs/xmlab102/source.jpg");
  EXPECT_THAT(image_bytes(loaded().items[0]), ElementsAre(fixture_bytes("png_rgb_8.png")));
  zip("imgs.zip", {"xmlab102/source.jpg"});
  EXPECT_EQ(loaded().items.at(0).images[0].file, folder_ / "imgs.zip/xmlab102/source.jpg");
  picture("imgs/xmlab102/source.jpg");
  EXPECT_EQ(loaded().items.at(0).images[0].file, folder_ / "imgs/xmlab102/source.jpg");
}

TEST_F(Slake, AClosedQuestionWhoseOptionsNoRuleFindsIsOpenAndRemarkedOn) {
  write("test.json", Json::array({row(1, "Which side is ill?", "Left")}).dump());
  picture("imgs/xmlab102/source.jpg");
  const auto rows = loaded();
  EXPECT_EQ(kinds_of(rows), (Counts{{"open", 1}}));
  EXPECT_THAT(said(rows.remarks),
              ElementsAre("1: offers options in prose that no rule finds; it is asked as an open question"));
}

TEST_F(Slake, TheParquetWithoutLabelsKnowsYesAndNoOnly) {
  parquet("SLAKE-vqa-english/data/test-00000-of-00001.parquet",
          fmt::format("SELECT {} AS image, q AS question, a AS answer FROM {}", sql_picture("png_rgb_8.png", "x.jpg"),
                      sql_rows("q, a", {"'Is it?', 'Yes'", "'Which is bigger, liver or lung?', 'Lung'"})));
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "slake:test (parquet)");
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 1}, {"open", 1}}));
  EXPECT_THAT(rows.problems, IsEmpty());
}

TEST_F(Slake, TheBundlesHaveTheClosedQuestions) {
  Json bundled{{"image", {"images/a.jpg"}}, {"question", "Which?"},    {"options", {"Left", "Right"}},
               {"answer", "Right"},         {"dataset", "SLAKE_test"}, {"subset", "SLAKE_test"}};
  Json yes = bundled;
  yes["options"] = "['Yes', 'No']";
  yes["answer"] = "Yes";
  write("huatuo/medical_multimodel_evaluation_data.json", Json::array({bundled, yes}).dump());
  zip("huatuo/images.zip", {"images/a.jpg"});
  const auto huatuo = loaded(folder_ / "huatuo", split("test", "closed"));
  EXPECT_EQ(huatuo.name(), "slake:test/closed (huatuo)");
  EXPECT_THAT(huatuo.problems, IsEmpty());
  EXPECT_EQ(kinds_of(huatuo), (Counts{{"yes_no", 1}, {"mcq", 1}}));
  EXPECT_EQ(huatuo.items[0].gold_option, 1U);
  const std::string rest = fmt::format("[{}], 'slake_closed', '{{}}'", sql_picture("png_rgb_8.png", ""));
  parquet(
      "thinker/data/test-00000-of-00001.parquet",
      "SELECT * FROM " + sql_rows("question, options, answer_label, answer, dataset_index, images, dataset_name, misc",
                                  {R"('Which?', '{"A": "Left", "B": "Right"}', 'B', 'Right', 5363, )" + rest,
                                   R"('Is it?', '{"A": "Yes", "B": "No"}', 'A', 'Yes', 5364, )" + rest}));
  const auto thinker = loaded(folder_ / "thinker", split("test", "closed"));
  EXPECT_EQ(thinker.name(), "slake:test/closed (medvlthinker)");
  EXPECT_THAT(thinker.problems, IsEmpty());
  EXPECT_EQ(kinds_of(thinker), (Counts{{"yes_no", 1}, {"mcq", 1}}));
  EXPECT_THAT(ids_of(thinker), ElementsAre("medvlthinker-5363", "medvlthinker-5364"));
  EXPECT_THAT(image_bytes(thinker.items[0]), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

}  // namespace
}  // namespace osler::test
