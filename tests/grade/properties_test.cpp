// Properties of the strict and the lenient rule on random input. Every seed is fixed: a failure comes back.

#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <numeric>
#include <random>

#include "grade/support.h"

namespace osler::grade {
namespace {

using namespace testing;

constexpr int kRounds = 2000;

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

std::string pick(Random& random, const std::vector<std::string>& from) { return from[below(random, from.size())]; }

const std::vector<std::string> kNouns = {"cyst",     "abscess",  "haematoma", "effusion", "infarct",
                                         "fibrosis", "stenosis", "adenoma",   "fracture", "calculus"};
const std::vector<std::string> kPlaces = {"renal",   "hepatic",    "splenic", "cerebral", "pulmonary",
                                          "femoral", "pancreatic", "thyroid", "cardiac",  "vertebral"};

AnswerSource any_source(Random& random) {
  constexpr AnswerSource kSources[] = {AnswerSource::last_box, AnswerSource::whole_text, AnswerSource::lenient};
  return kSources[below(random, 3)];
}

/// Distinct option texts of two words.
std::vector<std::string> random_options(Random& random, std::size_t count) {
  std::vector<std::string> options;
  while (options.size() < count) {
    const auto text = pick(random, kPlaces) + " " + pick(random, kNouns);
    if (std::ranges::find(options, text) == options.end()) options.push_back(text);
  }
  return options;
}

/// What a model might put into the box to say option `option`.
std::string said(Random& random, const std::vector<std::string>& options, std::size_t option) {
  const std::string letter(1, option_letter(option));
  const auto& text = options[option];
  switch (below(random, 7)) {
    case 0:
      return letter;
    case 1:
      return letter + ". " + text;
    case 2:
      return "(" + letter + ") " + text;
    case 3:
      return "\\text{" + letter + "}";
    case 4:
      return text;
    case 5:
      return "The answer is " + letter;
    default:
      return "**" + text + "**";
  }
}

TEST(Properties, PermutingTheOptionsPermutesTheAnswer) {
  Random random(11);
  const Grader grader = strict_grader();
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 2 + below(random, 9));
    std::vector<std::size_t> order(options.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::shuffle(order, random);
    std::vector<std::string> permuted;
    for (const auto from : order) permuted.push_back(options[from]);
    const auto to = below(random, options.size());
    const auto from = order[to];
    const auto gold = below(random, options.size());
    const auto permuted_gold = static_cast<std::size_t>(std::ranges::find(order, gold) - order.begin());

    Random same(static_cast<std::uint64_t>(round));
    const auto before = grader.grade(mcq(options, gold), says("So \\boxed{" + said(same, options, from) + "}."));
    same.seed(static_cast<std::uint64_t>(round));
    const auto after =
        grader.grade(mcq(permuted, permuted_gold), says("So \\boxed{" + said(same, permuted, to) + "}."));
    ASSERT_EQ(before.answer_option, from) << "round " << round;
    ASSERT_EQ(after.answer_option, to) << "round " << round;
    ASSERT_EQ(before.outcome, after.outcome) << "round " << round;
    ASSERT_EQ(before.rule, after.rule) << "round " << round;
  }
}

TEST(Properties, WhiteSpaceAndEmphasisRoundTheBoxChangeNothing) {
  Random random(12);
  const Grader grader = strict_grader();
  const std::vector<std::string> before = {"",     " ",  "\n\n", "**", "__",     "$", "$$",
                                           "\\[ ", "> ", "# ",   "`",  "\u3000", "- "};
  const std::vector<std::string> after = {"", " ", "\n", "**", "__", "$", "$$", " \\]", ".", "`", "\u200B", "\r\n"};
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 5);
    const Item item = mcq(options, below(random, 5));
    const auto box = "\\boxed{" + said(random, options, below(random, 5)) + "}";
    const auto plain = grader.grade(item, says(box));
    const auto dressed_text =
        pick(random, before) + pick(random, before) + box + pick(random, after) + pick(random, after);
    const auto dressed = grader.grade(item, says(dressed_text));
    ASSERT_EQ(plain.answer_option, dressed.answer_option) << dressed_text;
    ASSERT_EQ(plain.outcome, dressed.outcome) << dressed_text;
    ASSERT_EQ(plain.rule, dressed.rule) << dressed_text;
    ASSERT_EQ(marked(plain, box), marked(dressed, dressed_text)) << dressed_text;
  }
}

TEST(Properties, ARefusalNeverScores) {
  Random random(13);
  const std::vector<std::string> refusals = {
      "I'm sorry, but I can't help with that",   "I cannot provide medical advice",
      "I am unable to determine the answer",     "As an AI, I cannot interpret images",
      "I cannot answer this question",           "抱歉，我无法回答这个问题",
      "It is impossible to determine the answer"};
  const std::vector<std::string> frames = {
      "@", "@.", "**@**", "\\boxed{@}", "\\boxed{\\text{@}}", "@. \\boxed{}", "<think>A or B</think>@.", "\\boxed{@}."};
  for (int round = 0; round < kRounds; ++round) {
    const auto options = random_options(random, 2 + below(random, 5));
    std::string text = pick(random, frames);
    text.replace(text.find('@'), 1, pick(random, refusals));
    const auto source = any_source(random);
    const auto item = random() % 2 == 0 ? mcq(options, below(random, options.size())) : yes_no(random() % 2 == 0);
    const Grade grade = grader_of(source).grade(item, says(text));
    ASSERT_EQ(grade.outcome, Outcome::refused) << text;
    ASSERT_EQ(grade.score, 0.0) << text;
    ASSERT_FALSE(grade.answer_option) << text;
  }
}

/// Bytes at random, with the pieces that the steps look for mixed in.
std::string random_bytes(Random& random, std::size_t pieces) {
  static const std::vector<std::string> kPieces = {"\\boxed{",
                                                   "\\fbox {",
                                                   "}",
                                                   "{",
                                                   "\\text{",
                                                   "\\",
                                                   "**",
                                                   "__",
                                                   "$",
                                                   "(",
                                                   ")",
                                                   "[",
                                                   "]",
                                                   "B",
                                                   ".",
                                                   " ",
                                                   "\n",
                                                   "\r\n",
                                                   "<think>",
                                                   "</think>",
                                                   "\uFF22",
                                                   "\u3002",
                                                   "\u200B",
                                                   "\b"
                                                   "oxed{",
                                                   "yes",
                                                   "no",
                                                   "or",
                                                   "renal cyst",
                                                   "A. ",
                                                   "I cannot",
                                                   std::string(1, '\0'),
                                                   "\xFF",
                                                   "\xE2\x80",
                                                   "\xEF\xBC",
                                                   "是",
                                                   "\"",
                                                   "'",
                                                   "`",
                                                   "-",
                                                   ":"};
  std::string text;
  for (std::size_t i = 0; i < pieces; ++i) {
    if (random() % 8 == 0) {
      text.push_back(static_cast<char>(random() % 256));
    } else {
      text += pick(random, kPieces);
    }
  }
  return text;
}

void check_invariants(const Item& item, const Response& response, const Grade& grade) {
  const bool answered = grade.outcome == Outcome::correct || grade.outcome == Outcome::wrong;
  ASSERT_EQ(grade.span.has_value(), answered);
  ASSERT_EQ(grade.score, grade.outcome == Outcome::correct ? 1.0 : 0.0);
  ASSERT_FALSE(grade.rule.empty());
  if (grade.span) {
    ASSERT_LE(grade.span->begin, grade.span->end);
    ASSERT_LE(grade.span->end, response.text.size());
  }
  ASSERT_LT(grade.answer_option.value_or(0), std::max<std::size_t>(item.options.size(), 1));
  ASSERT_TRUE(answered || grade.answer.empty());
}

TEST(Properties, AnyBytesAreGraded) {
  Random random(14);
  const std::vector<Item> items = {mcq({"renal cyst", "B", "", "no cyst", "."}, 0), yes_no(true), open("renal cyst"),
                                   mcq({""}, 0, "")};
  for (int round = 0; round < 20 * kRounds; ++round) {
    const auto& item = items[below(random, items.size())];
    const auto source = any_source(random);
    const auto finish = random() % 4 == 0 ? FinishReason::length : FinishReason::stop;
    const Response response = says(random_bytes(random, below(random, 24)), finish);
    const Grade grade = grader_of(source).grade(item, response);
    ASSERT_NO_FATAL_FAILURE(check_invariants(item, response, grade)) << response.text;
  }
}

TEST(Properties, TheLocaleChangesNothing) {
  const Item item = mcq({"ILIAC FRACTURE", "Ischaemie", "Épiphyse 1.5"}, 0);
  const std::vector<std::string> texts = {"\\boxed{iliac fracture}", "\\boxed{i}", "\\boxed{ÉPIPHYSE 1.5}",
                                          "\\boxed{B}"};
  const auto answers = [&] {
    std::string all;
    for (const auto& text : texts) all += strict_grader().grade(item, says(text)).answer + ",";
    return all;
  };
  const std::string in_c = answers();
  EXPECT_EQ(in_c, "A,,C,B,");
  bool changed = false;
  for (const char* name : {"tr_TR.UTF-8", "de_DE.UTF-8", "de_DE.ISO-8859-1", "C.UTF-8", "en_US.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;
    changed = true;
    EXPECT_EQ(answers(), in_c) << name;
  }
  std::setlocale(LC_ALL, "C");
  if (!changed) GTEST_SKIP() << "this machine has no other locale than C";
}

}  // namespace
}  // namespace osler::grade
