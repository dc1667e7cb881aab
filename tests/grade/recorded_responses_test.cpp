// The lenient rule on answers that real models gave, beside what the benchmarks' own evaluators made of them. The
// numbers are measured; every disagreement was looked at, and stands in a comment.

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
  std::size_t read = 0;
  std::vector<std::string> differ;

  void add(const std::string& id, const Grade& grade, const std::string& recorded) {
    read += grade.answer_option ? 1U : 0U;
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
  for (const auto& line : agreement.differ) std::cout << line << "\n";
  EXPECT_EQ(choices, 145U);
  EXPECT_EQ(agreement.same, 144U);
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

TEST_F(RecordedResponses, Gpt4oStepByStepOnMmmuPro) {
  std::ifstream in(predictions() / "mmmupro_gpt4o_cot_medical/responses.jsonl");
  const Grader grader = lenient_grader();
  Agreement agreement;
  std::size_t right = 0;
  std::size_t official = 0;
  std::size_t rows = 0;
  for (std::string line; std::getline(in, line); ++rows) {
    const auto row = nlohmann::json::parse(line);
    const auto options = python_list(row.at("options").get<std::string>());
    const auto gold = static_cast<std::size_t>(row.at("answer").get<std::string>().at(0) - 'A');
    ASSERT_LT(gold, options.size()) << row.at("id");
    const auto grade = grader.grade(mcq(options, gold, row.at("question").get<std::string>()),
                                    says(row.at("response").get<std::string>()));
    agreement.add(row.at("id"), grade, row.at("pred_indexs").get<std::string>());
    right += grade.outcome == Outcome::correct ? 1U : 0U;
    official += row.at("if_right").get<bool>() ? 1U : 0U;
  }
  for (const auto& line : agreement.differ) std::cout << line << "\n";
  EXPECT_EQ(rows, 286U);
  EXPECT_EQ(agreement.same, 286U);
  EXPECT_EQ(right, official);
}

TEST_F(RecordedResponses, Probe) {
  std::ifstream in(predictions() / "mmmupro_gpt4o_cot_medical/responses.jsonl");
  const Grader grader = lenient_grader();
  std::map<std::string, std::size_t> rules;
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    const auto options = python_list(row.at("options").get<std::string>());
    auto text = row.at("response").get<std::string>();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    text.resize(text.rfind('\n'));
    const auto grade = grader.grade(mcq(options, 0, row.at("question").get<std::string>()), says(text));
    const auto recorded = row.at("pred_indexs").get<std::string>();
    const std::string verdict = grade.answer.empty() ? "none" : grade.answer == recorded ? "same" : "OTHER";
    ++rules[verdict + " " + grade.rule];
    if (verdict == "OTHER" || std::getenv("PROBE")) {
      std::cout << "=== " << row.at("id") << " " << verdict << " " << grade.rule << " " << recorded << " vs " << grade.answer << "\n";
      for (std::size_t i = 0; i < options.size(); ++i) std::cout << option_letter(i) << ". " << options[i] << "\n";
      std::cout << text.substr(text.size() > 500 ? text.size() - 500 : 0) << "\n";
    }
  }
  for (const auto& [a, b] : rules) std::cout << a << " " << b << "\n";
}

TEST_F(RecordedResponses, AModelThatThinksOnSlake) {
  const auto rows = read("slake_think_answer/joined_with_slake_gold.json");
  const Grader grader = lenient_grader();
  std::map<std::string, std::size_t> rules;
  std::size_t yes_no_items = 0;
  std::size_t correct = 0;
  for (const auto& row : rows) {
    const auto gold = row.at("gold").get<std::string>();
    const bool asks = gold == "Yes" || gold == "No";
    yes_no_items += asks ? 1U : 0U;
    const auto question = row.at("question").get<std::string>();
    const Item item = asks ? yes_no(gold == "Yes", question) : open(gold, question);
    const auto grade = grader.grade(item, says(row.at("response").get<std::string>()));
    ++rules[(asks ? "yes_no " : "open ") + grade.rule];
    correct += grade.outcome == Outcome::correct ? 1U : 0U;
    std::cout << row.at("qid") << " " << gold << " | " << grade.answer << " | " << grade.rule << " " << name_of(grade.outcome)<< "\n";
  }
  for (const auto& [a, b] : rules) std::cout << a << " " << b << "\n";
  std::cout << yes_no_items << " " << correct << "\n";
}

}  // namespace
}  // namespace osler::grade
