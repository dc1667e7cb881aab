// Scored options through the program: run, grade, why, report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/command.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// The ward of tests/fixtures, its options scored by a made-up model: right but for w-006; w-007 is a tie.
class LikelihoodTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder_.path() / "ward", fs::copy_options::recursive);
  }

  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder_.path()});
  }

  [[nodiscard]] CommandResult run(const std::string& model, const std::string& protocol) const {
    return osler({"run", "--model", "replay:ward/" + model + ".jsonl", "--benchmark", "ward/ward.yaml", "--data",
                  "ward", "--protocol", protocol});
  }

  TemporaryFolder folder_;
  std::string run_ = "runs/scored-model/ward/likelihood";
};

TEST_F(LikelihoodTest, ARunOfScoresIsGradedAndReported) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  const auto report = osler({"report", "runs", "--format", "json"});
  EXPECT_EQ(report.status, 0) << report.err;
  const auto row = json::parse(report.out).at(0);
  EXPECT_EQ(row["n"], 8);
  EXPECT_EQ(row["outcomes"]["correct"], 6);
  EXPECT_EQ(row["outcomes"]["wrong"], 1);
  EXPECT_EQ(row["outcomes"]["unparsed"], 1) << "the tie";
}

TEST_F(LikelihoodTest, WhyShowsTheScoresAsATable) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  const auto result = osler({"why", run_, "w-006"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("nothing was written, the options were scored"));
  EXPECT_THAT(result.out, HasSubstr("A  yes, two       3  -1.200  -6.400    -0.800           5.800"));
  EXPECT_THAT(result.out, HasSubstr("-0.720  -5.100    -0.729           8.000  <- chosen"));
  EXPECT_THAT(result.out,
              HasSubstr("likelihood: wrong: the answer B was chosen by likelihood_letter (the option whose"));
  EXPECT_THAT(result.out, HasSubstr("with a probability of 0.516"));
  EXPECT_THAT(result.out, HasSubstr("likelihood_text_per_byte")) << "the other rule set of the run";
  EXPECT_THAT(osler({"why", run_, "w-007"}).out, HasSubstr("likelihood: unparsed: likelihood_tie"));
  EXPECT_THAT(osler({"why", run_, "w-002"}).out, Not(HasSubstr("the options were scored"))) << "an open item";
}

TEST_F(LikelihoodTest, WhyHasTheScoresForPrograms) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  const auto seen = json::parse(osler({"why", run_, "w-006", "--json"}).out);
  EXPECT_EQ(seen["answer"], "B");
  EXPECT_TRUE(seen["span"].is_null());
  const double sum = std::exp(-1.2) + std::exp(-0.72) + std::exp(-1.86);
  EXPECT_NEAR(seen["probability"].get<double>(), std::exp(-0.72) / sum, 1e-12);
  ASSERT_EQ(seen["option_scores"].size(), 3U);
  const auto& second = seen["option_scores"][1];
  EXPECT_EQ(second["option"], "B");
  EXPECT_EQ(second["text"], "no, one");
  EXPECT_EQ(second["chosen"], true);
  EXPECT_EQ(second["scores"]["letter"], -0.72);
  EXPECT_EQ(second["scores"]["text"], -5.1);
  EXPECT_EQ(second["scores"]["text_per_byte"], -5.1 / 7.0);
  EXPECT_EQ(second["scores"]["text_given_question"], -5.1 + 13.1);
  EXPECT_EQ(second["unconditional"], -13.1);
  EXPECT_EQ(seen["rule_sets"].size(), 2U);
  EXPECT_TRUE(json::parse(osler({"why", run_, "w-007", "--json"}).out)["probability"].is_null());
}

TEST_F(LikelihoodTest, AFinishedRunIsGradedByItsTexts) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  const auto graded = osler({"grade", run_, "--protocol", "likelihood-text"});
  EXPECT_EQ(graded.status, 0) << graded.err;
  EXPECT_THAT(graded.err, HasSubstr("8 responses graded by the protocol likelihood-text"));
  const auto seen = json::parse(osler({"why", run_, "w-007", "--json"}).out);
  EXPECT_EQ(seen["stored"]["rule"], "likelihood_text_per_byte");
  EXPECT_EQ(seen["stored"]["outcome"], "correct");
}

TEST_F(LikelihoodTest, WhatCannotReadARunIsRefused) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--protocol", "direct"},
                                               {"--protocols", "direct"},
                                               {"--protocol", "direct", "--explain-changes"}}) {
    std::vector<std::string> arguments{"grade", run_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto refused = osler(arguments);
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("holds scores of the options, and the protocol 'direct'"));
  }
  ASSERT_EQ(run("some-model", "paper").status, 0);
  const auto text = osler({"grade", "runs/some-model/ward/paper", "--protocol", "likelihood"});
  EXPECT_EQ(text.status, 2);
  EXPECT_THAT(text.err, HasSubstr("osler run --protocol likelihood"));
  const auto imported = osler({"import", "ward/other-tool/answers.csv", "--format", "table", "--benchmark",
                               "ward/ward.yaml", "--data", "ward", "--protocol", "likelihood"});
  EXPECT_EQ(imported.status, 2);
  EXPECT_THAT(imported.err, HasSubstr("what is imported is text"));
}

TEST_F(LikelihoodTest, TextsThatAreReplayedHaveNoScores) {
  ASSERT_EQ(run("some-model", "likelihood").status, 0);
  const auto seen = json::parse(osler({"why", "runs/some-model/ward/likelihood", "w-003", "--json"}).out);
  EXPECT_EQ(seen["outcome"], "unparsed");
  EXPECT_EQ(seen["rule"], "no_option_scores");
}

TEST_F(LikelihoodTest, AJournalOfScoresCanBeReplayed) {
  ASSERT_EQ(run("scored-model", "likelihood").status, 0);
  fs::copy_file(folder_.path() / run_ / "responses.jsonl", folder_.path() / "ward/again.jsonl");
  ASSERT_EQ(run("again", "likelihood").status, 0);
  auto first = json::parse(osler({"why", run_, "w-006", "--json"}).out);
  const auto second = json::parse(osler({"why", "runs/again/ward/likelihood", "w-006", "--json"}).out);
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace osler::test
