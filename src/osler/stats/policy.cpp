#include "osler/stats/policy.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "osler/stats/clustered.h"
#include "osler/stats/clusters.h"
#include "osler/stats/critical.h"
#include "osler/stats/interval.h"

namespace osler::stats {

double lower_bound(double mean, std::optional<double> standard_error, std::size_t clusters, double confidence) {
  assert(confidence > 0.5 && confidence < 1.0 && clusters > 0);
  constexpr double kRounding = 1e-12;
  const double share = std::clamp(mean, 0.0, 1.0);
  const double variance = share * (1.0 - share);
  const bool varies = standard_error && *standard_error > kRounding && variance > 0.0;
  const double trials = varies ? variance / (*standard_error * *standard_error) : static_cast<double>(clusters);
  const double critical =
      student_critical(2.0 * confidence - 1.0, static_cast<double>(std::max<std::size_t>(clusters, 2)) - 1.0);
  return wilson_interval_of_trials(share, trials, critical).low;
}

double safe_coverage(std::span<const double> confidence_of, std::span<const double> correct,
                     std::span<const std::size_t> cluster_of, double risk, double confidence) {
  assert(confidence_of.size() == correct.size() && confidence_of.size() == cluster_of.size());
  std::vector<std::size_t> order(confidence_of.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return confidence_of[a] > confidence_of[b]; });
  // A few hundred places along the curve: each asks for a clustered error of all that lies before it.
  constexpr std::size_t kPlaces = 200;
  double best = 0.0;
  std::vector<double> scores;
  std::vector<std::size_t> clusters;
  std::size_t next = 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    scores.push_back(correct[order[i]]);
    clusters.push_back(cluster_of[order[i]]);
    const bool tied = i + 1 < order.size() && confidence_of[order[i + 1]] == confidence_of[order[i]];
    if (tied || (scores.size() * kPlaces < next * order.size() && i + 1 < order.size())) continue;
    next = scores.size() * kPlaces / order.size() + 1;
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
    const auto error = clustered_error(scores, clusters, 0.95);
    const double low = lower_bound(mean, error ? std::optional(error->standard_error) : std::nullopt,
                                   count_clusters(clusters), confidence);
    if (1.0 - low <= risk) best = static_cast<double>(scores.size()) / static_cast<double>(order.size());
  }
  return best;
}

}  // namespace osler::stats
