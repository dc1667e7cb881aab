#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/dataset/items.h"

namespace osler {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

Form form_of(const std::string& options, bool by_letter) {
  Form form =
      test::card_of(test::card_text("json", "    kinds: [{kind: mcq}]\n    options: " + options + "\n")).forms.front();
  form.answer.form = by_letter ? AnswerForm::letter : AnswerForm::text;
  return form;
}

ItemDraft draft_of(const Form& form, Json fields) {
  fields["q"] = "Which?";
  auto made = make_item(form, "test", 0, {0, std::move(fields)}, "/data/data.json");
  EXPECT_TRUE(made) << test::message_of(made);
  return made.value_or(ItemDraft{});
}

const Form kByLetter = form_of("o", true);
const Form kByText = form_of("o", false);
const Form kColumns = form_of("[oA, oB, oC, oD]", true);

TEST(Options, AListGivesTheLettersInItsOrder) {
  const auto made = draft_of(kByLetter, {{"o", {"cyst ", "NA", 3}}, {"a", "c"}});
  EXPECT_THAT(made.item.options, ElementsAre("cyst", "NA", "3"));
  EXPECT_EQ(made.item.gold_option, 2U);
  EXPECT_EQ(made.item.gold, "3");
  EXPECT_THAT(made.problems, IsEmpty());
}

TEST(Options, AnObjectGivesThemByItsKeys) {
  const auto made = draft_of(kByLetter, {{"o", {{"B", "two"}, {"A", "one"}}}, {"a", "B"}});
  EXPECT_THAT(made.item.options, ElementsAre("one", "two"));
  EXPECT_EQ(made.item.gold, "two");
}

TEST(Options, AListOfLetterAndContentGoesByItsLetters) {
  const Json options = {{{"letter", "B"}, {"content", "two"}}, {{"letter", "A"}, {"content", "one"}}};
  const auto made = draft_of(kByLetter, {{"o", options}, {"a", "A"}});
  EXPECT_THAT(made.item.options, ElementsAre("one", "two"));
  EXPECT_EQ(made.item.gold, "one");
}

TEST(Options, OneColumnEachWithoutThoseThatAreMissingAtTheEnd) {
  const auto made = draft_of(kColumns, {{"oA", "one"}, {"oB", "two"}, {"oC", nullptr}, {"a", "B"}});
  EXPECT_THAT(made.item.options, ElementsAre("one", "two"));
  EXPECT_EQ(made.item.gold_option, 1U);
  EXPECT_THAT(made.problems, IsEmpty());
}

TEST(Options, OneColumnEachWithoutThoseThatAreEmptyAtTheEnd) {
  const auto made = draft_of(kColumns, {{"oA", "one"}, {"oB", "two"}, {"oC", ""}, {"oD", " "}, {"a", "B"}});
  EXPECT_THAT(made.item.options, ElementsAre("one", "two"));
  EXPECT_THAT(made.problems, IsEmpty());
  const auto gap = draft_of(kColumns, {{"oA", "one"}, {"oB", ""}, {"oC", "three"}, {"oD", ""}, {"a", "C"}});
  EXPECT_EQ(gap.item.gold, "three");
  EXPECT_THAT(gap.problems, ElementsAre("has an empty option"));
}

TEST(Options, AMissingOneInTheMiddleDoesNotShiftTheGoldLetter) {
  const auto columns =
      draft_of(kColumns, {{"oA", "one"}, {"oB", nullptr}, {"oC", "three"}, {"oD", "four"}, {"a", "D"}});
  EXPECT_EQ(columns.item.gold, "four");
  EXPECT_EQ(columns.item.gold_option, 2U);
  const auto object = draft_of(kByLetter, {{"o", {{"A", "one"}, {"C", "three"}, {"D", "four"}}}, {"a", "C"}});
  EXPECT_EQ(object.item.gold, "three");
  const auto gone = draft_of(kColumns, {{"oA", "one"}, {"oC", "three"}, {"oD", "four"}, {"a", "B"}});
  EXPECT_FALSE(gone.item.gold_option.has_value());
  EXPECT_THAT(gone.problems, ElementsAre("has the gold answer 'B', which is none of its options"));
}

TEST(Options, AnEmptyOneIsAProblem) {
  EXPECT_THAT(draft_of(kByLetter, {{"o", {"one", " "}}, {"a", "A"}}).problems, ElementsAre("has an empty option"));
}

TEST(GoldByText, ExactTextGoesBeforeEqualWithoutCase) {
  const auto made = draft_of(kByText, {{"o", {"ct", "CT"}}, {"a", "CT"}});
  EXPECT_EQ(made.item.gold_option, 1U);
  EXPECT_EQ(draft_of(kByText, {{"o", {"Left\tlung", "x"}}, {"a", "left lung"}}).item.gold_option, 0U);
}

TEST(GoldByText, ALetterIsAText) { EXPECT_EQ(draft_of(kByText, {{"o", {"B", "A"}}, {"a", "A"}}).item.gold_option, 1U); }

TEST(Gold, ALetterInAListIsTakenOutOfIt) {
  EXPECT_EQ(draft_of(kByLetter, {{"o", {"one", "two"}}, {"a", {"B"}}}).item.gold, "two");
  EXPECT_FALSE(draft_of(kByLetter, {{"o", {"one", "two"}}, {"a", {"A", "B"}}}).item.gold_option.has_value());
}

TEST(Gold, AnswersThatAreNoneOfTheOptionsAreProblems) {
  for (const auto* answer : {"C", "Z", "[", "1", "AB", "\xC3\x84", "one"}) {
    const auto made = draft_of(kByLetter, {{"o", {"one", "two"}}, {"a", answer}});
    EXPECT_FALSE(made.item.gold_option.has_value()) << answer;
    EXPECT_THAT(made.problems, testing::SizeIs(1)) << answer;
  }
  const auto text = draft_of(kByText, {{"o", {"one", "two"}}, {"a", "three"}});
  EXPECT_THAT(text.problems, ElementsAre("has the gold answer 'three', which is none of its options"));
}

TEST(Gold, NoAnswerIsNotAnEmptyOption) {
  const auto made = draft_of(kByText, {{"o", {"one", "two"}}});
  EXPECT_FALSE(made.item.gold_option.has_value());
  EXPECT_THAT(made.problems, ElementsAre("has no gold answer"));
  const auto empty = draft_of(kByText, {{"o", {"one", ""}}, {"a", ""}});
  EXPECT_FALSE(empty.item.gold_option.has_value());
}

TEST(Options, TooFewAreAProblem) {
  EXPECT_THAT(draft_of(kByText, {{"a", "x"}}).problems, Contains("has 0 options"));
  EXPECT_THAT(draft_of(kByText, {{"o", "only"}, {"a", "only"}}).problems, ElementsAre("has 1 options"));
}

TEST(Options, MoreThanTheAlphabetAreAProblemAndNoCrash) {
  Json options = Json::array();
  for (int i = 0; i < 200; ++i) options.push_back("option " + std::to_string(i));
  for (const auto* answer : {"option 199", "option 30", "option 2"}) {
    const auto made = draft_of(kByText, {{"o", options}, {"a", answer}});
    EXPECT_EQ(made.item.options.size(), 26U);
    EXPECT_THAT(made.problems, Contains("has 200 options"));
    EXPECT_EQ(made.item.gold_option.has_value(), std::string(answer) == "option 2");
  }
  const auto last = draft_of(kByLetter, {{"o", options}, {"a", "z"}});
  EXPECT_EQ(last.item.gold, "option 25");
}

}  // namespace
}  // namespace osler
