#include "osler/report/study/cell.h"

#include <algorithm>
#include <numeric>

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

}  // namespace

std::vector<std::size_t> members_of(const StudyItems& items, std::size_t stratum) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < items.ids.size(); ++i) {
    if (stratum == 0 || name_of(items.capability[i]) == kStrata.at(stratum)) members.push_back(i);
  }
  return members;
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

std::optional<CellFigures> figures_of(const StudyItems& items, const StudyCell& cell,
                                      std::span<const std::size_t> members) {
  CellFigures figures;
  Sample scores;
  std::size_t read = 0;
  double chance = 0.0;
  bool knows_chance = true;
  for (const std::size_t i : members) {
    if (cell.answers.scores[i] < 0.0F) continue;
    scores.add(double{cell.answers.scores[i]}, items.cluster_of[i]);
    read += parsed(cell.answers.outcomes[i]) ? 1U : 0U;
    knows_chance = knows_chance && items.chance[i] >= 0.0F;
    chance += double{items.chance[i]};
  }
  const auto accuracy = scores.share();
  if (!accuracy) return std::nullopt;
  figures.n = scores.values.size();
  figures.clusters = stats::count_clusters(scores.clusters);
  figures.finished = cell.finished;
  figures.accuracy = *accuracy;
  figures.parse_rate = static_cast<double>(read) / static_cast<double>(figures.n);
  if (knows_chance) {
    figures.chance = chance / static_cast<double>(figures.n);
    if (*figures.chance < 1.0) figures.chance_corrected = (accuracy->value - *figures.chance) / (1.0 - *figures.chance);
  }
  add_images(figures.controls, items, cell, members);
  add_orders(figures.controls, items, cell, members);
  return figures;
}

}  // namespace osler::report
