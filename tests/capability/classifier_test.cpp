#include "osler/capability/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "osler/capability/classifier_file.h"
#include "osler/capability/embedding_set.h"
#include "osler/capability/evaluation.h"
#include "osler/capability/folds.h"
#include "osler/storage/files.h"
#include "support/temporary_folder.h"

namespace osler::capability {
namespace {

/// Items of two clouds whose centres are `distance` apart, pairs of items on one image; three in ten are understanding.
struct Made {
  std::vector<Item> items;
  EmbeddingSet set;
};

Made clouds(std::size_t n, double distance, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Made made;
  made.set.identity = "clouds";
  made.set.dimensions = 8;
  for (std::size_t i = 0; i < n; ++i) {
    Item item;
    item.id = std::to_string(i);
    item.question = "question " + item.id;
    item.images.push_back({"image " + std::to_string(i / 2), "", "", {}, {}, {}});
    const bool reasoning = random() % 10 >= 3;
    item.capability = reasoning ? Capability::reasoning : Capability::understanding;
    made.set.item_ids.push_back(item.id);
    for (std::size_t d = 0; d < made.set.dimensions; ++d) {
      made.set.values.push_back(static_cast<float>(normal(random) + (reasoning && d == 0 ? distance : 0.0)));
    }
    made.items.push_back(std::move(item));
  }
  return made;
}

EvaluationOptions quick() {
  EvaluationOptions options;
  options.replicates = 200;
  options.shares = {0.5};
  return options;
}

std::vector<std::size_t> all_of(const TrainingSet& set) {
  std::vector<std::size_t> all(set.labels.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

TEST(Groups, JoinOverImagesAndQuestions) {
  std::vector<Item> items(4);
  items[0].question = "a";
  items[1].question = "b";
  items[2].question = "b";
  items[3].question = "c";
  items[0].images.push_back({"x", "", "", {}, {}, {}});
  items[1].images.push_back({"x", "", "", {}, {}, {}});
  const auto groups = groups_of(items);
  EXPECT_EQ(groups[0], groups[1]);
  EXPECT_EQ(groups[1], groups[2]);
  EXPECT_NE(groups[0], groups[3]);
}

TEST(Folds, KeepGroupsWholeAndLabelsBalanced) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::size_t> rows(300);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::vector<std::size_t> groups;
    std::vector<bool> labels;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      groups.push_back(random() % 120);
      labels.push_back(random() % 4 == 0);
    }
    const auto folds = deal_folds(rows, groups, labels, 5, seed);
    EXPECT_EQ(folds, deal_folds(rows, groups, labels, 5, seed));
    std::map<std::size_t, std::set<std::size_t>> of_group;
    std::vector<double> trues(5, 0.0);
    double all = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      of_group[groups[i]].insert(folds[i]);
      if (labels[i]) trues[folds[i]] += 1.0;
      if (labels[i]) all += 1.0;
    }
    for (const auto& [group, seen] : of_group) EXPECT_EQ(seen.size(), 1U);
    for (const double count : trues) EXPECT_NEAR(count, all / 5.0, 4.0);
  }
}

TEST(Auroc, IsTheShareOfPairsInOrder) {
  const std::vector<double> values{0.1, 0.4, 0.4, 0.8};
  // Pairs (false, true): (0.1, 0.4), (0.1, 0.8), (0.4, 0.8) in order, (0.4, 0.4) half.
  EXPECT_DOUBLE_EQ(*auroc(values, {false, true, false, true}), 0.875);
  EXPECT_FALSE(auroc(values, {true, true, true, true}));
}

TEST(Calibration, FindsTheLineThatMadeTheLabels) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> scores;
  std::vector<bool> labels;
  const Calibration truth{1.7, -0.6};
  for (int i = 0; i < 40'000; ++i) {
    scores.push_back(normal(random));
    labels.push_back(uniform(random) < truth.probability(scores.back()));
  }
  const auto fit = fit_calibration(scores, labels);
  EXPECT_NEAR(fit.slope, truth.slope, 0.08);
  EXPECT_NEAR(fit.intercept, truth.intercept, 0.06);
}

TEST(Classifier, TellsSeparateCloudsApartWithProbabilitiesThatMeanWhatTheySay) {
  const auto made = clouds(800, 3.0, 1);
  const auto set = training_set(made.items, features_of(made.set));
  ASSERT_TRUE(set);
  const auto evaluation = evaluate_classifier(*set, quick());
  ASSERT_TRUE(evaluation);
  EXPECT_GT(evaluation->auroc.value, 0.9);
  EXPECT_FALSE(evaluation->no_better_than_majority());
  EXPECT_LT(evaluation->auroc.interval.low, evaluation->auroc.value);
  EXPECT_GT(evaluation->auroc.interval.high, evaluation->auroc.value);
  // Class weights must not move the probabilities: their mean is the share of reasoning.
  double mean = 0.0;
  for (const double p : evaluation->probability) mean += p / 800.0;
  EXPECT_NEAR(mean, static_cast<double>(evaluation->confusion.positives()) / 800.0, 0.03);
  EXPECT_NEAR(evaluation->calibration_slope.value, 1.0, 0.35);
}

TEST(Classifier, NoiseIsNoBetterThanTheMajority) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto made = clouds(400, 0.0, seed);
    const auto set = training_set(made.items, features_of(made.set));
    ASSERT_TRUE(set);
    const auto evaluation = evaluate_classifier(*set, quick());
    ASSERT_TRUE(evaluation);
    EXPECT_TRUE(evaluation->no_better_than_majority()) << evaluation->auroc.value;
  }
}

TEST(Classifier, IsTheSameForTheSameSeed) {
  const auto made = clouds(200, 1.0, 5);
  const auto set = training_set(made.items, features_of(made.set));
  ASSERT_TRUE(set);
  EXPECT_EQ(dump_json(evaluation_json(*evaluate_classifier(*set, quick()))),
            dump_json(evaluation_json(*evaluate_classifier(*set, quick()))));
}

TEST(Classifier, NeedsBothLabels) {
  auto made = clouds(20, 1.0, 5);
  for (auto& item : made.items) item.capability = Capability::reasoning;
  const auto set = training_set(made.items, features_of(made.set));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::unsupported);
}

class ClassifierFile : public testing::Test {
 protected:
  void SetUp() override {
    file_ = temporary_.path() / "classifier.json";
    const auto made = clouds(100, 2.0, 9);
    features_ = features_of(made.set);
    const auto set = training_set(made.items, features_);
    ASSERT_TRUE(set);
    stored_.classifier = *train_classifier(*set, all_of(*set), {});
    stored_.trained_on = "clouds";
    stored_.training_hash = training_hash(*set);
    stored_.confusion = {5, 1, 2, 4};
    ASSERT_TRUE(write_classifier(file_, stored_));
  }

  test::TemporaryFolder temporary_;
  std::filesystem::path file_;
  Features features_;
  StoredClassifier stored_;
};

TEST_F(ClassifierFile, ReadsWhatWasWritten) {
  const auto read = read_classifier(file_);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*probabilities(read->classifier, features_), *probabilities(stored_.classifier, features_));
  EXPECT_EQ(read->training_hash, stored_.training_hash);
  EXPECT_EQ(read->confusion.false_negatives, 2U);
}

TEST_F(ClassifierFile, AnotherEmbeddingIsRefusedByBothNames) {
  Features other = features_;
  other.identity = "other vectors";
  const auto refused = probabilities(stored_.classifier, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::mismatch);
  EXPECT_NE(refused.error().message().find("clouds"), std::string::npos);
  EXPECT_NE(refused.error().message().find("other vectors"), std::string::npos);
}

TEST_F(ClassifierFile, DamageIsRefusedOrHarmless) {
  const std::string good = *read_file(file_);
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random() % 256);
    if (i % 3 == 0) bad.resize(random() % bad.size());
    ASSERT_TRUE(write_file_atomically(file_, bad));
    const auto read = read_classifier(file_);
    if (!read) continue;
    for (const double weight : read->classifier.weights.weight) EXPECT_TRUE(std::isfinite(weight));
  }
}

}  // namespace
}  // namespace osler::capability
