#include "osler/capability/evaluation.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "osler/stats/calibration.h"
#include "osler/stats/clustered.h"
#include "osler/stats/clusters.h"
#include "osler/stats/critical.h"
#include "osler/stats/policy.h"
#include "osler/stats/random.h"

namespace osler::capability {
namespace {

constexpr double kConfidence = 0.95;
using Truth = std::span<const std::uint8_t>;
using GroupOf = std::span<const std::size_t>;

/// The mean of what items add to a measure.
Measure measure_of(std::span<const double> parts, GroupOf group_of) {
  Measure measure;
  measure.interval = {0.0, 1.0};
  const auto error = stats::clustered_error(parts, group_of, kConfidence);
  if (!error) {
    measure.value = std::accumulate(parts.begin(), parts.end(), 0.0) / std::max(1.0, static_cast<double>(parts.size()));
    return measure;
  }
  measure.value = std::clamp(error->mean, 0.0, 1.0);
  measure.standard_error = error->standard_error;
  constexpr double kRounding = 1e-12;
  if (error->standard_error > kRounding) {
    measure.interval = {std::clamp(error->interval.low, 0.0, 1.0), std::clamp(error->interval.high, 0.0, 1.0)};
  } else {
    const double n = static_cast<double>(error->clusters);
    const double successes = std::clamp(error->mean, 0.0, 1.0) * n;
    measure.interval = stats::wilson_interval_of_scores(successes, error->clusters, kConfidence);
  }
  return measure;
}

std::array<double, 2> class_sizes(Truth truth) {
  const auto ones = static_cast<double>(std::ranges::count(truth, 1));
  return {static_cast<double>(truth.size()) - ones, ones};
}

std::size_t groups_with(std::uint8_t label, Truth truth, GroupOf group_of) {
  std::unordered_set<std::size_t> groups;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == label) groups.insert(group_of[i]);
  }
  return groups.size();
}

/// The mean within one class.
Measure measure_within(std::uint8_t label, std::span<const double> parts, Truth truth, GroupOf group_of) {
  std::vector<double> own;
  std::vector<std::size_t> groups;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (truth[i] != label) continue;
    own.push_back(parts[i]);
    groups.push_back(group_of[i]);
  }
  return measure_of(own, groups);
}

/// Means within the two classes, with their variances over groups and the covariance of groups that have items of both.
struct ClassMeans {
  std::array<double, 2> mean{};
  std::array<double, 2> variance{};
  std::array<double, 2> groups{};
  double covariance = 0.0;

  ClassMeans(std::span<const double> parts, Truth truth, GroupOf group_of) {
    const auto sizes = class_sizes(truth);
    for (std::size_t i = 0; i < parts.size(); ++i) mean.at(truth[i]) += parts[i] / sizes.at(truth[i]);
    for (auto& share : mean) share = std::min(1.0, share);        // adding may round beyond it
    std::unordered_map<std::size_t, std::array<double, 4>> sums;  // of both classes, then how many
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto& sum = sums[group_of[i]];
      sum.at(truth[i]) += (parts[i] - mean.at(truth[i])) / sizes.at(truth[i]);
      sum.at(2U + truth[i]) += 1.0;
    }
    for (const auto& [group, sum] : sums) {
      for (std::size_t c = 0; c < 2; ++c) {
        groups.at(c) += sum.at(2 + c) > 0.0 ? 1.0 : 0.0;
        variance.at(c) += sum.at(c) * sum.at(c);
      }
      covariance += sum[0] * sum[1];
    }
    const auto all = static_cast<double>(sums.size());
    if (all > 1.0) covariance *= all / (all - 1.0);
    for (std::size_t c = 0; c < 2; ++c) {
      if (groups.at(c) > 1.0) variance.at(c) *= groups.at(c) / (groups.at(c) - 1.0);
    }
  }

  /// Of a share that was seen in `trials`, with half a hit and half a miss more: also where all were right.
  [[nodiscard]] double smoothed(std::size_t c, double trials) const {
    const double share = (mean.at(c) * trials + 0.5) / (trials + 1.0);
    return share * (1.0 - share) / (trials + 1.0);
  }
  /// The quantile for a sum of both, whose errors are known from so many groups each. F. E. Satterthwaite (1946),
  /// Biometrics Bulletin 2, 110-114.
  [[nodiscard]] double critical() const {
    double below = 0.0;
    for (std::size_t c = 0; c < 2; ++c) below += variance.at(c) * variance.at(c) / (groups.at(c) - 1.0);
    const double both = variance[0] + variance[1];
    return stats::student_critical(kConfidence, std::max(1.0, both * both / below));
  }
  /// Of the two means' errors; 0 where one does not vary.
  [[nodiscard]] double correlation() const {
    if (!varies(0) || !varies(1)) return 0.0;
    return std::clamp(covariance / std::sqrt(variance[0] * variance[1]), -1.0, 1.0);
  }
  [[nodiscard]] bool varies(std::size_t c) const {
    constexpr double kRounding = 1e-12;
    return variance.at(c) > kRounding * kRounding;
  }
  [[nodiscard]] bool has_groups() const { return groups[0] > 1.0 && groups[1] > 1.0; }
};

/// How far a class's share may be from what was seen, downwards and upwards: as stats::lower_bound has it.
std::array<double, 2> reaches_of(const ClassMeans& classes, std::size_t c) {
  constexpr double kOneSided = (1.0 + kConfidence) / 2.0;
  const double mean = classes.mean.at(c);
  const double error = std::sqrt(classes.variance.at(c));
  const auto groups = static_cast<std::size_t>(classes.groups.at(c));
  return {mean - stats::lower_bound(mean, error, groups, kOneSided),
          1.0 - stats::lower_bound(1.0 - mean, error, groups, kOneSided) - mean};
}

/// The mean of the two classes' shares of hits. Its interval is put together from those of the two, which know how
/// small a class is, and that one in which all were right is not without error.
Measure mean_of_classes(std::span<const double> hits, Truth truth, GroupOf group_of) {
  const ClassMeans classes(hits, truth, group_of);
  Measure measure{(classes.mean[0] + classes.mean[1]) / 2.0, 0.0, {0.0, 1.0}};
  if (!classes.has_groups()) return measure;
  const double sum = classes.variance[0] + classes.variance[1] + 2.0 * classes.covariance;
  measure.standard_error = std::sqrt(std::max(0.0, sum)) / 2.0;
  const double correlation = classes.correlation();
  const auto first = reaches_of(classes, 0);
  const auto second = reaches_of(classes, 1);
  const auto both = [&](std::size_t side) {
    const double a = first.at(side);
    const double b = second.at(side);
    return std::sqrt(std::max(0.0, a * a + b * b + 2.0 * correlation * a * b)) / 2.0;
  };
  measure.interval = {std::max(0.0, measure.value - both(0)), std::min(1.0, measure.value + both(1))};
  return measure;
}

/// For each item the share of the other class that is on the right side of it; ties count half.
std::vector<double> placements(std::span<const double> decisions, Truth truth) {
  std::vector<std::size_t> order(decisions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return decisions[i]; });
  const auto sizes = class_sizes(truth);
  std::vector<double> placed(decisions.size());
  std::array<double, 2> below{};
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    std::array<double, 2> here{};
    while (end < order.size() && decisions[order[end]] == decisions[order[begin]]) ++here.at(truth[order[end++]]);
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t item = order[i];
      placed[item] =
          truth[item] == 1 ? (below[0] + here[0] / 2.0) / sizes[0] : (sizes[1] - below[1] - here[1] / 2.0) / sizes[1];
    }
    below[0] += here[0];
    below[1] += here[1];
    begin = end;
  }
  return placed;
}

/// The mean placement of either class; its interval is made on the logit scale, which ends where shares do. Where the
/// classes are parted altogether it is Wilson's of as many items as the smaller class has groups.
Measure auroc_of(std::span<const double> decisions, Truth truth, GroupOf group_of) {
  ClassMeans classes(placements(decisions, truth), truth, group_of);
  const double area = classes.mean[1];
  Measure measure{area, 0.0, {0.0, 1.0}};
  if (!classes.has_groups()) return measure;
  constexpr double kRounding = 1e-12;
  if (area < kRounding || area > 1.0 - kRounding) {
    const double groups = std::min(classes.groups[0], classes.groups[1]);
    measure.interval = stats::wilson_interval_of_scores(area * groups, static_cast<std::size_t>(groups), kConfidence);
    return measure;
  }
  for (std::size_t c = 0; c < 2; ++c) {
    if (!classes.varies(c)) classes.variance.at(c) = classes.smoothed(c, classes.groups.at(c));
  }
  const double sum = classes.variance[0] + classes.variance[1] + 2.0 * classes.covariance;
  measure.standard_error = std::sqrt(std::max(0.0, sum));
  const double reach = classes.critical() * measure.standard_error / (area * (1.0 - area));
  const double centre = std::log(area / (1.0 - area));
  const auto share = [](double logit) { return 1.0 / (1.0 + std::exp(-logit)); };
  measure.interval = {share(centre - reach), share(centre + reach)};
  return measure;
}

std::vector<double> hits_of(std::span<const double> decisions, Truth truth) {
  std::vector<double> hits;
  hits.reserve(decisions.size());
  for (std::size_t i = 0; i < decisions.size(); ++i)
    hits.push_back((decisions[i] > 0.0) == (truth[i] == 1) ? 1.0 : 0.0);
  return hits;
}

std::optional<Measure> slope_of(std::span<const double> probabilities, Truth truth, GroupOf group_of) {
  constexpr double kEnd = 1e-9;
  std::vector<double> log_odds;
  for (const double p : probabilities) {
    const double inner = std::clamp(p, kEnd, 1.0 - kEnd);
    log_odds.push_back(std::log(inner / (1.0 - inner)));
  }
  const auto line = fit_line(log_odds, truth, group_of);
  if (!line) return std::nullopt;
  const double reach = stats::normal_critical(kConfidence) * line->slope_error;
  return Measure{line->slope, line->slope_error, {line->slope - reach, line->slope + reach}};
}

double error_of(std::span<const double> probabilities, std::span<const double> truth) {
  constexpr std::size_t kBins = 10;
  const auto error = stats::calibration_error(probabilities, truth, kBins);
  return error ? error->ece : 0.0;
}

stats::Interval bootstrap_error(std::span<const double> probabilities, std::span<const double> truth, GroupOf group_of,
                                std::uint64_t seed) {
  constexpr std::size_t kReplicates = 400;
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    if (group_of[i] >= members.size()) members.resize(group_of[i] + 1);
    members[group_of[i]].push_back(i);
  }
  std::erase_if(members, [](const auto& group) { return group.empty(); });
  std::vector<double> errors;
  for (std::size_t replicate = 0; replicate < kReplicates; ++replicate) {
    auto random = stats::Random::for_block(seed, replicate);
    std::vector<double> drawn_probabilities;
    std::vector<double> drawn_truth;
    for (std::size_t draw = 0; draw < members.size(); ++draw) {
      for (const auto item : members[random.next() % members.size()]) {
        drawn_probabilities.push_back(probabilities[item]);
        drawn_truth.push_back(truth[item]);
      }
    }
    errors.push_back(error_of(drawn_probabilities, drawn_truth));
  }
  // Drawing again adds to the error what drawing once has added: that much is taken off.
  const double mean = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(kReplicates);
  const double excess = mean - error_of(probabilities, truth);
  std::ranges::sort(errors);
  constexpr std::size_t kTail = kReplicates / 40;  // 2.5%
  return {std::max(0.0, errors[kTail] - excess), std::max(0.0, errors[kReplicates - 1 - kTail] - excess)};
}

}  // namespace

Evaluation evaluate(std::span<const Prediction> predictions, Truth truth, GroupOf group_of, std::uint64_t seed) {
  assert(predictions.size() == truth.size() && truth.size() == group_of.size());
  Evaluation result;
  result.items = truth.size();
  result.groups = stats::count_clusters(group_of);
  for (std::size_t c = 0; c < 2; ++c)
    result.groups_of_class.at(c) = groups_with(static_cast<std::uint8_t>(c), truth, group_of);
  std::vector<double> decisions;
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    decisions.push_back(predictions[i].decision);
    probabilities.push_back(predictions[i].probability);
    result.confusion.add(predictions[i].decision > 0.0, truth[i] == 1);
  }
  const auto hits = hits_of(decisions, truth);
  const auto sizes = class_sizes(truth);
  const double share = sizes[1] / (sizes[0] + sizes[1]);
  const std::uint8_t frequent = sizes[1] >= sizes[0] ? 1 : 0;
  std::vector<double> actual(truth.begin(), truth.end());
  std::vector<double> of_majority;
  std::vector<double> squares;
  std::vector<double> squares_of_majority;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    of_majority.push_back(truth[i] == frequent ? 1.0 : 0.0);
    squares.push_back((probabilities[i] - actual[i]) * (probabilities[i] - actual[i]));
    squares_of_majority.push_back((share - actual[i]) * (share - actual[i]));
  }
  result.accuracy = measure_of(hits, group_of);
  result.majority = measure_of(of_majority, group_of);
  result.balanced_accuracy = mean_of_classes(hits, truth, group_of);
  result.sensitivity = measure_within(1, hits, truth, group_of);
  result.specificity = measure_within(0, hits, truth, group_of);
  // Of probabilities: the folds' decisions are not on one scale.
  result.auroc = auroc_of(probabilities, truth, group_of);
  result.brier = measure_of(squares, group_of);
  result.brier_majority = measure_of(squares_of_majority, group_of);
  result.calibration_slope = slope_of(probabilities, truth, group_of);
  result.calibration_error = error_of(probabilities, actual);
  result.calibration_error_interval = bootstrap_error(probabilities, actual, group_of, seed);
  return result;
}

CurveMeasures evaluate_curve(std::span<const double> decisions, std::span<const double> probabilities, Truth truth,
                             GroupOf group_of) {
  const auto hits = hits_of(decisions, truth);
  return {measure_of(hits, group_of), mean_of_classes(hits, truth, group_of), auroc_of(probabilities, truth, group_of)};
}

bool no_better_than_majority(const Measure& balanced_accuracy, const Measure& auroc) {
  return balanced_accuracy.interval.low <= 0.5 || auroc.interval.low <= 0.5;
}

}  // namespace osler::capability
