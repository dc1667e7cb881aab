#include "osler/capability/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
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
