#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "dataset/benchmarks/support.h"
#include "osler/dataset/text.h"
#include "osler/storage/duckdb.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> kSubjects{"Basic_Medical_Science", "Clinical_Medicine",
                                         "Diagnostics_and_Laboratory_Medicine", "Pharmacy", "Public_Health"};

/// A row as the hub has it.
struct MmmuRow {
  std::string id = "validation_Pharmacy_1";
  std::string options = "['a', 'b', 'c', 'd', 'e']";
  std::string answer = "B";
  std::string question = "What is shown in <image 1>?";
  std::string type = "multiple-choice";
  int images = 1;
};

std::string subject_of(const std::string& id) {
  const auto begin = id.find('_') + 1;
  return id.substr(begin, id.rfind('_') - begin);
}

std::string sql_of(const MmmuRow& row) {
  std::string images;
  for (int k = 1; k <= 7; ++k) {
    const bool there = k <= row.images;
    images +=
        there ? sql_picture(k == 1 ? "png_rgb_8.png" : "bmp_grey.bmp", fmt::format("{}_{}.png", row.id, k)) : "NULL";
    images += "::STRUCT(bytes BLOB, path VARCHAR), ";
  }
  return fmt::format("{}, {}, {}, '', {}'[''Pathology'']', {}, 'Easy', '{}', 'Sub'", sql_quote(row.id),
                     sql_quote(row.question), sql_quote(row.options), images, sql_quote(row.answer), row.type);
}

class Mmmu : public BenchmarkTest {
 protected:
  Mmmu() : BenchmarkTest("mmmu-medical") {}

  void write_rows(const std::string& name, const std::vector<MmmuRow>& rows) const {
    std::vector<std::string> values;
    for (const auto& row : rows) values.push_back(sql_of(row));
    parquet(name, "SELECT * FROM " + sql_rows("id, question, options, explanation, image_1, image_2, image_3, image_4, "
                                              "image_5, image_6, image_7, img_type, answer, topic_difficulty, "
                                              "question_type, subfield",
                                              values));
  }

  /// A file per subject, in a folder that is called as the repository, so that a few rows will do.
  void write_subjects(const std::vector<MmmuRow>& rows, const std::string& split_name = "validation",
                      const std::string& folder = "MMMU") const {
    std::map<std::string, std::vector<MmmuRow>> by_subject;
    for (const auto& row : rows) by_subject[subject_of(row.id)].push_back(row);
    for (const auto& [subject, own] : by_subject) {
      write_rows(fmt::format("{}/{}/{}-00000-of-00001.parquet", folder, subject, split_name), own);
    }
  }

  /// The item of one row.
  Item one(const MmmuRow& row) const {
    write_subjects({row});
    auto rows = loaded();
    EXPECT_THAT(rows.problems, IsEmpty());
    return rows.items.at(0);
  }
};

class RealMmmu : public Mmmu {
 protected:
  void SetUp() override {
    Mmmu::SetUp();
    need(answers_);
    need(choices_);
  }

  /// The 150 medical questions of the validation split with their real gold answers.
  std::vector<MmmuRow> validation() const {
    std::vector<MmmuRow> rows;
    const Json answers = real_json(answers_);
    for (const auto& [id, answer] : answers.items()) {
      if (std::find(kSubjects.begin(), kSubjects.end(), subject_of(id)) == kSubjects.end()) continue;
      const bool open = answer["question_type"] != "multiple-choice";
      MmmuRow row;
      row.id = id;
      row.answer = answer["ground_truth"].get<std::string>();
      if (open) {
        row.options = "[]";
        row.type = "open";
      }
      rows.push_back(row);
    }
    return rows;
  }

  fs::path answers_ = real_data("mmmu/official/mmmu/answer_dict_val.json");
  fs::path choices_ = real_data("mmmu/medevalkit_form/utils/MMMU/id_to_choices.json");
};

TEST_F(RealMmmu, FiveSubjectsAreOneRowSetWithTheCountsOfTheOfficialAnswers) {
  write_subjects(validation(), "validation", "anywhere");
  write_rows("anywhere/Art/validation-00000-of-00001.parquet", {{"validation_Art_1"}});
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "mmmu-medical:validation (hf)");
  EXPECT_THAT(rows.files, SizeIs(5));
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_EQ(kinds_of(rows), (Counts{{"mcq", 145}, {"open", 5}}));
  EXPECT_EQ(gold_letters_of(rows), (Counts{{"A", 45}, {"B", 36}, {"C", 33}, {"D", 25}, {"E", 6}}));
  EXPECT_EQ(stratum_of(rows, "subject"), (Counts{{"Basic_Medical_Science", 30},
                                                 {"Clinical_Medicine", 30},
                                                 {"Diagnostics_and_Laboratory_Medicine", 30},
                                                 {"Pharmacy", 30},
                                                 {"Public_Health", 30}}));
  // Subject after subject, each in the order of its file.
  std::vector<std::string> order;
  for (const auto& item : rows.items) {
    if (order.empty() || order.back() != item.strata.at("subject")) order.push_back(item.strata.at("subject"));
  }
  EXPECT_EQ(order, kSubjects);
  EXPECT_EQ(loaded().hash(), rows.hash());
}

TEST_F(RealMmmu, EachSubjectHasItsShareOfTheMultipleChoiceQuestions) {
  write_subjects(validation());
  const auto rows = loaded(split("validation", "mcq"));
  EXPECT_EQ(stratum_of(rows, "subject"), (Counts{{"Basic_Medical_Science", 28},
                                                 {"Clinical_Medicine", 30},
                                                 {"Diagnostics_and_Laboratory_Medicine", 30},
                                                 {"Pharmacy", 27},
                                                 {"Public_Health", 30}}));
}

TEST_F(RealMmmu, OpenQuestionsWhoseAnswerIsALetterStayOpenWithThatText) {
  write_subjects(validation());
  const auto rows = loaded(split("validation", "open"));
  Counts gold;
  for (const auto& item : rows.items) {
    EXPECT_THAT(item.options, IsEmpty());
    EXPECT_FALSE(item.gold_option.has_value());
    ++gold[item.id + ' ' + item.gold];
  }
  EXPECT_EQ(gold, (Counts{{"validation_Basic_Medical_Science_10 C", 1},
                          {"validation_Basic_Medical_Science_14 Transformation", 1},
                          {"validation_Pharmacy_3 2", 1},
                          {"validation_Pharmacy_19 B", 1},
                          {"validation_Pharmacy_26 A", 1}}));
}

TEST_F(RealMmmu, OptionsOfTheWholeTestComeBackFromPythonsLiterals) {
  std::vector<MmmuRow> made;
  std::map<std::string, std::vector<std::string>> written;
  const Json all = real_json(choices_);
  for (const auto& [id, choices] : all.items()) {
    for (const auto& letter : choices["all_choices"]) {
      written[id].push_back(choices["index2ans"][letter.get<std::string>()].get<std::string>());
    }
    MmmuRow row;
    row.id = id;
    row.options = python_list(written[id]);
    row.answer = "?";
    row.images = 0;
    made.push_back(row);
  }
  ASSERT_THAT(made, SizeIs(1712));
  write_subjects(made, "test");
  const auto rows = loaded(split("test", "mcq"));
  ASSERT_THAT(rows.items, SizeIs(1712));
  for (const auto& item : rows.items) {
    std::vector<std::string> expected;
    for (const auto& option : written.at(item.id)) expected.emplace_back(trim(option));
    EXPECT_EQ(item.options, expected) << item.id;
    EXPECT_EQ(item.marks_images, item.id == "test_Pharmacy_1" || item.question.find("<image ") != std::string::npos);
  }
  EXPECT_EQ(stratum_of(rows, "n_options"), (Counts{{"2", 45}, {"3", 205}, {"4", 1231}, {"5", 202}, {"6", 29}}));
  EXPECT_THAT(item_of(rows, "test_Pharmacy_1").options, ElementsAre("<image 1>", "<image 2>", "<image 3>"));
  // The gold answers of the test are hidden.
  EXPECT_THAT(said(rows.problems),
              Contains("test_Pharmacy_1: has a hidden gold answer ('?'), so no answer to it can be right"));
  std::set<std::string> equal;
  for (const auto& remark : rows.remarks) equal.insert(remark.item_id);
  EXPECT_THAT(equal, ElementsAre("test_Pharmacy_208", "test_Pharmacy_241", "test_Pharmacy_245", "test_Pharmacy_295",
                                 "test_Pharmacy_299", "test_Pharmacy_3", "test_Pharmacy_422"));
}

TEST_F(Mmmu, OptionsMayMixQuotesAndEscapes) {
  MmmuRow row;
  row.options = R"(['Crohn\'s "disease"', "Bell's palsy", 'a\\b\n(1.29~40.37)', '5 \xb5g', '\u03b1, \'β\''])";
  row.answer = "D";
  const Item item = one(row);
  EXPECT_THAT(item.options, ElementsAre("Crohn's \"disease\"", "Bell's palsy", "a\\b\n(1.29~40.37)", "5 µg", "α, 'β'"));
  EXPECT_EQ(item.gold, "5 µg");
}

TEST_F(Mmmu, OptionsThatAreLettersKeepTheGoldByItsPlace) {
  MmmuRow row;
  row.options = "['A', 'B', 'C', 'D', 'E']";
  row.answer = "C";
  EXPECT_EQ(one(row).gold, "C");
  row.options = "['B', 'C', 'A', 'None of them']";
  EXPECT_EQ(one(row).gold_option, 2U);
  EXPECT_EQ(one(row).gold, "A");
}

TEST_F(Mmmu, EqualOptionsAreRemarkedOnAndTheGoldIsByLetter) {
  MmmuRow row;
  row.options = "['a', 'b', 'c', 'Eosinophilic granular body', 'Eosinophilic granular body']";
  row.answer = "E";
  write_subjects({row});
  const auto rows = loaded();
  EXPECT_EQ(rows.items.at(0).gold_option, 4U);
  EXPECT_THAT(said(rows.remarks),
              ElementsAre("validation_Pharmacy_1: has the option 'Eosinophilic granular body' twice"));
}

TEST_F(Mmmu, SevenImageColumnsMayBeNullFromTheSecondOn) {
  for (const int images : {1, 2, 7}) {
    MmmuRow row;
    row.images = images;
    const Item item = one(row);
    EXPECT_THAT(item.images, SizeIs(images));
    EXPECT_EQ(item.strata.at("n_images"), std::to_string(images));
    EXPECT_EQ(image_bytes(item)[0], fixture_bytes("png_rgb_8.png"));
    const std::string last = images == 1 ? "png_rgb_8.png" : "bmp_grey.bmp";
    EXPECT_EQ(image_bytes(item).back(), fixture_bytes(last));
  }
}

TEST_F(Mmmu, MarksOfImagesStayInTheTextAndCountWhereThereIsOne) {
  MmmuRow row;
  row.question = "Compare <image 2> with <image 1>.";
  row.images = 2;
  EXPECT_EQ(one(row).question, "Compare <image 2> with <image 1>.");
  EXPECT_TRUE(one(row).marks_images);
  row.question = "Which image shows it?";
  EXPECT_FALSE(one(row).marks_images);
  row.options = "['<image 1>', '<image 2>']";
  EXPECT_TRUE(one(row).marks_images);
}

TEST_F(Mmmu, OptionsThatAreNoLiteralAreAProblemOfTheirItem) {
  MmmuRow broken;
  broken.options = "['a', 'b";
  MmmuRow whole;
  whole.id = "validation_Pharmacy_2";
  write_subjects({broken, whole});
  const auto rows = loaded();
  EXPECT_EQ(rows.items.at(1).gold, "b");
  EXPECT_THAT(said(rows.problems),
              Contains(HasSubstr("validation_Pharmacy_1: has a column 'options' that cannot be read: ")));
  for (const auto& problem : rows.problems) EXPECT_EQ(problem.item_id, "validation_Pharmacy_1");
}

TEST_F(Mmmu, AMirrorInOneFileHoldsOtherSubjectsToo) {
  write_rows("data/validation-00000-of-00001.parquet",
             {{"validation_Accounting_1"}, {"validation_Pharmacy_3"}, {"validation_Clinical_Medicine_1"}});
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "mmmu-medical:validation (hf_all)");
  EXPECT_THAT(ids_of(rows), ElementsAre("validation_Pharmacy_3", "validation_Clinical_Medicine_1"));
  EXPECT_EQ(stratum_of(rows, "subject"), (Counts{{"Pharmacy", 1}, {"Clinical_Medicine", 1}}));
  EXPECT_THAT(rows.problems, IsEmpty());
}

TEST_F(Mmmu, TheTableOfVlmEvalKitIsCutToTheMedicalSubjectsAndKnowsOpenQuestions) {
  const std::string one = base64_of(fixture_bytes("png_rgb_8.png"));
  const std::string two = base64_of(fixture_bytes("bmp_grey.bmp"));
  const std::string pair = csv_cell(fmt::format("[\"{}\", \"{}\"]", one, two));
  std::string table = "index\tquestion\thint\tA\tB\tC\tD\tE\tanswer\tcategory\tl2-category\tsplit\timage\n";
  table += fmt::format("0\tHow much?\t\t1\t2\t3\t4\t\tA\tAccounting\tBusiness\tvalidation\t{}\n", one);
  table +=
      fmt::format("7\tWhat in <image 2>?\t\tx\ty\tz\t\t\tC\tPharmacy\tHealth and Medicine\tvalidation\t{}\n", pair);
  table += fmt::format("8\tName it.\t\t\t\t\t\t\tB\tPharmacy\tHealth and Medicine\tvalidation\t{}\n", one);
  table += fmt::format("9\tWhich?\t\tx\ty\t\t\t\tB\tPublic_Health\tHealth and Medicine\tdev\t{}\n", one);
  write("MMMU_DEV_VAL.tsv", table);
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "mmmu-medical:validation (vlmevalkit)");
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(ids_of(rows), ElementsAre("7", "8"));
  EXPECT_EQ(kinds_of(rows), (Counts{{"mcq", 1}, {"open", 1}}));
  EXPECT_THAT(rows.items[0].options, ElementsAre("x", "y", "z"));
  EXPECT_EQ(rows.items[0].gold, "z");
  EXPECT_TRUE(rows.items[0].marks_images);
  EXPECT_THAT(image_bytes(rows.items[0]), ElementsAre(fixture_bytes("png_rgb_8.png"), fixture_bytes("bmp_grey.bmp")));
  EXPECT_EQ(rows.items[1].gold, "B");
  EXPECT_THAT(ids_of(loaded(split("dev"))), ElementsAre("9"));
}

TEST_F(Mmmu, TheRowsOfMedVlThinkerAreOfTwoSplits) {
  const auto row = [](const std::string& set, const std::string& id) {
    return fmt::format("'What is in?', '{{\"A\": \"x\", \"B\": \"y\"}}', 'B', 'y', 1, [{}], '{}', '{}'",
                       sql_picture("png_rgb_8.png", ""), set,
                       fmt::format(R"({{"id": "{}", "subfield": "Sub", "topic_difficulty": "Easy"}})", id));
  };
  parquet(
      "data/test-00000-of-00001.parquet",
      "SELECT * FROM " + sql_rows("question, options, answer_label, answer, dataset_index, images, dataset_name, misc",
                                  {row("MedXpertQA-MM", "MM-1"), row("MMMU-medical", "validation_Pharmacy_3"),
                                   row("MMMU-medical", "dev_Public_Health_1")}));
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "mmmu-medical:validation (medvlthinker)");
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(ids_of(rows), ElementsAre("validation_Pharmacy_3"));
  EXPECT_EQ(rows.items[0].gold, "y");
  EXPECT_EQ(rows.items[0].strata.at("subject"), "Pharmacy");
  EXPECT_EQ(rows.items[0].strata.at("subfield"), "Sub");
  EXPECT_THAT(ids_of(loaded(split("dev"))), ElementsAre("dev_Public_Health_1"));
}

TEST_F(Mmmu, OnlyTheOpenRowsOfTheBundleSayTheirType) {
  Json row{{"image", {"images/a.png", "images/b.png"}},
           {"question", "What in <image 1>?"},
           {"options", "['x', \"y's\"]"},
           {"answer", "y's"},
           {"dataset", "MMMU_Medical_Validation"},
           {"subset", "Pharmacy"}};
  Json open = row;
  open["question_type"] = "open";
  open["options"] = Json::array();
  open["answer"] = "A";
  write("medical_multimodel_evaluation_data.json", Json::array({row, open}).dump());
  zip("images.zip", {"images/a.png", "images/b.png"});
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "mmmu-medical:validation (huatuo)");
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_EQ(kinds_of(rows), (Counts{{"mcq", 1}, {"open", 1}}));
  EXPECT_EQ(rows.items[0].gold_option, 1U);
  EXPECT_EQ(rows.items[1].gold, "A");
  EXPECT_THAT(rows.items[0].images, SizeIs(2));
  EXPECT_EQ(stratum_of(rows, "subject"), (Counts{{"Pharmacy", 2}}));
}

}  // namespace
}  // namespace osler::test
