#include "osler/capability/training.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "osler/capability/evaluation.h"
#include "simulated.h"

namespace osler::capability {
namespace {

using test::Simulated;

TEST(CrossValidation, IsTheSameForTheSameSeed) {
  const Simulated world(300, 0.5, 1);
  const auto first = cross_validate(world.data, {.folds = 3, .seed = 4});
  const auto again = cross_validate(world.data, {.folds = 3, .seed = 4});
  const auto other = cross_validate(world.data, {.folds = 3, .seed = 5});
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->whole.model.weights, again->whole.model.weights);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(first->predictions[i].decision, again->predictions[i].decision);
    EXPECT_EQ(first->predictions[i].probability, again->predictions[i].probability);
  }
  EXPECT_NE(first->fold_of, other->fold_of);
}

TEST(CrossValidation, FindsASignalAndIsCalibrated) {
  const Simulated world(1500, 1.0, 2);
  const auto done = cross_validate(world.data, {});
  ASSERT_TRUE(done);
  const auto evaluation = evaluate(done->predictions, world.data.truth, world.data.groups.group_of, 1);
  EXPECT_GT(evaluation.auroc.interval.low, 0.8);
  EXPECT_FALSE(no_better_than_majority(evaluation.balanced_accuracy, evaluation.auroc));
  EXPECT_LT(evaluation.brier.value, evaluation.brier_majority.value);
  ASSERT_TRUE(evaluation.calibration_slope);
  EXPECT_NEAR(evaluation.calibration_slope->value, 1.0, 0.2);
  // The weights of the classes do not reach the probabilities: their mean is the classes' frequency.
  double sum = 0.0;
  for (const auto& prediction : done->predictions) sum += prediction.probability;
  const double ones = std::accumulate(world.data.truth.begin(), world.data.truth.end(), 0.0);
  EXPECT_NEAR(sum / 1500.0, ones / 1500.0, 0.015);
  // And the labels' two kinds of errors count alike, though reasoning is more than twice as frequent.
  EXPECT_NEAR(evaluation.sensitivity.value, evaluation.specificity.value, 0.08);
}

TEST(CrossValidation, FindsNothingInNoise) {
  std::size_t told = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Simulated world(200, 0.0, seed);
    const auto done = cross_validate(world.data, {.folds = 3, .seed = seed});
    ASSERT_TRUE(done);
    const auto evaluation = evaluate(done->predictions, world.data.truth, world.data.groups.group_of, 1);
    told += no_better_than_majority(evaluation.balanced_accuracy, evaluation.auroc) ? 1U : 0U;
  }
  EXPECT_GE(told, 7U);
}

// An item whose group was learned from would be recognised: here the vector is the group's own, and the label too.
TEST(CrossValidation, DoesNotRecogniseGroups) {
  Simulated world(240, 0.0, 6);
  stats::Random random(9);
  for (std::size_t i = 0; i < 240; ++i) {
    if (i % 3 != 0) {
      world.data.truth[i] = world.data.truth[i - 1];
      const auto row = world.features.dense.begin() + static_cast<std::ptrdiff_t>(i * world.features.dimensions);
      const auto width = static_cast<std::ptrdiff_t>(world.features.dimensions);
      std::copy(row - width, row, row);
    }
  }
  const auto done = cross_validate(world.data, {.folds = 4, .seed = 1});
  ASSERT_TRUE(done);
  const auto evaluation = evaluate(done->predictions, world.data.truth, world.data.groups.group_of, 1);
  EXPECT_LT(evaluation.auroc.interval.low, 0.6);
}

TEST(CrossValidation, EndsWithNumbersHoweverFarTheVectorsReach) {
  for (const float far : {std::numeric_limits<float>::max(), 1e20F, std::numeric_limits<float>::denorm_min()}) {
    Simulated world(120, 0.5, 1);
    for (std::size_t i = 0; i < world.features.dense.size(); ++i) {
      if (i % 8 < 4) world.features.dense[i] = i % 16 < 8 ? far : -far;
      if (i % 8 == 7) world.features.dense[i] = i == 7 ? far : 0.0F;  // one item alone is elsewhere
    }
    const auto done = cross_validate(world.data, {.folds = 3, .seed = 1});
    ASSERT_TRUE(done);
    for (const auto& prediction : done->predictions) {
      EXPECT_TRUE(std::isfinite(prediction.decision));
      EXPECT_TRUE(prediction.probability >= 0.0 && prediction.probability <= 1.0);
    }
    constexpr std::array<double, 1> kShares{0.5};
    EXPECT_EQ(learning_curve(world.data, *done, kShares, {.folds = 3, .seed = 1})->size(), 1U);
  }
}

TEST(CrossValidation, CanBeEndedAndSaysHowFarItIs) {
  const Simulated world(200, 0.5, 1);
  const TrainingOptions options{.folds = 3, .seed = 1};
  std::stop_source source;
  std::atomic<std::size_t> told = 0;
  std::atomic<std::size_t> all = 0;
  const TrainingWatch watch{source.get_token(), [&](std::size_t, std::size_t total) {
                              ++told;
                              all = total;
                            }};
  const auto done = cross_validate(world.data, options, watch);
  ASSERT_TRUE(done);
  EXPECT_EQ(told, 12U);  // three folds of the whole, and of what each of three folds leaves
  EXPECT_EQ(all, 12U);
  source.request_stop();
  const auto ended = cross_validate(world.data, options, watch);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::interrupted);
  constexpr std::array<double, 1> kShares{0.5};
  EXPECT_FALSE(learning_curve(world.data, *done, kShares, options, watch));
}

TEST(CrossValidation, TooFewGroupsAreAnErrorThatSaysSo) {
  Simulated world(60, 0.5, 1);
  for (auto& group : world.data.groups.group_of) group = 0;
  world.data.groups.groups = 1;
  const auto one = cross_validate(world.data, {});
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().message().find("--group-by image"), std::string::npos);
  Simulated same(60, 0.5, 1);
  for (auto& truth : same.data.truth) truth = 1;
  EXPECT_FALSE(cross_validate(same.data, {}));
}

TEST(LearningCurve, GrowsWithWhatIsLearnedFrom) {
  const Simulated world(1200, 0.5, 3);
  const auto done = cross_validate(world.data, {.folds = 3, .seed = 1});
  ASSERT_TRUE(done);
  const std::vector<double> shares{0.03, 0.2, 1.0};
  const auto curve = learning_curve(world.data, *done, shares, {.folds = 3, .seed = 1}).value();
  ASSERT_EQ(curve.size(), 3U);
  std::vector<double> areas;
  for (const auto& point : curve) {
    areas.push_back(
        evaluate_curve(point.decisions, point.probabilities, world.data.truth, world.data.groups.group_of).auroc.value);
  }
  EXPECT_LT(areas[0], areas[2]);
  EXPECT_EQ(curve[2].rows, 800U);
  for (std::size_t i = 0; i < 1200; ++i) {
    // All rows learned from is what nested cross-validation did, up to where the solver stopped.
    EXPECT_NEAR(curve[2].decisions[i], done->predictions[i].decision, 0.05);
  }
}

}  // namespace
}  // namespace osler::capability
