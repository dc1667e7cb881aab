#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "osler/stats/clustered.h"
#include "osler/stats/critical.h"
#include "osler/stats/interval.h"
#include "osler/stats/paired.h"

// Held against scipy and statsmodels: make_reference.py says how the values were made.
namespace osler::stats {
namespace {

constexpr double kTolerance = 1e-11;

nlohmann::json reference(const char* table) {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/reference.json");
  return nlohmann::json::parse(file).at(table);
}

TEST(Reference, NormalCriticalValues) {
  for (const auto& row : reference("normal")) {
    EXPECT_NEAR(normal_critical(row["confidence"]), row["z"].get<double>(), kTolerance) << row;
  }
}

TEST(Reference, StudentCriticalValues) {
  for (const auto& row : reference("student")) {
    // One degree of freedom at 99.9% is 637: relative there.
    const double t = row["t"];
    EXPECT_NEAR(student_critical(row["confidence"], row["df"]) / t, 1.0, kTolerance) << row;
  }
}

TEST(Reference, WilsonIntervals) {
  const auto rows = reference("wilson");
  ASSERT_GT(rows.size(), 300u);
  for (const auto& row : rows) {
    const auto interval = wilson_interval(row["successes"], row["n"], row["confidence"]);
    EXPECT_NEAR(interval.low, row["low"].get<double>(), kTolerance) << row;
    EXPECT_NEAR(interval.high, row["high"].get<double>(), kTolerance) << row;
  }
}

TEST(Reference, ClusteredErrors) {
  const auto rows = reference("clustered");
  ASSERT_GE(rows.size(), 45u);
  for (const auto& row : rows) {
    const auto scores = row["scores"].get<std::vector<double>>();
    const auto clusters = row["clusters"].get<std::vector<std::size_t>>();
    const auto error = clustered_error(scores, clusters, row["confidence"]);
    ASSERT_TRUE(error) << row;
    const double count = static_cast<double>(error->clusters);
    EXPECT_NEAR(error->mean, row["mean"].get<double>(), kTolerance) << row;
    EXPECT_NEAR(error->standard_error, row["standard_error"].get<double>(), kTolerance) << row;
    EXPECT_NEAR(error->standard_error * std::sqrt((count - 1.0) / count),
                row["standard_error_uncorrected"].get<double>(), kTolerance)
        << row;
    EXPECT_NEAR(error->interval.low, row["low"].get<double>(), kTolerance) << row;
    EXPECT_NEAR(error->interval.high, row["high"].get<double>(), kTolerance) << row;
  }
}

TEST(Reference, McNemarMidP) {
  const auto rows = reference("mcnemar");
  ASSERT_GE(rows.size(), 10u);
  for (const auto& row : rows) {
    const double p = row["p"];
    EXPECT_NEAR(mcnemar_mid_p(row["only_first"], row["only_second"]), p, 1e-11 + 1e-9 * p) << row;
  }
}

TEST(Reference, PairedDifferences) {
  const auto rows = reference("paired");
  ASSERT_GE(rows.size(), 4u);
  for (const auto& row : rows) {
    const std::vector<double> first = row["first"];
    const std::vector<double> second = row["second"];
    const std::vector<std::size_t> cluster_of = row["cluster_of"];
    const auto found = paired_difference(first, second, cluster_of, 0.95);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->difference, row["difference"].get<double>(), kTolerance);
    EXPECT_NEAR(found->standard_error, row["standard_error"].get<double>(), kTolerance);
    EXPECT_NEAR(found->p, row["p"].get<double>(), 1e-9);
  }
}

}  // namespace
}  // namespace osler::stats
