// A model that never looks at the picture must stay at chance, even one that has seen thousands of questions.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "osler/phantom/benchmark.h"

namespace osler::phantom {
namespace {

/// All that the text says: the question without its numbers, and its options in whatever order.
std::string text_of(const Question& question) {
  std::string text;
  for (const char c : question.text) text += std::isdigit(static_cast<unsigned char>(c)) != 0 ? '#' : c;
  auto options = question.options;
  std::sort(options.begin(), options.end());
  for (const auto& option : options) text += "|" + option;
  return text;
}

/// The share of right answers that blind choice has.
double chance_of(const Question& question) {
  if (question.kind == Kind::mcq) return 1 / static_cast<double>(question.options.size());
  return question.kind == Kind::open && question.topic == "organ" ? 0.25 : 0.5;
}

struct Tally {
  double asked = 0;
  double right = 0;
  double chance = 0;
  double variance = 0;
};

TEST(PhantomGuesser, TheMostFrequentAnswerToAQuestionsTextIsNoBetterThanChance) {
  constexpr int kLearn = 6000;
  constexpr int kTest = 3000;
  Generator generator(31);
  std::map<std::string, std::map<std::string, int>> learnt;
  for (int i = 0; i < kLearn; ++i) {
    for (const Question& question : generator.next().questions) ++learnt[text_of(question)][question.answer];
  }
  std::map<std::string, Tally> tallies;
  for (int i = 0; i < kTest; ++i) {
    for (const Question& question : generator.next().questions) {
      const auto& answers = learnt[text_of(question)];
      const auto best = std::max_element(answers.begin(), answers.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
      const double chance = chance_of(question);
      for (const auto& name : {question.topic, std::string(name_of(question.capability))}) {
        Tally& tally = tallies[name];
        tally.asked += 1;
        tally.right += best != answers.end() && best->first == question.answer ? 1 : 0;
        tally.chance += chance;
        tally.variance += chance * (1 - chance);
      }
    }
  }
  EXPECT_EQ(tallies.size(), 18U);
  for (const auto& [name, tally] : tallies) {
    // Questions of one picture are not independent, so the bound is wider than four standard errors of a coin.
    EXPECT_NEAR(tally.right / tally.asked, tally.chance / tally.asked, 4.5 * std::sqrt(tally.variance) / tally.asked)
        << name << " over " << tally.asked;
  }
}

}  // namespace
}  // namespace osler::phantom
