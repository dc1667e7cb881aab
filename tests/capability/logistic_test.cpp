#include "osler/capability/logistic.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "simulated.h"

namespace osler::capability {
namespace {

using test::Simulated;

std::vector<std::size_t> all_rows(const Features& features) {
  std::vector<std::size_t> rows(features.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

/// The length of the objective's gradient at a model, as the formula in the header has it, over that at zero.
double relative_gradient(const Simulated& world, const Preprocessing& preprocessing, const LinearModel& model,
                         double penalty) {
  const double n = static_cast<double>(world.data.truth.size());
  const double ones = std::accumulate(world.data.truth.begin(), world.data.truth.end(), 0.0);
  const std::size_t columns = preprocessing.columns();
  std::vector<double> gradient(model.weights);
  gradient.push_back(model.offset);
  std::vector<double> at_zero(columns + 1);
  std::vector<Term> terms;
  for (std::size_t i = 0; i < world.data.truth.size(); ++i) {
    preprocessing.apply(world.features, i, terms);
    const double truth = world.data.truth[i];
    const double weight = penalty * (truth > 0.5 ? n / (2.0 * ones) : n / (2.0 * (n - ones)));
    const double residual = 1.0 / (1.0 + std::exp(-model.decision(terms))) - truth;
    for (const auto& term : terms) {
      gradient[term.column] += weight * residual * static_cast<double>(term.value);
      at_zero[term.column] += weight * (0.5 - truth) * static_cast<double>(term.value);
    }
    gradient[columns] += weight * residual;
    at_zero[columns] += weight * (0.5 - truth);
  }
  const auto length = [](const std::vector<double>& vector) {
    return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
  };
  return length(gradient) / length(at_zero);
}

TEST(Logistic, EveryPenaltyIsAtTheMinimumOfItsObjective) {
  const Simulated world(400, 0.6, 3);
  const auto rows = all_rows(world.features);
  const auto preprocessing = Preprocessing::fit(world.features, rows);
  const DesignMatrix matrix(world.features, rows, preprocessing);
  const std::array<double, 4> penalties{0.1, 1.0, 10.0, 100.0};
  const auto path = fit_path(matrix, world.data.truth, penalties);
  ASSERT_EQ(path.size(), penalties.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    EXPECT_LT(relative_gradient(world, preprocessing, path[i], penalties.at(i)), 0.01) << penalties.at(i);
  }
  // The stronger the regularisation, the shorter the weights.
  for (std::size_t i = 1; i < path.size(); ++i) {
    const auto squares = [](const LinearModel& model) {
      return std::inner_product(model.weights.begin(), model.weights.end(), model.weights.begin(), 0.0);
    };
    EXPECT_GT(squares(path[i]), squares(path[i - 1]));
  }
}

TEST(Logistic, SaysOneAboveZeroWhicheverClassComesFirst) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    const Simulated world(300, 2.0, seed);
    const auto rows = all_rows(world.features);
    const auto preprocessing = Preprocessing::fit(world.features, rows);
    const DesignMatrix matrix(world.features, rows, preprocessing);
    const std::array<double, 1> penalty{10.0};
    const auto model = fit_path(matrix, world.data.truth, penalty).front();
    EXPECT_GT(model.weights.front(), 0.0) << seed;
  }
}

TEST(Platt, FindsTheScaleThatMadeTheLabels) {
  stats::Random random(5);
  std::vector<double> decisions;
  std::vector<std::uint8_t> truth;
  for (std::size_t i = 0; i < 20'000; ++i) {
    decisions.push_back(6.0 * random.uniform() - 3.0);
    const double p = 1.0 / (1.0 + std::exp(-(0.7 * decisions.back() + 1.2)));
    truth.push_back(random.uniform() < p ? 1 : 0);
  }
  const auto scale = fit_platt(decisions, truth);
  EXPECT_NEAR(scale.slope, 0.7, 0.05);
  EXPECT_NEAR(scale.offset, 1.2, 0.06);
  EXPECT_NEAR(scale.probability(0.0), 1.0 / (1.0 + std::exp(-scale.offset)), 1e-12);
}

TEST(Platt, DecisionsWorseThanNoneGiveTheClassesFrequency) {
  const std::vector<double> decisions{2.0, 1.5, 1.0, -1.0, -1.5, -2.0};
  const std::vector<std::uint8_t> truth{0, 0, 0, 1, 1, 1};
  const auto scale = fit_platt(decisions, truth);
  EXPECT_EQ(scale.slope, 0.0);
  EXPECT_NEAR(scale.probability(2.0), 0.5, 1e-12);
}

TEST(Line, OfCalibratedLogOddsIsOneWithItsError) {
  stats::Random random(8);
  std::size_t covered = 0;
  for (std::size_t world = 0; world < 200; ++world) {
    std::vector<double> x;
    std::vector<std::uint8_t> truth;
    std::vector<std::size_t> cluster_of;
    for (std::size_t i = 0; i < 300; ++i) {
      x.push_back(4.0 * random.uniform() - 2.0);
      truth.push_back(random.uniform() < 1.0 / (1.0 + std::exp(-x.back())) ? 1 : 0);
      cluster_of.push_back(i);
    }
    const auto line = fit_line(x, truth, cluster_of);
    ASSERT_TRUE(line);
    covered += std::abs(line->slope - 1.0) <= 1.96 * line->slope_error ? 1U : 0U;
  }
  EXPECT_GE(covered, 180U);
  EXPECT_LT(covered, 200U);
}

TEST(Line, IsNoneWhereXPartsTheTruths) {
  const std::vector<double> x{-2.0, -1.0, 1.0, 2.0};
  const std::vector<std::uint8_t> truth{0, 0, 1, 1};
  const std::vector<std::size_t> cluster_of{0, 1, 2, 3};
  EXPECT_FALSE(fit_line(x, truth, cluster_of));
}

}  // namespace
}  // namespace osler::capability
