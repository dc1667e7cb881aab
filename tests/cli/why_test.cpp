// osler why, osler grade --protocols and --explain-changes: a recorded run under several rule sets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A run of five items that was recorded under the paper protocol.
class WhyTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(run_);
    fs::copy_file(fs::path(OSLER_SOURCE_DIR) / "protocols/paper.yaml", run_ / "protocol.yaml");
    write("manifest.json", json{{"schema", 1},
                                {"model", "toy"},
                                {"benchmark", "toy-vqa"},
                                {"row_set", "toy-vqa:test"},
                                {"row_set_hash", "0"},
                                {"protocol", "paper"},
                                {"engine", "replay"},
                                {"items", 5},
                                {"answered", 5},
                                {"identity", json::object()},
                                {"details", json::object()},
                                {"started", "2026-01-01T00:00:00Z"},
                                {"finished", "2026-01-01T00:00:00Z"},
                                {"seconds", 1.0}}
                               .dump());
    write("items.jsonl", item("1", 1) + item("2", 1) + item("3", 2) + item("4", 0) + item("5", 0));
    write("responses.jsonl", says("1", "The haze suggests it. \\boxed{B}") + says("2", "The answer is (B).") +
                                 says("3", "It is \\boxed{\\text{C}}") + says("4", "") +
                                 says("5", "I am sorry, but I cannot \x1b[31mhelp with that."));
    EXPECT_EQ(osler({"grade", run_.string()}).status, 0);
  }

  static std::string item(const std::string& id, int gold) {
    const std::vector<std::string> options{"Cyst", "Abscess", "Haematoma"};
    return json{{"id", id},
                {"kind", "mcq"},
                {"question", "Which lesion?"},
                {"options", options},
                {"gold", options[static_cast<std::size_t>(gold)]},
                {"gold_option", gold},
                {"capability", "unlabeled"},
                {"strata", json::object()},
                {"images", json::array()}}
               .dump() +
           "\n";
  }

  static std::string says(const std::string& id, const std::string& text) {
    return json{{"id", id}, {"text", text}, {"finish", "stop"}}.dump() + "\n";
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(run_ / name, std::ios::binary) << text;
  }

  static CommandResult osler(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {});
  }

  TemporaryFolder folder_;
  fs::path run_ = folder_.path() / "run";
};

TEST_F(WhyTest, TheSpanIsMarkedAndTheRuleNamed) {
  const auto result = osler({"why", run_.string(), "1"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("The haze suggests it. \\boxed{⟦B⟧}"));
  EXPECT_THAT(result.out, HasSubstr("B. Abscess   <- gold"));
  EXPECT_THAT(result.out, HasSubstr("paper: correct: the answer B was read by single_letter"));
  EXPECT_THAT(result.out, HasSubstr("mmmu-official"));
  EXPECT_THAT(result.out, HasSubstr("random_guess"));
}

TEST_F(WhyTest, JsonHasTheKeysThatProgramsRelyOn) {
  const auto seen = json::parse(osler({"why", run_.string(), "1", "--json"}).out);
  EXPECT_EQ(seen["item"], "1");
  EXPECT_EQ(seen["response"], "The haze suggests it. \\boxed{B}");
  EXPECT_EQ(seen["rule"], "single_letter");
  EXPECT_EQ(seen["answer"], "B");
  EXPECT_EQ(seen["gold"], "B");
  EXPECT_EQ(seen["outcome"], "correct");
  const auto begin = seen["span"]["begin"].get<std::size_t>();
  EXPECT_EQ(seen["response"].get<std::string>().substr(begin, seen["span"]["end"].get<std::size_t>() - begin), "B");
  EXPECT_EQ(seen["rule_sets"][0]["rule_set"], "paper");
  EXPECT_EQ(seen["rule_sets"].size(), 8U);

  const auto both = json::parse(osler({"why", run_.string(), "4", "5", "--json", "--protocols", "lenient"}).out);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_TRUE(both[0]["span"].is_null());
  EXPECT_TRUE(both[0]["answer"].is_null());
  EXPECT_EQ(both[0]["rule"], "empty_response");
  EXPECT_EQ(both[1]["outcome"], "refused");
  EXPECT_EQ(both[1]["rule_sets"].size(), 2U);
}

TEST_F(WhyTest, AResponseCannotColourTheTerminal) {
  EXPECT_THAT(osler({"why", run_.string(), "5"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(WhyTest, OfALongResponseWhatIsAroundTheAnswerIsShown) {
  const std::string reasoning(20'000, 'x');
  write("responses.jsonl", says("1", reasoning + " \\boxed{B} " + reasoning));
  const auto brief = osler({"why", run_.string(), "1"});
  EXPECT_LT(brief.out.size(), 8000U);
  EXPECT_THAT(brief.out, HasSubstr("\\boxed{⟦B⟧}"));
  EXPECT_THAT(brief.out, HasSubstr("bytes not shown, --full shows them"));
  const auto full = osler({"why", run_.string(), "1", "--full"});
  EXPECT_GT(full.out.size(), 40'000U);
  EXPECT_THAT(full.out, Not(HasSubstr("not shown")));
}

TEST_F(WhyTest, WhatIsNotThereIsSaidWithTheWayOut) {
  const auto item = osler({"why", run_.string(), "99"});
  EXPECT_EQ(item.status, 1);
  EXPECT_THAT(item.err, HasSubstr("has no item '99'; its ids read like 1, 2, 3"));
  const auto protocol = osler({"why", run_.string(), "1", "--protocols", "papier"});
  EXPECT_EQ(protocol.status, 2);
  EXPECT_THAT(protocol.err, HasSubstr("there is no protocol 'papier'"));
  write("responses.jsonl", says("1", "x"));
  EXPECT_THAT(osler({"why", run_.string(), "2"}).err, HasSubstr("has no response to the item '2' yet"));
}

TEST_F(WhyTest, TheMatrixHasEveryRuleSetAndTheDiscordantItems) {
  const auto before = content(run_ / "grades.parquet");
  const auto result = osler({"grade", run_.string(), "--protocols", "all"});
  EXPECT_EQ(result.status, 0) << result.err;
  for (const auto* name : {"paper", "lenient", "medevalkit", "vlmevalkit", "mmmu-official", "medxpertqa-official"}) {
    EXPECT_THAT(result.out, HasSubstr(std::string("\n") + name + " ")) << name;
  }
  EXPECT_THAT(result.out, HasSubstr("Discordant items: "));
  EXPECT_EQ(content(run_ / "grades.parquet"), before) << "nothing is written";

  const auto matrix = json::parse(osler({"grade", run_.string(), "--protocols", "all", "--json"}).out);
  EXPECT_EQ(matrix["rule_sets"][0]["rule_set"], "paper");
  EXPECT_EQ(matrix["rule_sets"][0]["accuracy"], 0.4);
  EXPECT_EQ(matrix["disagreements"].size(), 28U) << "eight rule sets, two at a time";
  const auto of = [&](const std::string& name) {
    for (const auto& set : matrix["rule_sets"]) {
      if (set["rule_set"] == name) return set;
    }
    return json();
  };
  // Worked by hand from section 11's tables: an empty response is option A to MedEvalKit (item 4: right), random to
  // MMMU's evaluator, and nothing to the rest.
  EXPECT_EQ(of("mmmu-official")["guessed"], 4);
  EXPECT_NEAR(of("mmmu-official")["accuracy"].get<double>(), (1.0 + 4.0 / 3.0) / 5.0, 1e-12);
  bool fourth = false;
  for (const auto& item : matrix["discordant"]) {
    if (item["item"] != "4") continue;
    fourth = true;
    EXPECT_EQ(item["grades"]["medevalkit"]["answer"], "A");
    EXPECT_EQ(item["grades"]["medevalkit"]["score"], 1.0);
    EXPECT_EQ(item["grades"]["paper"]["outcome"], "unparsed");
  }
  EXPECT_TRUE(fourth);
}

TEST_F(WhyTest, ChangesAreListedAndNothingIsWritten) {
  const auto before = content(run_ / "grades.parquet");
  const auto result = osler({"grade", run_.string(), "--protocol", "lenient", "--explain-changes"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 of 5 items are graded otherwise, 1 with another score"));
  EXPECT_THAT(result.out, HasSubstr("unparsed -> correct: 1"));
  EXPECT_EQ(content(run_ / "grades.parquet"), before);
  const auto changes =
      json::parse(osler({"grade", run_.string(), "--protocol", "lenient", "--explain-changes", "--json"}).out);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0]["item"], "2");
  EXPECT_EQ(changes[0]["before"]["rule"], "no_box");
  EXPECT_EQ(changes[0]["after"]["answer"], "B");
  EXPECT_THAT(osler({"grade", run_.string(), "--explain-changes"}).out, HasSubstr("None of 5 items"));
}

TEST_F(WhyTest, GuessesCountWithTheirChanceInTheReport) {
  ASSERT_EQ(osler({"grade", run_.string(), "--protocol", "mmmu-official"}).status, 0);
  const auto report = json::parse(osler({"report", run_.string(), "--format", "json"}).out);
  EXPECT_EQ(report[0]["guessed"], 4);
  EXPECT_NEAR(report[0]["accuracy"].get<double>(), (1.0 + 4.0 / 3.0) / 5.0, 1e-12);
  EXPECT_EQ(report[0]["outcomes"]["correct"], 1);
  EXPECT_EQ(report[0]["outcomes"]["unparsed"], 4);
  EXPECT_EQ(report[0]["accuracy_worst"], 0.2);
  EXPECT_EQ(report[0]["accuracy_best"], 1.0);
}

TEST_F(WhyTest, AConflictOfLetterAndTextIsReported) {
  write("responses.jsonl", says("1", "\\boxed{B. Haematoma}") + says("2", "\\boxed{B. Abscess}"));
  ASSERT_EQ(osler({"grade", run_.string()}).status, 0);
  EXPECT_THAT(osler({"report", run_.string()}).out, HasSubstr("Conflicts: in 1 of 2 answers"));
  EXPECT_THAT(osler({"why", run_.string(), "1"}).out, HasSubstr("name two different options"));
}

TEST_F(WhyTest, AProtocolOfTheRunIsNotTakenForTheShippedOneOfItsName) {
  std::ofstream(run_ / "protocol.yaml", std::ios::app) << "# changed\n";
  const auto matrix = json::parse(osler({"grade", run_.string(), "--protocols", "paper", "--json"}).out);
  ASSERT_EQ(matrix["rule_sets"].size(), 2U);
  EXPECT_EQ(matrix["rule_sets"][0]["rule_set"], "paper (of the run)");
  EXPECT_EQ(matrix["rule_sets"][1]["rule_set"], "paper");
}

TEST_F(WhyTest, JsonIsOfOneRun) {
  fs::copy(run_, folder_.path() / "second", fs::copy_options::recursive);
  const auto result = osler({"grade", folder_.path().string(), "--protocols", "lenient", "--json"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--json is of one run, and there are 2"));
}

TEST_F(WhyTest, OptionsThatExcludeEachOtherAreWrongUsage) {
  EXPECT_EQ(osler({"grade", run_.string(), "--protocols", "all", "--protocol", "paper"}).status, 2);
  EXPECT_EQ(osler({"grade", run_.string(), "--protocols", "all", "--explain-changes"}).status, 2);
  EXPECT_EQ(osler({"why", run_.string()}).status, 2);
}

}  // namespace
}  // namespace osler::test
