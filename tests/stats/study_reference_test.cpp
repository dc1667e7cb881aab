#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "osler/stats/bootstrap.h"
#include "osler/stats/calibration.h"
#include "osler/stats/heterogeneity.h"
#include "osler/stats/paired.h"
#include "osler/stats/permutation.h"
#include "osler/stats/selective.h"

// Held against numpy, scipy and statsmodels: make_study_reference.py says how the values were made.
namespace osler::stats {
namespace {

constexpr double kTolerance = 1e-10;

nlohmann::json reference(const char* table) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/study_reference.json");
  return nlohmann::json::parse(file).at(table);
}

std::vector<double> numbers(const nlohmann::json& list) { return list.get<std::vector<double>>(); }
std::vector<std::size_t> names(const nlohmann::json& list) { return list.get<std::vector<std::size_t>>(); }

TEST(StudyReference, TheClusterBootstrapsBcaInterval) {
  for (const auto& row : reference("bootstrap")) {
    const auto shapes = cluster_shapes(numbers(row["scores"]), names(row["clusters"]));
    const auto found = bootstrap_mean(shapes, {.replicates = 200'000, .seed = 7});
    ASSERT_TRUE(found);
    const double width = row["high"].get<double>() - row["low"].get<double>();
    EXPECT_NEAR(found->mean, row["mean"].get<double>(), kTolerance);
    EXPECT_NEAR(found->standard_error / row["standard_error"].get<double>(), 1.0, 0.01);
    EXPECT_NEAR(found->interval.low, row["low"].get<double>(), 0.01 * width);
    EXPECT_NEAR(found->interval.high, row["high"].get<double>(), 0.01 * width);
  }
}

TEST(StudyReference, TheSignFlipTestByEnumeration) {
  for (const auto& row : reference("sign_flip")) {
    EXPECT_NEAR(sign_flip_p(numbers(row["differences"]), names(row["clusters"]), {}), row["p"].get<double>(),
                kTolerance)
        << row;
  }
}

TEST(StudyReference, BenjaminiAndHochberg) {
  for (const auto& row : reference("benjamini_hochberg")) {
    const auto adjusted = benjamini_hochberg_adjusted(numbers(row["p"]));
    const auto expected = numbers(row["adjusted"]);
    ASSERT_EQ(adjusted.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], kTolerance);
  }
}

TEST(StudyReference, SpreadBetweenBenchmarks) {
  for (const auto& row : reference("heterogeneity")) {
    const auto found = heterogeneity(numbers(row["values"]), numbers(row["errors"]), 0.95);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->spread, row["spread"].get<double>(), 1e-7) << row;
    EXPECT_NEAR(found->interval.low, row["low"].get<double>(), 1e-7) << row;
    EXPECT_NEAR(found->interval.high, row["high"].get<double>(), 1e-7) << row;
    EXPECT_NEAR(found->q, row["q"].get<double>(), 1e-8) << row;
    EXPECT_NEAR(found->p, row["p"].get<double>(), kTolerance) << row;
    EXPECT_NEAR(spread_p(numbers(row["values"]), numbers(row["errors"]), 0.05), row["p_at_5_points"].get<double>(),
                kTolerance)
        << row;
  }
}

TEST(StudyReference, CalibrationAndSelection) {
  for (const auto& row : reference("calibration")) {
    const auto confidence = numbers(row["confidence"]);
    const auto correct = numbers(row["correct"]);
    const auto error = calibration_error(confidence, correct, 15);
    const auto brier = brier_score(confidence, correct, 15);
    ASSERT_TRUE(error && brier);
    EXPECT_NEAR(error->ece, row["ece"].get<double>(), kTolerance);
    EXPECT_NEAR(error->debiased, row["debiased"].get<double>(), kTolerance);
    EXPECT_NEAR(brier->score, row["brier"].get<double>(), kTolerance);
    EXPECT_NEAR(brier->reliability, row["reliability"].get<double>(), kTolerance);
    EXPECT_NEAR(brier->resolution, row["resolution"].get<double>(), kTolerance);
    EXPECT_NEAR(brier->uncertainty, row["uncertainty"].get<double>(), kTolerance);
    EXPECT_NEAR(brier->reliability - brier->resolution + brier->uncertainty + brier->within, brier->score, kTolerance)
        << "the parts make the whole";
    EXPECT_NEAR(*fit_temperature(confidence, correct, numbers(row["chance"])), row["temperature"].get<double>(), 1e-4);
    EXPECT_NEAR(*area_under_risk(confidence, correct), row["area_under_risk"].get<double>(), kTolerance);
  }
}

}  // namespace
}  // namespace osler::stats
