#include "osler/report/study/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "osler/report/study/cell.h"
#include "report/study/made_up.h"

namespace osler::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ControlOf, TheNameOfABenchmarkIsTakenApart) {
  EXPECT_EQ(control_of("slake/closed.no-image").benchmark, "slake/closed");
  EXPECT_EQ(control_of("slake/closed.no-image").control, Control::no_image);
  EXPECT_EQ(control_of("a.permuted").control, Control::permuted);
  EXPECT_EQ(control_of("a.shuffled-image").control, Control::shuffled_image);
  EXPECT_EQ(control_of("no-image").control, Control::none);
  EXPECT_EQ(control_of("vqa.rad").benchmark, "vqa.rad");
}

TEST(StudyGrid, RunsOfOtherItemsAreLeftOutWithTheReason) {
  StudyGrid grid({{"a"}, {"b"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(8, 4)));
  auto other = made_up_run("toy", mostly_right(8, 4));
  other.row_set_hash = "something else";
  grid.add(1, Control::none, std::move(other));
  EXPECT_NE(grid.cell(0, 0), nullptr);
  EXPECT_EQ(grid.cell(1, 0), nullptr);
  EXPECT_THAT(grid.remarks(), ElementsAre(HasSubstr("b on toy: left out, for it was asked other items")));
}

TEST(StudyGrid, WhatDoesNotFitIsSaid) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::no_image, made_up_run("toy", mostly_right(8, 4)));
  grid.add(0, Control::none, made_up_run("toy", {}));
  grid.add(0, Control::none, made_up_run("toy", mostly_right(8, 4)));
  grid.add(0, Control::none, made_up_run("toy", mostly_right(8, 4)));
  auto half = made_up_run("toy", mostly_right(8, 4));
  half.complete = false;
  grid.add(0, Control::no_image, std::move(half));
  EXPECT_THAT(grid.remarks(), ElementsAre(HasSubstr("a control without its run"), HasSubstr("no item is graded"),
                                          HasSubstr("a second run is left out"), HasSubstr("not finished")));
}

TEST(StudyGrid, ARunThatLacksItemsIsNotFinished) {
  StudyGrid grid({{"a"}, {"b"}});
  grid.add(0, Control::none, made_up_run("toy", mostly_right(8, 4)));
  auto half = made_up_run("toy", mostly_right(8, 4));
  half.items.resize(5);
  grid.add(1, Control::none, std::move(half));
  EXPECT_TRUE(grid.cell(0, 0)->finished);
  EXPECT_FALSE(grid.cell(1, 0)->finished);
  const auto& items = grid.benchmarks()[0];
  EXPECT_EQ(figures_of(items, *grid.cell(1, 0), members_of(items, 0))->n, 5U);
}

TEST(Cell, ControlsArePairedWithTheirRun) {
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, made_up_run("toy", {true, true, true, false, true, true, true, false}));
  grid.add(0, Control::no_image, made_up_run("toy", {true, false, false, false, true, false, false, false}));
  grid.add(0, Control::shuffled_image, made_up_run("toy", {true, false, true, false, false, false, true, false}));
  const auto& items = grid.benchmarks()[0];
  const auto figures = figures_of(items, *grid.cell(0, 0), members_of(items, 0));
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->accuracy.value, 0.75);
  EXPECT_EQ(figures->clusters, 4U);
  EXPECT_DOUBLE_EQ(*figures->chance, 0.25);
  EXPECT_NEAR(*figures->chance_corrected, 0.5 / 0.75, 1e-12);
  EXPECT_DOUBLE_EQ(figures->controls.blind->value, 0.25);
  EXPECT_DOUBLE_EQ(figures->controls.visual_reliance->value, 0.5);
  EXPECT_DOUBLE_EQ(figures->controls.image_sensitivity->value, 3.0 / 8.0);
  EXPECT_FALSE(figures->controls.consistency);
  const auto understanding = figures_of(items, *grid.cell(0, 0), members_of(items, 1));
  EXPECT_EQ(understanding->n, 4U);
  EXPECT_DOUBLE_EQ(understanding->accuracy.value, 1.0);
}

TEST(Cell, NoAnswerAndAnAnswerAreDifferentAndTwoOfNoneAreNot) {
  auto own = made_up_run("toy", {true, true, true, true});
  auto other = made_up_run("toy", {true, true, true, true});
  own.items[0].outcome = Outcome::unparsed;
  other.items[0].outcome = Outcome::truncated;
  other.items[1].outcome = Outcome::refused;
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, std::move(own));
  grid.add(0, Control::shuffled_image, std::move(other));
  const auto& items = grid.benchmarks()[0];
  EXPECT_DOUBLE_EQ(figures_of(items, *grid.cell(0, 0), members_of(items, 0))->controls.image_sensitivity->value, 0.25);
}

/// What the controls say of a run and of its items in their three other orders, where `answer` gives the answer's place
/// and its outcome.
ControlFigures in_all_orders(RunGrades own, const std::function<void(GradedItem&, std::size_t shift)>& answer) {
  RunGrades orders = made_up_run("toy", {});
  for (const auto& item : own.items) {
    for (std::size_t shift = 1; shift < 4; ++shift) {
      GradedItem shifted = item;
      shifted.item_id = fmt::format("{}@{}", item.item_id, shift);
      answer(shifted, shift);
      orders.items.push_back(std::move(shifted));
    }
  }
  orders.planned = orders.items.size();
  StudyGrid grid({{"a"}});
  grid.add(0, Control::none, std::move(own));
  grid.add(0, Control::permuted, std::move(orders));
  EXPECT_THAT(grid.remarks(), IsEmpty());
  const auto& items = grid.benchmarks()[0];
  return figures_of(items, *grid.cell(0, 0), members_of(items, 0))->controls;
}

/// A model that always says A: its answer is another option in every order, and right once in all of them.
TEST(Cell, WhoAlwaysSaysALetterIsNeverConsistent) {
  const auto controls = in_all_orders(made_up_run("toy", {true, true}), [](GradedItem& item, std::size_t) {
    item.answer_option = 0;
    item.outcome = Outcome::wrong;
  });
  EXPECT_EQ(controls.reordered, 2U);
  EXPECT_DOUBLE_EQ(controls.all_orders->value, 0.25);
  EXPECT_DOUBLE_EQ(controls.consistency->value, 0.0);
}

/// And one that follows its option wherever that goes.
TEST(Cell, WhoFollowsTheOptionIsConsistent) {
  const auto controls = in_all_orders(made_up_run("toy", {true, false}), [](GradedItem& item, std::size_t shift) {
    item.answer_option = (*item.answer_option + 4 - shift) % 4;
  });
  EXPECT_DOUBLE_EQ(controls.consistency->value, 1.0);
  EXPECT_DOUBLE_EQ(controls.all_orders->value, 0.5);
}

}  // namespace
}  // namespace osler::report
