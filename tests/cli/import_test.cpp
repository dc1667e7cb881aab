// osler import: what other tools recorded, on a small benchmark of the test's own and on real results where they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The eight questions of tests/fixtures/ward, and responses to them.
class ImportWard : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder_.path() / "ward", fs::copy_options::recursive);
  }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
  }

  /// Imports onto the ward's benchmark.
  [[nodiscard]] CommandResult import(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {kOsler, "import"});
    arguments.insert(arguments.end(), {"--benchmark", "ward/ward.yaml", "--data", "ward"});
    return run_command(arguments, {.folder = folder_.path()});
  }

  [[nodiscard]] nlohmann::json counts(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const auto result = import(std::move(arguments));
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }

  TemporaryFolder folder_;
};

const std::string kAnswers =
    "qid,pred\nw-001,No\nw-002,left\nw-003,C\nw-004,Yes\nw-005,A. right upper\nw-006,\"B\"\nw-007,Yes.\nw-008,B\n";

TEST_F(ImportWard, ATableBecomesARunThatReportAndGradeTake) {
  write("answers.csv", kAnswers);
  const auto result = import({"answers.csv", "--format", "table"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("8 records: 8 matched by id, 0 unmatched; 8 of 8 items have a response"));
  EXPECT_THAT(unwrapped(result.out), AllOf(HasSubstr("model answers, benchmark ward"), HasSubstr("Engine: import")));
  EXPECT_THAT(result.out, Not(HasSubstr("UNFINISHED")));
  const fs::path run = folder_.path() / "runs/answers/ward/lenient";
  EXPECT_TRUE(fs::exists(run / "grades.parquet"));
  EXPECT_FALSE(fs::exists(run / "unmatched.jsonl"));
  const auto report = run_command({kOsler, "report", run.string(), "--format", "json"});
  EXPECT_EQ(nlohmann::json::parse(report.out).front()["outcomes"]["correct"], 6);
  EXPECT_EQ(run_command({kOsler, "grade", run.string(), "--protocol", "direct"}).status, 0);
}

TEST_F(ImportWard, TheSameImportMayBeRepeatedAndAnotherIsRefused) {
  write("answers.csv", kAnswers);
  ASSERT_EQ(import({"answers.csv", "-f", "table"}).status, 0);
  EXPECT_EQ(import({"answers.csv", "-f", "table"}).status, 0);
  write("answers.csv", "qid,pred\nw-001,Yes\n");
  const auto result = import({"answers.csv", "-f", "table"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("holds another run: source_sha256 was"));
  EXPECT_EQ(result.out, "");
}

TEST_F(ImportWard, WhatBelongsToNothingIsNamedAndListed) {
  std::string lines = "id,response\nw-001,No\n";
  for (int i = 0; i < 9; ++i) lines += "v-" + std::to_string(i) + ",No\n";
  write("answers.csv", lines);
  const auto result = import({"answers.csv", "-f", "table"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("9 records belong to no item:"));
  EXPECT_THAT(result.err, HasSubstr("answers.csv, record 1 ('v-0'): has an id that no item has"));
  EXPECT_THAT(result.err, HasSubstr("and 4 more; see runs/answers/ward/lenient/unmatched.jsonl"));
  EXPECT_THAT(result.err, HasSubstr("7 items have no response:\n  w-002\n"));
  EXPECT_THAT(result.err, HasSubstr("and 2 more; see"));
  EXPECT_THAT(result.out, HasSubstr("UNFINISHED"));
  const std::string list = content_of(folder_.path() / "runs/answers/ward/lenient/unmatched.jsonl");
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 16);
}

TEST_F(ImportWard, QuestionsAndTheOrderOfOptionsAreFollowed) {
  write("results.json", R"([
    {"question": "How many lesions are there?", "choices": ["A. four", "B. three", "C. two", "D. one"], "answer": "B",
     "response": "\\boxed{B}"},
    {"question": "Is the heart enlarged?", "answer": "yes", "response": "yes"},
    {"question": "What is seen, next to the lungs?", "choices": ["A. a rib", "B. a stone"], "response": "A"}])");
  const auto totals = counts({"results.json", "--model", "Lingshu-7B"});
  EXPECT_EQ(totals["format"], "medevalkit");
  EXPECT_EQ(totals["matched_by_question"], 2);
  EXPECT_EQ(totals["unmatched"], 1);
  EXPECT_EQ(totals["reordered_options"], 1);
  const std::string items = content_of(folder_.path() / totals["folder"].get<std::string>() / "items.jsonl");
  EXPECT_THAT(items, HasSubstr(R"("options":["four","three","two","one"])"));
  const auto report = run_command({kOsler, "report", "runs", "--format", "json"}, {.folder = folder_.path()});
  EXPECT_EQ(nlohmann::json::parse(report.out).front()["outcomes"]["correct"], 2);
}

TEST_F(ImportWard, TheOrderOfTheFileIsEnoughIfNothingContradictsIt) {
  write("plain.jsonl",
        "{\"response\": \"no\"}\n{\"response\": \"left\"}\n{\"response\": \"C\"}\n{\"response\": \"no\"}\n"
        "{\"response\": \"A\"}\n{\"response\": \"A\"}\n{\"response\": \"yes\"}\n{\"response\": \"B\"}\n");
  EXPECT_EQ(counts({"plain.jsonl", "-f", "table"})["matched_by_position"], 8);
}

TEST_F(ImportWard, TwoAnswersToOneItemAreRefused) {
  write("answers.csv", "qid,pred\nw-001,No\nw-001,Yes\n");
  const auto result = import({"answers.csv", "-f", "table"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err,
              HasSubstr("answers.csv, record 1: answers the item 'w-001' in another way than answers.csv, record 0"));
  EXPECT_FALSE(fs::exists(folder_.path() / "runs"));
}

TEST_F(ImportWard, WithNoMatchAtAllAnExampleOfBothIdsIsShown) {
  write("answers.csv", "qid,pred\n17,No\n18,Yes\n");
  const auto result = import({"answers.csv", "-f", "table"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("a record's id: '17'; an item's: 'w-001'"), HasSubstr("none of the 2 records")));
  EXPECT_FALSE(fs::exists(folder_.path() / "runs"));
}

TEST_F(ImportWard, WrongUsageIsStatusTwo) {
  write("answers.csv", kAnswers);
  EXPECT_EQ(import({"answers.csv", "--format", "excel"}).status, 2);
  EXPECT_EQ(import({"answers.csv"}).status, 2);
  EXPECT_EQ(import({"answers.csv", "-f", "table", "--map", "said"}).status, 2);
  EXPECT_EQ(import({"answers.csv", "-f", "table", "--model", ""}).status, 2);
  EXPECT_EQ(import({"answers.csv", "-f", "table", "--own-items", "--subset", "closed"}).status, 2);
  EXPECT_EQ(import({"answers.xlsx", "-f", "table"}).status, 1);
}

TEST(ImportWithoutData, ItemsAreTakenFromTheRecordsAndThatIsSaid) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "nothing");
  fs::create_directories(folder.path() / "llava/Pharmacy");
  std::ofstream(folder.path() / "llava/Pharmacy/output.json")
      << R"([{"id": "validation_Pharmacy_1", "question_type": "multiple-choice", "answer": "B",
          "all_choices": ["A", "B"], "index2ans": {"A": "4.0 mol", "B": "2.0 mol"}, "response": "B"},
          {"id": "validation_Pharmacy_3", "question_type": "short-answer", "answer": "2", "response": "4"}])";
  const CommandOptions here{.environment = {{"OSLER_DATA", "nothing"}, {"HF_HOME", "nothing"}},
                            .folder = folder.path()};
  const auto result = run_command({kOsler, "import", "llava", "--benchmark", "mmmu-medical"}, here);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the format is mmmu"));
  EXPECT_THAT(result.err, HasSubstr("mmmu-medical is not on this machine: questions and gold answers are taken from"));
  EXPECT_THAT(unwrapped(result.out), HasSubstr("Row set: mmmu-medical (as recorded)"));
  EXPECT_THAT(unwrapped(result.out), HasSubstr("1 correct (50.0%)"));
  const auto unknown = run_command({kOsler, "import", "llava", "--benchmark", "mmmu-dental"}, here);
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--own-items"));
  EXPECT_EQ(run_command({kOsler, "import", "llava", "--benchmark", "mmmu-dental", "--own-items"}, here).status, 0);
  EXPECT_EQ(run_command({kOsler, "import", "llava", "--benchmark", "a b", "--own-items"}, here).status, 2);
}

class RealResults : public testing::Test {
 protected:
  void SetUp() override {
    data_ = real_data_folder();
    if (data_.empty() || !fs::exists(data_ / "predictions")) {
      GTEST_SKIP() << "no real results: set OSLER_TEST_DATA, or put them into ../shared/data";
    }
  }

  [[nodiscard]] nlohmann::json counts(const std::string& file, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {kOsler, "import", (data_ / "predictions" / file).string(), "--json", "--out",
                                         (folder_.path() / "runs").string()});
    const auto result = run_command(arguments, {.environment = {{"HF_HOME", folder_.path().string()}}});
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }

  const std::string mumc_ =
      "mumc_vqa_rad/evaluation/med_pretrain_29_rad_31/result/med_pretrain_29_rad_31_vqa_result.json";
  fs::path data_;
  TemporaryFolder folder_;
};

TEST_F(RealResults, MumcsAnswersBelongToTheCopyOfVqaRadWithItsNumbers) {
  const std::string form = (data_ / "vqa_rad/mumc_form").string();
  const auto totals = counts(mumc_, {"--format", "table", "--model", "MUMC", "-b", "vqa-rad", "--data", form});
  EXPECT_EQ(totals["matched_by_id"], 451);
  EXPECT_EQ(totals["unmatched"], 0);
  EXPECT_EQ(totals["answered"], 451);
  // 230 of the 272 closed ones are right by exact match. The lenient rules also read "left side" as left.
  const auto closed = counts(mumc_, {"--format", "table", "--model", "MUMC", "-b", "vqa-rad/closed", "--data", form});
  EXPECT_EQ(closed["answered"], 272);
  const auto report = run_command({kOsler, "report", closed["folder"].get<std::string>(), "--format", "json"});
  EXPECT_NEAR(nlohmann::json::parse(report.out).front()["accuracy"].get<double>(), 230.0 / 272, 1.5 / 272);
}

TEST_F(RealResults, MumcScoresByExactMatchWhatItsAuthorsReport) {
  // 74.06 of all, 84.56 of the closed, 58.10 of the open questions.
  const std::string form = (data_ / "vqa_rad/mumc_form").string();
  const auto correct = [&](const std::string& row_set, int items, int right) {
    const auto run = counts(
        mumc_, {"--format", "table", "--model", "MUMC", "-b", row_set, "--data", form, "--protocol", "exact-match"});
    const auto report = run_command({kOsler, "report", run["folder"].get<std::string>(), "--format", "json"});
    const auto all = nlohmann::json::parse(report.out).front();
    EXPECT_EQ(all["n"], items) << row_set;
    EXPECT_EQ(all["outcomes"]["correct"], right) << row_set;
  };
  correct("vqa-rad", 451, 334);
  correct("vqa-rad/closed", 272, 230);
  correct("vqa-rad/open", 179, 104);
}

TEST_F(RealResults, OfSeveralCopiesOfVqaRadTheOneIsTakenThatTheIdsBelongTo) {
  const auto totals =
      counts(mumc_, {"--format", "table", "--model", "MUMC", "-b", "vqa-rad", "--data", data_.string()});
  EXPECT_EQ(totals["matched_by_id"], 451);
  EXPECT_THAT(totals["row_set"].get<std::string>(), HasSubstr("mevf"));
}

TEST_F(RealResults, TheCopyOfVqaRadWithOtherNumbersIsRefused) {
  // 59 of the 451 numbers are in both copies, for other questions.
  const auto result =
      run_command({kOsler, "import", (data_ / "predictions" / mumc_).string(), "-f", "table", "-b", "vqa-rad", "--data",
                   (data_ / "vqa_rad/osf").string(), "--out", (folder_.path() / "runs").string()});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("none of the 451 records"));
}

TEST_F(RealResults, MmmusOutputsMakeTheirOwnItems) {
  const auto totals = counts("mmmu_llava15_13b", {"--format", "mmmu", "-b", "mmmu-medical"});
  EXPECT_EQ(totals["own_items"], true);
  EXPECT_EQ(totals["records"], 150);
  EXPECT_EQ(totals["answered"], 150);
  EXPECT_EQ(totals["model"], "mmmu_llava15_13b");
  EXPECT_EQ(totals["protocol"], "mmmu-official");
  const auto report = run_command({kOsler, "report", totals["folder"].get<std::string>(), "--format", "json"});
  EXPECT_EQ(nlohmann::json::parse(report.out).front()["outcomes"]["correct"], 58) << "as the official evaluator has it";
}

TEST_F(RealResults, MmmuProUnderANameOfItsOwn) {
  const auto totals = counts("mmmupro_gpt4o_cot_medical/responses.jsonl",
                             {"--format", "table", "-b", "mmmu-pro-medical", "--own-items", "--model", "GPT-4o"});
  EXPECT_EQ(totals["answered"], 286);
  EXPECT_EQ(totals["benchmark"], "mmmu-pro-medical");
}

TEST_F(RealResults, SlakesAnswersAreFoundByIdInBothShapes) {
  for (const std::string file : {"joined_with_slake_gold.json", "model_responses_first48_transcribed.json"}) {
    const auto totals = counts("slake_think_answer/" + file, {"--format", "table", "-b", "slake", "--form", "original",
                                                              "--data", (data_ / "slake/original").string()});
    EXPECT_EQ(totals["matched_by_id"], 48) << file;
    EXPECT_EQ(totals["unmatched"], 0) << file;
    EXPECT_EQ(totals["items"], 1061) << file;
  }
}

}  // namespace
}  // namespace osler::test
