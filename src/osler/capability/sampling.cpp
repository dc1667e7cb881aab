#include "osler/capability/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "osler/stats/critical.h"
#include "osler/stats/random.h"

namespace osler::capability {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::size_t kParts = 3;

template <class T>
void shuffle(std::vector<T>& values, stats::Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.next() % i]);
}

/// Items by label and part of probability; empty strata are left out.
std::vector<std::vector<const ItemLabel*>> strata_of(const LabelSet& labels) {
  std::array<std::vector<const ItemLabel*>, 2> by_label;
  for (const auto& item : labels.items) {
    if (item.source == LabelSource::classifier && item.predicted && item.probability) {
      by_label.at(*item.predicted ? 1 : 0).push_back(&item);
    }
  }
  std::vector<std::vector<const ItemLabel*>> strata;
  for (auto& items : by_label) {
    std::ranges::stable_sort(items, {}, [](const ItemLabel* item) { return *item->probability; });
    for (std::size_t part = 0; part < kParts; ++part) {
      const auto begin = items.begin() + static_cast<std::ptrdiff_t>(items.size() * part / kParts);
      const auto end = items.begin() + static_cast<std::ptrdiff_t>(items.size() * (part + 1) / kParts);
      if (begin != end) strata.emplace_back(begin, end);
    }
  }
  return strata;
}

/// How many to take of each: as even as there are some.
std::vector<std::size_t> shares_of(const std::vector<std::vector<const ItemLabel*>>& strata, std::size_t n) {
  std::vector<std::size_t> taken(strata.size());
  while (n > 0) {
    bool any = false;
    for (std::size_t i = 0; i < strata.size() && n > 0; ++i) {
      if (taken[i] == strata[i].size()) continue;
      ++taken[i];
      --n;
      any = true;
    }
    if (!any) break;
  }
  return taken;
}

/// An item that both have labelled.
struct Judged {
  bool predicted = false;
  bool truth = false;
  double weight = 1.0;
};

struct Stratum {
  std::vector<Judged> items;
  double size = 0.0;  ///< Items of the benchmark; 0: not known.
};

/// Of one class: the weighted share that was labelled right, and what every item adds to it.
struct Share {
  bool truth = false;
  double total = 0.0;
  double hits = 0.0;
  std::size_t items = 0;

  void add(const Judged& item) {
    if (item.truth != truth) return;
    total += item.weight;
    hits += item.predicted == truth ? item.weight : 0.0;
    ++items;
  }
  [[nodiscard]] double value() const { return hits / total; }
  [[nodiscard]] double part_of(const Judged& item) const {
    return item.truth == truth ? item.weight * ((item.predicted == truth ? 1.0 : 0.0) - value()) / total : 0.0;
  }
  [[nodiscard]] double trials(double variance) const {
    const double most = static_cast<double>(items);
    return variance > 0.0 ? std::min(most, value() * (1.0 - value()) / variance) : most;
  }
};

/// Of sums of both parts over strata: the two variances and the covariance.
std::array<double, 3> covariance_of(const std::map<std::string, Stratum>& strata, const Share& first,
                                    const Share& second) {
  std::array<double, 3> sums{};
  for (const auto& [name, stratum] : strata) {
    const double n = static_cast<double>(stratum.items.size());
    if (n < 2.0) continue;
    double mean_first = 0.0;
    double mean_second = 0.0;
    for (const auto& item : stratum.items) {
      mean_first += first.part_of(item) / n;
      mean_second += second.part_of(item) / n;
    }
    const double left = stratum.size > 0.0 ? std::max(0.0, 1.0 - n / stratum.size) : 1.0;
    for (const auto& item : stratum.items) {
      const double a = first.part_of(item) - mean_first;
      const double b = second.part_of(item) - mean_second;
      const double scale = left * n / (n - 1.0);
      sums[0] += scale * a * a;
      sums[1] += scale * b * b;
      sums[2] += scale * a * b;
    }
  }
  return sums;
}

std::map<std::string, Stratum> strata_of(const LabelSet& labels, std::span<const HumanLabel> people) {
  const auto known = by_id(labels);
  std::map<std::string, Stratum> strata;
  for (const auto& person : people) {
    const auto found = known.find(person.id);
    if (found == known.end() || !found->second->predicted) continue;
    auto& stratum = strata[person.stratum];
    stratum.items.push_back({*found->second->predicted, person.capability == Capability::reasoning, 1.0});
    if (!person.stratum.empty()) stratum.size = person.stratum_items.value_or(0.0);
  }
  for (auto& [name, stratum] : strata) {
    const double n = static_cast<double>(stratum.items.size());
    for (auto& item : stratum.items) item.weight = stratum.size > n ? stratum.size / n : 1.0;
  }
  return strata;
}

}  // namespace

std::vector<SampledItem> draw_sample(const LabelSet& labels, std::size_t n, std::uint64_t seed) {
  stats::Random random(seed);
  auto strata = strata_of(labels);
  shuffle(strata, random);
  const auto taken = shares_of(strata, n);
  std::vector<SampledItem> sample;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    shuffle(strata[i], random);
    for (std::size_t k = 0; k < taken[i]; ++k) sample.push_back({strata[i][k]->id, i + 1, strata[i].size()});
  }
  shuffle(sample, random);
  return sample;
}

Result<LabelQuality> quality_from_people(const LabelSet& labels, std::span<const HumanLabel> people) {
  const auto strata = strata_of(labels, people);
  Share reasoning{.truth = true};
  Share understanding{.truth = false};
  for (const auto& [name, stratum] : strata) {
    for (const auto& item : stratum.items) {
      reasoning.add(item);
      understanding.add(item);
    }
  }
  if (reasoning.items == 0 || understanding.items == 0) {
    return fail(ErrorCode::unsupported,
                fmt::format("people call {} of these items reasoning and {} understanding, and both are needed to see "
                            "how the classifier errs",
                            reasoning.items, understanding.items),
                {}, "label more items (osler capability sample draws them)");
  }
  const auto variances = covariance_of(strata, reasoning, understanding);
  LabelQuality quality;
  quality.errors = {reasoning.value(), reasoning.trials(variances[0]), understanding.value(),
                    understanding.trials(variances[1]), 0.0};
  if (variances[0] > 0.0 && variances[1] > 0.0) {
    quality.errors.correlation = std::clamp(variances[2] / std::sqrt(variances[0] * variances[1]), -1.0, 1.0);
  }
  // Smoothed as the split's own draws are: where all were right, the error is not 0.
  const auto smoothed = [](const Share& share, double trials) {
    const double p = (share.value() * trials + 0.5) / (trials + 1.0);
    return p * (1.0 - p) / (trials + 1.0);
  };
  const double a = smoothed(reasoning, quality.errors.sensitivity_trials);
  const double b = smoothed(understanding, quality.errors.specificity_trials);
  const double error = std::sqrt(std::max(0.0, a + b + 2.0 * quality.errors.correlation * std::sqrt(a * b))) / 2.0;
  const double balanced = (reasoning.value() + understanding.value()) / 2.0;
  const double reach = stats::normal_critical(kConfidence) * error;
  quality.balanced_accuracy = {balanced, error, {std::max(0.0, balanced - reach), std::min(1.0, balanced + reach)}};
  quality.measured_on =
      fmt::format("{} items of {} that people labelled", reasoning.items + understanding.items, labels.benchmark);
  return quality;
}

}  // namespace osler::capability
