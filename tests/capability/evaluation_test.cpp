#include "osler/capability/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

struct Sample {
  std::vector<double> decisions;
  std::vector<std::uint8_t> truth;
  std::vector<std::size_t> group_of;
};

Sample draw(std::uint64_t seed, std::size_t n, double signal) {
  stats::Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < n; ++i) {
    sample.truth.push_back(random.uniform() < 0.6 ? 1 : 0);
    // Whole tenths, so that there are ties.
    sample.decisions.push_back(std::round(10.0 * (random.uniform() - 0.5 + signal * sample.truth.back())) / 10.0);
    sample.group_of.push_back(i);
  }
  return sample;
}

/// By all pairs; and its variance as DeLong, DeLong and Clarke-Pearson have it, with the parts of both classes.
std::pair<double, double> auroc_by_pairs(const Sample& sample) {
  std::vector<double> positive;
  std::vector<double> negative;
  for (std::size_t i = 0; i < sample.truth.size(); ++i) {
    (sample.truth[i] == 1 ? positive : negative).push_back(sample.decisions[i]);
  }
  const auto wins = [](double a, double b) { return a > b ? 1.0 : (a == b ? 0.5 : 0.0); };
  double sum = 0.0;
  for (const double a : positive) {
    for (const double b : negative) sum += wins(a, b);
  }
  const double area = sum / static_cast<double>(positive.size() * negative.size());
  double squares_positive = 0.0;
  for (const double a : positive) {
    double part = 0.0;
    for (const double b : negative) part += wins(a, b) / static_cast<double>(negative.size());
    squares_positive += (part - area) * (part - area);
  }
  double squares_negative = 0.0;
  for (const double b : negative) {
    double part = 0.0;
    for (const double a : positive) part += wins(a, b) / static_cast<double>(positive.size());
    squares_negative += (part - area) * (part - area);
  }
  const auto m = static_cast<double>(positive.size());
  const auto n = static_cast<double>(negative.size());
  return {area, std::sqrt(squares_positive / (m * (m - 1.0)) + squares_negative / (n * (n - 1.0)))};
}

TEST(Auroc, IsThatOfAllPairsWithDeLongsError) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto sample = draw(seed, 120, 0.02 * static_cast<double>(seed));
    const auto [area, error] = auroc_by_pairs(sample);
    const auto measures = evaluate_curve(sample.decisions, sample.decisions, sample.truth, sample.group_of);
    EXPECT_NEAR(measures.auroc.value, area, 1e-12);
    EXPECT_NEAR(measures.auroc.standard_error, error, 0.03 * error);
  }
}

TEST(Measures, CountGroupsNotItems) {
  auto sample = draw(3, 200, 0.3);
  const auto alone = evaluate_curve(sample.decisions, sample.decisions, sample.truth, sample.group_of);
  // Every item twice, in one group: nothing new is known.
  const auto size = sample.truth.size();
  for (std::size_t i = 0; i < size; ++i) {
    sample.decisions.push_back(sample.decisions[i]);
    sample.truth.push_back(sample.truth[i]);
    sample.group_of.push_back(i);
  }
  const auto doubled = evaluate_curve(sample.decisions, sample.decisions, sample.truth, sample.group_of);
  EXPECT_NEAR(doubled.accuracy.standard_error, alone.accuracy.standard_error, 1e-12);
  EXPECT_NEAR(doubled.balanced_accuracy.standard_error, alone.balanced_accuracy.standard_error, 1e-12);
  EXPECT_NEAR(doubled.auroc.standard_error, alone.auroc.standard_error, 1e-12);
}

std::vector<Prediction> predictions_of(const Sample& sample) {
  std::vector<Prediction> predictions;
  for (const double decision : sample.decisions) {
    predictions.push_back({decision, 1.0 / (1.0 + std::exp(-2.0 * decision))});
  }
  return predictions;
}

TEST(Evaluation, CountsTheConfusionAndTheMajority) {
  const auto sample = draw(4, 500, 0.4);
  const auto evaluation = evaluate(predictions_of(sample), sample.truth, sample.group_of, 1);
  std::size_t ones = 0;
  std::size_t hits = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    ones += sample.truth[i];
    hits += (sample.decisions[i] > 0.0) == (sample.truth[i] == 1) ? 1U : 0U;
  }
  EXPECT_EQ(evaluation.confusion.positives(), ones);
  EXPECT_NEAR(evaluation.accuracy.value, static_cast<double>(hits) / 500.0, 1e-12);
  EXPECT_NEAR(evaluation.majority.value, static_cast<double>(ones) / 500.0, 1e-12);
  EXPECT_NEAR(evaluation.balanced_accuracy.value, (evaluation.sensitivity.value + evaluation.specificity.value) / 2.0,
              1e-12);
  // The two classes' errors are independent here, so their variances add.
  const double error = std::hypot(evaluation.sensitivity.standard_error, evaluation.specificity.standard_error) / 2.0;
  EXPECT_NEAR(evaluation.balanced_accuracy.standard_error, error, 0.02 * error);
  EXPECT_FALSE(no_better_than_majority(evaluation.balanced_accuracy, evaluation.auroc));
}

TEST(Evaluation, NoiseIsNoBetterThanTheMajority) {
  std::size_t told = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto sample = draw(seed, 200, 0.0);
    const auto measures = evaluate_curve(sample.decisions, sample.decisions, sample.truth, sample.group_of);
    told += no_better_than_majority(measures.balanced_accuracy, measures.auroc) ? 1U : 0U;
  }
  EXPECT_GE(told, 95U);
}

/// So many of either class, of which the positive are higher by `shift` standard deviations.
Sample draw_classes(std::uint64_t seed, std::size_t negatives, std::size_t positives, double shift) {
  stats::Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < negatives + positives; ++i) {
    sample.truth.push_back(i < negatives ? 0 : 1);
    double normal = -6.0;  // the sum of twelve uniform numbers is nearly normal
    for (int k = 0; k < 12; ++k) normal += random.uniform();
    sample.decisions.push_back(normal + (i < negatives ? -0.5 : 0.5) * shift);
    sample.group_of.push_back(i);
  }
  return sample;
}

class Coverage : public testing::TestWithParam<std::size_t> {};

TEST_P(Coverage, HoldsWhereAClassIsSmall) {
  constexpr std::size_t kSamples = 400;
  const std::size_t items = GetParam();
  const double share = 0.5 * std::erfc(-0.5 / std::sqrt(2.0));  // beyond 0 of a normal with mean one half
  const double area = 0.5 * std::erfc(-0.5);                    // of a difference with mean 1 and variance 2
  std::size_t balanced_hits = 0;
  std::size_t area_hits = 0;
  std::size_t noise_better = 0;
  for (std::size_t seed = 1; seed <= kSamples; ++seed) {
    const auto holds = [](const Measure& measure, double truth) {
      return measure.interval.low <= truth && truth <= measure.interval.high;
    };
    const auto told = draw_classes(seed, items, 300, 1.0);
    const auto measures = evaluate_curve(told.decisions, told.decisions, told.truth, told.group_of);
    balanced_hits += holds(measures.balanced_accuracy, share) ? 1U : 0U;
    area_hits += holds(measures.auroc, area) ? 1U : 0U;
    const auto noise = draw_classes(seed, items, 300, 0.0);
    const auto none = evaluate_curve(noise.decisions, noise.decisions, noise.truth, noise.group_of);
    noise_better += no_better_than_majority(none.balanced_accuracy, none.auroc) ? 0U : 1U;
  }
  const auto of = [](std::size_t hits) { return static_cast<double>(hits) / kSamples; };
  EXPECT_GE(of(balanced_hits), 0.92);
  EXPECT_GE(of(area_hits), 0.9);
  EXPECT_LT(area_hits, kSamples);
  EXPECT_LE(of(noise_better), 0.04);
}

INSTANTIATE_TEST_SUITE_P(Of, Coverage, testing::Values(5, 10, 20, 50, 200),
                         [](const auto& one) { return std::to_string(one.param); });

TEST(Evaluation, WithoutAnErrorTheIntervalIsNotAPoint) {
  Sample sample = draw(5, 60, 0.0);
  for (std::size_t i = 0; i < sample.truth.size(); ++i) sample.decisions[i] = sample.truth[i] == 1 ? 1.0 : -1.0;
  const auto evaluation = evaluate(predictions_of(sample), sample.truth, sample.group_of, 1);
  for (const auto* measure : {&evaluation.accuracy, &evaluation.balanced_accuracy, &evaluation.auroc}) {
    EXPECT_NEAR(measure->value, 1.0, 1e-12);
    EXPECT_LT(measure->interval.low, 0.96);
    EXPECT_EQ(measure->interval.high, 1.0);
  }
  EXPECT_FALSE(evaluation.calibration_slope);
  // Nor in groups of both classes, whose rounding errors would hang together.
  for (auto& group : sample.group_of) group /= 3;
  const auto grouped = evaluate(predictions_of(sample), sample.truth, sample.group_of, 1);
  EXPECT_LT(grouped.balanced_accuracy.interval.low, evaluation.balanced_accuracy.interval.low);
}

}  // namespace
}  // namespace osler::capability
