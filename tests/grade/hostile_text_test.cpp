// Texts of 8 MB made to be slow. The test is that they end: a quadratic step would take hours.
// bench/grade_bench.cpp measures how the time grows.

#include <gtest/gtest.h>

#include <functional>

#include "grade/support.h"

namespace osler::grade {
namespace {

using namespace testing;

constexpr std::size_t kBytes = 8U << 20U;

std::string repeated(std::string_view piece) {
  std::string text;
  text.reserve(kBytes + piece.size());
  while (text.size() < kBytes) text += piece;
  return text;
}

std::string nested(std::string_view open, std::string_view inner, std::string_view close) {
  std::string text;
  const std::size_t layers = kBytes / (open.size() + close.size());
  for (std::size_t i = 0; i < layers; ++i) text += open;
  text += inner;
  for (std::size_t i = 0; i < layers; ++i) text += close;
  return text;
}

const std::vector<AnswerSource> kEverywhere = {AnswerSource::last_box, AnswerSource::whole_text, AnswerSource::lenient};

/// Grades the text as an answer to a choice whose options are a strain too, and to a yes/no question.
Grade grade_as_anything(const std::string& text, const std::vector<AnswerSource>& sources) {
  const Item choice = mcq({"renal cyst", "aaaa aaaa aaaa", "(((((((((", "no renal cyst", "B B B B"}, 0, "B B B B B B");
  const Item question = yes_no(true);
  Grade first;
  for (const auto source : sources) first = grader_of(source).grade(choice, says(text));
  (void)grader_of(sources.back()).grade(question, says(text));
  return first;
}

Grade grade_boxed(const std::string& text) {
  return grade_as_anything("\\boxed{" + text + "}", {AnswerSource::last_box});
}

class HostileText : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileText, RepeatedItEnds) { (void)grade_as_anything(repeated(GetParam()), kEverywhere); }

TEST_P(HostileText, RepeatedInsideABoxItEnds) { (void)grade_boxed(repeated(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Pieces, HostileText,
                         ::testing::Values("\\boxed{", "\\boxed{A}", "\\boxed", "\\boxed ", "{", "}", "{}", "\\", "\\{",
                                           "**", "*", "$", "(", "[", "\"", "\\text{", "\\text ", "\\text{}", "<think>",
                                           "</think>", "<", " ", "\n", "\r\n", ".", ":", "a", "aaaa ", "B ", "B, ",
                                           "B. renal ", "yes ", "yes/", "no ", "renal cyst ", "I cannot ", "sorry, ",
                                           "as an AI ", "\uFF22", "\u200B",
                                           "\b"
                                           "oxed{",
                                           "\xE2\x80", "是", "\xFF", "n't ", "not ", "the answer is ", "answer: B or ",
                                           "answer answer", "(A) ", "(A)\n", "**B** ", "B\n", "B.\n", "so B ", "wait, ",
                                           "<answer>", "</answer>", "<answer>B</answer>", "答案是", "选项A、",
                                           "is is is "));

TEST(HostileNesting, ManyLayersAreTakenOff) {
  EXPECT_EQ(grade_as_anything(nested("\\boxed{", "A", "}"), {AnswerSource::last_box}).answer, "A");
  EXPECT_EQ(grade_boxed(nested("{", "A", "}")).answer, "A");
  EXPECT_EQ(grade_boxed(nested("\\text{", "A", "}")).answer, "A");
  EXPECT_EQ(grade_boxed(nested("([", "A", "])")).answer, "A");
  EXPECT_EQ(grade_boxed(nested("**", "A", "**")).answer, "A");
  EXPECT_EQ(grade_boxed(nested("(", "A", ". )")).answer, "A");
}

TEST(HostileNesting, ManyUnequalLayersEnd) {
  (void)grade_boxed(nested("{", "A", "}}"));
  (void)grade_boxed(nested("((", "A", ")"));
  (void)grade_as_anything(nested("\\boxed{", "A", "} \\boxed{"), kEverywhere);
  (void)grade_as_anything(nested("<think>", "A", "</think>"), kEverywhere);
}

TEST(HostileBytes, AZeroByteIsNoEnd) {
  const std::string text = std::string(kBytes, '\0') + "\\boxed{A}";
  EXPECT_EQ(grade_as_anything(text, {AnswerSource::last_box}).answer, "A");
}

}  // namespace
}  // namespace osler::grade
