#include "osler/capability/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "osler/capability/folds.h"
#include "osler/core/parallel.h"
#include "osler/stats/calibration.h"
#include "osler/stats/random.h"

namespace osler::capability {
namespace {

double logit(double p) {
  const double inside = std::clamp(p, 1e-9, 1.0 - 1e-9);
  return std::log(inside / (1.0 - inside));
}

enum Measure : std::size_t { kAccuracy, kBalanced, kAuroc, kBrier, kSlope, kMeasures };
using Measures = std::array<double, kMeasures>;

/// All measures of weighted items; nullopt where one of the labels is missing.
std::optional<Measures> measure(const Evaluation& out, const std::vector<bool>& labels,
                                const std::vector<double>& logits, std::span<const double> weight) {
  const auto area = auroc(out.probability, labels, weight);
  if (!area) return std::nullopt;
  std::array<double, 2> count{};
  std::array<double, 2> hit{};
  double brier = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t label = labels[i] ? 1 : 0;
    count[label] += weight[i];
    if (out.predicted[i] == labels[i]) hit[label] += weight[i];
    const double miss = out.probability[i] - static_cast<double>(label);
    brier += weight[i] * miss * miss;
  }
  const double all = count[0] + count[1];
  return Measures{(hit[0] + hit[1]) / all, (hit[0] / count[0] + hit[1] / count[1]) / 2.0, *area, brier / all,
                  fit_calibration(logits, labels, weight).slope};
}

void bootstrap(const TrainingSet& set, const EvaluationOptions& options, Evaluation& out) {
  const std::size_t n = set.labels.size();
  std::map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> group_of;
  for (const std::size_t group : set.groups)
    group_of.push_back(numbers.try_emplace(group, numbers.size()).first->second);
  out.groups = numbers.size();
  std::vector<double> logits;
  for (const double p : out.probability) logits.push_back(logit(p));
  const auto point = measure(out, set.labels, logits, std::vector<double>(n, 1.0)).value_or(Measures{});
  std::vector<std::optional<Measures>> drawn(options.replicates);
  for_each_index(options.replicates, [&](std::size_t replicate) {
    auto random = stats::Random::for_block(options.training.seed, replicate);
    std::vector<double> times(out.groups, 0.0);
    for (std::size_t i = 0; i < out.groups; ++i) times[random.next() % out.groups] += 1.0;
    std::vector<double> weight(n);
    for (std::size_t i = 0; i < n; ++i) weight[i] = times[group_of[i]];
    drawn[replicate] = measure(out, set.labels, logits, weight);
  });
  const std::array<Estimate*, kMeasures> estimates{&out.accuracy, &out.balanced_accuracy, &out.auroc, &out.brier,
                                                   &out.calibration_slope};
  for (std::size_t m = 0; m < kMeasures; ++m) {
    std::vector<double> values;
    for (const auto& measures : drawn) {
      if (measures) values.push_back((*measures)[m]);
    }
    std::sort(values.begin(), values.end());
    const double tail = (1.0 - options.confidence) / 2.0;
    const auto at = [&](double share) {
      return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
    };
    estimates[m]->value = point[m];
    // Without a replicate nothing is known.
    estimates[m]->interval = values.empty() ? stats::Interval{0.0, 1.0} : stats::Interval{at(tail), at(1.0 - tail)};
  }
}

/// The rows of a share of the groups, drawn from the seed: a larger share holds a smaller one.
std::vector<std::size_t> share_of(const TrainingSet& set, const std::vector<std::size_t>& rows, double share,
                                  std::uint64_t seed) {
  std::vector<std::size_t> chosen;
  for (const std::size_t row : rows) {
    if (stats::Random::for_block(seed, set.groups[row]).uniform() < share) chosen.push_back(row);
  }
  return chosen;
}

Features rows_of(const Features& features, std::span<const std::size_t> of) {
  Features out{features.identity, features.counts, {}, {}};
  out.rows.columns = features.rows.columns;
  for (const std::size_t row : of) {
    for (std::size_t i = features.rows.begin[row]; i < features.rows.begin[row + 1]; ++i) {
      out.rows.column.push_back(features.rows.column[i]);
      out.rows.value.push_back(features.rows.value[i]);
    }
    out.rows.begin.push_back(out.rows.column.size());
  }
  return out;
}

/// One fold at one share of what is left to learn from.
struct Part {
  std::size_t fold = 0;
  double share = 1.0;
  std::size_t learned = 0;
  Result<std::vector<double>> probability;
  double threshold = 0.5;
};

void learn(const TrainingSet& set, const std::vector<std::size_t>& fold_of, const EvaluationOptions& options,
           Part& part) {
  std::vector<std::size_t> rest;
  std::vector<std::size_t> held_out;
  for (std::size_t i = 0; i < fold_of.size(); ++i) (fold_of[i] == part.fold ? held_out : rest).push_back(i);
  TrainingOptions training = options.training;
  if (part.share < 1.0) rest = share_of(set, rest, part.share, training.seed);
  part.learned = rest.size();
  const auto classifier = train_classifier(set, rest, training);
  if (!classifier) {
    part.probability = pass(classifier);
    return;
  }
  part.threshold = classifier->threshold;
  part.probability = probabilities(*classifier, rows_of(set.features, held_out));
}

/// Puts the folds of one share together.
void gather(const std::vector<std::size_t>& fold_of, const std::vector<Part>& parts, double share, Evaluation& out) {
  out.probability.assign(fold_of.size(), 0.0);
  out.predicted.assign(fold_of.size(), false);
  for (const auto& part : parts) {
    if (part.share != share) continue;
    std::size_t next = 0;
    for (std::size_t i = 0; i < fold_of.size(); ++i) {
      if (fold_of[i] != part.fold) continue;
      out.probability[i] = (*part.probability)[next++];
      out.predicted[i] = out.probability[i] >= part.threshold;
    }
  }
}

LearningPoint point_of(const TrainingSet& set, const std::vector<Part>& parts, double share, const Evaluation& at) {
  LearningPoint point{share, 0.0, 0.0, auroc(at.probability, set.labels).value_or(0.5)};
  double folds = 0.0;
  for (const auto& part : parts) {
    if (part.share != share) continue;
    point.items += static_cast<double>(part.learned);
    folds += 1.0;
  }
  point.items /= folds;
  const std::vector<double> once(set.labels.size(), 1.0);
  std::vector<double> logits(set.labels.size(), 0.0);
  if (const auto measures = measure(at, set.labels, logits, once)) point.balanced_accuracy = (*measures)[kBalanced];
  return point;
}

}  // namespace

bool Evaluation::no_better_than_majority() const {
  return balanced_accuracy.interval.low <= 0.5 || auroc.interval.low <= 0.5;
}

std::optional<double> auroc(std::span<const double> values, const std::vector<bool>& labels,
                            std::span<const double> weight) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  double below = 0.0;
  double trues = 0.0;
  double pairs = 0.0;
  for (std::size_t i = 0; i < order.size();) {
    std::array<double, 2> tied{};
    std::size_t end = i;
    for (; end < order.size() && values[order[end]] == values[order[i]]; ++end) {
      tied[labels[order[end]] ? 1 : 0] += weight.empty() ? 1.0 : weight[order[end]];
    }
    pairs += tied[1] * (below + tied[0] / 2.0);
    below += tied[0];
    trues += tied[1];
    i = end;
  }
  if (below <= 0.0 || trues <= 0.0) return std::nullopt;
  return pairs / (below * trues);
}

Result<Evaluation> evaluate_classifier(const TrainingSet& set, const EvaluationOptions& options) {
  const std::size_t n = set.labels.size();
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto fold_of = deal_folds(all, set.groups, set.labels, options.folds, options.training.seed + 1);
  std::vector<double> shares{1.0};
  shares.insert(shares.end(), options.shares.begin(), options.shares.end());
  std::vector<Part> parts;
  for (const double share : shares) {
    for (std::size_t fold = 0; fold < options.folds; ++fold) parts.push_back({fold, share, 0, {}, 0.5});
  }
  for_each_index(parts.size(), [&](std::size_t i) { learn(set, fold_of, options, parts[i]); });
  Evaluation out;
  out.items = n;
  std::reverse(shares.begin(), shares.end());
  for (const double share : shares) {
    const auto failed = std::find_if(parts.begin(), parts.end(),
                                     [&](const Part& part) { return part.share == share && !part.probability; });
    // A small share may lack a label; the curve then begins later.
    if (failed != parts.end() && share < 1.0) continue;
    if (failed != parts.end()) return pass(failed->probability);
    gather(fold_of, parts, share, out);
    out.curve.push_back(point_of(set, parts, share, out));
  }
  std::sort(out.curve.begin(), out.curve.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
  std::vector<double> correct;
  for (std::size_t i = 0; i < n; ++i) {
    out.confusion.add(out.predicted[i], set.labels[i]);
    correct.push_back(set.labels[i] ? 1.0 : 0.0);
  }
  const auto reasoning = static_cast<double>(out.confusion.positives()) / static_cast<double>(n);
  out.majority = std::max(reasoning, 1.0 - reasoning);
  if (const auto error = stats::calibration_error(out.probability, correct)) out.ece = error->ece;
  bootstrap(set, options, out);
  return out;
}

}  // namespace osler::capability
