#include "osler/run/run_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "osler/core/option_order.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

using capability::ItemLabel;
using capability::LabelSet;
using capability::LabelSource;

LabelSet some_labels() {
  LabelSet labels;
  labels.benchmark = "ward";
  labels.classifier = "0123456789abcdef";
  labels.quality.balanced_accuracy = {0.75, 0.02, {0.71, 0.79}};
  labels.items = {ItemLabel{"a", Capability::reasoning, LabelSource::classifier, 0.9, true, ""},
                  ItemLabel{"b", Capability::understanding, LabelSource::human, 0.7, true, ""},
                  ItemLabel{"c", Capability::unlabeled, LabelSource::classifier, {}, {}, ""},
                  ItemLabel{"z", Capability::reasoning, LabelSource::classifier, 0.6, true, ""}};
  return labels;
}

Item item(std::string id, Capability capability = Capability::unlabeled) {
  Item made;
  made.id = std::move(id);
  made.capability = capability;
  return made;
}

TEST(RunLabels, WhatTheBenchmarkSaysCountsFirst) {
  const std::optional<LabelSet> labels = some_labels();
  const CapabilityJoin join(labels);
  const auto gold = join.of(item("a", Capability::understanding));
  EXPECT_EQ(gold.capability, Capability::understanding);
  EXPECT_EQ(gold.source, "gold");
  EXPECT_FALSE(gold.probability);
  const auto predicted = join.of(item("a"));
  EXPECT_EQ(predicted.capability, Capability::reasoning);
  EXPECT_EQ(predicted.source, "classifier 01234567");
  EXPECT_EQ(predicted.probability, 0.9);
  EXPECT_EQ(join.of(item("b")).source, "human");
  EXPECT_EQ(join.of(item("c")).source, "none");
  EXPECT_EQ(join.of(item("unknown")).source, "none");
  EXPECT_EQ(CapabilityJoin(std::nullopt).of(item("a")).source, "none");
}

TEST(RunLabels, AnItemInAnotherOrderOfItsOptionsHasTheSameLabel) {
  const std::optional<LabelSet> labels = some_labels();
  EXPECT_EQ(CapabilityJoin(labels).of(item(shifted_id("a", 2))).capability, Capability::reasoning);
}

TEST(RunLabels, ThatSayTheSameOfTheseItemsAreTold) {
  const std::vector<Item> items{item("a"), item("b"), item("g", Capability::reasoning)};
  const std::optional<LabelSet> labels = some_labels();
  auto same = labels;
  same->items.pop_back();  // of an item that is not among them
  EXPECT_TRUE(say_the_same(labels, same, items));
  EXPECT_FALSE(say_the_same(labels, std::nullopt, items));
  EXPECT_TRUE(say_the_same(std::nullopt, std::nullopt, items));
  auto other = labels;
  other->items[0].probability = 0.8;
  EXPECT_FALSE(say_the_same(labels, other, items));
  other = labels;
  other->items[1].source = LabelSource::classifier;
  EXPECT_FALSE(say_the_same(labels, other, items));
  other = labels;
  other->quality.errors.sensitivity = 0.7;
  EXPECT_FALSE(say_the_same(labels, other, items));
}

TEST(RunLabels, AFolderKeepsThoseOfItsItems) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(recorded_labels(folder.path()).value());
  const std::vector<Item> items{item("b"), item(shifted_id("a", 1))};
  ASSERT_TRUE(record_labels(folder.path(), some_labels(), items));
  const auto kept = recorded_labels(folder.path());
  ASSERT_TRUE(kept && *kept);
  ASSERT_EQ((*kept)->items.size(), 2U);
  EXPECT_EQ((*kept)->items[0].id, "a");
  EXPECT_EQ((*kept)->items[1].id, "b");
  EXPECT_EQ(recorded_label_facts(folder.path()).value()->classifier, "0123456789abcdef");
  std::ofstream(folder.path() / "capability.json") << "{";
  EXPECT_FALSE(recorded_labels(folder.path()));
}

TEST(RunLabels, FillOnlyWhatIsUnlabelled) {
  std::vector<Item> items{item("a"), item("b", Capability::reasoning), item("c")};
  apply_labels(some_labels(), items);
  EXPECT_EQ(items[0].capability, Capability::reasoning);
  EXPECT_EQ(items[1].capability, Capability::reasoning);
  EXPECT_EQ(items[2].capability, Capability::unlabeled);
}

}  // namespace
}  // namespace osler
