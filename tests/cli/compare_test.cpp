// osler compare, as a user types it, over recorded answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kA = "runs/some-model/ward/paper";
const std::string kB = "runs/some-model-q4_0/ward/paper";

class CompareCommand : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder() / "ward", fs::copy_options::recursive);
    std::string answers = read("ward/some-model.jsonl");
    replace(answers, R"(\\boxed{C})", R"(\\boxed{D})");          // w-003: right before
    replace(answers, R"(low on the left.)", R"(on the left.)");  // w-005: the same answer in other words
    write("ward/some-model-q4_0.jsonl", answers);
    ASSERT_EQ(run("some-model").status, 0);
    ASSERT_EQ(run("some-model-q4_0").status, 0);
  }

  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }
  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder()});
  }
  [[nodiscard]] CommandResult run(const std::string& model, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"run", "-m",  "replay:ward/" + model + ".jsonl", "-b", "ward/ward.yaml",
                                       "-d",  "ward"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }
  [[nodiscard]] std::string read(const fs::path& name) const {
    std::ostringstream content;
    content << std::ifstream(folder() / name, std::ios::binary).rdbuf();
    return content.str();
  }
  void write(const fs::path& name, const std::string& text) const {
    std::ofstream(folder() / name, std::ios::binary) << text;
  }
  static void replace(std::string& text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), with);
  }
  /// As if the run's answers had come from an engine.
  void answered_by(const std::string& run, const std::string& engine) const {
    auto manifest = json::parse(read(run + "/manifest.json"));
    manifest["engine"] = engine;
    manifest["identity"]["engine"] = engine;
    write(run + "/manifest.json", manifest.dump());
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(CompareCommand, PlainItSaysWhichIsBetterAndForProgramsTheContract) {
  const auto text = osler({"compare", kA, kB});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("A = some-model, B = some-model-q4_0"));
  EXPECT_THAT(text.out, HasSubstr("+12.5"));
  EXPECT_THAT(text.out, HasSubstr("w-003")) << "the item that one alone has right";
  const auto object = json::parse(osler({"compare", kA, kB, "--json"}).out).at(0);
  EXPECT_EQ(object["a"], "some-model");
  EXPECT_EQ(object["b"], "some-model-q4_0");
  EXPECT_EQ(object["benchmark"], "ward");
  EXPECT_EQ(object["n"], 8);
  EXPECT_DOUBLE_EQ(object["difference"], 0.125);
  EXPECT_EQ(object["verdict"], "tie");
  for (const char* key : {"ci_low", "ci_high", "p", "p_adjusted"}) EXPECT_TRUE(object[key].is_number()) << key;
}

TEST_F(CompareCommand, SeveralModelsAreComparedTwoAndTwoOnEveryBenchmarkOfTheirFolders) {
  ASSERT_EQ(run("some-model", {"--out", "third"}).status, 0);
  const auto found = osler({"compare", "runs/some-model", "runs/some-model-q4_0", "third/some-model", "--json"});
  ASSERT_EQ(found.status, 0) << found.err;
  const auto list = json::parse(found.out);
  std::size_t all = 0;
  for (const auto& one : list) all += one["stratum"] == "all" ? 1U : 0U;
  EXPECT_EQ(all, 3U) << "three pairs of three models";
  EXPECT_THAT(list.at(0)["a"], "some-model");
  EXPECT_THAT(found.out, HasSubstr("some-model (third/some-model)")) << "models of one name are told apart";
  const auto by_kind = osler({"compare", kA, kB, "--by", "kind", "--format", "latex"});
  EXPECT_THAT(by_kind.out, HasSubstr("kind=mcq"));
  EXPECT_THAT(by_kind.out, HasSubstr("\\toprule"));
}

TEST_F(CompareCommand, ParitySaysWhatIsEqualAndListsWhatIsNot) {
  const auto result = osler({"compare", "--parity", kA, kB});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("equal answers: 7 of 8"));
  EXPECT_THAT(result.out, HasSubstr("equal texts:   6 of 8"));
  EXPECT_THAT(result.out, HasSubstr("Caution: 8 items are few"));
  EXPECT_THAT(result.out, HasSubstr("w-003"));
  EXPECT_THAT(result.out, Not(HasSubstr("w-005")));
  const auto value = json::parse(osler({"compare", "--parity", kA, kB, "--json"}).out);
  EXPECT_EQ(value["equal_answers"], 7);
  EXPECT_EQ(value["only_a_right"], 1);
  EXPECT_EQ(value["discordant"][0]["id"], "w-003");
  EXPECT_EQ(value["discordant"][0]["gold"], "C");
  EXPECT_EQ(value["discordant"][0]["b"]["answer"], "D");
}

TEST_F(CompareCommand, AReportOfTwoEnginesSaysSoUntilThereIsAParityRun) {
  answered_by(kB, "openai");
  EXPECT_THAT(unwrapped(osler({"report", "runs"}).out), HasSubstr("Mixed engines: the figures of some-model come"));
  ASSERT_EQ(osler({"compare", "--parity", kA, kB}).status, 0);
  EXPECT_THAT(unwrapped(osler({"report", "runs"}).out), Not(HasSubstr("Mixed engines")));
  ASSERT_EQ(osler({"compare", "--parity", kA, kB}).status, 0);
  EXPECT_EQ(json::parse(read(kB + "/parity.json"))["parities"].size(), 1U) << "the later in place of the earlier";
  // Another engine than the one that was compared.
  answered_by(kB, "other");
  EXPECT_THAT(unwrapped(osler({"report", "runs"}).out), HasSubstr("Mixed engines"));
  write(kB + "/parity.json", "{");
  const auto broken = osler({"report", "runs"});
  EXPECT_EQ(broken.status, 0);
  EXPECT_THAT(broken.err, HasSubstr("parity.json"));
}

TEST_F(CompareCommand, RunsThatWereAskedOtherwiseAreRefusedWithTheReason) {
  const auto expect_refusal = [this](const std::string& other, const std::vector<std::string>& reasons) {
    const auto result = osler({"compare", "--parity", kA, other});
    EXPECT_EQ(result.status, 1) << result.out;
    for (const auto& reason : reasons) EXPECT_THAT(result.err, HasSubstr(reason));
    EXPECT_FALSE(fs::exists(folder() / other / "parity.json"));
  };
  ASSERT_EQ(run("some-model-q4_0", {"-p", "direct"}).status, 0);
  expect_refusal("runs/some-model-q4_0/ward/direct", {"protocols paper and direct", "protocol_sha256"});
  ASSERT_EQ(run("some-model-q4_0", {"--subset", "mcq"}).status, 0);
  expect_refusal("runs/some-model-q4_0/ward.mcq/paper", {"row sets", "ask the same row set"});
  ASSERT_EQ(run("some-model-q4_0", {"--max-new-tokens", "9", "-o", "short"}).status, 0);
  expect_refusal("short/some-model-q4_0/ward/paper", {"max_new_tokens"});
  ASSERT_EQ(run("some-model-q4_0", {"--limit", "5", "-o", "cut"}).status, 0);
  expect_refusal("cut/some-model-q4_0/ward/paper", {"answered 8 items", "answered 5"});
  ASSERT_EQ(osler({"grade", kB, "-p", "lenient"}).status, 0);
  expect_refusal(kB, {"rules paper and lenient"});
}

TEST_F(CompareCommand, RunsThatStoppedAtTheSameItemAreCompared) {
  ASSERT_EQ(run("some-model", {"--limit", "5", "-o", "cut"}).status, 0);
  ASSERT_EQ(run("some-model-q4_0", {"--limit", "5", "-o", "cut"}).status, 0);
  const auto result = osler({"compare", "--parity", "cut/some-model/ward/paper", "cut/some-model-q4_0/ward/paper"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("5 of 8 items"));
}

TEST_F(CompareCommand, APathOfSeveralRunsAndOneOfNoneAreSaid) {
  const auto several = osler({"compare", "runs", kB});
  EXPECT_EQ(several.status, 2);
  EXPECT_THAT(several.err, HasSubstr("holds two runs of ward"));
  EXPECT_EQ(osler({"compare", "ward", kB}).status, 1);
  EXPECT_EQ(osler({"compare", kA}).status, 2);
  EXPECT_EQ(osler({"compare", kA, kB, kA, "--parity"}).status, 2);
  EXPECT_EQ(osler({"compare", kA, kB, "--by", "no such stratum"}).status, 2);
}

}  // namespace
}  // namespace osler::test
