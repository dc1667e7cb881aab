#include "osler/report/parity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/sample.h"

namespace osler::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Runs of `n` items of which a has all right and b all but every fifth; every tenth has another text beside.
Parity made_up_parity(std::size_t n) {
  RunGrades a = sample_run();
  a.items.clear();
  RunGrades b = a;
  b.model = "toy-3b-q4";
  std::vector<ParityItem> items;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string id = "item " + std::to_string(i);
    const bool wrong = i % 5 == 1;
    GradedItem item{id, "image " + std::to_string(i / 2), Kind::mcq, Capability::reasoning, Outcome::correct, "boxed",
                    {}};
    a.items.push_back(item);
    if (wrong) item.outcome = Outcome::wrong;
    b.items.push_back(item);
    items.push_back({id, "B", {"It is B.", "B", Outcome::correct}, {"It is B.", "B", Outcome::correct}});
    if (wrong) items.back().b = {"It is C.\n\x1b[31m", "C", Outcome::wrong};
    if (i % 10 == 0) items.back().b.text = "B it is.";
  }
  a.planned = b.planned = n;
  auto parity = make_parity(a, b, std::move(items));
  EXPECT_TRUE(parity) << parity.error().message();
  return std::move(*parity);
}

TEST(Parity, CountsAnswersTextsAndOutcomes) {
  const Parity parity = made_up_parity(400);
  EXPECT_EQ(parity.same_answers, 320U);
  EXPECT_EQ(parity.same_texts, 280U);
  EXPECT_EQ(parity.comparison.both, 320U);
  EXPECT_EQ(parity.comparison.only_first, 80U);
  EXPECT_EQ(parity.neither(), 0U);
  EXPECT_DOUBLE_EQ(parity.accuracy_b.value, 0.8);
  EXPECT_LT(parity.accuracy_b.interval.low, 0.8);
  EXPECT_GT(parity.accuracy_b.interval.high, 0.8);
  EXPECT_LT(parity.exact_p, 1e-6);
  EXPECT_LE(parity.comparison.mcnemar_p, parity.exact_p);
  EXPECT_EQ(discordant(parity).size(), 80U);
}

TEST(Parity, WhatIsReadOfBothIsComparedAndNothingIsNothing) {
  const ParityAnswer read{"x", "B", Outcome::wrong};
  const ParityAnswer unread{"y", "", Outcome::unparsed};
  const ParityAnswer refused{"z", "", Outcome::refused};
  EXPECT_TRUE((ParityItem{"1", "A", read, read}.same_answer()));
  EXPECT_FALSE((ParityItem{"1", "A", read, unread}.same_answer()));
  EXPECT_TRUE((ParityItem{"1", "A", refused, unread}.same_answer()));
  const ParityAnswer failed;  // an error, as long as nothing is known of it
  EXPECT_FALSE((ParityItem{"1", "A", failed, failed}.same_answer()));
  EXPECT_FALSE((ParityItem{"1", "A", refused, unread}.same_text()));
}

TEST(Parity, ItemsThatOneAloneHasRightComeFirst) {
  Parity parity = made_up_parity(20);
  parity.items[0].b = {"C", "C", Outcome::wrong};
  parity.items[0].a = {"D", "D", Outcome::wrong};
  const auto items = discordant(parity);
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items.front()->id, "item 1");
  EXPECT_EQ(items.back()->id, "item 0");
}

TEST(Parity, FewItemsAreWarnedOfWithWhatCouldHaveBeenSeen) {
  EXPECT_THAT(parity_warning(made_up_parity(100)), HasSubstr("below about 12.5 points"));
  EXPECT_THAT(parity_text(made_up_parity(100), 5), HasSubstr("Caution: 100 items are few"));
  EXPECT_EQ(parity_warning(made_up_parity(300)), "");
  EXPECT_THAT(parity_text(made_up_parity(300), 5), Not(HasSubstr("Caution")));
}

TEST(Parity, TheTextListsAsManyAsAskedForAndIsSafeOnATerminal) {
  const auto text = parity_text(made_up_parity(100), 3);
  EXPECT_THAT(text, HasSubstr("equal answers: 80 of 100 (80.0%"));
  EXPECT_THAT(text, HasSubstr("3 of 20"));
  EXPECT_THAT(text, HasSubstr("item 11"));
  EXPECT_THAT(text, Not(HasSubstr("item 16")));
  EXPECT_THAT(text, HasSubstr("--list 20"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(parity_text(made_up_parity(100), 0), Not(HasSubstr("item 1")));
}

TEST(Parity, TheJsonHasAllDiscordantItemsAndTheNumbers) {
  const auto value = nlohmann::json::parse(parity_json(made_up_parity(100)));
  EXPECT_EQ(value["a"], "toy-3b");
  EXPECT_EQ(value["n"], 100);
  EXPECT_EQ(value["equal_answers"], 80);
  EXPECT_EQ(value["only_a_right"], 20);
  EXPECT_EQ(value["neither_right"], 0);
  EXPECT_EQ(value["discordant"].size(), 20U);
  EXPECT_EQ(value["discordant"][0]["b"]["answer"], "C");
  EXPECT_DOUBLE_EQ(value["difference"].get<double>(), 0.2);
  EXPECT_LT(value["ci_low"].get<double>(), 0.2);
  EXPECT_GT(value["p_exact"].get<double>(), value["p_mid"].get<double>());
  EXPECT_TRUE(value["warning"].is_string());
}

TEST(Parity, OtherItemsAreRefused) {
  RunGrades b = sample_run();
  b.row_set_hash = "another";
  EXPECT_FALSE(make_parity(sample_run(), b, {}));
}

}  // namespace
}  // namespace osler::report
