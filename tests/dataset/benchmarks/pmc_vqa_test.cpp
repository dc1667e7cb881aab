#include <fmt/format.h>
#include <gmock/gmock.h>

#include "dataset/benchmarks/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFirst = "Figure_path,Question,Answer,Choice A,Choice B,Choice C,Choice D,Answer_label\n";
const std::string kSecond = "index,Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer,split\n";

class PmcVqa : public BenchmarkTest {
 protected:
  PmcVqa() : BenchmarkTest("pmc-vqa") {}

  /// test_clean.csv with these rows and one image.
  RowSet clean(const std::string& rows) const {
    picture("images/a.jpg");
    write("test_clean.csv", kFirst + rows);
    return loaded();
  }
};

class RealPmcVqa : public PmcVqa {
 protected:
  void SetUp() override {
    PmcVqa::SetUp();
    need(root_);
  }

  fs::path root_ = real_data("pmc_vqa/rows");
};

TEST_F(RealPmcVqa, TheFirstRowOfTestCleanIsRead) {
  const auto rows = loaded(root_);
  EXPECT_EQ(rows.name(), "pmc-vqa:test_clean (hf)");
  EXPECT_THAT(rows.problems, IsEmpty());
  const Item& item = item_of(rows, "test_clean-0");
  EXPECT_EQ(item.kind, Kind::mcq);
  EXPECT_EQ(item.question, "What is the name of the medical imaging technique used in this case?");
  EXPECT_THAT(item.options, ElementsAre("X-ray", "Magnetic resonance imaging", "Computed tomography", "Ultrasound"));
  EXPECT_EQ(item.gold_option, 1U);
  EXPECT_EQ(item.images.front().key, "PMC8415802_FIG1.jpg");
  EXPECT_EQ(image_bytes(item).front().size(), 48120U);
}

TEST_F(RealPmcVqa, TheFirstRowOfTheSecondVersionIsRead) {
  const auto rows = loaded(root_, split("train_2"));
  EXPECT_EQ(rows.name(), "pmc-vqa:train_2 (hf_2)");
  const Item& item = item_of(rows, "train_2-0");
  EXPECT_EQ(item.question, "What color is used to label the Golgi complexes in the image?");
  EXPECT_THAT(item.options, ElementsAre("Green", "Red", "Light blue", "Yellow"));
  EXPECT_EQ(item.gold, "Red");
  EXPECT_THAT(item.images.front().file, HasSubstr("figures/PMC8253797_Fig4_11.jpg"));
}

TEST_F(RealPmcVqa, OddRowsOfTheTrainingSplitKeepTheirOptionsByColumn) {
  const auto rows = loaded(root_, split("train"));
  EXPECT_EQ(rows.items.size(), 9U);
  EXPECT_THAT(item_of(rows, "train-0").options,
              ElementsAre("Diffuse uptake pattern", "Focal uptake pattern", "No uptake pattern",
                          "Cannot determine from the information given"));
  // "N/A" is a text.
  EXPECT_THAT(item_of(rows, "train-2").options[0], "N/A");
  EXPECT_EQ(item_of(rows, "train-2").gold, "N/A");
  // Letters A, C, D, D in the columns A to D.
  EXPECT_THAT(item_of(rows, "train-4").options,
              ElementsAre("Non-enhanced area", "Axillary tumor", "Normal breast tissue", "Benign mass"));
  EXPECT_EQ(item_of(rows, "train-4").gold, "Non-enhanced area");
  // A no-break space behind the letter.
  EXPECT_THAT(item_of(rows, "train-5").options,
              ElementsAre("The photomicrograph does not provide enough information to determine the type of tumor.",
                          "Adenocarcinoma", "Squamous cell carcinoma", "Benign neoplasm"));
  // Letters A, C, C, D.
  EXPECT_EQ(item_of(rows, "train-7").options[1], "Nucleus of Myocardium");
  EXPECT_EQ(item_of(rows, "train-7").gold, "Nucleus of endocardium");
  // Only the letter in front is one.
  EXPECT_EQ(item_of(rows, "train-8").options[0], "T: testes, A: adrenal gland, V: inferior vena cava.");
}

TEST_F(RealPmcVqa, AnAnswerThatIsNoLetterIsAProblemOfItsItemAndNoGuess) {
  const auto rows = loaded(root_, split("train"));
  EXPECT_THAT(problems_of(rows), ElementsAre("train-1: has the gold answer ''', which is none of its options",
                                             "train-6: has the gold answer '\"', which is none of its options"));
  EXPECT_FALSE(item_of(rows, "train-1").gold_option.has_value());
  EXPECT_FALSE(item_of(rows, "train-6").gold_option.has_value());
  // The options are cleaned for all that.
  EXPECT_EQ(item_of(rows, "train-1").options[0], "One patient");
  EXPECT_EQ(item_of(rows, "train-6").options[0], "Focal pattern DFO retinopathy");
  EXPECT_EQ(item_of(rows, "train-6").options[1], "Central serous retinopathy");
}

TEST_F(RealPmcVqa, ARowOfMedVlThinkerIsThatOfTestClean) {
  const Json row = real_json(root_ / "med-vlm-eval_row0.json");
  parquet("data/test-00000-of-00001.parquet",
          fmt::format("SELECT [{}] AS images, {} AS question, {} AS options, {} AS answer_label, {} AS answer, "
                      "'pmc_vqa' AS dataset_name, 5 AS dataset_index, NULL::VARCHAR AS hash, '{{}}' AS misc",
                      sql_picture("png_rgb_8.png", ""), sql_text(row["question"]), sql_text(row["options"]),
                      sql_text(row["answer_label"]), sql_text(row["answer"])));
  const auto bundled = loaded();
  EXPECT_EQ(bundled.name(), "pmc-vqa:test_clean (medvlthinker)");
  EXPECT_THAT(bundled.problems, IsEmpty());
  const auto original = loaded(root_);
  EXPECT_EQ(bundled.items.at(0).id, "medvlthinker-5");
  EXPECT_EQ(bundled.items[0].question, original.items.at(0).question);
  EXPECT_EQ(bundled.items[0].options, original.items[0].options);
  EXPECT_EQ(bundled.items[0].gold_option, original.items[0].gold_option);
}

TEST_F(PmcVqa, CellsMayHoldCommasQuotesAndNewlines) {
  const auto rows = clean(
      "a.jpg,\" What, \"\"in\"\" this\n figure? \",T1,\" A:x\ny \", B:z,C:w,D:v,A\n"
      "a.jpg,Second?,z,\" A:one, two\",\" B:\"\"quoted\"\" text\",\" C:\r\n three\",\" D : four\",C\r\n");
  ASSERT_EQ(rows.items.size(), 2U);
  EXPECT_EQ(rows.items[0].question, "What, \"in\" this\n figure?");
  EXPECT_EQ(rows.items[0].options[0], "x\ny");
  EXPECT_THAT(rows.items[1].options, ElementsAre("one, two", "\"quoted\" text", "three", "four"));
  EXPECT_EQ(rows.items[1].gold, "three");
}

TEST_F(PmcVqa, AByteOrderMarkIsNoPartOfTheFirstColumn) {
  picture("images/a.jpg");
  write("test_clean.csv", "\xEF\xBB\xBF" + kFirst + "a.jpg,What?,y,A:x,B:y,C:z,D:w,B\n");
  const auto rows = loaded();
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_EQ(rows.items.front().gold, "y");
}

TEST_F(PmcVqa, OptionsThatLookLikeMissingValuesAreTexts) {
  const auto rows = clean("a.jpg,What?,NA, A:N/A , B:NA , C:None , D:null ,B\n");
  EXPECT_THAT(rows.items.front().options, ElementsAre("N/A", "NA", "None", "null"));
  EXPECT_EQ(rows.items.front().gold, "NA");
  EXPECT_THAT(rows.problems, IsEmpty());
}

TEST_F(PmcVqa, NoBreakSpacesAreSpaces) {
  const auto rows = clean("a.jpg,What?,x,\u00a0A:\u00a0x\u00a0,B\u00a0: y\u00a0 , C:z,\u00a0D: w v,A\n");
  EXPECT_THAT(rows.items.front().options, ElementsAre("x", "y", "z", "w v"));
}

TEST_F(PmcVqa, OnlyOneLetterIsCutOff) {
  const auto rows = clean("a.jpg,What?,x, A: A: adrenal , B:C: carotid ,D-dimer,E: not a letter of an option,A\n");
  EXPECT_THAT(rows.items.front().options,
              ElementsAre("A: adrenal", "C: carotid", "D-dimer", "E: not a letter of an option"));
}

TEST_F(PmcVqa, ALetterWithNothingBehindItIsAnEmptyOption) {
  EXPECT_THAT(said(clean("a.jpg,What?,x, A:x , B:y , C: , D: ,A\n").problems),
              ElementsAre("test_clean-0: has an empty option", "test_clean-0: has an empty option"));
}

TEST_F(PmcVqa, FiguresLieInTheirZipOrUnpacked) {
  write("test_clean.csv", kFirst + "a.jpg,What?,x,A:x,B:y,C:z,D:w,A\n");
  write("test_2.csv", kSecond + "0,b_1.jpg,A caption,What?, A:x,B:y,C:z,D:w,D,test\n");
  zip("images.zip", {"images/a.jpg"});
  zip("images_2.zip", {"figures/b_1.jpg"});
  const auto first = loaded();
  const auto second = loaded(split("test_2"));
  EXPECT_EQ(first.items.at(0).images[0].file, folder_ / "images.zip/images/a.jpg");
  EXPECT_EQ(second.items.at(0).images[0].file, folder_ / "images_2.zip/figures/b_1.jpg");
  EXPECT_THAT(first.problems, IsEmpty());
  EXPECT_THAT(second.problems, IsEmpty());
  picture("images/a.jpg");
  picture("figures/b_1.jpg");
  EXPECT_EQ(loaded().items.at(0).images[0].file, folder_ / "images/a.jpg");
  EXPECT_EQ(loaded(split("test_2")).items.at(0).images[0].file, folder_ / "figures/b_1.jpg");
}

TEST_F(PmcVqa, APointerOfGitLfsInPlaceOfAnImageIsCalledSo) {
  write("test_clean.csv", kFirst + "a.jpg,What?,x,A:x,B:y,C:z,D:w,A\n");
  write("images/a.jpg", "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1\n");
  EXPECT_THAT(decode_failures(loaded()), ElementsAre(HasSubstr("LFS")));
}

TEST_F(PmcVqa, APointerOfGitLfsInPlaceOfATableIsCalledSo) {
  write("test_clean.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1\n");
  EXPECT_THAT(message_of(load()), HasSubstr("is a git-LFS pointer, not the data"));
}

TEST_F(PmcVqa, TestCleanTestAndTestTwoAreDifferentRowSets) {
  const std::string row = "a.jpg,What?,x,A:x,B:y,C:z,D:w,A\n";
  picture("images/a.jpg");
  write("test_clean.csv", kFirst + row);
  write("test.csv", kFirst + row);
  write("test_2.csv", kSecond + "0,a.jpg,A caption,What?,A:x,B:y,C:z,D:w,A,test\n");
  const auto clean = loaded();
  const auto whole = loaded(split("test"));
  const auto second = loaded(split("test_2"));
  EXPECT_EQ(clean.name(), "pmc-vqa:test_clean (hf)");
  EXPECT_EQ(whole.name(), "pmc-vqa:test (hf)");
  EXPECT_EQ(second.name(), "pmc-vqa:test_2 (hf_2)");
  EXPECT_NE(clean.hash(), whole.hash());
  EXPECT_NE(clean.hash(), second.hash());
  EXPECT_NE(whole.hash(), second.hash());
}

TEST_F(PmcVqa, AFileOfTheOtherVersionUnderThisNameIsRefusedWithTheReason) {
  write("test_clean.csv", kSecond + "0,a.jpg,A caption,What?,A:x,B:y,C:z,D:w,A,test\n");
  EXPECT_THAT(message_of(load()), HasSubstr("but has no column 'Answer_label'"));
  write("test_2.csv", kFirst + "a.jpg,What?,x,A:x,B:y,C:z,D:w,A\n");
  EXPECT_THAT(message_of(load(split("test_2"))), HasSubstr("but has no column 'index'"));
}

TEST_F(PmcVqa, TheBundleHasTestClean) {
  Json row{{"image", {"images/a.jpg"}}, {"question", "What?"},       {"options", {"CT", "MRI", "N/A", "A: nothing"}},
           {"answer", "N/A"},           {"dataset", "PMC-VQA_test"}, {"subset", "PMC-VQA_test"}};
  Json text = row;
  text["options"] = "['CT', \"Crohn's disease\"]";
  text["answer"] = "Crohn's disease";
  write("medical_multimodel_evaluation_data.json", Json::array({row, text}).dump());
  zip("images.zip", {"images/a.jpg"});
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pmc-vqa:test_clean (huatuo)");
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_EQ(rows.items.at(0).gold_option, 2U);
  EXPECT_EQ(rows.items.at(1).gold_option, 1U);
}

}  // namespace
}  // namespace osler::test
