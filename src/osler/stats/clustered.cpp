#include "osler/stats/clustered.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "osler/stats/critical.h"

namespace osler::stats {
namespace {

struct Scored {
  std::size_t cluster;
  double score;
};

// Sorting fixes the order of every sum below, whatever order the items came in.
std::vector<Scored> sorted_by_cluster(std::span<const double> scores, std::span<const std::size_t> cluster_of) {
  std::vector<Scored> sorted;
  sorted.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) sorted.push_back({cluster_of[i], scores[i]});
  std::sort(sorted.begin(), sorted.end(), [](const Scored& a, const Scored& b) {
    return std::tie(a.cluster, a.score) < std::tie(b.cluster, b.score);
  });
  return sorted;
}

// One number per cluster: the square of its summed residuals.
std::vector<double> squared_sums(const std::vector<Scored>& sorted, double mean) {
  std::vector<double> squares;
  double sum = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i].score - mean;
    if (i + 1 == sorted.size() || sorted[i + 1].cluster != sorted[i].cluster) {
      squares.push_back(sum * sum);
      sum = 0.0;
    }
  }
  std::sort(squares.begin(), squares.end());
  return squares;
}

}  // namespace

std::optional<ClusteredError> clustered_error(std::span<const double> scores, std::span<const std::size_t> cluster_of,
                                              double confidence) {
  assert(scores.size() == cluster_of.size());
  const auto sorted = sorted_by_cluster(scores, cluster_of);
  if (sorted.empty() || sorted.front().cluster == sorted.back().cluster) return std::nullopt;

  const double n = static_cast<double>(sorted.size());
  const double mean = std::accumulate(sorted.begin(), sorted.end(), 0.0,
                                      [](double sum, const Scored& scored) { return sum + scored.score; }) /
                      n;
  const auto squares = squared_sums(sorted, mean);
  const double clusters = static_cast<double>(squares.size());
  const double variance = clusters / (clusters - 1.0) * std::accumulate(squares.begin(), squares.end(), 0.0) / (n * n);
  const double error = std::sqrt(variance);
  const double reach = student_critical(confidence, clusters - 1.0) * error;
  return ClusteredError{mean, error, squares.size(), {mean - reach, mean + reach}};
}

}  // namespace osler::stats
