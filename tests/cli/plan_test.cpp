// osler plan says what osler run would do, and writes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

class PlanCommand : public testing::Test {
 protected:
  void SetUp() override { put_model_and_slices(folder()); }

  const fs::path& folder() { return folder_.path(); }

  CommandResult osler(const std::string& command, std::vector<std::string> extra = {}) {
    std::vector<std::string> arguments{kOsler,   command, "--model", "model.gguf", "--benchmark", "data/slices.yaml",
                                       "--data", "data"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return run_command(arguments, {.folder = folder()});
  }

  json plan(std::vector<std::string> extra = {}) {
    extra.emplace_back("--json");
    const auto result = osler("plan", extra);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.status == 0 ? json::parse(result.out) : json();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(PlanCommand, SaysInTextWhatIsAskedEvaluatedKeptAndExpected) {
  const auto result = osler("plan");
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* expected :
       {"slices:test (jsonl), protocol paper", "items      96\n", "96 shown, 16 distinct pictures",
        "16, for 6.0 prompts each", "in 96 prompts", "one by one", "expected", "taken to have",
        "the protocol allows 4,096", "per token; ", "measured on "}) {
    EXPECT_THAT(result.out, HasSubstr(expected));
  }
  EXPECT_FALSE(fs::exists(folder() / "runs")) << "a plan leaves nothing behind";
}

TEST_F(PlanCommand, CountsTheTokensOfTheRun) {
  const auto counts = plan({"--no-measure"}).at("row_sets").at(0).at("counts");
  ASSERT_EQ(osler("run").status, 0);
  std::ifstream responses(folder() / "runs/model/slices/paper/responses.jsonl");
  std::uint64_t tokens = 0;
  std::uint64_t image_tokens = 0;
  for (std::string line; std::getline(responses, line);) {
    const auto response = json::parse(line);
    tokens += response.at("prompt_tokens").get<std::uint64_t>();
    image_tokens += response.at("image_tokens").get<std::uint64_t>();
  }
  EXPECT_EQ(counts.at("prompt_tokens"), tokens);
  EXPECT_EQ(counts.at("image_tokens"), image_tokens);
  EXPECT_EQ(counts.at("encoded_image_tokens").get<std::uint64_t>() * 6, image_tokens);
}

TEST_F(PlanCommand, JsonHasTheTimesAndTheirPartsAddUp) {
  const auto found = plan({"--answer-tokens", "7"});
  const auto& row_set = found.at("row_sets").at(0);
  EXPECT_EQ(row_set.at("answer_tokens").at("each"), 7.0);
  for (const char* which : {"expected", "one_by_one"}) {
    const auto& time = row_set.at(which);
    double sum = 0.0;
    for (const char* part : {"encoding", "prefixes", "questions", "answers", "reading_pictures"}) {
      EXPECT_GT(time.at(part).get<double>(), 0.0) << part;
      sum += time.at(part).get<double>();
    }
    EXPECT_NEAR(time.at("seconds").get<double>(), sum, 1e-9);
  }
  EXPECT_NEAR(row_set.at("one_by_one").at("encoding").get<double>(),
              6 * row_set.at("expected").at("encoding").get<double>(), 1e-9);
  EXPECT_EQ(found.at("total").at("items"), 96);
  EXPECT_EQ(found.at("memory").at("model"), fs::file_size(folder() / "model.gguf"));
  EXPECT_EQ(found.at("memory").at("projector"), fs::file_size(folder() / "mmproj-model.gguf"));
  EXPECT_GT(found.at("memory").at("context").get<double>(), 0.0);
  EXPECT_GT(found.at("measured").at("items").get<int>(), 1);
}

TEST_F(PlanCommand, WithoutMeasuringNoTimeIsTold) {
  const auto found = plan({"--no-measure"});
  EXPECT_FALSE(found.contains("measured"));
  EXPECT_FALSE(found.at("row_sets").at(0).contains("expected"));
  EXPECT_FALSE(found.at("total").contains("expected"));
  const auto text = osler("plan", {"--no-measure"});
  EXPECT_THAT(text.out, Not(HasSubstr("expected")));
  const auto both = osler("plan", {"--no-measure", "--answer-tokens", "5"});
  EXPECT_EQ(both.status, 2);
}

TEST_F(PlanCommand, TakesTheOptionsOfARun) {
  const auto few = plan({"--no-measure", "--limit", "8"}).at("row_sets").at(0);
  EXPECT_EQ(few.at("items"), 8);
  EXPECT_EQ(few.at("counts").at("distinct_pictures"), 2);
  const auto blind = plan({"--no-measure", "--ablate", "no-image"}).at("row_sets").at(0);
  EXPECT_EQ(blind.at("counts").at("images"), 0);
  EXPECT_THAT(blind.at("row_set").get<std::string>(), HasSubstr("no-image"));
  const auto alone = plan({"--no-measure", "--no-sharing"}).at("row_sets").at(0).at("counts");
  EXPECT_EQ(alone.at("evaluated_tokens"), alone.at("evaluated_tokens_one_by_one"));
  const auto batch = plan({"--batch", "--parallel", "4", "--answer-tokens", "3"});
  EXPECT_EQ(batch.at("answers_at_once"), 4);
  EXPECT_GT(batch.at("memory").at("context").get<double>(), 0.0);
  std::ifstream card(folder() / "data/slices.yaml");
  std::string text{std::istreambuf_iterator<char>(card), {}};
  std::ofstream(folder() / "data/again.yaml") << text.replace(text.find("name: slices"), 12, "name: again");
  const auto two = plan({"--no-measure", "--benchmark", "data/again.yaml"});
  EXPECT_EQ(two.at("row_sets").size(), 2U);
  EXPECT_EQ(two.at("total").at("items"), 192);
  EXPECT_EQ(two.at("total").at("counts").at("distinct_pictures"), 16) << "they are the same pictures";
}

TEST_F(PlanCommand, WorkersDivideTheMemoryThatIsFree) {
  const auto limit = [this](const std::string& workers) {
    const auto found = plan({"--no-measure", "--limit", "1", "--kv-type", "f32", "--workers", workers});
    return found.at("memory").at("context_limit").get<double>();
  };
  // What is free changes from call to call, but not by that much.
  EXPECT_NEAR(limit("1") / limit("8"), 8.0, 3.0);
}

TEST_F(PlanCommand, NamesTheItemsThatWouldGetNoAnswer) {
  fs::remove(folder() / "data/images/slice-01.png");
  std::ofstream(folder() / "data/images/slice-02.png") << "no picture";
  const auto found = plan({"--no-measure", "--limit", "24"}).at("row_sets").at(0);
  EXPECT_EQ(found.at("items"), 24);
  EXPECT_EQ(found.at("counts").at("answered_items"), 12);
  ASSERT_EQ(found.at("refused").size(), 1U);
  EXPECT_EQ(found.at("refused").at(0).at("items"), 12);
  EXPECT_THAT(found.at("refused").at(0).at("first_ids").get<std::vector<std::string>>(),
              ElementsAre("01-0", "01-1", "01-2", "01-3", "01-4"));
  EXPECT_THAT(found.at("refused").at(0).at("first_reason").get<std::string>(), HasSubstr("slice-01.png"));
  const auto too_long = osler("plan", {"--context", "256", "--image-min-tokens", "400", "--limit", "6"});
  ASSERT_EQ(too_long.status, 0) << too_long.err;
  EXPECT_THAT(too_long.out, HasSubstr("too long: 00-0"));
  EXPECT_THAT(too_long.out, HasSubstr("--context"));
}

TEST_F(PlanCommand, WrongInputIsOneSentence) {
  const std::vector<std::pair<std::vector<std::string>, int>> wrong{
      {{"plan", "-m", "replay:x.jsonl", "-b", "data/slices.yaml", "-d", "data"}, 2},
      {{"plan", "-m", "model.bin", "-b", "data/slices.yaml", "-d", "data"}, 2},
      {{"plan", "-m", "not-here.gguf", "-b", "data/slices.yaml", "-d", "data"}, 1},
      {{"plan", "-m", "data/slices.yaml.gguf", "-b", "data/slices.yaml", "-d", "data"}, 1},
      {{"plan", "-m", "model.gguf", "-b", "no-such-benchmark", "-d", "data"}, 2},
      {{"plan", "-m", "model.gguf", "-b", "data/slices.yaml", "-d", "data", "--answer-tokens", "0"}, 2},
      {{"plan", "-m", "model.gguf"}, 2}};
  fs::copy(folder() / "data/slices.yaml", folder() / "data/slices.yaml.gguf");
  for (auto [arguments, status] : wrong) {
    arguments.insert(arguments.begin(), kOsler);
    const auto result = run_command(arguments, {.folder = folder()});
    EXPECT_EQ(result.status, status) << arguments[3] << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace osler::test
