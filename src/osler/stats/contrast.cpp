#include "osler/stats/contrast.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "osler/stats/critical.h"

namespace osler::stats {
namespace {

struct Side {
  double mean = 0.0;
  double factor = 0.0;                      ///< G / (G - 1).
  std::map<std::size_t, double> influence;  ///< By cluster: of its items on the mean.
};

std::optional<Side> side_of(const ScoredItems& items) {
  assert(items.scores.size() == items.cluster_of.size());
  // By cluster and score, so that every sum is the same to the last bit for any order of the items.
  std::vector<std::pair<std::size_t, double>> sorted;
  for (std::size_t i = 0; i < items.scores.size(); ++i) sorted.emplace_back(items.cluster_of[i], items.scores[i]);
  std::ranges::sort(sorted);
  Side side;
  const auto n = static_cast<double>(sorted.size());
  for (const auto& [cluster, score] : sorted) side.mean += score;
  side.mean /= n;
  for (const auto& [cluster, score] : sorted) side.influence[cluster] += (score - side.mean) / n;
  if (side.influence.size() < 2) return std::nullopt;
  const auto clusters = static_cast<double>(side.influence.size());
  side.factor = clusters / (clusters - 1.0);
  return side;
}

/// A part of the variance: from clusters of one side only, or of both.
struct Part {
  double variance = 0.0;
  std::size_t clusters = 0;

  void add(double influence) {
    variance += influence * influence;
    ++clusters;
  }
};

}  // namespace

std::optional<MeanContrast> mean_contrast(const ScoredItems& first, const ScoredItems& second, double confidence) {
  const auto a = side_of(first);
  const auto b = side_of(second);
  if (!a || !b) return std::nullopt;
  const double scale_a = std::sqrt(a->factor);
  const double scale_b = std::sqrt(b->factor);
  Part only_a;
  Part only_b;
  Part both;
  for (const auto& [cluster, influence] : a->influence) {
    const auto other = b->influence.find(cluster);
    if (other == b->influence.end()) {
      only_a.add(scale_a * influence);
    } else {
      both.add(scale_a * influence - scale_b * other->second);
    }
  }
  for (const auto& [cluster, influence] : b->influence) {
    if (!a->influence.contains(cluster)) only_b.add(scale_b * influence);
  }
  const std::array<std::pair<Part, double>, 3> parts = {
      {{only_a, a->factor}, {only_b, b->factor}, {both, std::max(a->factor, b->factor)}}};
  double variance = 0.0;
  double spread = 0.0;
  MeanContrast found;
  for (const auto& [part, factor] : parts) {
    found.clusters += part.clusters;
    variance += part.variance;
    if (part.clusters > 0) {
      spread += part.variance * part.variance * factor / static_cast<double>(part.clusters);
    }
  }
  found.difference = a->mean - b->mean;
  found.standard_error = std::sqrt(variance);
  const bool varies = found.standard_error > 1e-12;
  found.degrees_of_freedom =
      varies ? std::max(1.0, variance * variance / spread) : static_cast<double>(found.clusters) - 1.0;
  const double reach = student_critical(confidence, found.degrees_of_freedom) * found.standard_error;
  found.interval = {found.difference - reach, found.difference + reach};
  if (varies) found.p = student_two_sided_p(found.difference / found.standard_error, found.degrees_of_freedom);
  return found;
}

}  // namespace osler::stats
