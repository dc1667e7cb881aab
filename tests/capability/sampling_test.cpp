#include "osler/capability/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

struct Population {
  LabelSet labels;
  std::unordered_map<std::string, bool> truth;
  double sensitivity = 0.0;
  double specificity = 0.0;
};

/// 3,000 items, a fifth of them reasoning, whose probabilities tell a little of the truth.
Population draw_population(std::uint64_t seed) {
  stats::Random random(seed);
  Population made;
  made.labels.benchmark = "ward";
  double hits[2] = {};
  double all[2] = {};
  for (std::size_t i = 0; i < 3000; ++i) {
    const bool reasoning = random.uniform() < 0.2;
    const double probability =
        std::min(1.0, std::max(0.0, 0.25 + (reasoning ? 0.3 : 0.0) + 0.8 * (random.uniform() - 0.5)));
    const bool predicted = probability > 0.45;
    const std::string id = "item-" + std::to_string(i);
    made.labels.items.push_back({id, predicted ? Capability::reasoning : Capability::understanding,
                                 LabelSource::classifier, probability, predicted, ""});
    made.truth[id] = reasoning;
    all[reasoning ? 1 : 0] += 1.0;
    hits[reasoning ? 1 : 0] += predicted == reasoning ? 1.0 : 0.0;
  }
  made.sensitivity = hits[1] / all[1];
  made.specificity = hits[0] / all[0];
  return made;
}

std::vector<HumanLabel> label_sample(const Population& population, const std::vector<SampledItem>& sample) {
  std::vector<HumanLabel> people;
  for (const auto& item : sample) {
    people.push_back({item.id, population.truth.at(item.id) ? Capability::reasoning : Capability::understanding,
                      std::to_string(item.stratum), static_cast<double>(item.stratum_items)});
  }
  return people;
}

TEST(Sample, IsEvenOverStrataThatTogetherAreEverything) {
  const auto population = draw_population(1);
  const auto sample = draw_sample(population.labels, 120, 4);
  ASSERT_EQ(sample.size(), 120U);
  std::map<std::size_t, std::size_t> taken;
  std::map<std::size_t, std::size_t> sizes;
  std::set<std::string> ids;
  for (const auto& item : sample) {
    ++taken[item.stratum];
    sizes[item.stratum] = item.stratum_items;
    ids.insert(item.id);
  }
  EXPECT_EQ(ids.size(), 120U);
  EXPECT_EQ(taken.size(), 6U);
  std::size_t all = 0;
  for (const auto& [stratum, count] : taken) {
    EXPECT_EQ(count, 20U);
    all += sizes[stratum];
  }
  EXPECT_EQ(all, 3000U);
}

TEST(Sample, IsTheSameForTheSameSeedAndTakesAllWhereThereAreFew) {
  const auto population = draw_population(2);
  const auto ids = [&](std::uint64_t seed) {
    std::vector<std::string> drawn;
    for (const auto& item : draw_sample(population.labels, 50, seed)) drawn.push_back(item.id);
    return drawn;
  };
  EXPECT_EQ(ids(3), ids(3));
  EXPECT_NE(ids(3), ids(4));
  EXPECT_EQ(draw_sample(population.labels, 5000, 1).size(), 3000U);
  EXPECT_TRUE(draw_sample(LabelSet{}, 10, 1).empty());
}

TEST(QualityFromPeople, WeighsByStrata) {
  double sum[2] = {};
  double plain = 0.0;
  std::size_t covered = 0;
  const auto population = draw_population(3);
  constexpr std::size_t kSamples = 200;
  for (std::size_t i = 0; i < kSamples; ++i) {
    auto people = label_sample(population, draw_sample(population.labels, 240, i + 1));
    const auto quality = quality_from_people(population.labels, people);
    ASSERT_TRUE(quality);
    sum[0] += quality->errors.sensitivity / kSamples;
    sum[1] += quality->errors.specificity / kSamples;
    const double balanced = (population.sensitivity + population.specificity) / 2.0;
    const auto& interval = quality->balanced_accuracy.interval;
    covered += interval.low <= balanced && balanced <= interval.high ? 1U : 0U;
    for (auto& person : people) person.stratum.clear();
    plain += quality_from_people(population.labels, people)->errors.specificity / kSamples;
  }
  EXPECT_NEAR(sum[0], population.sensitivity, 0.02);
  EXPECT_NEAR(sum[1], population.specificity, 0.01);
  EXPECT_GE(covered, 180U);
  // Half of the sample is labelled reasoning and few of the items are: without the sample's strata it is the
  // classifier's labels that weigh.
  EXPECT_NEAR(plain, population.specificity, 0.02);
}

struct CheckedBenchmark {
  double share;        ///< Of reasoning.
  std::size_t people;  ///< How many items they label.
  double most_bias;    ///< Of the accuracy in reasoning.
};

class CheckedByPeople : public testing::TestWithParam<CheckedBenchmark> {
 protected:
  static constexpr double kAccuracy[2] = {0.7, 0.4};  ///< Of a model, in understanding and in reasoning.

  /// 1,061 questions, as SLAKE has them. People are believed in what they label; the rest is corrected by how the
  /// classifier did on that.
  static std::optional<stats::ClassMeans> split_of(std::uint64_t seed) {
    const auto [share, n, most_bias] = GetParam();
    stats::Random random(seed);
    Population made;
    made.labels.benchmark = "ward";
    std::vector<stats::LabelledScore> scores;
    for (std::size_t i = 0; i < 1061; ++i) {
      const bool reasoning = random.uniform() < share;
      const double probability = 0.35 * random.uniform() + 0.3 * random.uniform() + (reasoning ? 0.3 : 0.0);
      const bool predicted = probability > 0.45;
      const std::string id = std::to_string(i);
      made.labels.items.push_back({id, predicted ? Capability::reasoning : Capability::understanding,
                                   LabelSource::classifier, probability, predicted, ""});
      made.truth[id] = reasoning;
      const double score = random.uniform() < kAccuracy[reasoning ? 1 : 0] ? 1.0 : 0.0;
      scores.push_back({score, predicted, false, probability, i, predicted});
    }
    const auto people = label_sample(made, draw_sample(made.labels, n, seed));
    for (const auto& person : people) {
      auto& score = scores[std::stoul(person.id)];
      score.positive = person.capability == Capability::reasoning;
      score.known = true;
    }
    const auto quality = quality_from_people(made.labels, people);
    if (!quality) return std::nullopt;
    return stats::corrected_means(scores, quality->errors, {.replicates = 800, .seed = seed});
  }
};

TEST_P(CheckedByPeople, ASplitIsCorrectedToWhatIsTrue) {
  std::size_t worlds = 0;
  double sum[2] = {};
  std::size_t hits[3] = {};
  for (std::size_t seed = 1; seed <= 150; ++seed) {
    const auto split = split_of(seed);
    if (!split || !split->positive.value || !split->negative.value) continue;
    ++worlds;
    const auto holds = [](const stats::PartMean& mean, double truth) {
      return mean.interval.low <= truth && truth <= mean.interval.high ? 1U : 0U;
    };
    sum[0] += *split->negative.value;
    sum[1] += *split->positive.value;
    hits[0] += holds(split->negative, kAccuracy[0]);
    hits[1] += holds(split->positive, kAccuracy[1]);
    hits[2] += holds(split->difference, kAccuracy[1] - kAccuracy[0]);
  }
  ASSERT_GE(worlds, 145U);
  const auto count = static_cast<double>(worlds);
  EXPECT_NEAR(sum[1] / count, kAccuracy[1], GetParam().most_bias);
  EXPECT_NEAR(sum[0] / count, kAccuracy[0], 0.01);
  for (const auto covered : hits) EXPECT_GE(static_cast<double>(covered) / count, 0.9);
}

INSTANTIATE_TEST_SUITE_P(Of, CheckedByPeople,
                         testing::Values(CheckedBenchmark{0.3, 200, 0.02}, CheckedBenchmark{0.1, 200, 0.03},
                                         CheckedBenchmark{0.05, 200, 0.04}, CheckedBenchmark{0.1, 60, 0.05}),
                         [](const auto& one) {
                           return std::to_string(std::lround(100.0 * one.param.share)) + "PercentBy" +
                                  std::to_string(one.param.people);
                         });

TEST(QualityFromPeople, StrataThatHoldMoreThanTheBenchmarkAreRefused) {
  const auto population = draw_population(6);
  auto people = label_sample(population, draw_sample(population.labels, 120, 1));
  for (auto& person : people) person.stratum_items = *person.stratum_items * 2.0;
  const auto refused = quality_from_people(population.labels, people);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::mismatch);
  EXPECT_NE(refused.error().message().find("hold 6000 items"), std::string::npos) << refused.error().message();
  for (std::size_t i = 0; i < people.size(); ++i) people[i].stratum = std::to_string(i);
  for (auto& person : people) person.stratum_items = 1.0;
  EXPECT_TRUE(quality_from_people(population.labels, people));
}

TEST(QualityFromPeople, NeedsBothClasses) {
  const auto population = draw_population(4);
  std::vector<HumanLabel> people;
  for (const auto& [id, reasoning] : population.truth) {
    if (reasoning && people.size() < 10) people.push_back({id, Capability::reasoning, {}, {}});
  }
  EXPECT_FALSE(quality_from_people(population.labels, people));
  EXPECT_FALSE(quality_from_people(population.labels, {}));
}

TEST(QualityFromPeople, AHandfulLeavesMuchOpen) {
  const auto population = draw_population(5);
  const auto few =
      quality_from_people(population.labels, label_sample(population, draw_sample(population.labels, 12, 1)));
  const auto many =
      quality_from_people(population.labels, label_sample(population, draw_sample(population.labels, 900, 1)));
  ASSERT_TRUE(few && many);
  EXPECT_GT(few->balanced_accuracy.standard_error, 3.0 * many->balanced_accuracy.standard_error);
}

}  // namespace
}  // namespace osler::capability
