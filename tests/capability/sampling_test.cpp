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

/// A benchmark like SLAKE's questions: of 1,061 items a tenth is reasoning, and a model is right in 40% of those, in
/// 70% of the others. People label 200 and are believed; the rest is corrected by how the classifier did on those.
TEST(QualityFromPeople, CorrectsASplitToWhatIsTrue) {
  constexpr std::size_t kWorlds = 200;
  constexpr double kAccuracy[2] = {0.7, 0.4};
  double sum[2] = {};
  std::size_t hits[2] = {};
  std::size_t difference_hits = 0;
  for (std::size_t world = 1; world <= kWorlds; ++world) {
    stats::Random random(world);
    Population made;
    made.labels.benchmark = "ward";
    std::vector<stats::LabelledScore> scores;
    for (std::size_t i = 0; i < 1061; ++i) {
      const bool reasoning = random.uniform() < 0.1;
      const double probability = 0.35 * random.uniform() + 0.3 * random.uniform() + (reasoning ? 0.3 : 0.0);
      const bool predicted = probability > 0.45;
      made.labels.items.push_back({std::to_string(i), predicted ? Capability::reasoning : Capability::understanding,
                                   LabelSource::classifier, probability, predicted, ""});
      made.truth[std::to_string(i)] = reasoning;
      const double score = random.uniform() < kAccuracy[reasoning ? 1 : 0] ? 1.0 : 0.0;
      scores.push_back({score, predicted, false, probability, i, predicted});
    }
    const auto people = label_sample(made, draw_sample(made.labels, 200, world));
    for (const auto& person : people) {
      auto& score = scores[std::stoul(person.id)];
      score.positive = person.capability == Capability::reasoning;
      score.known = true;
    }
    const auto quality = quality_from_people(made.labels, people);
    ASSERT_TRUE(quality) << quality.error().message();
    const auto split = stats::corrected_means(scores, quality->errors, {.replicates = 800, .seed = world});
    ASSERT_TRUE(split.positive.value && split.negative.value);
    const auto holds = [](const stats::PartMean& mean, double truth) {
      return mean.interval.low <= truth && truth <= mean.interval.high ? 1U : 0U;
    };
    sum[1] += *split.positive.value / kWorlds;
    sum[0] += *split.negative.value / kWorlds;
    hits[1] += holds(split.positive, kAccuracy[1]);
    hits[0] += holds(split.negative, kAccuracy[0]);
    difference_hits += holds(split.difference, kAccuracy[1] - kAccuracy[0]);
  }
  EXPECT_NEAR(sum[1], kAccuracy[1], 0.03);
  EXPECT_NEAR(sum[0], kAccuracy[0], 0.01);
  for (const auto covered : {hits[0], hits[1], difference_hits}) EXPECT_GE(covered, 180U);
}

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
