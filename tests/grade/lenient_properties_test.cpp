// Properties of the lenient rule on random input. Every seed is fixed: a failure comes back.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "grade/support.h"

namespace osler::grade {
namespace {

using namespace testing;
using Random = std::mt19937_64;

constexpr int kRounds = 2000;

std::size_t below(Random& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

/// Distinct option texts that begin with no letter of an option.
std::vector<std::string> random_options(Random& random, std::size_t count) {
  const std::vector<std::string> nouns = {"tumour", "stenosis", "oedema", "ulcer", "rupture", "lesion"};
  const std::vector<std::string> places = {"renal", "splenic", "pulmonary", "thyroid", "vertebral", "uterine"};
  std::vector<std::string> options;
  while (options.size() < count) {
    const auto text = places[below(random, places.size())] + " " + nouns[below(random, nouns.size())];
    if (std::ranges::find(options, text) == options.end()) options.push_back(text);
  }
  return options;
}

/// Plain ways to say one option without a box; @ is its letter, # its text.
const std::vector<std::string> kForms = {
    "@",
    "(@)",
    "@.",
    "#",
    "@. #",
    "**@. #**",
    "The answer is @.",
    "The correct answer is (@).",
    "Answer: @. #",
    "The answer is #.",
    "It was hard to see.\n\nFinal answer: @",
    "It was hard to see.\n@",
    "The margin is sharp, so @.",
    "The margin is sharp. I choose option @",
    "The sharp margin fits (@) best of all",
    "<answer>@</answer>",
    "<answer>@. #</answer>",
    "<think>no</think>\n\n@",
    "{\"answer\": \"@\"}",
    "答案是@。",
    "This shows a typical #.",
};

std::string fill_in(std::string form, const std::vector<std::string>& options, std::size_t option) {
  for (std::size_t at = 0; (at = form.find_first_of("@#", at)) != std::string::npos;) {
    const std::string with = form[at] == '@' ? std::string(1, option_letter(option)) : options[option];
    form.replace(at, 1, with);
    at += with.size();
  }
  return form;
}

TEST(LenientProperties, EveryPlainFormOfEveryOptionIsRead) {
  Random random(21);
  const Grader grader = lenient_grader();
  for (int round = 0; round < 50; ++round) {
    const auto options = random_options(random, 2 + below(random, 9));
    for (const auto& form : kForms) {
      for (std::size_t option = 0; option < options.size(); ++option) {
        const auto text = fill_in(form, options, option);
        const Grade grade = grader.grade(mcq(options, 0), says(text));
        ASSERT_EQ(grade.answer_option, option) << text << " (" << grade.rule << ")";
        ASSERT_FALSE(grade.conflict) << text;
      }
    }
  }
}

TEST(LenientProperties, WhatTheStrictRuleReadsIsReadTheSame) {
  Random random(22);
  const Grader strict = strict_grader();
  const Grader lenient = lenient_grader();
  const std::vector<std::string> pieces = {"\\boxed{",
                                           "}",
                                           "B",
                                           "A",
                                           ". ",
                                           " ",
                                           "\n",
                                           "The answer is ",
                                           "renal cyst",
                                           "yes",
                                           "no",
                                           "<think>",
                                           "**",
                                           "</think>",
                                           "(",
                                           ")",
                                           "wait, ",
                                           " or ",
                                           "Answer: ",
                                           "\\text{",
                                           "$",
                                           "是",
                                           "<answer>",
                                           "so ",
                                           "</answer>",
                                           "E. coli",
                                           "I cannot determine the answer",
                                           "\\boxed{B}",
                                           "\\boxed{A}"};
  const std::vector<Item> items = {mcq({"renal cyst", "E. coli", "no cyst"}, 1), yes_no(true), open("renal cyst")};
  std::size_t read = 0;
  for (int round = 0; round < 20 * kRounds; ++round) {
    const auto& item = items[below(random, items.size())];
    std::string text;
    for (std::size_t i = 0; i < 12; ++i) text += pieces[below(random, pieces.size())];
    const auto response = says(text, random() % 4 == 0 ? FinishReason::length : FinishReason::stop);
    const Grade expected = strict.grade(item, response);
    if (!expected.span) continue;
    ++read;
    const Grade grade = lenient.grade(item, response);
    ASSERT_EQ(grade.answer, expected.answer) << text;
    ASSERT_EQ(grade.outcome, expected.outcome) << text;
    ASSERT_EQ(grade.rule, expected.rule) << text;
    ASSERT_EQ(marked(grade, text), marked(expected, text)) << text;
  }
  EXPECT_GT(read, 1000U);
}

TEST(LenientProperties, PermutingTheOptionsPermutesTheAnswer) {
  Random random(23);
  const Grader grader = lenient_grader();
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 2 + below(random, 9));
    std::vector<std::size_t> order(options.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::shuffle(order, random);
    std::vector<std::string> permuted;
    for (const auto from : order) permuted.push_back(options[from]);
    const auto to = below(random, options.size());
    const auto& form = kForms[below(random, kForms.size())];
    const Grade before = grader.grade(mcq(options, order[to]), says(fill_in(form, options, order[to])));
    const Grade after = grader.grade(mcq(permuted, to), says(fill_in(form, permuted, to)));
    ASSERT_EQ(before.answer_option, order[to]) << form;
    ASSERT_EQ(after.answer_option, to) << form;
    ASSERT_EQ(before.rule, after.rule) << form;
    ASSERT_EQ(after.outcome, Outcome::correct) << form;
  }
}

TEST(LenientProperties, TrailingSpaceAndBoldChangeNothing) {
  Random random(24);
  const Grader grader = lenient_grader();
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 5);
    const Item item = mcq(options, below(random, 5));
    const auto text = fill_in(kForms[below(random, kForms.size())], options, below(random, 5));
    const Grade plain = grader.grade(item, says(text));
    for (const auto& dressed : {text + "  \n", "\n" + text + "\r\n\r\n", text + "\u3000", "**" + text + "**"}) {
      const Grade grade = grader.grade(item, says(dressed));
      ASSERT_EQ(plain.answer_option, grade.answer_option) << dressed;
      ASSERT_EQ(plain.outcome, grade.outcome) << dressed;
    }
  }
}

TEST(LenientProperties, ARefusalWithAnOptionInItNeverScores) {
  Random random(25);
  const Grader grader = lenient_grader();
  const std::vector<std::string> refusals = {"I'm sorry, but I can't help with that.",
                                             "I cannot provide medical advice.", "I am unable to determine this.",
                                             "As an AI, I cannot interpret images.", "抱歉，我无法回答这个问题。"};
  const std::vector<std::string> tails = {
      "", "\n@", " (@)", "\n\n@. #", " It may or may not be #.", " Not even @", " **@**", "\nSo @"};
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 2 + below(random, 5));
    const auto option = below(random, options.size());
    const auto text =
        refusals[below(random, refusals.size())] + fill_in(tails[below(random, tails.size())], options, option);
    const Grade grade = grader.grade(mcq(options, option), says(text));
    ASSERT_EQ(grade.outcome, Outcome::refused) << text << " (" << grade.rule << ")";
    ASSERT_EQ(grade.score, 0.0) << text;
  }
}

TEST(LenientProperties, TwoOptionsSaidInTheSameWayAreNoAnswer) {
  Random random(26);
  const Grader grader = lenient_grader();
  const std::vector<std::string> forms = {"@ or %",
                                          "@, %",
                                          "The answer is @ or %.",
                                          "Answer: @ and %",
                                          "(@) and (%) fit",
                                          "(@) fits, as does (%)",
                                          "@. #\n%. here",
                                          "so @ or %",
                                          "**@** **%**",
                                          "<answer>@/%</answer>"};
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 3 + below(random, 5));
    const auto one = below(random, options.size());
    const auto other = (one + 1 + below(random, options.size() - 1)) % options.size();
    auto text = forms[below(random, forms.size())];
    text.replace(text.find('%'), 1, 1, option_letter(other));
    text = fill_in(text, options, one);
    const Grade grade = grader.grade(mcq(options, one), says(text));
    ASSERT_EQ(grade.outcome, Outcome::unparsed) << text << " " << grade.rule;
  }
}

}  // namespace
}  // namespace osler::grade
