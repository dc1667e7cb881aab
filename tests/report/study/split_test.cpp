#include "osler/report/study/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "osler/report/study/study_tables.h"
#include "report/study/made_up.h"

namespace osler::report {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// 80 items: half of them labelled reasoning, of which every third is right, and 9 of 10 of the others.
RunGrades predicted_run(double sensitivity = 0.9, double specificity = 0.8) {
  std::vector<bool> right(80);
  for (std::size_t i = 0; i < right.size(); ++i) right[i] = i % 2 == 0 ? i % 20 != 0 : i % 3 == 0;
  auto run = made_up_run("ward", right);
  for (auto& item : run.items) {
    item.capability_source = "classifier 01234567";
    item.capability_probability = item.capability == Capability::reasoning ? 0.85 : 0.2;
  }
  run.capability_source = "classifier 01234567";
  LabelTrust trust;
  trust.errors = {sensitivity, 300.0, specificity, 300.0, 0.0, {}};
  trust.measured_on = "a test";
  run.label_trust = trust;
  return run;
}

StudyReport report_of(const std::vector<RunGrades>& runs) {
  std::vector<ModelName> models;
  for (std::size_t i = 0; i < runs.size(); ++i) models.push_back({std::string(1, static_cast<char>('a' + i))});
  StudyGrid grid(models);
  for (std::size_t i = 0; i < runs.size(); ++i) grid.add(i, Control::none, runs[i]);
  return make_study_report({"toy", "A toy study", "", {}}, grid, {}, {});
}

const Finding* lag_of(const StudyReport& report) {
  for (const auto& finding : report.findings) {
    if (finding.claim == "reasoning lags understanding") return &finding;
  }
  return nullptr;
}

TEST(StudySplit, IsTheSplitOfTheRunByItself) {
  const auto run = predicted_run();
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, run);
  const auto splits = splits_of(grid);
  const auto alone = capability_split(run);
  ASSERT_EQ(splits.size(), 1U);
  ASSERT_TRUE(alone);
  const auto& split = splits[0].split;
  EXPECT_EQ(split.predicted, 80U);
  EXPECT_EQ(split.understanding, alone->understanding);
  EXPECT_NEAR(*split.corrected.positive.value, *alone->corrected.positive.value, 1e-6);
  EXPECT_NEAR(split.corrected.negative.interval.low, alone->corrected.negative.interval.low, 1e-6);
  EXPECT_NEAR(*split.by_probability.difference.value, *alone->by_probability.difference.value, 1e-6);
}

TEST(StudySplit, StandsInEveryFormatAndInTheFindings) {
  const auto report = report_of({predicted_run()});
  const auto document = study_document(report);
  for (const auto& text : {markdown_document(document), latex_document(document), text_document(document, 0)}) {
    EXPECT_THAT(text, HasSubstr("Understanding and reasoning by predicted labels"));
    EXPECT_THAT(text, HasSubstr("rightly (a test)"));
  }
  const auto value = json::parse(study_json(report));
  ASSERT_EQ(value["splits"].size(), 1U);
  const auto& reasoning = value["splits"][0]["reasoning"];
  // By label 13 of 40 are right; of the others 36 of 40. (0.8 * 13 - 0.2 * 36) / (0.8 * 40 - 0.2 * 40)
  EXPECT_NEAR(reasoning["by_label"]["value"].get<double>(), 13.0 / 40.0, 1e-6);
  EXPECT_NEAR(reasoning["corrected"]["value"].get<double>(), 3.2 / 24.0, 1e-6);
  EXPECT_LT(reasoning["corrected"]["ci_low"].get<double>(), 3.2 / 24.0);
  for (const auto& cell : value["cells"]) {
    const auto& corrected = cell["accuracy_corrected"];
    EXPECT_EQ(corrected.is_null(), cell["stratum"] == "overall") << cell;
    if (cell["stratum"] == "reasoning") {
      EXPECT_NEAR(corrected.get<double>(), 3.2 / 24.0, 1e-6);
    }
  }
  ASSERT_NE(lag_of(report), nullptr);
  EXPECT_THAT(lag_of(report)->remark, HasSubstr("labels: classifier 01234567, corrected for their errors: +"));
  EXPECT_NEAR(lag_of(report)->effect, 36.0 / 40.0 - 13.0 / 40.0, 1e-6);
}

TEST(StudySplit, LabelsNoBetterThanTheMajorityMakeNoFinding) {
  auto run = predicted_run();
  run.label_trust->no_better_than_majority = true;
  const auto report = report_of({run});
  EXPECT_THAT(report.warnings, testing::Contains(HasSubstr("NO SPLIT")));
  EXPECT_EQ(lag_of(report), nullptr);
}

TEST(StudySplit, ErrorsThatDoNotFitAreSaidOnceForAllModels) {
  // With these errors 70% would be labelled reasoning if nothing were.
  const auto report = report_of({predicted_run(0.9, 0.3), predicted_run(0.9, 0.3)});
  EXPECT_EQ(
      std::ranges::count_if(report.warnings, [](const auto& text) { return text.starts_with("ERRORS DO NOT FIT"); }),
      1);
  EXPECT_THAT(lag_of(report)->remark, HasSubstr("errors do not fit"));
  EXPECT_EQ(report.splits.size(), 2U);
  EXPECT_EQ(report.split_notes.size(), 1U);
}

TEST(StudySplit, IsNotThereForGoldLabelsOrUnfinishedRuns) {
  EXPECT_TRUE(report_of({made_up_run("ward", mostly_right(20, 3))}).splits.empty());
  auto run = predicted_run();
  run.complete = false;
  const auto report = report_of({run});
  EXPECT_TRUE(report.splits.empty());
  EXPECT_THAT(markdown_document(study_document(report)), Not(HasSubstr("by predicted labels")));
}

TEST(StudySplit, OneTableHasOneSetOfLabels) {
  auto unlabelled = predicted_run();
  unlabelled.capability_source = "none";
  unlabelled.label_trust.reset();
  for (auto& item : unlabelled.items) {
    item.capability = Capability::unlabeled;
    item.capability_source = "none";
    item.capability_probability.reset();
  }
  // The second run's labels count for the first, too.
  const auto adopted = report_of({unlabelled, predicted_run()});
  EXPECT_EQ(adopted.splits.size(), 2U);
  EXPECT_TRUE(adopted.warnings.empty());
  auto other = predicted_run();
  other.capability_source = "classifier 89abcdef";
  other.items[0].capability = Capability::reasoning;
  const auto mixed = report_of({predicted_run(), other});
  EXPECT_THAT(mixed.warnings, testing::ElementsAre(AllOf(HasSubstr("b on ward"), HasSubstr("89abcdef"),
                                                         HasSubstr("01234567"), HasSubstr("osler grade --labels"))));
  // A run without labels after one with them is not another opinion.
  EXPECT_TRUE(report_of({predicted_run(), unlabelled}).warnings.empty());
}

}  // namespace
}  // namespace osler::report
