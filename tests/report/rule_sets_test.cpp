#include "osler/report/rule_sets.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "osler/report/text_table.h"

namespace osler::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Grade grade(Outcome outcome, std::string answer = "") {
  Grade made;
  made.outcome = outcome;
  made.answer = std::move(answer);
  made.score = outcome == Outcome::correct ? 1.0 : 0.0;
  made.rule = "letter";
  return made;
}

Grade guess(double score) {
  Grade made = grade(Outcome::unparsed);
  made.score = score;
  made.guessed = true;
  return made;
}

/// Three items; the second rule set guesses the second, and both miss the third in different ways.
RuleSetView sample() {
  RuleSetView view{"toy", "toy-vqa", "toy-vqa:test", {{"1", "A", "so A"}, {"2", "B", "dunno"}, {"3", "C", "A"}}, {}};
  view.rule_sets.push_back(
      {"ours", {grade(Outcome::correct, "A"), grade(Outcome::unparsed), grade(Outcome::wrong, "A")}});
  view.rule_sets.push_back({"theirs", {grade(Outcome::correct, "A"), guess(0.25), grade(Outcome::unparsed)}});
  return view;
}

TEST(RuleSets, ItemsThatScoreAlikeAreNotDiscordant) { EXPECT_THAT(discordant_items(sample()), ElementsAre(1)); }

TEST(RuleSets, TextSaysHowFarApartTheyAre) {
  const auto text = rule_sets_text(sample(), 20);
  EXPECT_THAT(text, HasSubstr("score between 33.3 (ours) and 41.7 (theirs)"));
  EXPECT_THAT(text, HasSubstr("Discordant items: 1 of 3:\n"));
  EXPECT_THAT(text, HasSubstr("(guess, 0.25)"));
  EXPECT_THAT(rule_sets_text(sample(), 0), HasSubstr("the 0 most contested of them (--json has all)"));
}

TEST(RuleSets, JsonHasThePairs) {
  const auto value = nlohmann::json::parse(rule_sets_json(sample()));
  EXPECT_EQ(value["rule_sets"][1]["guessed"], 1);
  EXPECT_NEAR(value["rule_sets"][1]["accuracy"].get<double>(), 1.25 / 3.0, 1e-12);
  EXPECT_EQ(value["disagreements"], nlohmann::json::parse(R"([{"a": "ours", "b": "theirs", "items": 1}])"));
  EXPECT_EQ(value["discordant"][0]["grades"]["theirs"]["score"], 0.25);
}

TEST(RuleSets, TheMostContestedItemsComeFirst) {
  auto view = sample();
  view.rule_sets.push_back({"third", view.rule_sets[0].grades});
  view.rule_sets.push_back({"fourth", view.rule_sets[0].grades});
  view.rule_sets[3].grades[0] = grade(Outcome::wrong, "B");  // one of four
  for (const auto set : {1, 2})
    view.rule_sets[static_cast<std::size_t>(set)].grades[2] = grade(Outcome::correct, "C");  // two of four
  const auto text = rule_sets_text(view, 1);
  EXPECT_THAT(text, HasSubstr("\n3 "));
  EXPECT_THAT(text, Not(HasSubstr("\n1 ")));
}

TEST(RuleSets, NamesAndAnswersOfAnyBytesAreHarmless) {
  auto view = sample();
  view.items[1].id = "\xFF\x1b[31m|\n";
  view.rule_sets[0].grades[1] = grade(Outcome::wrong, "\x1b]0;x\a\xC3");
  EXPECT_THAT(rule_sets_text(view, 20), Not(HasSubstr("\x1b")));
  EXPECT_TRUE(nlohmann::json::accept(rule_sets_json(view)));
}

TEST(RuleSets, NoItemsAtAll) {
  RuleSetView view{"toy", "toy-vqa", "toy-vqa:test", {}, {{"ours", {}}, {"theirs", {}}}};
  EXPECT_THAT(rule_sets_text(view, 20), HasSubstr("Discordant items: 0 of 0."));
  EXPECT_TRUE(nlohmann::json::parse(rule_sets_json(view))["rule_sets"][0]["accuracy"].is_null());
}

TEST(Changes, ThoseOfTheScoreComeFirst) {
  const std::vector<Change> changes{{{"a", "C", ""}, grade(Outcome::wrong, "A"), grade(Outcome::wrong, "B")},
                                    {{"b", "C", ""}, grade(Outcome::unparsed), grade(Outcome::correct, "C")}};
  const auto text = changes_text(changes, 9, "before", "after");
  EXPECT_LT(text.find("\nb "), text.find("\na "));
  EXPECT_THAT(text, HasSubstr("2 of 9 items are graded otherwise, 1 with another score"));
  EXPECT_THAT(text, HasSubstr("unparsed -> correct: 1"));
  EXPECT_EQ(nlohmann::json::parse(changes_json(changes))[1]["after"]["answer"], "C");
}

TEST(Changes, ADifferenceIsOneOfOutcomeAnswerOrScore) {
  EXPECT_FALSE(differ(grade(Outcome::wrong, "A"), grade(Outcome::wrong, "A")));
  EXPECT_TRUE(differ(grade(Outcome::wrong, "A"), grade(Outcome::wrong, "B")));
  EXPECT_TRUE(differ(grade(Outcome::unparsed), grade(Outcome::refused)));
  EXPECT_TRUE(differ(grade(Outcome::unparsed), guess(0.2)));
}

TEST(GoldAnswer, IsInTheWordsOfAGrade) {
  Item item;
  item.kind = Kind::mcq;
  item.options.assign(30, "x");
  item.gold = "x";
  item.gold_option = 2;
  EXPECT_EQ(gold_answer(item), "C");
  item.gold_option = 28;
  EXPECT_EQ(gold_answer(item), "x");
  item.kind = Kind::open;
  EXPECT_EQ(gold_answer(item), "x");
}

TEST(TextTable, WideCharactersKeepColumnsAligned) {
  auto table = TextTable::of_numbers({"name", "n"});
  table.add({"左肺", "1"});
  table.add({"lung", "22"});
  EXPECT_EQ(table.text(), "name   n\n----  --\n左肺   1\nlung  22\n");
}

}  // namespace
}  // namespace osler::report
