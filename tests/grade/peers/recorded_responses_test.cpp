// The evaluator of MMMU as reproduced here beside the real one, on answers that a real model gave.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "grade/support.h"
#include "osler/grade/peers/evaluator.h"
#include "osler/grade/peers/mmmu.h"

namespace osler::grade {
namespace {

namespace fs = std::filesystem;
using namespace testing;

/// LLaVA-1.5-13B on the medical subjects of MMMU, with what the official code made of it.
class RecordedMmmu : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("OSLER_TEST_DATA");
    const fs::path data = named != nullptr ? fs::path(named) : fs::path(OSLER_SOURCE_DIR) / "../shared/data";
    const fs::path file = data / "predictions/mmmu_llava15_13b/expected_by_official_evaluator.json";
    if (!fs::exists(file)) GTEST_SKIP() << "no " << file << "; set OSLER_TEST_DATA";
    std::ifstream in(file);
    rows_ = nlohmann::json::parse(in);
  }

  static bool is_choice(const nlohmann::json& row) { return row.at("question_type") == "multiple-choice"; }

  static Item item_of(const nlohmann::json& row) {
    const auto answer = row.at("answer").get<std::string>();
    if (!is_choice(row)) return open(answer);
    std::vector<std::string> options;
    for (const auto& letter : row.at("all_choices")) {
      options.push_back(row.at("index2ans").at(letter.get<std::string>()).get<std::string>());
    }
    return mcq(options, static_cast<std::size_t>(answer.at(0) - 'A'));
  }

  static Grade grade_of(const nlohmann::json& row) {
    return find_evaluator("mmmu-official")->grade(item_of(row), says(row.at("response").get<std::string>()));
  }

  nlohmann::json rows_;
};

TEST_F(RecordedMmmu, EveryChoiceIsParsedAsTheOfficialCodeParsedIt) {
  std::size_t choices = 0;
  for (const auto& row : rows_) {
    if (!is_choice(row)) continue;
    ++choices;
    const Grade grade = grade_of(row);
    const bool drawn = row.at("official_random_fallback").get<bool>();
    EXPECT_EQ(grade.guessed, drawn) << row.at("id");
    const auto parsed = row.at("parsed_by_official_code").get<std::string>();
    EXPECT_EQ(grade.answer, drawn ? "" : parsed) << row.at("id");
  }
  EXPECT_EQ(choices, 145U);
}

TEST_F(RecordedMmmu, EveryOpenAnswerHasTheValuesOfTheOfficialCode) {
  std::size_t answers = 0;
  for (const auto& row : rows_) {
    if (is_choice(row)) continue;
    ++answers;
    std::set<mmmu::OpenValue> expected;
    for (const auto& value : row.at("parsed_by_official_code")) {
      if (value.is_string()) expected.emplace(value.get<std::string>());
      if (value.is_number()) expected.emplace(value.get<double>());
    }
    const auto parsed = mmmu::parse_open_response(row.at("response").get<std::string>());
    EXPECT_EQ(std::set<mmmu::OpenValue>(parsed.values.begin(), parsed.values.end()), expected) << row.at("id");
  }
  EXPECT_EQ(answers, 5U);
}

TEST_F(RecordedMmmu, AsManyAreRightAsTheOfficialCodeCounted) {
  std::size_t right = 0;
  for (const auto& row : rows_) {
    const Grade grade = grade_of(row);
    // No item of this model was drawn at random, or its draw would have to be taken from the record.
    EXPECT_FALSE(grade.guessed) << row.at("id");
    EXPECT_EQ(grade.outcome == Outcome::correct, row.at("official_correct").get<bool>()) << row.at("id");
    right += grade.outcome == Outcome::correct ? 1U : 0U;
  }
  EXPECT_EQ(rows_.size(), 150U);
  EXPECT_EQ(right, 58U);
}

}  // namespace
}  // namespace osler::grade
