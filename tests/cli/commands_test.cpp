#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/command.h"
#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

CommandResult osler(std::vector<std::string> arguments, CommandOptions options = {}) {
  arguments.insert(arguments.begin(), kOsler);
  return run_command(arguments, options);
}

TEST(Commands, VersionNamesWhatItIsBuiltOn) {
  const auto result = osler({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("osler 0."));
  EXPECT_THAT(result.out, HasSubstr("llama.cpp"));
  EXPECT_THAT(result.out, HasSubstr("DuckDB"));
  EXPECT_EQ(result.err, "");
}

TEST(Commands, EverySubcommandExplainsItselfWithAnExample) {
  const std::vector<std::vector<std::string>> commands{{"run"},          {"plan"},
                                                       {"grade"},        {"report"},
                                                       {"why"},          {"import"},
                                                       {"data"},         {"data", "check"},
                                                       {"data", "get"},  {"data", "init"},
                                                       {"data", "list"}, {"data", "show"},
                                                       {"demo"},         {"doctor"},
                                                       {"phantom"},      {"phantom", "generate"},
                                                       {"capability"},   {"capability", "train"}};
  for (auto command : commands) {
    command.emplace_back("--help");
    const auto result = osler(command);
    EXPECT_EQ(result.status, 0) << command.front();
    EXPECT_THAT(result.out, HasSubstr("Example")) << command.front();
    EXPECT_THAT(result.out, HasSubstr("osler " + command.front())) << command.front();
    EXPECT_EQ(result.err, "");
  }
}

TEST(Commands, WrongUsageIsStatusTwoAndOneSentence) {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"dance"},
      {"run"},
      {"run", "--model", "m.gguf", "--benchmark", "vqa-rad", "--nonsense"},
      {"report"},
      {"data"},
      {"run", "-m", "x.gguf", "-b", "vqa-rad", "--limit", "-3"}};
  for (const auto& command : wrong) {
    const auto result = osler(command);
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr("--help"));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

class Slices : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    fs::create_directories(folder_->path() / "here");
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices", folder_->path() / "here/files",
             fs::copy_options::recursive);
    const auto model = tiny_vlm::write_tiny_vlm({.voice = tiny_vlm::Voice::boxed}, folder_->path() / "here/files");
    ASSERT_TRUE(model) << model.error().message();
    first_ = osler(run_command_line(), {.folder = folder_->path()});
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::vector<std::string> run_command_line() {
    return {"run",
            "--model",
            "here/files/tiny-qwen2.5vl-boxed-1.gguf",
            "--benchmark",
            "here/files/slices.yaml",
            "--data",
            "here/files",
            "--out",
            "here/runs"};
  }
  static fs::path run_folder() { return folder_->path() / "here/runs/tiny-qwen2.5vl-boxed-1/slices/paper"; }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline CommandResult first_;
};

TEST_F(Slices, PrintsTheTableForAllUnderstandingAndReasoning) {
  EXPECT_EQ(first_.status, 0) << first_.err;
  for (const char* expected : {"stratum", "accuracy", "Wilson 95%", "parsed", "all ", "understanding", "reasoning"}) {
    EXPECT_THAT(first_.out, HasSubstr(expected));
  }
  for (const char* file : {"manifest.json", "items.jsonl", "responses.jsonl", "grades.parquet"}) {
    EXPECT_TRUE(fs::exists(run_folder() / file)) << file;
  }
}

TEST_F(Slices, ASecondCallAnswersNothingAgainAndPrintsTheSame) {
  const auto before = fs::last_write_time(run_folder() / "responses.jsonl");
  const auto again = osler(run_command_line(), {.folder = folder_->path()});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.out, first_.out);
  EXPECT_THAT(again.err, HasSubstr("96 answers were there already"));
  EXPECT_EQ(fs::last_write_time(run_folder() / "responses.jsonl"), before);
}

TEST_F(Slices, JsonReportHasThePromisedKeysAndAddsUp) {
  const auto result = osler({"report", "here", "--format", "json", "--by", "kind"}, {.folder = folder_->path()});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto rows = nlohmann::json::parse(result.out);
  ASSERT_EQ(rows.size(), 5U);
  for (const auto& row : rows) {
    for (const char* key : {"model", "benchmark", "protocol", "stratum", "n", "clusters", "accuracy", "ci_low",
                            "ci_high", "parse_rate", "accuracy_parsed", "outcomes"}) {
      EXPECT_TRUE(row.contains(key)) << key;
    }
    std::size_t total = 0;
    for (const auto& count : row["outcomes"]) total += count.get<std::size_t>();
    EXPECT_EQ(total, row["n"].get<std::size_t>());
  }
  EXPECT_EQ(rows[0]["n"], 96);
  EXPECT_EQ(rows[1]["n"].get<int>() + rows[2]["n"].get<int>(), 96);
}

TEST_F(Slices, ReportGoesToAFileInEveryFormat) {
  for (const std::string format : {"text", "markdown", "csv", "json"}) {
    const auto result =
        osler({"report", "here", "--format", format, "--output", "report." + format}, {.folder = folder_->path()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_GT(fs::file_size(folder_->path() / ("report." + format)), 200U);
  }
  const auto unknown = osler({"report", "here", "--format", "pdf"}, {.folder = folder_->path()});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("markdown"));
}

TEST_F(Slices, GradingAgainByOtherRulesChangesTheTableAndSaysSo) {
  const auto copy = folder_->path() / "copy";
  fs::copy(folder_->path() / "here/runs", copy, fs::copy_options::recursive);
  const auto direct = osler({"grade", "copy", "--protocol", "direct"}, {.folder = folder_->path()});
  EXPECT_EQ(direct.status, 0) << direct.err;
  EXPECT_THAT(direct.out, HasSubstr("graded as direct"));
  const auto back = osler({"grade", "copy"}, {.folder = folder_->path()});
  EXPECT_EQ(back.out, first_.out);
}

TEST_F(Slices, AnswersWithoutABoxAreReadWhenGradedLeniently) {
  // Every item is answered right, in words.
  std::ifstream items(run_folder() / "items.jsonl");
  std::ofstream recorded(folder_->path() / "plain.jsonl");
  for (std::string line; std::getline(items, line);) {
    const auto item = nlohmann::json::parse(line);
    const std::string letter(1, static_cast<char>('A' + item.at("gold_option").get<int>()));
    recorded << nlohmann::json{{"id", item.at("id")}, {"text", "It is drawn so.\n\nThe answer is " + letter + "."}}
             << "\n";
  }
  recorded.close();
  const auto strict = osler({"run", "--model", "replay:plain.jsonl", "--benchmark", "here/files/slices.yaml", "--data",
                             "here/files", "--out", "plain"},
                            {.folder = folder_->path()});
  ASSERT_EQ(strict.status, 0) << strict.err;
  const auto parse_rate_and_accuracy = [&] {
    const auto report = osler({"report", "plain", "--format", "json"}, {.folder = folder_->path()});
    const auto row = nlohmann::json::parse(report.out).at(0);
    return std::pair(row.at("parse_rate").get<double>(), row.at("accuracy").get<double>());
  };
  EXPECT_EQ(parse_rate_and_accuracy(), std::pair(0.0, 0.0));
  const auto lenient = osler({"grade", "plain", "--protocol", "lenient"}, {.folder = folder_->path()});
  EXPECT_EQ(lenient.status, 0) << lenient.err;
  EXPECT_THAT(lenient.out, HasSubstr("graded as lenient"));
  EXPECT_EQ(parse_rate_and_accuracy(), std::pair(1.0, 1.0));
}

TEST_F(Slices, AnswersReplayedThroughTheirJournalGiveTheSameNumbers) {
  const auto result = osler({"run", "--model", "replay:" + (run_folder() / "responses.jsonl").string(), "--benchmark",
                             "here/files/slices.yaml", "--data", "here/files", "--out", "replayed"},
                            {.folder = folder_->path()});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto numbers = [](const CommandResult& table) { return table.out.substr(table.out.find("all  ")); };
  const auto end = [&](const CommandResult& table) {
    return numbers(table).substr(0, numbers(table).find("Protocol"));
  };
  EXPECT_EQ(end(result), end(first_));
}

TEST_F(Slices, AnotherTokenLimitIsNotMixedIntoTheSameRun) {
  std::ofstream(folder_->path() / "short.yaml") << "name: paper\ntemplates: {mcq: \"{question} {options}\", yes_no: "
                                                   "\"{question}\", open: \"{question}\"}\ndecoding: {max_new_tokens: "
                                                   "8}\nextraction: {source: last_box, rules: [single_letter]}\n";
  const auto model = folder_->path() / "here/files/tiny-qwen2.5vl-boxed-1.gguf";
  const auto before = fs::file_size(run_folder() / "responses.jsonl");
  const auto result = osler({"run", "--model", model.string(), "--benchmark", "here/files/slices.yaml", "--data",
                             "here/files", "--out", "here/runs", "--protocol", "short.yaml"},
                            {.folder = folder_->path()});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("max_new_tokens was 4096 and is now 8"));
  EXPECT_THAT(result.err, HasSubstr("--out"));
  EXPECT_EQ(fs::file_size(run_folder() / "responses.jsonl"), before);
}

TEST_F(Slices, ALimitedRunIsMarkedAsUnfinishedAndGoesOn) {
  const auto model = folder_->path() / "here/files/tiny-qwen2.5vl-boxed-1.gguf";
  std::vector<std::string> command{"run",    "--model",    model.string(), "--benchmark", "here/files/slices.yaml",
                                   "--data", "here/files", "--out",        "limited"};
  auto part = command;
  part.insert(part.end(), {"--limit", "10"});
  const auto first = osler(part, {.folder = folder_->path()});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("UNFINISHED"));
  const auto rest = osler(command, {.folder = folder_->path()});
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("10 answers were there already"));
  EXPECT_EQ(rest.out, first_.out);
}

TEST_F(Slices, CtrlCKeepsWhatWasAnsweredAndTheSameCommandEndsInTheSameTable) {
  const auto model = folder_->path() / "here/files/tiny-qwen2.5vl-boxed-1.gguf";
  const std::vector<std::string> command{
      "run",    "--model",    model.string(), "--benchmark", "here/files/slices.yaml",
      "--data", "here/files", "--out",        "interrupted"};
  CommandResult result;
  for (int delay = 50; delay < 2000; delay += 150) {
    result = osler(command, {.folder = folder_->path(), .interrupt_after_ms = delay});
    // Before its handler stands, a program dies of SIGINT like any other; nothing is lost by that either.
    EXPECT_TRUE(result.status == 0 || result.status == 1 || result.status == 130) << result.status << result.err;
    if (result.status == 0) break;
  }
  const auto end = osler(command, {.folder = folder_->path()});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_EQ(end.out, first_.out);
}

TEST(Doctor, SaysWhatIsHere) {
  const auto result = osler({"doctor"}, {.environment = {{"OSLER_DATA", ""}}});
  EXPECT_EQ(result.status, 0) << result.out;
  for (const char* expected : {"osler", "processor", "memory", "llama.cpp", "DuckDB", "results", "benchmarks"}) {
    EXPECT_THAT(result.out, HasSubstr(expected));
  }
  EXPECT_THAT(result.out, Not(HasSubstr("FAIL")));
  const auto json = nlohmann::json::parse(osler({"doctor", "--json"}).out);
  EXPECT_TRUE(json.is_array());
  EXPECT_EQ(json[0]["name"], "osler");
}

TEST(Doctor, FailsWhenResultsCannotBeWritten) {
  const auto result = osler({"doctor", "--out", "/proc/nowhere"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.out, HasSubstr("FAIL"));
}

}  // namespace
}  // namespace osler::test
