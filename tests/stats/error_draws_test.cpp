#include "osler/stats/error_draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace osler::stats {
namespace {

// make_error_reference.py says how the values were made; 4,000 draws know a percentile less well than its million.
TEST(ErrorsOfSample, AreThoseOfAnIndependentImplementation) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/error_reference.json");
  const auto reference = nlohmann::json::parse(file);
  ASSERT_EQ(reference["cases"].size(), 5U);
  for (const auto& one : reference["cases"]) {
    std::vector<CheckedStratum> strata;
    for (const auto& stratum : one["strata"]) strata.push_back({stratum[0] == 1, stratum[1], stratum[2], stratum[3]});
    const auto found = errors_of_sample(strata, reference["confidence"]);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->errors.sensitivity, one["values"][0].get<double>(), 1e-12) << one["name"];
    EXPECT_NEAR(found->errors.specificity, one["values"][1].get<double>(), 1e-12) << one["name"];
    EXPECT_NEAR(found->errors.correlation, one["correlation"].get<double>(), 0.06) << one["name"];
    const auto expect = [&](const Interval& interval, const char* name) {
      const double tolerance = 0.15 * one["deviations"][name].get<double>() + 0.001;
      EXPECT_NEAR(interval.low, one["intervals"][name][0].get<double>(), tolerance) << one["name"] << ' ' << name;
      EXPECT_NEAR(interval.high, one["intervals"][name][1].get<double>(), tolerance) << one["name"] << ' ' << name;
    };
    expect(found->sensitivity, "sensitivity");
    expect(found->specificity, "specificity");
    expect(found->balanced, "balanced");
    const double deviation = one["deviations"]["balanced"];
    EXPECT_NEAR(found->balanced_error, deviation, 0.05 * deviation) << one["name"];
  }
}

/// With as many items in both strata, of which nearly none was checked, both shares together give the strata's back.
TEST(ErrorDraws, ComeFromBetaDistributions) {
  const std::vector<CheckedStratum> strata{{true, 1e6, 20.0, 15.0}, {false, 1e6, 30.0, 3.0}};
  Normals normal{Random(7)};
  constexpr std::size_t kDraws = 20000;
  double sum[2] = {};
  double squares[2] = {};
  for (std::size_t i = 0; i < kDraws; ++i) {
    const auto [sensitivity, specificity] = draw_errors(strata, normal);
    const double odds = sensitivity / (1.0 - sensitivity);
    const double second = (2.0 * specificity - 1.0) / (specificity * (odds + 1.0) - 1.0);
    const double shares[2] = {second * odds, second};
    for (std::size_t k = 0; k < 2; ++k) {
      sum[k] += shares[k] / kDraws;
      squares[k] += shares[k] * shares[k] / kDraws;
    }
  }
  for (std::size_t k = 0; k < 2; ++k) {
    const double a = strata[k].positive + 1.0 / 3.0;
    const double b = strata[k].checked - strata[k].positive + 1.0 / 3.0;
    const double variance = a * b / ((a + b) * (a + b) * (a + b + 1.0));
    EXPECT_NEAR(sum[k], a / (a + b), 4.0 * std::sqrt(variance / kDraws));
    EXPECT_NEAR(squares[k] - sum[k] * sum[k], variance, 0.05 * variance);
  }
}

TEST(ErrorDraws, WhatWasCheckedWholeDoesNotVary) {
  const std::vector<CheckedStratum> strata{{true, 40.0, 40.0, 31.0}, {false, 60.0, 60.0, 12.0}};
  Normals normal{Random(1)};
  for (int i = 0; i < 100; ++i) {
    const auto [sensitivity, specificity] = draw_errors(strata, normal);
    EXPECT_EQ(sensitivity, 31.0 / 43.0);
    EXPECT_EQ(specificity, 48.0 / 57.0);
  }
  const auto found = errors_of_sample(strata, 0.95);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sensitivity.low, found->sensitivity.high);
  EXPECT_NEAR(found->balanced_error, 0.0, 1e-12);
  EXPECT_EQ(found->errors.sensitivity_trials, 1e6);
}

TEST(ErrorDraws, StayWithinWhatTheUncheckedItemsCanBe) {
  const std::vector<CheckedStratum> strata{{true, 12.0, 10.0, 5.0}, {false, 20.0, 20.0, 5.0}};
  Normals normal{Random(3)};
  bool seen[3] = {};
  for (int i = 0; i < 1000; ++i) {
    const double sensitivity = draw_errors(strata, normal).sensitivity;
    std::size_t extra = 3;
    for (std::size_t k = 0; k < 3; ++k) {
      const double positive = 5.0 + static_cast<double>(k);
      if (std::abs(sensitivity - positive / (positive + 5.0)) < 1e-12) extra = k;
    }
    ASSERT_LT(extra, 3U) << sensitivity;
    seen[extra] = true;
  }
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
}

TEST(ErrorsOfSample, NeedBothClasses) {
  EXPECT_FALSE(errors_of_sample({}, 0.95));
  EXPECT_FALSE(errors_of_sample({{true, 100.0, 10.0, 10.0}, {false, 100.0, 10.0, 10.0}}, 0.95));
  EXPECT_FALSE(errors_of_sample({{true, 100.0, 10.0, 0.0}, {false, 100.0, 10.0, 0.0}}, 0.95));
  EXPECT_TRUE(errors_of_sample({{true, 100.0, 10.0, 1.0}, {false, 100.0, 10.0, 0.0}}, 0.95));
}

}  // namespace
}  // namespace osler::stats
