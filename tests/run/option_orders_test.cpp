#include "osler/run/option_orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "osler/run/grades_file.h"
#include "run/support.h"

namespace osler::test {
namespace {

using testing::ElementsAre;

Item choice(std::string id, std::vector<std::string> options, std::size_t gold) {
  Item item;
  item.id = std::move(id);
  item.kind = Kind::mcq;
  if (gold < options.size()) item.gold = options[gold];
  item.gold_option = gold;
  item.options = std::move(options);
  return item;
}

TEST(OptionOrders, EveryOptionStandsOnceAtEveryLetter) {
  const std::vector<Item> items{choice("q", {"liver", "spleen", "kidney", "lung"}, 2)};
  const auto others = in_other_orders(items);
  ASSERT_EQ(others.size(), 3U);
  for (std::size_t place = 0; place < 4; ++place) {
    std::set<std::string> seen{items[0].options[place]};
    for (const Item& other : others) seen.insert(other.options[place]);
    EXPECT_EQ(seen.size(), 4U) << "at place " << place;
  }
}

TEST(OptionOrders, TheGoldAnswerMovesWithItsOption) {
  for (std::size_t gold = 0; gold < 5; ++gold) {
    for (const Item& other : in_other_orders({choice("q", {"a", "b", "c", "d", "e"}, gold)})) {
      EXPECT_EQ(other.options.at(*other.gold_option), other.gold) << other.id;
      const auto from = shifted_from(other.id);
      ASSERT_TRUE(from.has_value());
      EXPECT_EQ(original_option(*other.gold_option, from->shift, 5), gold) << other.id;
    }
  }
}

TEST(OptionOrders, YesAndNoChangePlaces) {
  auto item = choice("q", {"yes", "no"}, 0);
  item.kind = Kind::yes_no;
  const auto others = in_other_orders({item});
  ASSERT_EQ(others.size(), 1U);
  EXPECT_THAT(others[0].options, ElementsAre("no", "yes"));
  EXPECT_EQ(others[0].gold_option, 1U);
}

TEST(OptionOrders, OptionsThatNameEachOtherStayWhereTheyAre) {
  const auto moves = [](std::vector<std::string> options) {
    return has_other_orders(choice("q", std::move(options), 0));
  };
  EXPECT_FALSE(moves({"cyst", "abscess", "All of the above"}));
  EXPECT_FALSE(moves({"cyst", "abscess", "None of the above."}));
  EXPECT_FALSE(moves({"cyst", "abscess", "Both A and B"}));
  EXPECT_FALSE(moves({"cyst", "abscess", "tumour", "A, B and C"}));
  EXPECT_FALSE(moves({"cyst", "abscess", "Neither A nor B"}));
  EXPECT_FALSE(moves({"only one"}));
  EXPECT_FALSE(moves({}));
  EXPECT_TRUE(moves({"Vitamins A and D", "Vitamin C", "Vitamin B and iron"}));
  EXPECT_TRUE(moves({"Hepatitis A", "Hepatitis B", "Hepatitis A and B co-infection"}));
  EXPECT_TRUE(moves({"A", "B", "C"}));
  EXPECT_TRUE(moves({"None of these", "cyst"}));
}

TEST(OptionOrders, ALimitCountsItems) {
  const std::vector<Item> items{choice("a", {"x", "y", "z"}, 0), choice("b", {"x", "all of the above"}, 0),
                                choice("c", {"x", "y"}, 0)};
  EXPECT_EQ(other_orders_of_first(items, 1), 2U);
  EXPECT_EQ(other_orders_of_first(items, 2), 2U);
  EXPECT_EQ(other_orders_of_first(items, 3), 3U);
  EXPECT_EQ(other_orders_of_first(items, 100), 3U);
  EXPECT_EQ(in_other_orders(items).size(), 3U);
}

/// A model that always takes the first letter is right exactly where that is the gold one's.
TEST(OptionOrders, WhoAlwaysTakesOneLetterIsRightOnceInAllOrders) {
  const TemporaryFolder folder;
  auto spec = spec_for(made_up_rows(6, folder.path() / "images"), folder.path() / "run");
  const auto options = spec.rows.items.front().options.size();
  spec.row_set_hash = spec.rows.hash();
  spec.ablation = Ablation::permuted;
  spec.rows.items = in_other_orders(spec.rows.items);
  ScriptedEngine engine;
  engine.reply = boxed_b;
  const auto totals = run(spec, engine);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(totals->total, 6 * (options - 1));
  const auto grades = read_grades(folder.path() / "run");
  ASSERT_TRUE(grades.has_value()) << grades.error().message();
  std::map<std::string_view, double> right;
  for (const auto& grade : *grades) {
    const auto from = shifted_from(grade.item_id);
    ASSERT_TRUE(from.has_value());
    EXPECT_EQ(grade.options, options);
    right[from->item] += grade.score;
  }
  EXPECT_EQ(right.size(), 6U);
  const auto plain = made_up_rows(6, folder.path() / "images");
  for (const Item& item : plain.items) EXPECT_EQ(right[item.id], item.gold_option == 1U ? 0.0 : 1.0) << item.id;
}

}  // namespace
}  // namespace osler::test
