// Other tools' rules on text that was made to break them. Every seed is fixed: a failure comes back.

#include <gtest/gtest.h>

#include <random>

#include "grade/support.h"
#include "osler/grade/peers/evaluator.h"

namespace osler::grade {
namespace {

using namespace testing;

constexpr std::size_t kBytes = 1U << 18U;

std::vector<Item> items() {
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("option " + std::to_string(i));
  Item without_gold = mcq({"CT", "MRI"}, 0);
  without_gold.gold_option.reset();
  Item nothing = without_gold;
  nothing.options.clear();
  return {mcq({"Pneumonia", "Pulmonary embolism", "", "Ménière’s disease", "\xFF\xC3"}, 2),
          mcq(many, 29),
          mcq({"A", "B", "Z"}, 1),
          mcq({std::string(3000, 'a') + "b", "aaaa aaaa", "肺"}, 1),
          without_gold,
          nothing,
          yes_no(true),
          yes_no(false),
          open("C"),
          open("3.14"),
          open("")};
}

void expect_sound(const Evaluator& evaluator, const Item& item, const std::string& text) {
  const Grade grade = evaluator.grade(item, says(text));
  const auto what = std::string(evaluator.name) + ", rule " + grade.rule + ": " + text.substr(0, 200);
  EXPECT_FALSE(grade.rule.empty()) << what;
  EXPECT_GE(grade.score, 0.0) << what;
  EXPECT_LE(grade.score, 1.0) << what;
  EXPECT_EQ(grade.outcome == Outcome::correct, grade.score == 1.0 && !grade.guessed) << what;
  EXPECT_TRUE(!grade.guessed || grade.outcome == Outcome::unparsed) << what;
  EXPECT_TRUE(grade.outcome != Outcome::unparsed || (grade.answer.empty() && !grade.answer_option)) << what;
  EXPECT_TRUE(!grade.answer_option || *grade.answer_option < item.options.size()) << what;
  if (grade.span) {
    EXPECT_LE(grade.span->begin, grade.span->end) << what;
    EXPECT_LE(grade.span->end, text.size()) << what;
  }
}

const std::vector<std::string> kPieces = {"A",
                                          "b",
                                          "(B)",
                                          " C ",
                                          "**B**",
                                          "\\boxed{",
                                          "\\boxed{B}",
                                          "}",
                                          "{",
                                          "<answer>",
                                          "</answer>",
                                          "answer is ",
                                          "Answer:",
                                          "答案:",
                                          "是B",
                                          "so ",
                                          "is ",
                                          "=",
                                          "\n",
                                          "\n\n",
                                          " ",
                                          ".",
                                          ",",
                                          ":",
                                          "yes",
                                          "no",
                                          "Pneumonia",
                                          "pulmonary",
                                          "1,234,5",
                                          "-1.5e",
                                          ".5",
                                          "٣",
                                          "İ",
                                          "Σ",
                                          "\xFF",
                                          "\xE8\x82",
                                          "\xF4\x90\x80\x80",
                                          "\xED\xA0\x80",
                                          "肺",
                                          "🫀",
                                          "\u00A0",
                                          "'",
                                          "Z",
                                          "A through E",
                                          "final answer",
                                          "aaaa",
                                          "option 29",
                                          "\t"};

TEST(PeersOnHostileText, RandomPiecesGetSoundGrades) {
  std::mt19937_64 random(20251124);
  const auto all = items();
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto pieces = random() % 30; pieces > 0; --pieces) text += kPieces[random() % kPieces.size()];
    if (round % 10 == 0) text += std::string(1, '\0') + text + text;
    for (const auto& evaluator : all_evaluators()) expect_sound(evaluator, all[random() % all.size()], text);
  }
}

TEST(PeersOnHostileText, RandomBytesGetSoundGrades) {
  std::mt19937_64 random(7);
  const auto all = items();
  for (int round = 0; round < 1000; ++round) {
    std::string text(random() % 60, '\0');
    for (char& c : text) c = static_cast<char>(static_cast<unsigned char>(random()));
    for (const auto& evaluator : all_evaluators()) {
      for (const auto& item : all) expect_sound(evaluator, item, text);
    }
  }
}

class PeersOnLongText : public ::testing::TestWithParam<std::size_t> {};

// The test is that they end: a quadratic step would take hours.
TEST_P(PeersOnLongText, EndWithASoundGrade) {
  std::string text;
  while (text.size() < kBytes) text += kPieces[GetParam()];
  for (const auto& evaluator : all_evaluators()) {
    for (const auto& item : items()) expect_sound(evaluator, item, text);
  }
}

INSTANTIATE_TEST_SUITE_P(Pieces, PeersOnLongText, ::testing::Range(std::size_t{0}, kPieces.size()));

TEST(PeersOnHostileText, AComparisonThatWouldTakeMinutesIsNotMade) {
  // No character is popular, and there is no end of equally long matches.
  std::mt19937_64 random(3);
  const auto characters = [&random](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += "\xE4";
      text += static_cast<char>(0xB8U + random() % 8);
      text += static_cast<char>(0x80U + random() % 64);
    }
    return text;
  };
  const Grade grade =
      find_evaluator("medevalkit")->grade(mcq({characters(200000), "CT"}, 1), says(characters(1000000)));
  EXPECT_EQ(grade.rule, "too_long");
  EXPECT_EQ(grade.outcome, Outcome::unparsed);
  EXPECT_EQ(grade.score, 0.0);
}

}  // namespace
}  // namespace osler::grade
