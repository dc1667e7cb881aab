// osler judge, as a user types it: the judge is recorded (replay:), and once a tiny model without a picture.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const fs::path kOpen = fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/open";
const std::string kRun = "runs/some-model/open/paper";

class JudgeCommand : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(kOpen, folder() / "open", fs::copy_options::recursive);
    const auto run =
        osler({"run", "--model", "replay:open/some-model.jsonl", "--benchmark", "open/open.yaml", "--data", "open"});
    ASSERT_EQ(run.status, 0) << run.err;
  }

  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }

  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder()});
  }
  [[nodiscard]] CommandResult judge(std::vector<std::string> more = {},
                                    const std::string& model = "replay:open/some-judge.jsonl") const {
    std::vector<std::string> arguments{"judge", kRun, "--model", model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }
  [[nodiscard]] CommandResult certify(const std::string& file, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"judge", kRun, "--certify", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }

  /// One sentence with a way out, the status, and every piece of text in it.
  static void expect_complaint(const CommandResult& result, int status, const std::vector<std::string>& pieces) {
    EXPECT_EQ(result.status, status) << result.err;
    const auto at = result.err.rfind("osler: ");
    ASSERT_NE(at, std::string::npos) << result.err;
    const std::string sentence = result.err.substr(at);
    EXPECT_EQ(std::count(sentence.begin(), sentence.end(), '\n'), 1) << sentence;
    EXPECT_THAT(sentence, HasSubstr("; "));
    for (const auto& piece : pieces) EXPECT_THAT(sentence, HasSubstr(piece));
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const fs::path& name) const {
    std::ostringstream content;
    content << std::ifstream(folder() / name, std::ios::binary).rdbuf();
    return content.str();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(JudgeCommand, VerdictsStandInTheTableAndGradeReturnsToExactMatch) {
  const auto judged = judge();
  ASSERT_EQ(judged.status, 0) << judged.err;
  EXPECT_THAT(unwrapped(judged.out), HasSubstr("graded as paper + judge some-judge"));
  EXPECT_THAT(unwrapped(judged.out), HasSubstr("16 correct (66.7%), 7 wrong (29.2%), 1 unparsed"));
  EXPECT_THAT(judged.err, HasSubstr("23/23"));
  const auto graded = osler({"grade", kRun});
  EXPECT_THAT(graded.out, Not(HasSubstr("judge")));
  EXPECT_THAT(unwrapped(graded.out), HasSubstr("2 correct (8.3%)"));
}

TEST_F(JudgeCommand, TheSameCommandAsksOnlyWhatIsMissing) {
  const auto first = judge({"--limit", "5"});
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("not judged yet: 18 (they count as errors"));
  EXPECT_THAT(unwrapped(first.out), HasSubstr("18 error"));
  const std::string before = read(kRun + "/judge/some-judge/verdicts.jsonl");
  const auto second = judge();
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("5 verdicts were there already"));
  EXPECT_TRUE(read(kRun + "/judge/some-judge/verdicts.jsonl").starts_with(before));
  EXPECT_EQ(judge().out, second.out);
}

TEST_F(JudgeCommand, AFailedCallAndAReplyWithoutAVerdictAreSaid) {
  write("lazy.jsonl", "{\"id\": \"o-01\", \"text\": \"It is correct.\"}\n");
  const auto judged = judge({}, "replay:lazy.jsonl");
  ASSERT_EQ(judged.status, 0) << judged.err;
  EXPECT_THAT(judged.err, HasSubstr("without a verdict in the reply: 1 (unparsed)"));
  EXPECT_THAT(judged.err, HasSubstr("could not be judged: 22 (they count as errors; --retry-errors asks again)"));
  EXPECT_THAT(unwrapped(judged.out), HasSubstr("0 correct, 0 wrong, 2 unparsed"));
}

TEST_F(JudgeCommand, AnotherJudgeUnderTheSameNameIsRefused) {
  ASSERT_EQ(judge().status, 0);
  write("open/some-judge.jsonl", "{\"id\": \"o-01\", \"text\": \"\\\\boxed{incorrect}\"}\n");
  expect_complaint(judge(), 1, {"another judge's verdicts", "responses_sha256", "move the folder away"});
}

TEST_F(JudgeCommand, ATinyModelJudgesWithoutAPicture) {
  const auto files = tiny_model(tiny_vlm::Architecture::qwen25vl, tiny_vlm::Voice::boxed);
  const auto judged = judge({"--limit", "2", "--mmproj", files.mmproj.string(), "-t", "1"}, files.model.string());
  ASSERT_EQ(judged.status, 0) << judged.err;
  const auto name = files.model.stem().string();
  std::istringstream lines(read(kRun + "/judge/" + name + "/verdicts.jsonl"));
  std::size_t replies = 0;
  for (std::string line; std::getline(lines, line); ++replies) {
    const auto reply = json::parse(line);
    EXPECT_NE(reply["finish"], "error") << line;
    EXPECT_EQ(reply["image_tokens"], 0);
    EXPECT_GT(reply["prompt_tokens"], 100);
  }
  EXPECT_EQ(replies, 2u);
  EXPECT_THAT(unwrapped(judged.out), HasSubstr("graded as paper + judge " + name));
}

TEST_F(JudgeCommand, CertificationSaysWhatTheJudgeIsWorth) {
  ASSERT_EQ(judge().status, 0);
  const auto result = certify("open/people.csv");
  ASSERT_EQ(result.status, 0) << result.err;
  const std::string text = unwrapped(result.out);
  EXPECT_THAT(text, HasSubstr("23 answers compared"));
  EXPECT_THAT(text, HasSubstr("sensitivity 93.8% [71.7, 98.9] 15 of 16"));
  EXPECT_THAT(text, HasSubstr("specificity 85.7% [48.7, 97.4] 6 of 7"));
  EXPECT_THAT(text, HasSubstr("exact match: agreement 39.1%"));
  EXPECT_THAT(text, HasSubstr("corrected for the judge's errors 66.7% [30.1, 94.0]"));
  EXPECT_THAT(text, Not(HasSubstr("CAUTION")));
}

TEST_F(JudgeCommand, CertificationAsJsonHasTheSameNumbers) {
  ASSERT_EQ(judge().status, 0);
  const auto result = certify("open/people.csv", {"--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto value = json::parse(result.out);
  EXPECT_EQ(value["n"], 23);
  EXPECT_EQ(value["confusion"],
            (json{{"true_positives", 15}, {"false_positives", 1}, {"false_negatives", 1}, {"true_negatives", 6}}));
  EXPECT_EQ(value["sensitivity"]["n"], 16);
  EXPECT_DOUBLE_EQ(value["sensitivity"]["value"], 15.0 / 16.0);
  EXPECT_EQ(value["open_items"], 24);
  EXPECT_EQ(value["judged"], 23);
  // (16/23 + 6/7 - 1) / (15/16 + 6/7 - 1), of the 23 that have a verdict, and of all 24.
  const double corrected = (16.0 / 23.0 + 6.0 / 7.0 - 1.0) / (15.0 / 16.0 + 6.0 / 7.0 - 1.0);
  EXPECT_NEAR(value["corrected_accuracy_judged"]["value"], corrected, 1e-12);
  EXPECT_NEAR(value["corrected_accuracy"]["value"], corrected * 23.0 / 24.0, 1e-12);
  EXPECT_TRUE(value["caution"].is_null());
}

TEST_F(JudgeCommand, TheOrderOfThePeoplesVerdictsMakesNoDifference) {
  ASSERT_EQ(judge().status, 0);
  std::istringstream stream(read("open/people.csv"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::reverse(lines.begin() + 1, lines.end());
  std::string turned;
  for (const auto& line : lines) turned += line + "\n";
  write("turned.csv", turned);
  EXPECT_EQ(certify("turned.csv", {"--json"}).out, certify("open/people.csv", {"--json"}).out);
}

TEST_F(JudgeCommand, FewVerdictsAndItemsThatCannotBeComparedAreSaid) {
  ASSERT_EQ(judge().status, 0);
  write("few.csv", "item,verdict\no-01,yes\no-04,no\no-24,no\nnowhere,yes\n");
  const auto result = certify("few.csv");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("CAUTION: only 2 answers have a verdict of both"));
  EXPECT_THAT(result.out, HasSubstr("1 not in the run: nowhere\n"));
  EXPECT_THAT(result.out, HasSubstr("1 not judged: o-24\n"));
  write("one-sided.csv", "item,verdict\no-01,yes\n");
  EXPECT_THAT(unwrapped(certify("one-sided.csv").out), HasSubstr("corrected for the judge's errors undefined"));
}

TEST_F(JudgeCommand, AVerdictIsOnlyComparedWithTheAnswerThatItIsAbout) {
  ASSERT_EQ(judge().status, 0);
  std::ofstream(folder() / kRun / "responses.jsonl", std::ios::app)
      << "{\"id\": \"o-01\", \"text\": \"\\\\boxed{the heart}\"}\n";
  EXPECT_THAT(certify("open/people.csv").out, HasSubstr("1 not judged: o-01\n"));
}

TEST_F(JudgeCommand, WithSeveralJudgesOneHasToBeNamed) {
  ASSERT_EQ(judge().status, 0);
  fs::copy(folder() / "open/some-judge.jsonl", folder() / "other.jsonl");
  ASSERT_EQ(judge({}, "replay:other.jsonl").status, 0);
  expect_complaint(certify("open/people.csv"), 2, {"2 judges", "--judge NAME", "other, some-judge"});
  expect_complaint(certify("open/people.csv", {"--judge", "../other"}), 2, {"no judge '../other'", "known: other"});
  EXPECT_EQ(certify("open/people.csv", {"--judge", "other"}).status, 0);
}

TEST_F(JudgeCommand, BadInputNamesTheThingAndTheWayOut) {
  expect_complaint(osler({"judge", kRun}), 2, {"no judge was named", "--certify"});
  expect_complaint(osler({"judge", "open", "--model", "replay:x"}), 1, {"open", "no run"});
  expect_complaint(certify("open/people.csv"), 1, {"no judge has spoken", "osler judge RUN --model M"});
  expect_complaint(judge({}, "replay:none.jsonl"), 1, {"none.jsonl"});
  expect_complaint(judge({}, "gpt"), 2, {"'gpt' is not a model"});
  expect_complaint(judge({"--prompt", "severe"}), 2, {"no judge 'severe'", "default"});
  write("bad.yaml", "name: bad\ntemplate: hello\ndecoding: {}\nextraction: {source: last_box, rules: [option_text]}\n");
  expect_complaint(judge({"--prompt", "bad.yaml"}), 1, {"bad.yaml, line 2", "{question}"});
  ASSERT_EQ(judge().status, 0);
  write("people.csv", "item,verdict\no-01,correct\no-02,perhaps\n");
  expect_complaint(certify("people.csv"), 1, {"people.csv, line 3", "'perhaps' is no verdict"});
  const auto both = judge({"--certify", "open/people.csv"});
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.err, HasSubstr("--help"));
}

TEST_F(JudgeCommand, ARunWithoutOpenAnswersIsLeftAlone) {
  fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder() / "ward", fs::copy_options::recursive);
  ASSERT_EQ(osler({"run", "--model", "replay:ward/some-model.jsonl", "--benchmark", "ward/ward.yaml", "--data", "ward",
                   "--limit", "1", "--out", "closed"})
                .status,
            0);
  const auto result = osler({"judge", "closed", "--model", "no-such-model.gguf"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("nothing to judge"));
}

}  // namespace
}  // namespace osler::test
