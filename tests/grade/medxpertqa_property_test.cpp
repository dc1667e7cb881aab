// The property of benchmarks.md, section 12.2, on every row of the real MedXpertQA-MM: in each boxed form of an
// answer, the strict rule reads the option that was said.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "grade/support.h"

namespace osler::grade {
namespace {

namespace fs = std::filesystem;
using namespace testing;

fs::path rows_file() {
  const char* named = std::getenv("OSLER_TEST_DATA");
  const fs::path data = named != nullptr ? fs::path(named) : fs::path(OSLER_SOURCE_DIR) / "../shared/data";
  return data / "medxpertqa_mm/hf/MM/test.jsonl";
}

std::vector<Item> read_rows(const fs::path& file) {
  std::vector<Item> items;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    std::vector<std::string> options;
    for (const auto& option : row.at("options").items()) options.push_back(option.value().get<std::string>());
    const auto gold = static_cast<std::size_t>(row.at("label").get<std::string>().at(0) - 'A');
    items.push_back(mcq(std::move(options), gold, row.at("question").get<std::string>()));
    items.back().id = row.at("id").get<std::string>();
  }
  return items;
}

TEST(MedXpertQa, EveryBoxedFormOfEveryOptionIsRead) {
  const auto file = rows_file();
  if (!fs::exists(file)) GTEST_SKIP() << "no MedXpertQA-MM in " << file << "; set OSLER_TEST_DATA";
  const auto items = read_rows(file);
  ASSERT_EQ(items.size(), 2000U);
  const Grader grader = strict_grader();
  std::size_t checks = 0;
  std::size_t failures = 0;
  std::size_t conflicts = 0;
  for (const auto& item : items) {
    ASSERT_EQ(item.options.size(), 5U) << item.id;
    for (std::size_t option = 0; option < item.options.size(); ++option) {
      const std::string letter(1, option_letter(option));
      const auto& text = item.options[option];
      for (const auto& form : {"\\boxed{" + letter + "}", "\\boxed{" + letter + ". " + text + "}",
                               "\\boxed{(" + letter + ") " + text + "}", "\\boxed{\\text{" + letter + "}}"}) {
        const Grade grade = grader.grade(item, says("Step by step, A and then B. So the answer is $" + form + "$."));
        ++checks;
        conflicts += grade.conflict ? 1U : 0U;
        const bool right = (grade.outcome == Outcome::correct) == (item.gold_option == option);
        if (grade.answer == letter && right) continue;
        if (++failures <= 20)
          ADD_FAILURE() << item.id << ": " << form << " is read as \"" << grade.answer << "\", " << grade.rule;
      }
    }
  }
  EXPECT_EQ(checks, 40000U);
  EXPECT_EQ(failures, 0U);
  EXPECT_EQ(conflicts, 0U);
}

/// The text alone is read as another letter only where an option's text is itself a letter, which is inherent.
TEST(MedXpertQa, TheTextAloneIsTheOptionUnlessItIsALetter) {
  const auto file = rows_file();
  if (!fs::exists(file)) GTEST_SKIP() << "no MedXpertQA-MM in " << file << "; set OSLER_TEST_DATA";
  const Grader grader = strict_grader();
  std::size_t other = 0;
  for (const auto& item : read_rows(file)) {
    for (std::size_t option = 0; option < item.options.size(); ++option) {
      const Grade grade = grader.grade(item, says("\\boxed{" + item.options[option] + "}"));
      if (grade.answer_option == option) continue;
      ++other;
      EXPECT_EQ(item.options[option].size(), 1U) << item.id << ": " << item.options[option] << ", " << grade.rule;
    }
  }
  EXPECT_EQ(other, 324U);
}

}  // namespace
}  // namespace osler::grade
