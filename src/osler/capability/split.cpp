#include "osler/capability/split.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "osler/core/parallel.h"
#include "osler/stats/random.h"

namespace osler::capability {
namespace {

enum Way : std::size_t { kHard, kCorrected, kSoft, kWays };
/// By way, then understanding and reasoning.
using Estimates = std::array<std::array<std::optional<double>, 2>, kWays>;

struct Rates {
  double sensitivity = 0.0;
  double specificity = 0.0;
};

/// What a cluster adds: items, right answers, and both by probability, of understanding and reasoning.
struct Sums {
  std::array<double, 2> items{};
  std::array<double, 2> right{};
  std::array<double, 2> soft_items{};
  std::array<double, 2> soft_right{};

  void add(const Sums& other, double times) {
    for (std::size_t k = 0; k < 2; ++k) {
      items[k] += times * other.items[k];
      right[k] += times * other.right[k];
      soft_items[k] += times * other.soft_items[k];
      soft_right[k] += times * other.soft_right[k];
    }
  }
};

std::optional<double> ratio(double part, double whole) {
  if (whole <= 0.0) return std::nullopt;
  return std::clamp(part / whole, 0.0, 1.0);
}

Estimates estimate(const Sums& sums, const Rates& rates) {
  Estimates out;
  for (std::size_t k = 0; k < 2; ++k) {
    out[kHard][k] = ratio(sums.right[k], sums.items[k]);
    out[kSoft][k] = ratio(sums.soft_right[k], sums.soft_items[k]);
  }
  const double n = sums.items[0] + sums.items[1];
  const double informed = rates.sensitivity + rates.specificity - 1.0;
  if (n <= 0.0 || informed <= 0.0) return out;
  const double prevalence = (sums.items[1] / n + rates.specificity - 1.0) / informed;
  if (prevalence <= 0.0 || prevalence >= 1.0) return out;
  const double c1 = sums.right[1] / n;
  const double c0 = sums.right[0] / n;
  out[kCorrected][1] = ratio(rates.specificity * c1 - (1.0 - rates.specificity) * c0, informed * prevalence);
  out[kCorrected][0] = ratio(rates.sensitivity * c0 - (1.0 - rates.sensitivity) * c1, informed * (1.0 - prevalence));
  return out;
}

std::vector<Sums> sums_by_cluster(const SplitAnswers& answers) {
  std::map<std::size_t, Sums> clusters;
  for (std::size_t i = 0; i < answers.scores.size(); ++i) {
    Sums& sums = clusters[answers.clusters[i]];
    const std::size_t k = answers.reasoning[i] ? 1 : 0;
    const std::array<double, 2> soft{1.0 - answers.probability[i], answers.probability[i]};
    sums.items[k] += 1.0;
    sums.right[k] += answers.scores[i];
    for (std::size_t j = 0; j < 2; ++j) {
      sums.soft_items[j] += soft[j];
      sums.soft_right[j] += soft[j] * answers.scores[i];
    }
  }
  std::vector<Sums> out;
  for (const auto& [name, sums] : clusters) out.push_back(sums);
  return out;
}

double drawn_share(std::size_t successes, std::size_t n, stats::Random& random) {
  const double p = (static_cast<double>(successes) + 0.5) / (static_cast<double>(n) + 1.0);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (random.uniform() < p) ++hits;
  }
  return static_cast<double>(hits) / static_cast<double>(n);
}

stats::Interval interval_of(const std::vector<Estimates>& drawn, Way way, std::size_t k, double confidence) {
  std::vector<double> values;
  for (const auto& estimates : drawn) {
    if (estimates[way][k]) values.push_back(*estimates[way][k]);
  }
  constexpr double kLeast = 0.95;
  if (values.empty() || static_cast<double>(values.size()) < kLeast * static_cast<double>(drawn.size()))
    return {0.0, 1.0};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {at((1.0 - confidence) / 2.0), at((1.0 + confidence) / 2.0)};
}

}  // namespace

Split split_by_capability(const SplitAnswers& answers, const stats::Confusion& confusion, const SplitOptions& options) {
  const auto clusters = sums_by_cluster(answers);
  const bool informed = confusion.positives() > 0 && confusion.negatives() > 0;
  Rates rates;
  if (informed) {
    rates.sensitivity = static_cast<double>(confusion.true_positives) / static_cast<double>(confusion.positives());
    rates.specificity = static_cast<double>(confusion.true_negatives) / static_cast<double>(confusion.negatives());
  }
  Sums all;
  for (const auto& sums : clusters) all.add(sums, 1.0);
  const Estimates point = estimate(all, rates);
  std::vector<Estimates> drawn(clusters.size() < 2 ? 0 : options.replicates);
  for_each_index(drawn.size(), [&](std::size_t replicate) {
    auto random = stats::Random::for_block(options.seed, replicate);
    Sums sums;
    for (std::size_t i = 0; i < clusters.size(); ++i) sums.add(clusters[random.next() % clusters.size()], 1.0);
    Rates again;
    if (informed) {
      again.sensitivity = drawn_share(confusion.true_positives, confusion.positives(), random);
      again.specificity = drawn_share(confusion.true_negatives, confusion.negatives(), random);
    }
    drawn[replicate] = estimate(sums, again);
  });
  const auto accuracy = [&](std::size_t k) {
    const auto interval = [&](Way way) {
      return point[way][k] ? interval_of(drawn, way, k, options.confidence) : stats::Interval{0.0, 1.0};
    };
    return SplitAccuracy{point[kHard][k],      interval(kHard), point[kCorrected][k],
                         interval(kCorrected), point[kSoft][k], interval(kSoft)};
  };
  return {accuracy(0), accuracy(1)};
}

}  // namespace osler::capability
