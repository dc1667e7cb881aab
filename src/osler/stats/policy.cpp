#include "osler/stats/policy.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <vector>

#include "osler/stats/clustered.h"
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

std::optional<SurestRisk> risk_of_surest(std::span<const double> confidence_of, std::span<const double> correct,
                                         std::span<const std::size_t> cluster_of, std::size_t least,
                                         double confidence) {
  assert(confidence_of.size() == correct.size() && confidence_of.size() == cluster_of.size());
  if (least == 0 || least > confidence_of.size()) return std::nullopt;
  std::vector<double> sorted(confidence_of.begin(), confidence_of.end());
  const auto last = sorted.begin() + static_cast<std::ptrdiff_t>(least - 1);
  std::ranges::nth_element(sorted, last, std::ranges::greater());
  std::vector<double> scores;
  std::vector<std::size_t> clusters;
  for (std::size_t i = 0; i < confidence_of.size(); ++i) {
    if (confidence_of[i] < *last) continue;
    scores.push_back(correct[i]);
    clusters.push_back(cluster_of[i]);
  }
  const auto error = clustered_error(scores, clusters, 0.95);
  // Fewer than two clusters have a mean, but no error.
  const double mean =
      error ? error->mean : std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
  const auto standard_error = error ? std::optional(error->standard_error) : std::nullopt;
  const double low = lower_bound(mean, standard_error, error ? error->clusters : 1, confidence);
  return SurestRisk{scores.size(), 1.0 - mean, 1.0 - low};
}

}  // namespace osler::stats
