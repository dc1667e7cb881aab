#include "osler/report/study/study_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "osler/report/study/study_tables.h"
#include "report/study/made_up.h"

namespace osler::report {
namespace {

using testing::HasSubstr;
using testing::Not;

StudyReport report_of(const StudyGrid& grid, const PublishedTable& published = {}, const stats::Policy& policy = {}) {
  return make_study_report({"toy", "A toy study", "Somebody, 2025", {}}, grid, published, policy);
}

/// A general model that is often right, a medical one that seldom is, on two benchmarks.
StudyGrid clear_case() {
  StudyGrid grid({{"good", "general", "7B", ""}, {"bad", "medical", "7B", ""}, {"good too", "general", "7B", ""}});
  for (const char* benchmark : {"toy", "ward:test/closed"}) {
    grid.add(0, Control::none, made_up_run(benchmark, mostly_right(300, 7)));
    grid.add(1, Control::none, made_up_run(benchmark, mostly_right(300, 2)));
    grid.add(2, Control::none, made_up_run(benchmark, mostly_right(300, 8)));
  }
  return grid;
}

TEST(StudyReport, NobodyIsBestWhereTheBestAreNotToldApart) {
  const auto report = report_of(clear_case());
  const auto& cells = report.strata[0].cells;
  EXPECT_EQ(cells[0][0]->standing, Standing::tied_with_best);
  EXPECT_EQ(cells[2][0]->standing, Standing::tied_with_best);
  EXPECT_EQ(cells[1][0]->standing, Standing::below);
  EXPECT_EQ(report.strata[0].averages[2]->standing, Standing::tied_with_best);
  auto latex = latex_document(study_document(report));
  latex.resize(latex.find("Accuracy, understanding"));
  EXPECT_THAT(latex, Not(HasSubstr("\\textbf")));
  EXPECT_THAT(latex, HasSubstr("$^{=}$"));
}

TEST(StudyReport, WhoIsAboveAllOthersIsBest) {
  StudyGrid grid({{"good"}, {"bad"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(300, 7)));
  grid.add(1, Control::none, made_up_run("toy", mostly_right(300, 2)));
  const auto report = report_of(grid);
  EXPECT_EQ(report.strata[0].cells[0][0]->standing, Standing::best);
  EXPECT_THAT(latex_document(study_document(report)), HasSubstr("\\textbf{85.7"));
  EXPECT_FALSE(report.strata[0].averages[0]) << "one benchmark has no average";
}

TEST(StudyReport, TheAverageIsTheMeanOfTheBenchmarksAndMicroThatOfTheItems) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("small", mostly_right(20, 2)));
  grid.add(0, Control::none, made_up_run("large", mostly_right(80, 4)));
  const auto report = report_of(grid);
  const auto& average = report.strata[0].averages[0];
  ASSERT_TRUE(average);
  EXPECT_NEAR(average->macro.value, (0.5 + 0.75) / 2.0, 1e-12);
  EXPECT_NEAR(average->micro, 70.0 / 100.0, 1e-12);
  EXPECT_TRUE(average->bootstrap);
}

TEST(StudyReport, AnUnfinishedRunTakesPartInNothingAndIsMarked) {
  StudyGrid grid({{"a"}, {"b"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(40, 3)));
  auto half = made_up_run("toy", mostly_right(40, 20));
  half.complete = false;
  grid.add(1, Control::none, std::move(half));
  const auto report = report_of(grid);
  EXPECT_EQ(report.strata[0].cells[0][0]->standing, Standing::none);
  EXPECT_TRUE(report.strata[0].pairs[0].empty());
  const auto text = text_document(study_document(report), 200);
  EXPECT_THAT(text, HasSubstr("UNFINISHED: b on toy"));
  EXPECT_THAT(text, HasSubstr("(!)"));
}

TEST(StudyReport, ThePublishedFigureStandsBesideOursWithTheDifference) {
  PublishedTable published{"theirs", "Somebody", {{"Bad", "Ward", "overall", 0.45}, {"bad", "ward", "reasoning", 0.9}}};
  const auto report = report_of(clear_case(), published);
  EXPECT_EQ(report.strata[0].cells[1][1]->published, 0.45);
  EXPECT_FALSE(report.strata[0].cells[0][1]->published);
  EXPECT_FALSE(report.strata[0].cells[1][0]->published) << "another benchmark";
  const auto list = nlohmann::json::parse(study_json(report))["cells"];
  for (const auto& cell : list) {
    if (cell["model"] != "bad" || cell["benchmark"] != "ward:test/closed" || cell["stratum"] != "overall") continue;
    EXPECT_NEAR(cell["difference"].get<double>(), 0.05, 1e-12);
  }
  EXPECT_THAT(markdown_document(study_document(report)), HasSubstr("+5.0"));
}

const Finding* find(const StudyReport& report, const std::string& claim, const std::string& scope) {
  for (const auto& finding : report.findings) {
    if (finding.claim.find(claim) != std::string::npos && finding.scope == scope) return &finding;
  }
  return nullptr;
}

TEST(Findings, AClearDifferenceSupportsTheClaimAndTheOtherWayRoundContradictsIt) {
  const auto* supported = find(report_of(clear_case()), "general models match", "7B, toy");
  const auto report = report_of(clear_case());
  supported = find(report, "general models match", "7B, toy");
  ASSERT_NE(supported, nullptr);
  EXPECT_EQ(supported->verdict, Verdict::supported);
  EXPECT_GT(supported->effect, 0.3);
  ASSERT_NE(find(report, "general models match", "7B, mean of 2 benchmarks"), nullptr);

  StudyGrid grid({{"bad", "general", "7B", ""}, {"good", "medical", "7B", ""}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(300, 2)));
  grid.add(1, Control::none, made_up_run("toy", mostly_right(300, 7)));
  const auto other = report_of(grid);
  EXPECT_EQ(find(other, "general models match", "7B, toy")->verdict, Verdict::contradicted);
}

TEST(Findings, ADifferenceWithinTheMarginOfFewItemsIsUndecided) {
  StudyGrid grid({{"a", "general", "7B", ""}, {"b", "medical", "7B", ""}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(40, 4)));
  grid.add(1, Control::none, made_up_run("toy", mostly_right(40, 5)));
  const auto report = report_of(grid);
  const auto* finding = find(report, "general models match", "7B, toy");
  EXPECT_EQ(finding->verdict, Verdict::undecided);
  EXPECT_GT(*finding->detectable, 0.03) << "so few items could not have shown it";
}

TEST(Findings, ModelsOfOtherSizesAreNotCompared) {
  StudyGrid grid({{"a", "general", "7B", ""}, {"b", "medical", "32B", ""}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(40, 4)));
  grid.add(1, Control::none, made_up_run("toy", mostly_right(40, 5)));
  EXPECT_EQ(find(report_of(grid), "general models match", "7B, toy"), nullptr);
}

TEST(Findings, ReasoningLagsWhereItDoes) {
  // Reasoning items have odd numbers: half of them wrong.
  std::vector<bool> right(400, true);
  for (std::size_t i = 1; i < right.size(); i += 4) right[i] = false;
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", right));
  const auto report = report_of(grid);
  const auto* finding = find(report, "reasoning lags", "toy");
  ASSERT_NE(finding, nullptr);
  EXPECT_NEAR(finding->effect, 0.5, 1e-12);
  EXPECT_EQ(finding->verdict, Verdict::supported);
  ASSERT_TRUE(finding->interval);
  // Of two parts on the same 200 images: the error of the difference is that of the images' differences, 0.5 /
  // sqrt(200).
  EXPECT_NEAR((finding->interval->high - finding->interval->low) / 2.0, 1.972 * 0.5 / std::sqrt(199.0), 1e-3);
}

TEST(Findings, BenchmarksThatDifferMuchSupportTheThirdClaim) {
  StudyGrid grid({{"a"}});
  std::size_t every = 3;
  for (const char* name : {"one", "two", "three", "four", "five", "six"}) {
    grid.add(0, Control::none, made_up_run(name, mostly_right(2'000, every)));
    every += every > 4 ? 20 : 1;
  }
  const auto report = report_of(grid);
  const auto* finding = find(report, "varies from benchmark", "6 benchmarks");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->verdict, Verdict::supported);
  EXPECT_LT(finding->interval->low, finding->effect);
}

TEST(Findings, BenchmarksOfDifferentModelsSayNothingOfTheirSpread) {
  StudyGrid grid({{"a"}, {"b"}});
  grid.add(0, Control::none, made_up_run("one", mostly_right(300, 3)));
  grid.add(1, Control::none, made_up_run("two", mostly_right(300, 9)));
  const auto report = report_of(grid);
  EXPECT_EQ(find(report, "varies", "2 benchmarks"), nullptr);
}

TEST(Findings, BenchmarksThatAgreeToTheBitDecideNothing) {
  StudyGrid grid({{"a"}});
  for (const char* name : {"one", "two", "three"}) grid.add(0, Control::none, made_up_run(name, mostly_right(300, 7)));
  const auto report = report_of(grid);
  const auto* finding = find(report, "varies from benchmark", "3 benchmarks");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->verdict, Verdict::undecided);
  EXPECT_FALSE(finding->interval);
}

TEST(Policy, TheBoundDecidesAndTheSentenceSaysBoth) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(200, 20)));
  stats::Policy policy{"p", "P", {{.at_least = 0.8}, {.at_least = 0.95}, {.benchmarks = {"other*"}}}};
  const auto results = apply_policy(policy, grid);
  ASSERT_EQ(results.size(), 2U) << "the third is about other benchmarks";
  EXPECT_TRUE(results[0].met);
  EXPECT_FALSE(results[1].met) << "95.0% were right, but the bound is below";
  EXPECT_THAT(results[1].sentence, testing::MatchesRegex("lower bound 9[0-9]\\.[0-9]% < 95%: not met"));
  EXPECT_LT(*results[1].bound, 0.95);
}

TEST(Policy, ABoundThatJustMissesDoesNotReadAsTheThreshold) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(200, 20)));
  const auto bound = apply_policy({"p", "P", {{.at_least = 0.5}}}, grid).at(0).bound.value();
  const auto sentence = [&](double at_least) {
    return apply_policy({"p", "P", {{.at_least = at_least}}}, grid).at(0).sentence;
  };
  for (const double rounded : {std::round(bound * 1e3) / 1e3, std::round(bound * 1e4) / 1e4}) {
    const auto text = sentence(rounded);
    const double printed = std::stod(text.substr(std::string("lower bound ").size()));
    EXPECT_EQ(printed >= 100.0 * rounded - 1e-9, bound >= rounded) << text;
    EXPECT_THAT(text, testing::EndsWith(bound >= rounded ? "%: met" : "%: not met"));
  }
}

TEST(Policy, ARuleAboutNothingThatRanIsNotPassedOverInSilence) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(200, 20)));
  const stats::Policy policy{"p", "P", {{.at_least = 0.8, .benchmarks = {"ward*", "clinic"}}}};
  const auto text = markdown_document(study_document(report_of(grid, {}, policy)));
  EXPECT_THAT(text, HasSubstr("Policy: P"));
  EXPECT_THAT(text, HasSubstr("ward"));
  EXPECT_THAT(text, HasSubstr("not looked at"));
}

TEST(Policy, AllRightOnAFewImagesIsNoCertainty) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", std::vector<bool>(20, true)));
  const auto results = apply_policy({"p", "P", {{.at_least = 0.9}}}, grid);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_FALSE(results[0].met) << "ten images";
  EXPECT_LT(*results[0].bound, 0.85);
}

TEST(Policy, WithoutConfidenceThereIsNoCoverage) {
  StudyGrid grid({{"a"}, {"b"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(400, 4)));
  auto sure = made_up_run("toy", mostly_right(400, 4));
  for (auto& item : sure.items) item.probability = item.outcome == Outcome::correct ? 0.9 : 0.3;
  grid.add(1, Control::none, std::move(sure));
  const stats::PolicyRule rule{.metric = stats::PolicyMetric::coverage, .at_least = 0.5, .risk = 0.05};
  const auto results = apply_policy({"p", "P", {rule}}, grid);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_FALSE(results[0].met);
  EXPECT_THAT(results[0].sentence, HasSubstr("does not say how sure"));
  EXPECT_TRUE(results[1].met);
  EXPECT_EQ(results[1].estimate, 0.0) << "what it is surest of is right";
  EXPECT_GT(*results[1].bound, 0.005) << "of 200 images";
}

TEST(Policy, ACoverageIsTestedWhereTheRuleSaysAndNotWhereItComesOutBest) {
  auto run = made_up_run("toy", mostly_right(400, 8));
  // The surest tenth is right; then come the wrong ones.
  for (std::size_t i = 0; i < run.items.size(); ++i) {
    run.items[i].probability = i % 8 == 1 ? 0.9 : (run.items[i].outcome == Outcome::correct ? 0.3 : 0.8);
  }
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, std::move(run));
  const stats::PolicyRule half{.metric = stats::PolicyMetric::coverage, .at_least = 0.5, .risk = 0.2};
  const stats::PolicyRule tenth{.metric = stats::PolicyMetric::coverage, .at_least = 0.1, .risk = 0.2};
  const stats::PolicyRule fifth{.metric = stats::PolicyMetric::coverage, .at_least = 0.2, .risk = 0.2};
  const auto results = apply_policy({"p", "P", {half, tenth, fifth}}, grid);
  ASSERT_EQ(results.size(), 3U);
  // Those of the 0.3 are one tie, so that half of the items are all of them: 50 of 400 are wrong.
  EXPECT_EQ(results[0].estimate, 0.125);
  EXPECT_THAT(results[0].sentence,
              testing::MatchesRegex("upper bound of the error in the surest 100.0%: 1[0-9]\\.[0-9]% ≤ 20%: met"));
  EXPECT_EQ(results[1].estimate, 0.0);
  EXPECT_THAT(results[1].sentence, testing::MatchesRegex("upper bound .* surest 12.5%: [0-9]\\.[0-9]% ≤ 20%: met"));
  EXPECT_EQ(results[2].estimate, 0.5);
  EXPECT_FALSE(results[2].met) << "although all items together would do";
}

TEST(Policy, WhoAnswersTooLittleDoesNotReachACoverage) {
  auto run = made_up_run("toy", mostly_right(400, 8));
  for (std::size_t i = 0; i < 100; ++i) run.items[i].probability = 0.9;
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, std::move(run));
  const stats::PolicyRule half{.metric = stats::PolicyMetric::coverage, .at_least = 0.5, .risk = 0.2};
  const auto results = apply_policy({"p", "P", {half}}, grid);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_FALSE(results[0].met);
  EXPECT_FALSE(results[0].estimate);
  EXPECT_EQ(results[0].sentence, "answered 25.0% < 50%: not met");
}

TEST(Document, LatexTakesNamesAsText) {
  EXPECT_EQ(latex_text("a_b & 50% of {x} \\ $ #"), "a\\_b \\& 50\\% of \\{x\\} \\textbackslash{} \\$ \\#");
  EXPECT_EQ(latex_text("85.0 ±4.2"), "85.0 $\\pm$4.2");
  EXPECT_EQ(latex_text("a\nb"),
            "a\xE2\x90\x8A"
            "b")
      << "a line feed would end a comment";
  Document document;
  document.title = "t\\input{x}";
  document.tables.push_back({"T", "tab:t", {{"a", false}}, {{{{"[1, 2]"}}}}, {}});
  const auto latex = latex_document(document);
  EXPECT_THAT(latex, HasSubstr("{}[1, 2]"));
}

TEST(Document, CsvQuotesAndJsonIsWhole) {
  const auto report = report_of(clear_case());
  const auto csv = study_csv(report);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 2 * 3);
  const auto json = nlohmann::json::parse(study_json(report));
  EXPECT_EQ(json["pairs"].size(), 3U * 3U * 2U + 3U * 3U);
  EXPECT_EQ(json["averages"].size(), 9U);
}

}  // namespace
}  // namespace osler::report
