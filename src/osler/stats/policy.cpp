#include "osler/stats/policy.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "osler/stats/critical.h"
#include "osler/stats/interval.h"

namespace osler::stats {
namespace {

/// The clustered error (clustered.h) of scores that come one by one: with S_g the sum and n_g the number of a cluster,
/// sum over g of (S_g - m n_g)^2 = sum of S_g^2 - 2 m sum of S_g n_g + m^2 sum of n_g^2.
class GrowingError {
 public:
  void add(double score, std::size_t cluster) {
    auto& [sum, n] = of_cluster_[cluster];
    sum_sum_ += score * (2.0 * sum + score);
    sum_n_ += sum + score * (n + 1.0);
    n_n_ += 2.0 * n + 1.0;
    sum += score;
    n += 1.0;
    total_ += score;
    items_ += 1.0;
  }
  [[nodiscard]] std::size_t clusters() const { return of_cluster_.size(); }
  [[nodiscard]] double mean() const { return total_ / items_; }
  [[nodiscard]] double standard_error() const {
    const double squares = sum_sum_ - 2.0 * mean() * sum_n_ + mean() * mean() * n_n_;
    // What rounding leaves of a difference of such terms is no variation.
    if (squares < 1e-12 * n_n_ || clusters() < 2) return 0.0;
    const auto count = static_cast<double>(clusters());
    return std::sqrt(count / (count - 1.0) * squares) / items_;
  }

 private:
  std::unordered_map<std::size_t, std::pair<double, double>> of_cluster_;
  double sum_sum_ = 0.0;
  double sum_n_ = 0.0;
  double n_n_ = 0.0;
  double total_ = 0.0;
  double items_ = 0.0;
};

}  // namespace

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
  // A few hundred places along the curve: each asks for a quantile of t.
  constexpr std::size_t kPlaces = 200;
  double best = 0.0;
  GrowingError answered;
  std::size_t next = 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    answered.add(correct[order[i]], cluster_of[order[i]]);
    const std::size_t count = i + 1;
    const bool tied = count < order.size() && confidence_of[order[count]] == confidence_of[order[i]];
    if (tied || (count * kPlaces < next * order.size() && count < order.size())) continue;
    next = count * kPlaces / order.size() + 1;
    const double low = lower_bound(answered.mean(), answered.standard_error(), answered.clusters(), confidence);
    if (1.0 - low <= risk) best = static_cast<double>(count) / static_cast<double>(order.size());
  }
  return best;
}

}  // namespace osler::stats
