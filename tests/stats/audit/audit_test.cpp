#include "osler/stats/audit/audit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace osler::audit {
namespace {

/// Two parts of one benchmark and all of it, for models that got so many of the parts right.
Table table_of(std::uint64_t first_n, std::uint64_t second_n,
               const std::vector<std::pair<std::uint64_t, std::uint64_t>>& right) {
  Table table{.benchmarks = {"b"}, .strata = {"overall", "first", "second"}};
  const auto cell = [&](std::size_t stratum, std::uint64_t k, std::uint64_t n) {
    const auto units = (2 * k * 10'000 + n) / (2 * n);
    table.cells.push_back({table.models.size(), 0, stratum, {static_cast<std::int64_t>(units), 4}, {}});
  };
  for (const auto& [first, second] : right) {
    cell(0, first + second, first_n + second_n);
    cell(1, first, first_n);
    cell(2, second, second_n);
    table.models.push_back("m" + std::to_string(table.models.size()));
  }
  return table;
}

TEST(Audit, ATableOfRealCountsHoldsInEveryCheck) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 50; ++trial) {
    const std::uint64_t first = 20 + random() % 300;
    const std::uint64_t second = 20 + random() % 300;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> right;
    for (int model = 0; model < 8; ++model) right.emplace_back(random() % (first + 1), random() % (second + 1));
    const std::vector<KnownSize> given{
        {0, 0, first + second, "", true}, {0, 1, first, "", true}, {0, 2, second, "", true}};
    const auto audit = audit_table(table_of(first, second, right), given, {});
    ASSERT_TRUE(audit);
    ASSERT_EQ(audit->grim.size(), 24U);
    for (const auto& check : audit->grim) EXPECT_TRUE(check.found.rounded());
    for (const auto& check : audit->ranges) EXPECT_TRUE(check.holds);
    for (const auto& check : audit->shares) EXPECT_TRUE(check.holds()) << check.most << " of " << check.cells;
    ASSERT_EQ(audit->weighted.size(), 8U);
    for (const auto& check : audit->weighted) EXPECT_TRUE(check.holds);
    for (const auto& check : audit->orders) EXPECT_TRUE(check.impossible.empty());
  }
}

TEST(Audit, TheNumberOfItemsIsFoundWithoutBeingTold) {
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> right{{120, 30}, {133, 21}, {129, 40}, {137, 19},
                                                                   {139, 22}, {134, 11}, {148, 31}, {110, 44}};
  const auto table = table_of(206, 45, right);
  const Grid grid(table);
  const auto columns = infer_sizes(grid, std::vector<KnownSize>{{0, 0, 251, "known", false}, {0, 0, 272, "", false}});
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].taken->name, "known");
  EXPECT_EQ(columns[0].taken->rounded, 8U);
  EXPECT_EQ(columns[1].taken->n, 206U);
  EXPECT_EQ(columns[2].taken->n, 45U);
}

TEST(Audit, ATablesOwnNumberOfItemsGoesBeforeWhatTheCardsKnow) {
  auto table = table_of(206, 45, {{120, 30}, {133, 21}, {129, 40}, {137, 19}});
  for (auto& cell : table.cells) cell.n = cell.stratum == 0 ? 251 : 206;
  table.cells.back().n = 207;  // of a part: not one number for the column
  const auto columns = infer_sizes(Grid(table), std::vector<KnownSize>{{0, 0, 502, "known", false}});
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].taken->n, 251U);
  EXPECT_EQ(columns[0].taken->rounded, 4U);
  EXPECT_TRUE(columns[0].given);
  EXPECT_FALSE(columns[2].given);
}

TEST(Audit, AKnownNumberThatFewValuesFitIsNotTaken) {
  // Two of twenty values of six decimals are shares of 34 = 2 * 17, which chance would make of none.
  Table table{.benchmarks = {"b"}, .strata = {"overall"}};
  for (std::size_t model = 0; model < 20; ++model) {
    const std::int64_t units = model < 2 ? 294'118 + 58'823 * static_cast<std::int64_t>(model) : 500'001;
    table.cells.push_back({model, 0, 0, {units, 6}, {}});
    table.models.push_back("m" + std::to_string(model));
  }
  const auto columns = infer_sizes(Grid(table), std::vector<KnownSize>{{0, 0, 34, "known", false}}, 100);
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].known.at(0).rounded, 2U);
  EXPECT_LT(columns[0].known.at(0).p, 0.001);
  EXPECT_FALSE(columns[0].taken);
}

TEST(Audit, AnOverallBeyondItsPartsIsImpossibleAndOneAtTheEdgeOfRoundingIsNot) {
  Table table{.models = {"beyond", "edge"}, .benchmarks = {"b"}, .strata = {"overall", "x", "y"}};
  const auto add = [&](std::size_t model, std::int64_t all, std::int64_t x, std::int64_t y) {
    table.cells.push_back({model, 0, 0, {all, 3}, {}});
    table.cells.push_back({model, 0, 1, {x, 3}, {}});
    table.cells.push_back({model, 0, 2, {y, 3}, {}});
  };
  add(0, 502, 400, 500);
  add(1, 501, 400, 500);
  const auto checks = check_ranges(Grid(table));
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_FALSE(checks[0].holds);
  EXPECT_TRUE(checks[1].holds);
}

TEST(Audit, AModelThatIsBetterOnEveryPartCannotBeWorseOverall) {
  Table table{.models = {"a", "b"}, .benchmarks = {"b"}, .strata = {"overall", "x", "y"}};
  const std::vector<std::vector<std::int64_t>> values{{600, 500, 700}, {580, 510, 710}};
  for (std::size_t model = 0; model < 2; ++model) {
    for (std::size_t stratum = 0; stratum < 3; ++stratum) {
      table.cells.push_back({model, 0, stratum, {values[model][stratum], 3}, {}});
    }
  }
  const auto checks = check_orders(Grid(table));
  ASSERT_EQ(checks.size(), 1U);
  ASSERT_EQ(checks[0].impossible.size(), 1U);
  EXPECT_EQ(checks[0].impossible[0].better, 0U);
  EXPECT_EQ(checks[0].impossible[0].worse, 1U);
}

TEST(Audit, AverageColumnsTellWhatTheyAverage) {
  Table table{.models = {"a", "b", "c"}, .benchmarks = {"x", "y", "z"}, .strata = {"overall"}};
  const std::vector<std::vector<std::int64_t>> values{{500, 600, 100}, {400, 300, 900}, {250, 350, 450}};
  AverageColumn average{.name = "Avg"};
  for (std::size_t model = 0; model < 3; ++model) {
    for (std::size_t b = 0; b < 3; ++b) table.cells.push_back({model, b, 0, {values[model][b], 3}, {}});
    average.values.emplace_back(Printed{(values[model][0] + values[model][1]) / 2, 3});
  }
  table.averages.push_back(average);
  auto checks = check_averages(Grid(table), {});
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].left_out, std::vector<std::size_t>{2});
  EXPECT_EQ(checks[0].fitting, 3U);

  table.averages[0].values[1] = Printed{950, 3};
  checks = check_averages(Grid(table), {});
  EXPECT_EQ(checks[0].fitting, 2U);
  EXPECT_FALSE(checks[0].rows[1].holds);
  EXPECT_FALSE(checks[0].rows[1].in_range);
}

TEST(Audit, AnAverageWeightedByTheItemsIsKnownAsThat) {
  Table table{.models = {"a", "b", "c"}, .benchmarks = {"x", "y"}, .strata = {"overall"}};
  AverageColumn average{.name = "Avg"};
  const std::vector<std::vector<std::int64_t>> values{{500, 900}, {200, 600}, {700, 100}};
  for (std::size_t model = 0; model < 3; ++model) {
    for (std::size_t b = 0; b < 2; ++b) table.cells.push_back({model, b, 0, {values[model][b], 3}, {}});
    average.values.emplace_back(Printed{(3 * values[model][0] + values[model][1]) / 4, 3});
  }
  average.values[2] = Printed{999, 3};
  table.averages.push_back(average);
  const Grid grid(table);
  const std::vector<KnownSize> given{{0, 0, 300, "", true}, {1, 0, 100, "", true}};
  const auto checks = check_averages(grid, infer_sizes(grid, given, 1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_TRUE(checks[0].weighted);
  EXPECT_EQ(checks[0].fitting, 2U);
  EXPECT_DOUBLE_EQ(checks[0].rows[0].mean, 0.6);
  EXPECT_FALSE(checks[0].rows[2].holds);
  EXPECT_FALSE(check_averages(grid, {})[0].weighted) << "without n there are no weights";
}

TEST(Audit, ClaimsAreCountedOnBothSides) {
  const auto table = table_of(100, 100, {{10, 20}, {30, 20}, {40, 40}, {50, 60}});
  const Grid grid(table);
  const auto claim = parse_claim("second > first");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->lower, "first");
  const auto check = check_claim(grid, *claim);
  ASSERT_TRUE(check);
  EXPECT_EQ(check->holds, 2U);
  EXPECT_EQ(check->reversed, 1U);
  EXPECT_EQ(check->equal, 1U);
  EXPECT_NEAR(check->mean_difference, 0.025, 1e-12);
  EXPECT_TRUE(check_claim(grid, *parse_claim("m0 < m1")));
  EXPECT_FALSE(check_claim(grid, *parse_claim("m0 < nobody")));
  for (const char* text : {"", "a", "<", "a <", "a < b < c", "a < a"}) EXPECT_FALSE(parse_claim(text)) << text;
}

TEST(Audit, IntervalsAndPairsNeedANumberOfItems) {
  const auto table = table_of(100, 100, {{50, 52}, {52, 55}, {90, 95}});
  const Grid grid(table);
  const std::vector<KnownSize> given{{0, 0, 200, "", true}};
  const auto columns = infer_sizes(grid, given, 1);
  const auto intervals = implied_intervals(table, columns);
  ASSERT_EQ(intervals.size(), 3U);
  EXPECT_LT(intervals[0].interval.low, 0.51);
  EXPECT_GT(intervals[0].interval.high, 0.51);
  const auto close = close_pairs(grid, columns);
  ASSERT_EQ(close.size(), 1U);
  EXPECT_EQ(close[0].pairs, 3U);
  EXPECT_EQ(close[0].close, 1U);
}

}  // namespace
}  // namespace osler::audit
