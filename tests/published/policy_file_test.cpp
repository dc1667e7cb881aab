#include "osler/published/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace osler::published {
namespace {

using testing::HasSubstr;

std::string fault(const std::string& rule) {
  const auto policy = parse_policy("name: mine\nrules:\n  - {" + rule + "}\n", "mine.yaml");
  EXPECT_FALSE(policy.has_value()) << rule;
  return policy ? "" : policy.error().message();
}

TEST(PolicyFile, PercentagesBecomeShares) {
  const auto policy = parse_policy(
      "name: mine\nrules:\n  - {metric: coverage, risk: 5, at_least: 50, confidence: 90, stratum: reasoning, "
      "benchmarks: "
      "[\"slake*\"], human: somebody, citation: somewhere}\n",
      "mine.yaml");
  ASSERT_TRUE(policy.has_value()) << policy.error().message();
  const auto& rule = policy->rules.at(0);
  EXPECT_EQ(rule.metric, stats::PolicyMetric::coverage);
  EXPECT_DOUBLE_EQ(rule.risk, 0.05);
  EXPECT_DOUBLE_EQ(rule.at_least, 0.5);
  EXPECT_DOUBLE_EQ(rule.confidence, 0.9);
}

TEST(PolicyFile, AThresholdNeedsANumberAndAReference) {
  const std::string rest = ", human: none, citation: none";
  EXPECT_THAT(fault("metric: accuracy" + rest), HasSubstr("at_least"));
  EXPECT_THAT(fault("metric: accuracy, at_least: 90, citation: none"), HasSubstr("human"));
  EXPECT_THAT(fault("metric: accuracy, at_least: 190" + rest), HasSubstr("between 0 and 100"));
  EXPECT_THAT(fault("metric: accuracy, at_least: 90, confidence: 50" + rest), HasSubstr("confidence"));
  EXPECT_THAT(fault("metric: trust, at_least: 90" + rest), HasSubstr("accuracy or coverage"));
  EXPECT_THAT(fault("metric: accuracy, at_least: 90, stratum: hard" + rest), HasSubstr("stratum"));
  EXPECT_THAT(fault("metric: accuracy, at_least: 90, risk: 5" + rest), HasSubstr("risk"));
}

TEST(PolicyFile, ThoseThatTravelWithOslerAreWhole) {
  for (const auto& name : policy_names()) EXPECT_TRUE(find_policy(name).has_value()) << name;
  EXPECT_TRUE(find_policy("illustrative").has_value());
}

}  // namespace
}  // namespace osler::published
