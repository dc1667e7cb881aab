#include "osler/report/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "report/sample.h"

namespace osler::report {
namespace {

using testing::ElementsAre;

std::vector<std::string> strata(const std::vector<SummaryRow>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.stratum);
  return names;
}

RunGrades random_run(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  RunGrades run{.model = "m", .benchmark = "b", .protocol = "p", .complete = true, .planned = 100};
  for (std::size_t i = 0; i < run.planned; ++i) {
    GradedItem item{.item_id = std::to_string(i)};
    item.image_cluster = random() % 10 == 0 ? "" : std::to_string(random() % 40);
    item.kind = std::array{Kind::mcq, Kind::yes_no, Kind::open}[random() % 3];
    item.capability = std::array{Capability::unlabeled, Capability::understanding, Capability::reasoning}[random() % 3];
    item.outcome = kOutcomes[random() % kOutcomes.size()];
    if (item.kind == Kind::open) {
      item.token_f1 = static_cast<double>(random() % 100) / 99.0;
      item.token_recall = static_cast<double>(random() % 100) / 99.0;
    }
    if (random() % 4 != 0) item.strata["organ"] = std::array{"brain", "chest", "abdomen", ""}[random() % 4];
    run.items.push_back(std::move(item));
  }
  return run;
}

TEST(Summary, WorkedByHand) {
  const auto all = summarise(sample_run(), {}).front();
  EXPECT_EQ(all.n, 8u);
  EXPECT_EQ(all.clusters, 5u);
  EXPECT_EQ(all.unclustered, 1u);
  EXPECT_THAT(all.outcomes, ElementsAre(3u, 2u, 1u, 1u, 0u, 1u));
  EXPECT_DOUBLE_EQ(*all.accuracy, 0.375);
  EXPECT_NEAR(all.wilson->low, 0.136843, 1e-5);
  EXPECT_NEAR(all.wilson->high, 0.694259, 1e-5);
  EXPECT_DOUBLE_EQ(*all.standard_error, std::sqrt(2.5) / 8.0);
  EXPECT_EQ(all.clustered->low, 0.0) << "0.375 - 2.776 * 0.198 is below 0, and cut";
  EXPECT_NEAR(all.clustered->high, 0.375 + 2.7764451 * std::sqrt(2.5) / 8.0, 1e-7);
  EXPECT_DOUBLE_EQ(*all.parse_rate, 0.625);
  EXPECT_DOUBLE_EQ(*all.accuracy_parsed, 0.6);
}

TEST(Summary, BoundsAreWithAllUnreadWrongAndAllUnreadRight) {
  const auto all = summarise(sample_run(), {}).front();
  ASSERT_TRUE(all.bounds);
  EXPECT_EQ(all.bounds->low, 3.0 / 8.0);
  EXPECT_EQ(all.bounds->high, 6.0 / 8.0);
}

TEST(Summary, ConflictsAreCounted) {
  auto run = sample_run();
  run.items[0].conflict = run.items[2].conflict = true;
  const auto rows = summarise(run, {});
  EXPECT_EQ(rows[0].conflicts, 2U);
  EXPECT_EQ(rows[1].conflicts, 1U) << "understanding";
}

TEST(Summary, AGuessCountsWithItsChance) {
  auto run = sample_run();
  ASSERT_EQ(run.items[4].outcome, Outcome::unparsed);
  run.items[4].guess = 0.25;
  const auto all = summarise(run, {}).front();
  EXPECT_EQ(all.guessed, 1U);
  EXPECT_EQ(all.accuracy, 3.25 / 8.0);
  EXPECT_EQ(all.count(Outcome::correct), 3U);
  EXPECT_EQ(all.parse_rate, 5.0 / 8.0);
  EXPECT_LE(all.bounds->low, *all.accuracy);
  EXPECT_LT(all.wilson->low, *all.accuracy);
  EXPECT_GT(all.wilson->high, *all.accuracy);
}

TEST(Summary, MetricsAreMeansOverOpenItems) {
  auto run = sample_run();
  run.items[4].token_f1 = 0.4;  // items 5, 7 and 8 are open
  run.items[6].token_f1 = 0.2;
  run.items[7].token_f1 = 0.0;
  for (const auto i : {4, 6, 7}) run.items[static_cast<std::size_t>(i)].token_recall = 0.5;
  run.items[6].outcome = Outcome::correct;
  const auto rows = summarise(run, {});
  EXPECT_EQ(rows[0].open, 3u);
  EXPECT_DOUBLE_EQ(*rows[0].open_accuracy, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(*rows[0].token_f1, 0.2);
  EXPECT_DOUBLE_EQ(*rows[0].token_recall, 0.5);
  EXPECT_EQ(rows[1].open, 0u);
  EXPECT_FALSE(rows[1].open_accuracy || rows[1].token_f1 || rows[1].token_recall) << "understanding has no open item";
  run.items[6].token_f1.reset();
  EXPECT_FALSE(summarise(run, {})[0].token_f1) << "not a mean over some";
  EXPECT_TRUE(summarise(run, {})[0].token_recall);
}

TEST(Summary, RowsAreCapabilitiesThenStrataByNameWithMissingLast) {
  const auto rows = summarise(sample_run(), {"modality", "kind", "modality"});
  EXPECT_THAT(strata(rows), ElementsAre("all", "understanding", "reasoning", "modality=CT", "modality=MRI",
                                        "modality=(none)", "kind=mcq", "kind=open", "kind=yes_no"));
  EXPECT_EQ(rows[1].n, 3u);
  EXPECT_EQ(rows[2].n, 5u);
  EXPECT_EQ(rows[5].n, 2u);
}

TEST(Summary, OneClusterHasNoStandardError) {
  const auto ct = summarise(sample_run(), {"modality"})[3];
  EXPECT_EQ(ct.clusters, 1u);
  EXPECT_FALSE(ct.standard_error);
  EXPECT_FALSE(ct.clustered);
  EXPECT_NEAR(ct.wilson->low, 0.20766, 1e-5);
  EXPECT_NEAR(ct.wilson->high, 0.93851, 1e-5);
}

TEST(Summary, AgreementOfAllClustersIsNotCertainty) {
  const auto understanding = summarise(sample_run(), {})[1];
  EXPECT_EQ(understanding.accuracy, 1.0);
  EXPECT_EQ(understanding.standard_error, 0.0);
  EXPECT_FALSE(understanding.clustered);
}

TEST(Summary, WithoutLabelsTheCapabilityRowsAreThereAndUndefined) {
  auto run = sample_run();
  for (auto& item : run.items) item.capability = Capability::unlabeled;
  const auto rows = summarise(run, {"capability"});
  EXPECT_THAT(strata(rows), ElementsAre("all", "understanding", "reasoning", "capability=(none)"));
  for (const auto i : {1u, 2u}) {
    EXPECT_EQ(rows[i].n, 0u);
    EXPECT_FALSE(rows[i].accuracy);
    EXPECT_FALSE(rows[i].wilson);
    EXPECT_FALSE(rows[i].parse_rate);
    EXPECT_FALSE(rows[i].accuracy_parsed);
  }
}

TEST(Summary, EmptyRunHasNoNumbers) {
  const auto rows = summarise(RunGrades{}, {"kind"});
  EXPECT_THAT(strata(rows), ElementsAre("all", "understanding", "reasoning"));
  EXPECT_FALSE(rows[0].accuracy);
}

TEST(Summary, NothingParsedIsZeroAccuracyAndNoAccuracyAmongParsed) {
  auto run = sample_run();
  for (auto& item : run.items) item.outcome = Outcome::refused;
  const auto all = summarise(run, {}).front();
  EXPECT_EQ(all.accuracy, 0.0);
  EXPECT_EQ(all.parse_rate, 0.0);
  EXPECT_FALSE(all.accuracy_parsed);
}

TEST(Summary, OutcomesAddUpAndSharesAreShares) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto rows = summarise(random_run(seed), {"organ", "kind"});
    std::size_t organs = 0;
    for (const auto& row : rows) {
      EXPECT_EQ(std::accumulate(row.outcomes.begin(), row.outcomes.end(), std::size_t{0}), row.n);
      EXPECT_LE(row.clusters, row.n);
      ASSERT_TRUE(row.accuracy && row.wilson && row.parse_rate);
      EXPECT_LE(0.0, row.wilson->low);
      EXPECT_LE(row.wilson->low, *row.accuracy);
      EXPECT_LE(*row.accuracy, row.wilson->high);
      EXPECT_LE(row.wilson->high, 1.0);
      EXPECT_LE(*row.accuracy, *row.parse_rate);
      EXPECT_LE(*row.parse_rate, 1.0);
      if (row.accuracy_parsed) {
        EXPECT_GE(*row.accuracy_parsed, *row.accuracy);
      }
      if (row.clustered) {
        EXPECT_LE(row.clustered->high, 1.0);
      }
      if (row.stratum.starts_with("organ=")) organs += row.n;
    }
    EXPECT_EQ(organs, rows.front().n) << "the values of a stratum share out all items";
  }
}

TEST(Summary, OrderOfItemsChangesNothing) {
  std::mt19937_64 random(11);
  auto run = random_run(5);
  const auto before = summarise(run, {"organ"});
  for (int round = 0; round < 10; ++round) {
    std::shuffle(run.items.begin(), run.items.end(), random);
    const auto after = summarise(run, {"organ"});
    ASSERT_EQ(strata(before), strata(after));
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].outcomes, after[i].outcomes);
      EXPECT_EQ(before[i].clusters, after[i].clusters);
      EXPECT_EQ(before[i].standard_error, after[i].standard_error);
    }
  }
}

TEST(Summary, UnfinishedUnlessTheRunEndedWithItsPlan) {
  auto run = sample_run();
  EXPECT_FALSE(unfinished(run));
  run.complete = false;
  EXPECT_TRUE(unfinished(run));
  run.complete = true;
  run.planned = 9;
  EXPECT_TRUE(unfinished(run));
}

}  // namespace
}  // namespace osler::report
