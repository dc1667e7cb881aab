#include "osler/stats/clustered.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include "osler/stats/clusters.h"

namespace osler::stats {
namespace {

struct Sample {
  std::vector<double> scores;
  std::vector<std::size_t> clusters;
};

Sample random_sample(std::uint64_t seed, std::size_t n, std::size_t clusters) {
  std::mt19937_64 random(seed);
  Sample sample;
  for (std::size_t i = 0; i < n; ++i) {
    sample.scores.push_back(static_cast<double>(random() % 2));
    sample.clusters.push_back(i < clusters ? i : random() % clusters);
  }
  return sample;
}

TEST(Clustered, WorkedByHand) {
  // Mean 1/2; the residuals of the three clusters sum to 1, -1/2 and -1/2: SE^2 = 3/2 * (1 + 1/4 + 1/4) / 4^2.
  const std::vector<double> scores{1, 1, 0, 0};
  const std::vector<std::size_t> clusters{0, 0, 1, 2};
  const auto error = clustered_error(scores, clusters, 0.95);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->clusters, 3u);
  EXPECT_DOUBLE_EQ(error->mean, 0.5);
  EXPECT_DOUBLE_EQ(error->standard_error, 0.375);
  EXPECT_NEAR(error->interval.low, 0.5 - 4.302652729749464 * 0.375, 1e-12);
  EXPECT_LT(error->interval.low, 0.0) << "the interval is not cut here";
}

TEST(Clustered, NeedsTwoClusters) {
  const std::vector<double> scores{1, 0, 1};
  const std::vector<std::size_t> one{4, 4, 4};
  EXPECT_FALSE(clustered_error({}, {}, 0.95));
  EXPECT_FALSE(clustered_error(scores, one, 0.95));
}

TEST(Clustered, NoVariationSeenIsZero) {
  const std::vector<double> scores{1, 1, 1, 1};
  const std::vector<std::size_t> clusters{0, 0, 1, 2};
  const auto error = clustered_error(scores, clusters, 0.95);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->standard_error, 0.0);
  EXPECT_EQ(error->interval.low, 1.0);
  EXPECT_EQ(error->interval.high, 1.0);
}

TEST(Clustered, OwnClusterForEachIsTheTextbookFormula) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::size_t n = 5 + 13 * seed;
    const auto sample = random_sample(seed, n, n);
    const double count = static_cast<double>(n);
    const double mean = std::accumulate(sample.scores.begin(), sample.scores.end(), 0.0) / count;
    double squares = 0.0;
    for (const double score : sample.scores) squares += (score - mean) * (score - mean);
    const auto error = clustered_error(sample.scores, sample.clusters, 0.95);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->clusters, n);
    EXPECT_NEAR(error->standard_error, std::sqrt(squares / (count - 1.0)) / std::sqrt(count), 1e-14);
  }
}

TEST(Clustered, RepeatingItemsWithinTheirClusterTeachesNothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto once = random_sample(seed, 80, 25);
    auto thrice = once;
    for (int copy = 0; copy < 2; ++copy) {
      thrice.scores.insert(thrice.scores.end(), once.scores.begin(), once.scores.end());
      thrice.clusters.insert(thrice.clusters.end(), once.clusters.begin(), once.clusters.end());
    }
    const auto a = clustered_error(once.scores, once.clusters, 0.95);
    const auto b = clustered_error(thrice.scores, thrice.clusters, 0.95);
    EXPECT_NEAR(a->standard_error, b->standard_error, 1e-14);
    EXPECT_NEAR(a->interval.high, b->interval.high, 1e-13);
  }
}

TEST(Clustered, OrderAndNumberingChangeNothing) {
  std::mt19937_64 random(7);
  const auto sample = random_sample(3, 200, 60);
  const auto before = clustered_error(sample.scores, sample.clusters, 0.95);
  std::vector<std::size_t> order(sample.scores.size());
  std::iota(order.begin(), order.end(), 0u);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    Sample shuffled;
    for (const auto i : order) {
      shuffled.scores.push_back(sample.scores[i]);
      shuffled.clusters.push_back(1'000'003 * (59 - sample.clusters[i]));
    }
    const auto after = clustered_error(shuffled.scores, shuffled.clusters, 0.95);
    EXPECT_EQ(before->mean, after->mean);
    EXPECT_EQ(before->standard_error, after->standard_error);
    EXPECT_EQ(before->clusters, after->clusters);
  }
}

TEST(Clustered, IntervalContainsTheMeanAndGrowsWithConfidence) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto sample = random_sample(seed, 50, 12);
    const auto narrow = clustered_error(sample.scores, sample.clusters, 0.80);
    const auto wide = clustered_error(sample.scores, sample.clusters, 0.99);
    EXPECT_LE(narrow->interval.low, narrow->mean);
    EXPECT_GE(narrow->interval.high, narrow->mean);
    EXPECT_LE(wide->interval.low, narrow->interval.low);
    EXPECT_GE(wide->interval.high, narrow->interval.high);
  }
}

TEST(Clusters, EqualNamesShareOneAndEmptyNamesDoNot) {
  const std::vector<std::string_view> names{"b", "", "a", "b", "", "a", "c"};
  const auto partition = partition_by_name(names);
  EXPECT_EQ(partition.cluster_of, (std::vector<std::size_t>{0, 1, 2, 0, 3, 2, 4}));
  EXPECT_EQ(partition.clusters, 5u);
  EXPECT_EQ(partition.unnamed, 2u);
  EXPECT_EQ(count_clusters(partition.cluster_of), 5u);
  EXPECT_EQ(count_clusters({}), 0u);
}

}  // namespace
}  // namespace osler::stats
