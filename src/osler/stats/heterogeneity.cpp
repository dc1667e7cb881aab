#include "osler/stats/heterogeneity.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/complement.hpp>
#include <cassert>
#include <cmath>

namespace osler::stats {
namespace {

double q_at(std::span<const double> estimates, std::span<const double> errors, double variance) {
  double weights = 0.0;
  double weighted = 0.0;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    const double weight = 1.0 / (errors[i] * errors[i] + variance);
    weights += weight;
    weighted += weight * estimates[i];
  }
  const double mean = weighted / weights;
  double q = 0.0;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    q += (estimates[i] - mean) * (estimates[i] - mean) / (errors[i] * errors[i] + variance);
  }
  return q;
}

/// The standard deviation at which Q has come down to `target`; 0 if it is below from the start.
double spread_where(std::span<const double> estimates, std::span<const double> errors, double target) {
  if (q_at(estimates, errors, 0.0) <= target) return 0.0;
  // Q <= sum of (y_i - m)^2 / variance, so that it is below the target where the variance is that sum over it.
  double mean = 0.0;
  for (const double estimate : estimates) mean += estimate / static_cast<double>(estimates.size());
  double squares = 0.0;
  for (const double estimate : estimates) squares += (estimate - mean) * (estimate - mean);
  double low = 0.0;
  double high = std::sqrt(squares / target);
  constexpr int kHalvings = 200;
  for (int i = 0; i < kHalvings && low < high; ++i) {
    const double middle = (low + high) / 2.0;
    if (middle <= low || middle >= high) break;
    (q_at(estimates, errors, middle * middle) > target ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

}  // namespace

std::optional<Heterogeneity> heterogeneity(std::span<const double> estimates, std::span<const double> errors,
                                           double confidence) {
  assert(estimates.size() == errors.size() && confidence > 0.0 && confidence < 1.0);
  assert(std::ranges::all_of(errors, [](double error) { return error > 0.0; }));
  if (estimates.size() < 2) return std::nullopt;
  const double degrees = static_cast<double>(estimates.size()) - 1.0;
  const boost::math::chi_squared distribution(degrees);
  const double tail = (1.0 - confidence) / 2.0;
  Heterogeneity found;
  found.q = q_at(estimates, errors, 0.0);
  found.p = boost::math::cdf(boost::math::complement(distribution, found.q));
  found.spread = spread_where(estimates, errors, degrees);
  found.interval = {spread_where(estimates, errors, boost::math::quantile(boost::math::complement(distribution, tail))),
                    spread_where(estimates, errors, boost::math::quantile(distribution, tail))};
  return found;
}

double spread_p(std::span<const double> estimates, std::span<const double> errors, double spread) {
  assert(estimates.size() == errors.size() && estimates.size() >= 2 && spread >= 0.0);
  const boost::math::chi_squared distribution(static_cast<double>(estimates.size()) - 1.0);
  const double q = q_at(estimates, errors, spread * spread);
  return std::min(1.0, 2.0 * std::min(boost::math::cdf(distribution, q),
                                      boost::math::cdf(boost::math::complement(distribution, q))));
}

}  // namespace osler::stats
