#include "osler/capability/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "osler/capability/text_features.h"
#include "simulated.h"
#include "support/temporary_folder.h"

namespace osler::capability {
namespace {

using test::Simulated;
using testing::HasSubstr;

class ClassifierFile : public testing::Test {
 protected:
  void SetUp() override {
    auto done = cross_validate(world_.data, {.folds = 3, .seed = 1});
    ASSERT_TRUE(done);
    classifier_.embedding = world_.features.identity;
    classifier_.dimensions = world_.features.dimensions;
    classifier_.options = {.folds = 3, .seed = 1};
    classifier_.evaluation = evaluate(done->predictions, world_.data.truth, world_.data.groups.group_of, 1);
    classifier_.source = {"bench:test (hf)", "abc", 300, 200, training_hash(world_.data)};
    classifier_.fitted = std::move(done->whole);
    ASSERT_TRUE(write_classifier(file(), classifier_));
  }

  std::filesystem::path file() { return folder_.path() / "classifier.json"; }

  nlohmann::json content() {
    std::ifstream in(file());
    return nlohmann::json::parse(in);
  }

  std::string refusal(const std::string& text) {
    const auto other = folder_.path() / "other.json";
    std::ofstream(other) << text;
    const auto read = read_classifier(other);
    EXPECT_FALSE(read.has_value()) << text.substr(0, 200);
    return read ? "" : read.error().message();
  }

  osler::test::TemporaryFolder folder_;
  Simulated world_{300, 0.8, 1};
  Classifier classifier_;
};

TEST_F(ClassifierFile, PredictsTheSameWhenItIsReadAgain) {
  const auto again = read_classifier(file());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->hash, classifier_.hash);
  EXPECT_EQ(again->source.hash, classifier_.source.hash);
  EXPECT_EQ(again->evaluation.confusion.true_positives, classifier_.evaluation.confusion.true_positives);
  EXPECT_EQ(again->evaluation.auroc.interval.low, classifier_.evaluation.auroc.interval.low);
  const auto before = classify(classifier_, world_.features).value();
  const auto after = classify(*again, world_.features).value();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].decision, after[i].decision);
    EXPECT_EQ(before[i].probability, after[i].probability);
  }
}

TEST_F(ClassifierFile, OfTextsToo) {
  std::vector<Item> items(90);
  Features features;
  TrainingData data;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool reasoning = i % 2 == 0;
    items[i].id = std::to_string(i);
    items[i].question = reasoning ? "What is the next best step in management" : "Which organ is shown here";
    data.truth.push_back(reasoning ? 1 : 0);
    data.groups.group_of.push_back(i);
  }
  data.groups.groups = items.size();
  features = text_features(items);
  data.features = &features;
  auto done = cross_validate(data, {.folds = 3, .seed = 1});
  ASSERT_TRUE(done);
  Classifier classifier;
  classifier.embedding = features.identity;
  classifier.dimensions = features.dimensions;
  classifier.evaluation = evaluate(done->predictions, data.truth, data.groups.group_of, 1);
  classifier.fitted = std::move(done->whole);
  ASSERT_TRUE(write_classifier(file(), classifier));
  const auto again = read_classifier(file());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(check_features(*again, features));
  const auto predictions = classify(*again, features).value();
  for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(predictions[i].decision > 0.0, i % 2 == 0);
  const auto refused = check_features(*again, world_.features);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("simulated"));
  EXPECT_THAT(refused.error().message(), HasSubstr("osler text features 1"));
}

TEST_F(ClassifierFile, AnyOtherJsonIsRefused) {
  EXPECT_THAT(refusal("{}"), HasSubstr("no classifier"));
  EXPECT_THAT(refusal("[]"), HasSubstr("no classifier"));
  EXPECT_THAT(refusal("{\"what\": 3}"), HasSubstr("no classifier"));
  const auto whole = content();
  // Without any one key, or with another type in its place, it is none.
  for (const auto& [key, value] : whole.items()) {
    auto without = whole;
    without.erase(key);
    if (key == "osler") continue;
    EXPECT_THAT(refusal(without.dump()), HasSubstr("no classifier")) << key;
    auto other = whole;
    other[key] = nlohmann::json::array({"x"});
    EXPECT_THAT(refusal(other.dump()), HasSubstr("no classifier")) << key;
  }
  auto longer = whole;
  longer["classifier"]["weights"].push_back(1.0);
  EXPECT_THAT(refusal(longer.dump()), HasSubstr("too many or too few weights"));
  auto uneven = whole;
  uneven["classifier"]["preprocessing"]["scale"].push_back(1.0);
  EXPECT_THAT(refusal(uneven.dump()), HasSubstr("differ in length"));
  auto infinite = whole.dump();
  infinite.replace(infinite.find("\"offset\":") + 9, 1, "1e999");
  EXPECT_FALSE(refusal(infinite).empty());
  for (const auto& number : {nlohmann::json(-1), nlohmann::json(1e300), nlohmann::json(2.5), nlohmann::json("3")}) {
    auto counted = whole;
    counted["evaluation"]["confusion"]["reasoning_as_reasoning"] = number;
    EXPECT_THAT(refusal(counted.dump()), HasSubstr("another type")) << number;
    auto seeded = whole;
    seeded["seed"] = number;
    EXPECT_THAT(refusal(seeded.dump()), HasSubstr("no classifier")) << number;
    auto termed = whole;
    termed["classifier"]["preprocessing"] = {{"kind", "terms"}, {"columns", {number}}, {"idf", {1.0}}};
    EXPECT_THAT(refusal(termed.dump()), HasSubstr("do not rise")) << number;
  }
  auto columns = whole;
  columns["classifier"]["preprocessing"] = {{"kind", "terms"}, {"columns", {5, 4000000000}}, {"idf", {1.0, 1.0}}};
  EXPECT_THAT(refusal(columns.dump()), HasSubstr("do not rise"));
}

TEST_F(ClassifierFile, TheTrainingHashSeesLabelsGroupsAndVectors) {
  const auto before = training_hash(world_.data);
  auto other = world_.data;
  other.truth[7] ^= 1U;
  EXPECT_NE(training_hash(other), before);
  other = world_.data;
  other.groups.group_of[7] = 1000;
  EXPECT_NE(training_hash(other), before);
  world_.features.dense[11] += 0.5F;
  EXPECT_NE(training_hash(world_.data), before);
}

TEST_F(ClassifierFile, WhatIsTooLargeForANumberIsNoLabel) {
  classifier_.fitted.model.weights.assign(classifier_.fitted.model.weights.size(), 1e308);
  classifier_.fitted.model.weights.back() = -1e308;
  auto features = world_.features;
  for (auto& value : features.dense) value = 1e30F;
  const auto refused = classify(classifier_, features);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no number for the item 'item-0'"));
}

TEST_F(ClassifierFile, SharesAndCountsThatContradictOneAnotherAreRefused) {
  const auto whole = content();
  const auto with = [&](const std::string& pointer, const nlohmann::json& value) {
    auto other = whole;
    other[nlohmann::json::json_pointer(pointer)] = value;
    return other.dump();
  };
  EXPECT_THAT(refusal(with("/evaluation/auroc/value", 7)), HasSubstr("no classifier"));
  EXPECT_THAT(refusal(with("/evaluation/confusion/reasoning_as_reasoning", 1ULL << 63U)), HasSubstr("counts"));
  EXPECT_THAT(refusal(with("/evaluation/items", 17)), HasSubstr("counts"));
  EXPECT_THAT(refusal(with("/evaluation/groups_with/reasoning", 0)), HasSubstr("counts"));
  EXPECT_THAT(refusal(with("/evaluation/groups_with/understanding", 100000)), HasSubstr("counts"));
}

TEST_F(ClassifierFile, KnowsWhatItHasSeen) {
  Item item;
  item.id = "a";
  item.question = "Which organ is shown?";
  item.options = {"liver", "spleen"};
  item.gold = "liver";
  Item other = item;
  other.id = "b";
  other.question = " which  ORGAN is shown?\n";
  Item new_one = item;
  new_one.question = "Which side?";
  for (const auto by : {GroupBy::image_and_question, GroupBy::image}) {
    classifier_.options.group_by = by;
    classifier_.source.seen = {identity_of(item, by)};
    ASSERT_TRUE(write_classifier(file(), classifier_));
    const auto again = read_classifier(file());
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->source.seen, classifier_.source.seen);
    EXPECT_TRUE(has_seen(*again, item));
    EXPECT_FALSE(has_seen(*again, new_one));
    // A question that is asked of every picture is not a test that was seen; else it is, under whatever id.
    EXPECT_EQ(has_seen(*again, other), by == GroupBy::image_and_question);
  }
  auto other_answer = item;
  other_answer.gold = "spleen";
  EXPECT_NE(identity_of(item, GroupBy::image), identity_of(other_answer, GroupBy::image));
}

TEST(LabelErrors, AreAsWellKnownAsTheirStandardErrorsSay) {
  Evaluation evaluation;
  evaluation.groups = 60;
  evaluation.groups_of_class = {50, 40};
  evaluation.confusion = {80, 10, 20, 90};
  evaluation.sensitivity = {0.8, 0.08, {}};  // 0.8 * 0.2 / 0.08^2 = 25 independent items
  evaluation.specificity = {0.9, 0.0, {}};
  const auto errors = label_errors(evaluation);
  EXPECT_NEAR(errors.sensitivity_trials, 25.0, 1e-9);
  EXPECT_EQ(errors.specificity_trials, 50.0);
}

}  // namespace
}  // namespace osler::capability
