#include "osler/stats/label_errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "osler/stats/clustered.h"
#include "osler/stats/error_draws.h"

namespace osler::stats {
namespace {

/// Sums over items, of each kind of label: how many, and of their scores.
enum Sum : std::size_t {
  n_positive,
  n_negative,
  s_positive,
  s_negative,
  n_known_positive,
  n_known_negative,
  s_known_positive,
  s_known_negative,
  kSums
};
using Sums = std::array<double, kSums>;

Interval cut(const Interval& interval, double low, double high) {
  return {std::clamp(interval.low, low, high), std::clamp(interval.high, low, high)};
}

/// A mean of what items add to it. Where nothing varies the error is not 0 but unknown: a share then has Wilson's
/// interval with the number of clusters, a difference none.
PartMean mean_with_error(double value, const std::vector<double>& parts, std::span<const LabelledScore> items,
                         double low, double confidence) {
  std::vector<double> linear;
  std::vector<std::size_t> clusters;
  for (std::size_t i = 0; i < items.size(); ++i) {
    linear.push_back(value + parts[i]);
    clusters.push_back(items[i].cluster);
  }
  const auto error = clustered_error(linear, clusters, confidence);
  PartMean mean{value, {low, 1.0}};
  constexpr double kRounding = 1e-12;
  if (error && error->standard_error > kRounding) {
    mean.interval = cut(error->interval, low, 1.0);
  } else if (error && low == 0.0) {
    const double successes = std::clamp(value, 0.0, 1.0) * static_cast<double>(error->clusters);
    mean.interval = wilson_interval_of_scores(successes, error->clusters, confidence);
  }
  return mean;
}

template <class Weight>
ClassMeans weighted_means(std::span<const LabelledScore> items, double confidence, const Weight& weight) {
  const double n = static_cast<double>(items.size());
  std::array<double, 2> totals{};
  std::array<double, 2> sums{};
  for (const auto& item : items) {
    const std::array<double, 2> weights{1.0 - weight(item), weight(item)};
    for (std::size_t c = 0; c < 2; ++c) {
      totals.at(c) += weights.at(c);
      sums.at(c) += weights.at(c) * item.score;
    }
  }
  ClassMeans means;
  means.positive.interval = means.negative.interval = means.share.interval = {0.0, 1.0};
  means.difference.interval = {-1.0, 1.0};
  if (items.empty()) return means;
  std::array<std::vector<double>, 2> parts;
  for (std::size_t c = 0; c < 2; ++c) {
    if (totals.at(c) <= 0.0) continue;
    const double mean = sums.at(c) / totals.at(c);
    for (const auto& item : items) {
      const double own = c == 1 ? weight(item) : 1.0 - weight(item);
      parts.at(c).push_back(n * own / totals.at(c) * (item.score - mean));
    }
    (c == 1 ? means.positive : means.negative) = mean_with_error(mean, parts.at(c), items, 0.0, confidence);
  }
  std::vector<double> of_share;
  for (const auto& item : items) of_share.push_back(weight(item) - totals[1] / n);
  means.share = mean_with_error(totals[1] / n, of_share, items, 0.0, confidence);
  if (means.positive.value && means.negative.value) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < items.size(); ++i) differences.push_back(parts[1][i] - parts[0][i]);
    means.difference =
        mean_with_error(*means.positive.value - *means.negative.value, differences, items, -1.0, confidence);
  }
  return means;
}

Sums part_of(const LabelledScore& item) {
  Sums sums{};
  const std::size_t known = item.known && !item.labeller ? n_known_positive : n_positive;
  const std::size_t negative = item.labeller.value_or(item.positive) ? 0 : 1;
  sums.at(known + negative) = 1.0;
  sums.at(known + 2 + negative) = item.score;
  return sums;
}

/// What the sums would be without the label's errors.
struct Unmixed {
  double n_of_positive = 0.0, n_of_negative = 0.0;
  std::optional<double> positive = {}, negative = {};

  Unmixed(const Sums& sums, double se, double sp) {
    const double j = se + sp - 1.0;
    const bool has_labels = sums[n_positive] + sums[n_negative] > 0.0;
    if (has_labels && j <= 0.0) return;
    const double by = has_labels ? j : 1.0;
    n_of_positive = (sp * sums[n_positive] - (1.0 - sp) * sums[n_negative]) / by + sums[n_known_positive];
    n_of_negative = (se * sums[n_negative] - (1.0 - se) * sums[n_positive]) / by + sums[n_known_negative];
    const double s_of_positive = (sp * sums[s_positive] - (1.0 - sp) * sums[s_negative]) / by + sums[s_known_positive];
    const double s_of_negative = (se * sums[s_negative] - (1.0 - se) * sums[s_positive]) / by + sums[s_known_negative];
    // Less than half an item is none: their mean is noise.
    if (n_of_positive > 0.5) positive = std::clamp(s_of_positive / n_of_positive, 0.0, 1.0);
    if (n_of_negative > 0.5) negative = std::clamp(s_of_negative / n_of_negative, 0.0, 1.0);
    is_defined = true;
  }
  bool is_defined = false;

  [[nodiscard]] std::optional<double> share() const {
    if (!is_defined || n_of_positive + n_of_negative <= 0.0) return std::nullopt;
    return std::clamp(n_of_positive / (n_of_positive + n_of_negative), 0.0, 1.0);
  }
  [[nodiscard]] std::optional<double> difference() const {
    if (!positive || !negative) return std::nullopt;
    return *positive - *negative;
  }
};

/// Sums that vary as those of clusters do: the sums, plus a lower triangle times normal numbers.
class SumsOfClusters {
 public:
  explicit SumsOfClusters(std::span<const LabelledScore> items) {
    std::unordered_map<std::size_t, std::size_t> place;
    std::vector<Sums> clusters;
    for (const auto& item : items) {
      const auto [found, is_new] = place.try_emplace(item.cluster, clusters.size());
      if (is_new) clusters.emplace_back();
      const auto part = part_of(item);
      for (std::size_t k = 0; k < kSums; ++k) {
        clusters[found->second].at(k) += part.at(k);
        sums_.at(k) += part.at(k);
      }
    }
    clusters_ = clusters.size();
    const double count = static_cast<double>(clusters_);
    if (clusters_ < 2) return;
    std::array<Sums, kSums> covariance{};
    for (const auto& cluster : clusters) {
      for (std::size_t a = 0; a < kSums; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
          covariance.at(a).at(b) +=
              count / (count - 1.0) * (cluster.at(a) - sums_.at(a) / count) * (cluster.at(b) - sums_.at(b) / count);
        }
      }
    }
    decompose(covariance);
  }

  [[nodiscard]] const Sums& sums() const { return sums_; }
  [[nodiscard]] std::size_t clusters() const { return clusters_; }

  template <class Normal>
  [[nodiscard]] Sums draw(Normal&& normal) const {
    Sums numbers{};
    for (auto& number : numbers) number = normal();
    Sums drawn = sums_;
    for (std::size_t a = 0; a < kSums; ++a) {
      for (std::size_t b = 0; b <= a; ++b) drawn.at(a) += root_.at(a).at(b) * numbers.at(b);
    }
    for (std::size_t known = 0; known < kSums; known += 4) {
      for (std::size_t n = known; n < known + 2; ++n) {
        drawn.at(n) = std::max(drawn.at(n), 0.0);
        drawn.at(n + 2) = std::clamp(drawn.at(n + 2), 0.0, drawn.at(n));
      }
    }
    return drawn;
  }

 private:
  /// Cholesky's, of a matrix that may have no inverse: such a column stays empty.
  void decompose(const std::array<Sums, kSums>& covariance) {
    for (std::size_t a = 0; a < kSums; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        double rest = covariance.at(a).at(b);
        for (std::size_t k = 0; k < b; ++k) rest -= root_.at(a).at(k) * root_.at(b).at(k);
        if (a == b) {
          const double least = 1e-10 * covariance.at(a).at(a);
          root_.at(a).at(a) = rest > least && rest > 0.0 ? std::sqrt(rest) : 0.0;
        } else {
          root_.at(a).at(b) = root_.at(b).at(b) > 0.0 ? rest / root_.at(b).at(b) : 0.0;
        }
      }
    }
  }

  Sums sums_{};
  std::size_t clusters_ = 0;
  std::array<Sums, kSums> root_{};
};

/// Percentiles of draws, of which some said nothing.
class Draws {
 public:
  void add(const std::optional<double>& value) { value ? values_.push_back(*value) : void(++empty_); }

  [[nodiscard]] Interval interval(double least, double confidence) {
    std::ranges::sort(values_);
    const double all = static_cast<double>(values_.size() + empty_);
    const auto tail = static_cast<std::size_t>(std::floor((1.0 - confidence) / 2.0 * all));
    if (tail < empty_ || tail - empty_ >= values_.size()) return {least, 1.0};
    const std::size_t place = tail - empty_;
    return {values_[place], values_[values_.size() - 1 - place]};
  }

 private:
  std::vector<double> values_;
  std::size_t empty_ = 0;
};

}  // namespace

bool errors_allow(double positive, double labelled, const LabelErrors& errors) {
  if (labelled <= 0.0 || errors.sensitivity_trials <= 0.0 || errors.specificity_trials <= 0.0) return true;
  const double share = positive / labelled;
  const auto is_beyond = [&](double distance, double end, double trials) {
    const double variance = share * (1.0 - share) / labelled + end * (1.0 - end) / trials;
    return distance > 2.0 * std::sqrt(variance);
  };
  return !is_beyond(1.0 - errors.specificity - share, errors.specificity, errors.specificity_trials) &&
         !is_beyond(share - errors.sensitivity, errors.sensitivity, errors.sensitivity_trials);
}

ClassMeans means_by_label(std::span<const LabelledScore> items, double confidence) {
  return weighted_means(items, confidence, [](const LabelledScore& item) { return item.positive ? 1.0 : 0.0; });
}

ClassMeans means_by_probability(std::span<const LabelledScore> items, double confidence) {
  return weighted_means(items, confidence, [](const LabelledScore& item) {
    if (item.known) return item.positive ? 1.0 : 0.0;
    return item.probability;
  });
}

ClassMeans corrected_means(std::span<const LabelledScore> items, const LabelErrors& errors,
                           const CorrectionOptions& options) {
  ClassMeans means;
  means.positive.interval = means.negative.interval = means.share.interval = {0.0, 1.0};
  means.difference.interval = {-1.0, 1.0};
  const SumsOfClusters data(items);
  const auto& sums = data.sums();
  const bool has_labels = sums[n_positive] + sums[n_negative] > 0.0;
  if (has_labels && (errors.sensitivity_trials <= 0.0 || errors.specificity_trials <= 0.0)) return means;
  const Unmixed estimate(sums, errors.sensitivity, errors.specificity);
  means.positive.value = estimate.positive;
  means.negative.value = estimate.negative;
  means.difference.value = estimate.difference();
  means.share.value = estimate.share();
  if (data.clusters() < 2 || !estimate.is_defined) return means;
  const ErrorDraws of_errors(errors);
  Normals normal{Random(options.seed)};
  std::array<Draws, 4> draws;
  for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
    const auto [sensitivity, specificity] = of_errors.draw(normal);
    const Unmixed drawn(data.draw(normal), sensitivity, specificity);
    draws[0].add(drawn.positive);
    draws[1].add(drawn.negative);
    draws[2].add(drawn.difference());
    draws[3].add(drawn.share());
  }
  means.positive.interval = draws[0].interval(0.0, options.confidence);
  means.negative.interval = draws[1].interval(0.0, options.confidence);
  means.difference.interval = draws[2].interval(-1.0, options.confidence);
  means.share.interval = draws[3].interval(0.0, options.confidence);
  return means;
}

}  // namespace osler::stats
