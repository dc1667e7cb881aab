#include "osler/report/capability_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.h"

namespace osler::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// 40 items of which 20 are labelled reasoning by a classifier; of those 5 are right, of the others 15.
RunGrades labelled_run() {
  auto run = sample_run();
  run.items.clear();
  for (std::size_t i = 0; i < 40; ++i) {
    GradedItem item;
    item.item_id = std::to_string(i);
    item.image_cluster = "image " + std::to_string(i / 2);
    item.kind = Kind::mcq;
    item.capability = i < 20 ? Capability::reasoning : Capability::understanding;
    item.outcome = i < 5 || i >= 25 ? Outcome::correct : Outcome::wrong;
    item.capability_source = "classifier 01234567";
    item.capability_probability = i < 20 ? 0.8 : 0.2;
    run.items.push_back(item);
  }
  run.planned = 40;
  run.capability_source = "classifier 01234567";
  LabelTrust trust;
  trust.errors = {0.9, 200.0, 0.8, 200.0, 0.0, {}};
  trust.measured_on = "a test";
  run.label_trust = trust;
  return run;
}

nlohmann::json reasoning_row(const RunGrades& run) { return nlohmann::json::parse(render(Format::json, {run}, {}))[2]; }

TEST(CapabilitySplit, StandsBelowTheTableAndInEveryFormat) {
  const auto run = labelled_run();
  const auto text = render(Format::text, {run}, {.width = 0});
  EXPECT_THAT(text, HasSubstr("Understanding and reasoning by predicted labels"));
  EXPECT_THAT(text, HasSubstr("reasoning - understanding"));
  EXPECT_THAT(text, HasSubstr("labels 90.0% of reasoning and 80.0% of understanding rightly (a test)"));
  EXPECT_THAT(render(Format::markdown, {run}, {}), HasSubstr("by probability"));
  const auto row = reasoning_row(run);
  // (0.8 * 5 - 0.2 * 15) / (0.8 * 20 - 0.2 * 20)
  EXPECT_NEAR(row["split"]["corrected"]["accuracy"].get<double>(), 1.0 / 12.0, 1e-9);
  // (0.8 * 5 + 0.2 * 15) / (0.8 * 20 + 0.2 * 20)
  EXPECT_NEAR(row["split"]["by_probability"]["accuracy"].get<double>(), 7.0 / 20.0, 1e-9);
  EXPECT_TRUE(row["split"]["warning"].is_null());
  EXPECT_THAT(render(Format::csv, {run}, {}), HasSubstr("0.08333333"));
}

TEST(CapabilitySplit, IsNotThereForGoldLabels) {
  auto run = labelled_run();
  for (auto& item : run.items) item.capability_source = "gold";
  EXPECT_FALSE(capability_split(run));
  EXPECT_THAT(render(Format::text, {run}, {}), Not(HasSubstr("by predicted labels")));
  EXPECT_FALSE(reasoning_row(run).contains("split"));
  EXPECT_FALSE(capability_split(sample_run()));
}

TEST(CapabilitySplit, IsNotThereForItemsChosenByTheirLabel) {
  auto run = labelled_run();
  run.items.resize(20);
  EXPECT_FALSE(capability_split(run));
  EXPECT_THAT(render(Format::text, {run}, {.width = 0}),
              HasSubstr("Capability labels: classifier 01234567, all of them reasoning."));
}

TEST(CapabilitySplit, LabelsNoBetterThanTheMajorityAreCalledSoFirst) {
  auto run = labelled_run();
  run.label_trust->no_better_than_majority = true;
  EXPECT_THAT(render(Format::text, {run}, {.width = 0}), HasSubstr("!!! NO SPLIT: the labels of toy-vqa"));
  EXPECT_THAT(render(Format::markdown, {run}, {}), HasSubstr("NO SPLIT"));
  EXPECT_EQ(reasoning_row(run)["split"]["warning"], "no better than the majority");
}

TEST(CapabilitySplit, ErrorsThatCannotBeThoseOfThisBenchmarkAreCalledSo) {
  auto run = labelled_run();
  run.label_trust->errors.specificity = 0.3;  // 70% would be labelled reasoning if nothing were
  EXPECT_THAT(render(Format::text, {run}, {.width = 0}), HasSubstr("!!! ERRORS DO NOT FIT"));
  const auto row = reasoning_row(run);
  EXPECT_EQ(row["split"]["warning"], "errors do not fit");
  EXPECT_TRUE(row["split"]["corrected"]["accuracy"].is_null());
}

TEST(CapabilitySplit, KnownLabelsEnterAsTheyAre) {
  auto run = labelled_run();
  for (std::size_t i = 0; i < 39; ++i) run.items[i].capability_source = "human";
  const auto split = capability_split(run);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->known, 39U);
  EXPECT_EQ(split->predicted, 1U);
  EXPECT_NEAR(*split->corrected.positive.value, 0.25, 0.02);
}

}  // namespace
}  // namespace osler::report
