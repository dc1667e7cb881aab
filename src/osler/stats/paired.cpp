#include "osler/stats/paired.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/complement.hpp>
#include <cassert>
#include <cmath>
#include <numeric>
#include <vector>

#include "osler/stats/clustered.h"
#include "osler/stats/critical.h"

namespace osler::stats {
namespace {

/// z_0.975 + z_0.8. A power of 0.8 is one-sided: z_0.8 bounds the middle 60%.
double critical_sum() { return normal_critical(0.95) + normal_critical(0.6); }

}  // namespace

double mcnemar_mid_p(std::size_t only_first, std::size_t only_second) {
  const std::size_t n = only_first + only_second;
  const std::size_t k = std::min(only_first, only_second);
  if (2 * k == n) return 1.0;  // Both sides alike, also when no item tells the systems apart.
  const boost::math::binomial distribution(static_cast<double>(n), 0.5);
  const auto successes = static_cast<double>(k);
  const double below = k == 0 ? 0.0 : boost::math::cdf(distribution, successes - 1);
  return std::min(1.0, 2 * below + boost::math::pdf(distribution, successes));
}

double mcnemar_exact(std::size_t only_first, std::size_t only_second) {
  const std::size_t n = only_first + only_second;
  const std::size_t k = std::min(only_first, only_second);
  if (n == 0) return 1.0;
  const boost::math::binomial distribution(static_cast<double>(n), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(distribution, static_cast<double>(k)));
}

double detectable_from_error(double standard_error) { return std::min(1.0, critical_sum() * standard_error); }

double detectable_difference(std::size_t discordant, std::size_t n) {
  if (n == 0) return 1.0;
  const double items = static_cast<double>(n);
  const double share = static_cast<double>(discordant) / items;
  const double z = critical_sum();
  // A difference is no larger than the share of items that differ, so it needs at least z^2 of them.
  return std::min(1.0, std::max(z * std::sqrt(share / items), z * z / items));
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t first, std::size_t second) { return p_values[first] < p_values[second]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - i) * p_values[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t first, std::size_t second) { return p_values[first] < p_values[second]; });
  std::vector<double> adjusted(p_values.size());
  double least = 1.0;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const std::size_t place = order[rank - 1];
    least = std::min(least, static_cast<double>(order.size()) * p_values[place] / static_cast<double>(rank));
    adjusted[place] = least;
  }
  return adjusted;
}

std::optional<PairedDifference> paired_difference(std::span<const double> first, std::span<const double> second,
                                                  std::span<const std::size_t> cluster_of, double confidence) {
  assert(first.size() == second.size());
  std::vector<double> differences(first.size());
  std::transform(first.begin(), first.end(), second.begin(), differences.begin(), std::minus<>());
  const auto error = clustered_error(differences, cluster_of, confidence);
  if (!error) return std::nullopt;
  PairedDifference result{error->mean, error->standard_error, error->clusters, error->interval, 1.0};
  if (result.standard_error > 0) {
    result.p = student_two_sided_p(result.difference / result.standard_error, static_cast<double>(result.clusters - 1));
  } else if (result.difference != 0) {
    result.p = std::ldexp(1.0, 1 - static_cast<int>(std::min<std::size_t>(result.clusters, 2000)));
  }
  return result;
}

}  // namespace osler::stats
