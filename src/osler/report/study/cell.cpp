#include "osler/report/study/cell.h"

#include <algorithm>
#include <numeric>

#include "osler/stats/chance.h"
#include "osler/stats/clustered.h"
#include "osler/stats/clusters.h"

namespace osler::report {
namespace {

/// Values of some of a cell's items, each with its cluster.
struct Sample {
  std::vector<double> values = {};
  std::vector<std::size_t> clusters = {};

  void add(double value, std::size_t cluster) {
    values.push_back(value);
    clusters.push_back(cluster);
  }
  [[nodiscard]] std::optional<Estimate> share() const { return of(0.0); }
  [[nodiscard]] std::optional<Estimate> difference() const { return of(-1.0); }

 private:
  [[nodiscard]] std::optional<Estimate> of(double low) const {
    if (values.empty()) return std::nullopt;
    return estimate(values, clusters, low, 1.0);
  }
};

bool parsed(Outcome outcome) { return outcome == Outcome::correct || outcome == Outcome::wrong; }

/// The items of both runs; `value` makes a number of an item's place.
template <class Value>
Sample paired(const StudyItems& items, const StudyAnswers& first, const StudyAnswers& second,
              std::span<const std::size_t> members, Value value) {
  Sample sample;
  for (const std::size_t i : members) {
    if (first.scores[i] < 0.0F || second.scores[i] < 0.0F) continue;
    sample.add(value(i), items.cluster_of[i]);
  }
  return sample;
}

void add_images(ControlFigures& figures, const StudyItems& items, const StudyCell& cell,
                std::span<const std::size_t> members) {
  const StudyAnswers& own = cell.answers;
  if (cell.no_image) {
    const StudyAnswers& blind = *cell.no_image;
    figures.blind = paired(items, own, blind, members, [&](auto i) { return double{blind.scores[i]}; }).share();
    figures.visual_reliance = paired(items, own, blind, members, [&](auto i) {
                                return double{own.scores[i]} - double{blind.scores[i]};
                              }).difference();
  }
  if (cell.shuffled_image) {
    const StudyAnswers& other = *cell.shuffled_image;
    figures.shuffled = paired(items, own, other, members, [&](auto i) { return double{other.scores[i]}; }).share();
    figures.image_sensitivity = paired(items, own, other, members, [&](auto i) {
                                  return own.answers[i] != other.answers[i] ? 1.0 : 0.0;
                                }).share();
  }
}

void add_orders(ControlFigures& figures, const StudyItems& items, const StudyCell& cell,
                std::span<const std::size_t> members) {
  if (!cell.permuted) return;
  const OtherOrders& other = *cell.permuted;
  Sample accuracy;
  Sample same;
  for (const std::size_t i : members) {
    if (other.orders[i] == 0 || cell.answers.scores[i] < 0.0F) continue;
    const double asked = 1.0 + double{static_cast<double>(other.orders[i])};
    accuracy.add((double{cell.answers.scores[i]} + double{other.scores[i]}) / asked, items.cluster_of[i]);
    const bool one_answer = cell.answers.answers[i] != 0 && other.answers[i] == cell.answers.answers[i];
    same.add(one_answer ? 1.0 : 0.0, items.cluster_of[i]);
  }
  figures.reordered = accuracy.values.size();
  figures.all_orders = accuracy.share();
  figures.consistency = same.share();
}

/// Enough points for a plot.
std::vector<stats::RiskPoint> thinned(const std::vector<stats::RiskPoint>& curve) {
  constexpr std::size_t kPoints = 100;
  if (curve.size() <= kPoints) return curve;
  std::vector<stats::RiskPoint> points;
  for (std::size_t i = 1; i <= kPoints; ++i) points.push_back(curve[i * curve.size() / kPoints - 1]);
  return points;
}

std::optional<ConfidenceFigures> confidence_of(const StudyItems& items, const StudyCell& cell,
                                               std::span<const std::size_t> members) {
  std::vector<double> sure;
  std::vector<double> correct;
  std::vector<double> chance;
  std::vector<std::size_t> clusters;
  for (const std::size_t i : members) {
    if (cell.answers.probability[i] < 0.0F || cell.answers.scores[i] < 0.0F) continue;
    sure.push_back(double{cell.answers.probability[i]});
    correct.push_back(double{cell.answers.scores[i]});
    chance.push_back(double{items.chance[i]});
    clusters.push_back(items.cluster_of[i]);
  }
  if (sure.empty() || 2 * sure.size() < members.size()) return std::nullopt;
  ConfidenceFigures figures;
  figures.n = sure.size();
  figures.mean = std::accumulate(sure.begin(), sure.end(), 0.0) / static_cast<double>(sure.size());
  figures.accuracy = std::accumulate(correct.begin(), correct.end(), 0.0) / static_cast<double>(sure.size());
  auto error = stats::calibration_error(sure, correct);
  figures.ece = error->ece;
  figures.debiased = error->debiased;
  figures.bins = std::move(error->bins);
  figures.brier = *stats::brier_score(sure, correct);
  figures.recalibrated =
      stats::calibration_error(stats::recalibrated(sure, correct, chance, clusters), correct)->debiased;
  const auto curve = stats::risk_coverage(sure, correct);
  figures.area_under_risk = *stats::area_under_risk(sure, correct);
  figures.coverage_at_5 = stats::coverage_at_risk(curve, 0.05);
  figures.coverage_at_10 = stats::coverage_at_risk(curve, 0.10);
  figures.curve = thinned(curve);
  return figures;
}

}  // namespace

std::vector<stats::ClusterShape> shapes_of(const StudyItems& items, const StudyCell& cell,
                                           std::span<const std::size_t> members) {
  std::vector<double> scores;
  std::vector<std::size_t> clusters;
  for (const std::size_t i : members) {
    if (cell.answers.scores[i] < 0.0F) continue;
    scores.push_back(double{cell.answers.scores[i]});
    clusters.push_back(items.cluster_of[i]);
  }
  return stats::cluster_shapes(scores, clusters);
}

std::vector<std::size_t> members_of(const StudyItems& items, std::size_t stratum) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < items.ids.size(); ++i) {
    if (stratum == 0 || name_of(items.capability[i]) == kStrata.at(stratum)) members.push_back(i);
  }
  return members;
}

std::optional<double> chance_of(const StudyItems& items, std::span<const std::size_t> members) {
  double sum = 0.0;
  for (const std::size_t i : members) {
    if (items.chance[i] < 0.0F) return std::nullopt;
    sum += double{items.chance[i]};
  }
  if (members.empty()) return std::nullopt;
  return sum / static_cast<double>(members.size());
}

Estimate estimate(std::span<const double> values, std::span<const std::size_t> cluster_of, double low, double high) {
  constexpr double kRounding = 1e-12;
  Estimate found;
  const auto error = stats::clustered_error(values, cluster_of, kConfidence);
  if (!error) {
    found.value = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    return found;
  }
  found.value = error->mean;
  found.standard_error = error->standard_error;
  if (error->standard_error > kRounding) {
    found.interval = {std::max(low, error->interval.low), std::min(high, error->interval.high)};
  }
  return found;
}

std::optional<CellFigures> accuracy_of(const StudyItems& items, const StudyCell& cell,
                                       std::span<const std::size_t> members) {
  CellFigures figures;
  Sample scores;
  std::size_t read = 0;
  std::vector<std::size_t> graded;
  for (const std::size_t i : members) {
    if (cell.answers.scores[i] < 0.0F) continue;
    graded.push_back(i);
    scores.add(double{cell.answers.scores[i]}, items.cluster_of[i]);
    read += parsed(cell.answers.outcomes[i]) ? 1U : 0U;
  }
  const auto accuracy = scores.share();
  if (!accuracy) return std::nullopt;
  figures.n = scores.values.size();
  figures.clusters = stats::count_clusters(scores.clusters);
  figures.finished = cell.finished;
  figures.accuracy = *accuracy;
  figures.parse_rate = static_cast<double>(read) / static_cast<double>(figures.n);
  figures.chance = chance_of(items, graded);
  if (figures.chance) figures.chance_corrected = stats::chance_corrected(accuracy->value, *figures.chance);
  return figures;
}

std::optional<CellFigures> figures_of(const StudyItems& items, const StudyCell& cell,
                                      std::span<const std::size_t> members) {
  auto figures = accuracy_of(items, cell, members);
  if (!figures) return figures;
  const auto shapes = shapes_of(items, cell, members);
  if (const auto drawn = stats::bootstrap_mean(shapes, {kReplicates, kBootstrapSeed, kConfidence})) {
    figures->bootstrap = drawn->interval;
  }
  add_images(figures->controls, items, cell, members);
  add_orders(figures->controls, items, cell, members);
  figures->confidence = confidence_of(items, cell, members);
  return figures;
}

}  // namespace osler::report
