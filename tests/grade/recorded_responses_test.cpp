// The lenient rule on answers that real models gave, beside what the benchmarks' own evaluators made of them. The
// numbers are measured; every disagreement was looked at, and its test says who is right.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "grade/support.h"

namespace osler::grade {
namespace {

namespace fs = std::filesystem;
using namespace testing;
using ::testing::ElementsAre;

fs::path predictions() {
  const char* named = std::getenv("OSLER_TEST_DATA");
  const fs::path data = named != nullptr ? fs::path(named) : fs::path(OSLER_SOURCE_DIR) / "../shared/data";
  return data / "predictions";
}

class RecordedResponses : public ::testing::Test {
 protected:
  nlohmann::json read(const fs::path& file) {
    std::ifstream in(predictions() / file);
    return nlohmann::json::parse(in);
  }

  void SetUp() override {
    if (!fs::exists(predictions())) GTEST_SKIP() << "no " << predictions() << "; set OSLER_TEST_DATA";
  }
};

/// How often the lenient rule reads what the recorded evaluator read.
struct Agreement {
  std::size_t same = 0;
  std::vector<std::string> differ;

  void add(const std::string& id, const Grade& grade, const std::string& recorded) {
    if (grade.answer == recorded) {
      ++same;
    } else {
      differ.push_back(id + ": " + recorded + ", here \"" + grade.answer + "\" (" + grade.rule + ")");
    }
  }
};

TEST_F(RecordedResponses, Llava15OnMmmu) {
  const auto rows = read("mmmu_llava15_13b/expected_by_official_evaluator.json");
  const Grader grader = lenient_grader();
  Agreement agreement;
  std::size_t choices = 0;
  for (const auto& row : rows) {
    if (row.at("question_type") != "multiple-choice") continue;
    ++choices;
    std::vector<std::string> options;
    for (const auto& letter : row.at("all_choices")) {
      options.push_back(row.at("index2ans").at(letter.get<std::string>()).get<std::string>());
    }
    const auto gold = static_cast<std::size_t>(row.at("answer").get<std::string>().at(0) - 'A');
    const auto grade = grader.grade(mcq(options, gold), says(row.at("response").get<std::string>()));
    agreement.add(row.at("id"), grade, row.at("parsed_by_official_code").get<std::string>());
  }
  EXPECT_EQ(choices, 145U);
  EXPECT_EQ(agreement.same, 144U);
  // The model repeats all four options, a line each, and chooses none; the official parse takes the last one.
  EXPECT_THAT(agreement.differ, ElementsAre("validation_Pharmacy_27: D, here \"\" (options_echo)"));
}

/// The options of MMMU-Pro are a list as Python prints it.
std::vector<std::string> python_list(const std::string& text) {
  static const std::regex piece(R"re('((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")re");
  std::vector<std::string> list;
  for (std::sregex_iterator at(text.begin(), text.end(), piece), end; at != end; ++at) {
    list.push_back((*at)[1].matched ? (*at)[1].str() : (*at)[2].str());
  }
  return list;
}

struct Recorded {
  Item item;
  std::string response;
  std::string parsed;  ///< The letter that the official evaluator read.
  bool right = false;
};

std::vector<Recorded> read_gpt4o() {
  std::ifstream in(predictions() / "mmmupro_gpt4o_cot_medical/responses.jsonl");
  std::vector<Recorded> rows;
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    const auto gold = static_cast<std::size_t>(row.at("answer").get<std::string>().at(0) - 'A');
    auto item = mcq(python_list(row.at("options").get<std::string>()), gold, row.at("question").get<std::string>());
    item.id = row.at("id").get<std::string>();
    rows.push_back({std::move(item), row.at("response").get<std::string>(), row.at("pred_indexs").get<std::string>(),
                    row.at("if_right").get<bool>()});
  }
  return rows;
}

TEST_F(RecordedResponses, Gpt4oStepByStepOnMmmuPro) {
  const auto rows = read_gpt4o();
  ASSERT_EQ(rows.size(), 286U);
  const Grader grader = lenient_grader();
  Agreement agreement;
  for (const auto& row : rows) {
    const auto grade = grader.grade(row.item, says(row.response));
    agreement.add(row.item.id, grade, row.parsed);
    EXPECT_EQ(grade.outcome == Outcome::correct, row.right) << row.item.id;
  }
  EXPECT_EQ(agreement.same, 286U) << ::testing::PrintToString(agreement.differ);
}

TEST_F(RecordedResponses, ReasoningWithoutItsLastLineIsReadRightOrNotAtAll) {
  // The same responses without the last line, which is the answer: what is left says it plainly now and then.
  const auto rows = read_gpt4o();
  const Grader grader = lenient_grader();
  Agreement agreement;
  std::size_t unread = 0;
  for (const auto& row : rows) {
    auto text = row.response.substr(0, row.response.find_last_not_of(" \n") + 1);
    text.resize(text.rfind('\n'));
    const auto grade = grader.grade(row.item, says(text));
    if (grade.answer_option) {
      agreement.add(row.item.id, grade, row.parsed);
    } else {
      ++unread;
    }
  }
  EXPECT_THAT(agreement.differ, ElementsAre());
  EXPECT_EQ(agreement.same, 18U);
  EXPECT_EQ(unread, 268U);
}

TEST_F(RecordedResponses, AModelThatThinksOnSlake) {
  const auto rows = read("slake_think_answer/joined_with_slake_gold.json");
  ASSERT_EQ(rows.size(), 48U);
  const Grader grader = lenient_grader();
  std::vector<int> unread;
  std::size_t yes_no_items = 0;
  std::size_t correct = 0;
  for (const auto& row : rows) {
    const auto gold = row.at("gold").get<std::string>();
    const bool asks = gold == "Yes" || gold == "No";
    const auto question = row.at("question").get<std::string>();
    const Item item = asks ? yes_no(gold == "Yes", question) : open(gold, question);
    const auto grade = grader.grade(item, says(row.at("response").get<std::string>()));
    yes_no_items += asks ? 1U : 0U;
    correct += grade.outcome == Outcome::correct ? 1U : 0U;
    if (!grade.span) {
      unread.push_back(row.at("qid").get<int>());
    } else {
      EXPECT_EQ(grade.rule, "answer_tag") << row.at("qid");
    }
  }
  // 11952 asks for yes or no and is told that "the lung appears healthy"; the tags of the other two do not end.
  EXPECT_THAT(unread, ElementsAre(11952, 11962, 11964));
  EXPECT_EQ(yes_no_items, 17U);
  EXPECT_EQ(correct, 11U);
}

}  // namespace
}  // namespace osler::grade
