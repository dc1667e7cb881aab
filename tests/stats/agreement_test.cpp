#include "osler/stats/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace osler::stats {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kTolerance = 1e-9;

nlohmann::json reference() {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/stats/agreement_reference.json");
  return nlohmann::json::parse(file).at("rows");
}

Confusion table_of(const nlohmann::json& row) { return {row["tp"], row["fp"], row["fn"], row["tn"]}; }

void expect_interval(const Interval& interval, double low, double high, const nlohmann::json& row) {
  EXPECT_NEAR(interval.low, low, kTolerance) << row;
  EXPECT_NEAR(interval.high, high, kTolerance) << row;
}

// make_agreement_reference.py says how the values were made.
TEST(AgreementReference, SharesAndTheirIntervals) {
  const auto rows = reference();
  ASSERT_GT(rows.size(), 40u);
  for (const auto& row : rows) {
    const Confusion table = table_of(row);
    expect_interval(sensitivity(table, kConfidence).interval, row["sensitivity"][0], row["sensitivity"][1], row);
    expect_interval(specificity(table, kConfidence).interval, row["specificity"][0], row["specificity"][1], row);
    expect_interval(agreement(table, kConfidence).interval, row["agreement"][0], row["agreement"][1], row);
  }
}

TEST(AgreementReference, Kappa) {
  for (const auto& row : reference()) {
    const auto kappa = cohens_kappa(table_of(row), kConfidence);
    ASSERT_EQ(kappa.has_value(), !row["kappa"].is_null()) << row;
    if (!kappa) continue;
    EXPECT_NEAR(kappa->value, row["kappa"]["value"].get<double>(), kTolerance) << row;
    // The square root of what rounding leaves of 0 is not so small.
    EXPECT_NEAR(kappa->standard_error, row["kappa"]["standard_error"].get<double>(), 1e-7) << row;
    ASSERT_EQ(kappa->interval.has_value(), kappa->standard_error > 0.0) << row;
    if (!kappa->interval) continue;
    EXPECT_NEAR(kappa->interval->low, row["kappa"]["low"].get<double>(), 1e-7) << row;
    EXPECT_NEAR(kappa->interval->high, row["kappa"]["high"].get<double>(), 1e-7) << row;
  }
}

TEST(AgreementReference, CorrectedShares) {
  std::size_t undefined = 0;
  for (const auto& row : reference()) {
    const auto found = corrected_share(row["positives"], row["n"], table_of(row), kConfidence);
    ASSERT_EQ(found.has_value(), !row["corrected"].is_null()) << row;
    if (!found) {
      ++undefined;
      continue;
    }
    EXPECT_NEAR(found->value, row["corrected"]["value"].get<double>(), kTolerance) << row;
    expect_interval(found->interval, row["corrected"]["low"], row["corrected"]["high"], row);
  }
  EXPECT_GE(undefined, 5u);
}

// Cohen's kappa by hand: po = 35/50, the margins 25/50 and 30/50, pe = 0.5, kappa = 0.4. Of the variance the first two
// sums are 0.4 (1 - 1.1 * 0.6)^2 + 0.3 (1 - 0.9 * 0.6)^2 = 0.10972 and 0.36 (0.1 * 1.1^2 + 0.2 * 0.9^2) = 0.10188, and
// what is taken away is (0.4 - 0.3)^2 = 0.01.
TEST(Agreement, KappaByHand) {
  const auto kappa = cohens_kappa({20, 5, 10, 15}, kConfidence);
  ASSERT_TRUE(kappa);
  EXPECT_NEAR(kappa->value, 0.4, 1e-12);
  EXPECT_NEAR(kappa->standard_error, std::sqrt((0.10972 + 0.10188 - 0.01) / 50.0) / 0.5, 1e-12);
}

// Se = 9/10, Sp = 8/10, apparent 62/100: (0.62 + 0.8 - 1) / (0.9 + 0.8 - 1) = 0.6.
TEST(Agreement, CorrectedShareByHand) {
  const Confusion table{9, 2, 1, 8};
  EXPECT_DOUBLE_EQ(*sensitivity(table, kConfidence).value, 0.9);
  EXPECT_DOUBLE_EQ(*specificity(table, kConfidence).value, 0.8);
  EXPECT_DOUBLE_EQ(*agreement(table, kConfidence).value, 0.85);
  const auto found = corrected_share(62, 100, table, kConfidence);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 0.6, 1e-12);
}

TEST(Agreement, AddCountsByWhoSaidWhat) {
  Confusion table;
  table.add(true, true);
  for (int i = 0; i < 2; ++i) table.add(true, false);
  for (int i = 0; i < 3; ++i) table.add(false, true);
  for (int i = 0; i < 4; ++i) table.add(false, false);
  EXPECT_EQ(table.true_positives, 1u);
  EXPECT_EQ(table.false_positives, 2u);
  EXPECT_EQ(table.false_negatives, 3u);
  EXPECT_EQ(table.true_negatives, 4u);
  EXPECT_EQ(table.n(), 10u);
}

TEST(Agreement, WithoutItemsNothingIsKnown) {
  const auto nothing = sensitivity({}, kConfidence);
  EXPECT_FALSE(nothing.value);
  EXPECT_EQ(nothing.interval.low, 0.0);
  EXPECT_EQ(nothing.interval.high, 1.0);
  EXPECT_FALSE(cohens_kappa({}, kConfidence));
  EXPECT_FALSE(corrected_share(3, 10, {}, kConfidence));
}

TEST(Agreement, AJudgeNoBetterThanACoinCorrectsNothing) {
  EXPECT_FALSE(corrected_share(3, 10, {1, 1, 2, 2}, kConfidence)) << "Se 1/3, Sp 2/3, which do not sum to 1 in binary";
  EXPECT_FALSE(corrected_share(3, 10, {1, 3, 2, 1}, kConfidence));
  EXPECT_FALSE(corrected_share(3, 10, {5, 0, 0, 0}, kConfidence)) << "the specificity is not known";
  EXPECT_FALSE(corrected_share(0, 0, {5, 0, 0, 5}, kConfidence));
}

class RandomTables : public testing::Test {
 protected:
  Confusion next() {
    std::uniform_int_distribution<std::size_t> cell(0, 60);
    return {cell(random_), cell(random_), cell(random_), cell(random_)};
  }
  std::mt19937 random_{7};
};

TEST_F(RandomTables, IntervalsStayWithinTheirBounds) {
  for (int round = 0; round < 500; ++round) {
    const Confusion table = next();
    if (const auto kappa = cohens_kappa(table, kConfidence)) {
      const auto interval = kappa->interval.value_or(Interval{kappa->value, kappa->value});
      EXPECT_TRUE(-1.0 <= interval.low && interval.low <= kappa->value);
      EXPECT_TRUE(kappa->value <= interval.high && interval.high <= 1.0);
    }
    if (const auto found = corrected_share(static_cast<std::size_t>(round), 500, table, kConfidence)) {
      EXPECT_TRUE(0.0 <= found->interval.low && found->interval.low <= found->interval.high);
      EXPECT_TRUE(found->interval.high <= 1.0 && 0.0 <= found->value && found->value <= 1.0);
    }
  }
}

TEST_F(RandomTables, APerfectJudgeNeedsNoCorrection) {
  for (std::size_t positives = 0; positives <= 200; ++positives) {
    const auto found = corrected_share(positives, 200, {30, 0, 0, 25}, kConfidence);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->value, static_cast<double>(positives) / 200.0, 1e-12);
  }
}

TEST_F(RandomTables, KappaIsTheSameWhoeverIsCalledTheReferenceAndWhicheverVerdictPositive) {
  for (int round = 0; round < 200; ++round) {
    const Confusion table = next();
    const auto kappa = cohens_kappa(table, kConfidence);
    if (!kappa) continue;
    const auto turned = cohens_kappa(
        {table.true_positives, table.false_negatives, table.false_positives, table.true_negatives}, kConfidence);
    const auto renamed = cohens_kappa(
        {table.true_negatives, table.false_negatives, table.false_positives, table.true_positives}, kConfidence);
    EXPECT_NEAR(turned->value, kappa->value, 1e-12);
    EXPECT_NEAR(turned->standard_error, kappa->standard_error, 1e-9);
    EXPECT_NEAR(renamed->value, kappa->value, 1e-12);
    EXPECT_NEAR(renamed->standard_error, kappa->standard_error, 1e-9);
  }
}

TEST_F(RandomTables, MoreHumanVerdictsNarrowTheCorrectedInterval) {
  const auto few = corrected_share(120, 200, {9, 1, 1, 9}, kConfidence);
  const auto many = corrected_share(120, 200, {900, 100, 100, 900}, kConfidence);
  ASSERT_TRUE(few && many);
  EXPECT_NEAR(few->value, many->value, 1e-12);
  EXPECT_LT(many->interval.high - many->interval.low, few->interval.high - few->interval.low);
}

TEST_F(RandomTables, TheCorrectedIntervalCoversTheTruth) {
  constexpr double kTruth = 0.4;
  constexpr double kSe = 0.9;
  constexpr double kSp = 0.8;
  std::binomial_distribution<std::size_t> positives(300, kTruth * kSe + (1.0 - kTruth) * (1.0 - kSp));
  std::binomial_distribution<std::size_t> hits(40, kSe);
  std::binomial_distribution<std::size_t> rejections(40, kSp);
  int covered = 0;
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t right = hits(random_);
    const std::size_t refused = rejections(random_);
    const auto found =
        corrected_share(positives(random_), 300, {right, 40 - refused, 40 - right, refused}, kConfidence);
    ASSERT_TRUE(found);
    covered += found->interval.low <= kTruth && kTruth <= found->interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, kRounds * 94 / 100);
}

}  // namespace
}  // namespace osler::stats
