#include "osler/stats/calibration.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>

namespace osler::stats {
namespace {

constexpr double kEdge = 1e-6;

std::vector<std::size_t> by_confidence(std::span<const double> confidence) {
  std::vector<std::size_t> order(confidence.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return confidence[a] < confidence[b]; });
  return order;
}

/// Half-open ranges of the order, one for each bin.
std::vector<std::pair<std::size_t, std::size_t>> bin_ranges(std::span<const double> confidence,
                                                            const std::vector<std::size_t>& order, std::size_t bins) {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::size_t begin = 0;
  for (std::size_t bin = 1; bin <= bins && begin < order.size(); ++bin) {
    std::size_t end = order.size() * bin / bins;
    if (end <= begin) continue;  // equal confidences have filled this bin's place already
    while (end < order.size() && confidence[order[end]] == confidence[order[end - 1]]) ++end;
    ranges.emplace_back(begin, end);
    begin = end;
  }
  return ranges;
}

double logit(double p) {
  const double inside = std::clamp(p, kEdge, 1.0 - kEdge);
  return std::log(inside / (1.0 - inside));
}

/// Where a high temperature leads to, as log-odds.
double logit_of_guess(double chance) { return chance > 0.0 && chance < 1.0 ? logit(chance) : 0.0; }

}  // namespace

std::vector<CalibrationBin> equal_mass_bins(std::span<const double> confidence, std::span<const double> correct,
                                            std::size_t bins) {
  assert(confidence.size() == correct.size() && bins > 0);
  const auto order = by_confidence(confidence);
  std::vector<CalibrationBin> found;
  for (const auto& [begin, end] : bin_ranges(confidence, order, bins)) {
    CalibrationBin bin;
    bin.n = end - begin;
    for (std::size_t i = begin; i < end; ++i) {
      bin.confidence += confidence[order[i]] / static_cast<double>(bin.n);
      bin.accuracy += correct[order[i]] / static_cast<double>(bin.n);
    }
    found.push_back(bin);
  }
  return found;
}

std::optional<CalibrationError> calibration_error(std::span<const double> confidence, std::span<const double> correct,
                                                  std::size_t bins) {
  if (confidence.empty()) return std::nullopt;
  CalibrationError found;
  found.bins = equal_mass_bins(confidence, correct, bins);
  double squared = 0.0;
  for (const auto& bin : found.bins) {
    const double share = static_cast<double>(bin.n) / static_cast<double>(confidence.size());
    const double gap = bin.accuracy - bin.confidence;
    found.ece += share * std::abs(gap);
    if (bin.n < 2) continue;
    squared += share * (gap * gap - bin.accuracy * (1.0 - bin.accuracy) / (static_cast<double>(bin.n) - 1.0));
  }
  found.debiased = std::sqrt(std::max(0.0, squared));
  return found;
}

std::optional<BrierScore> brier_score(std::span<const double> confidence, std::span<const double> correct,
                                      std::size_t bins) {
  if (confidence.empty()) return std::nullopt;
  const auto n = static_cast<double>(confidence.size());
  BrierScore found;
  double mean = 0.0;
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    found.score += (confidence[i] - correct[i]) * (confidence[i] - correct[i]) / n;
    mean += correct[i] / n;
  }
  for (const double one : correct) found.uncertainty += (one - mean) * (one - mean) / n;
  const auto order = by_confidence(confidence);
  for (const auto& [begin, end] : bin_ranges(confidence, order, bins)) {
    const auto size = static_cast<double>(end - begin);
    double p = 0.0;
    double y = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      p += confidence[order[i]] / size;
      y += correct[order[i]] / size;
    }
    found.reliability += size / n * (p - y) * (p - y);
    found.resolution += size / n * (y - mean) * (y - mean);
    for (std::size_t i = begin; i < end; ++i) {
      const double deviation = confidence[order[i]] - p;
      found.within += deviation * (deviation - 2.0 * (correct[order[i]] - y)) / n;
    }
  }
  return found;
}

double at_temperature(double confidence, double chance, double temperature) {
  const double guess = logit_of_guess(chance);
  return 1.0 / (1.0 + std::exp(-(guess + (logit(confidence) - guess) / temperature)));
}

std::optional<double> fit_temperature(std::span<const double> confidence, std::span<const double> correct,
                                      std::span<const double> chance) {
  assert(confidence.size() == correct.size() && confidence.size() == chance.size());
  if (confidence.empty()) return std::nullopt;
  std::vector<double> guess(confidence.size());
  std::vector<double> beyond(confidence.size());  // the guess
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    guess[i] = logit_of_guess(chance[i]);
    beyond[i] = logit(confidence[i]) - guess[i];
  }
  const auto loss = [&](double log_temperature) {
    const double temperature = std::exp(log_temperature);
    double sum = 0.0;
    for (std::size_t i = 0; i < guess.size(); ++i) {
      // log(1 + exp(x)) without overflow.
      const double x = guess[i] + beyond[i] / temperature;
      const double soft = std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
      sum += soft - correct[i] * x;
    }
    return sum;
  };
  // The loss is convex in 1 / temperature, so it has one valley in its logarithm too.
  constexpr int kBits = 30;
  const auto best = boost::math::tools::brent_find_minima(loss, std::log(0.05), std::log(20.0), kBits);
  return std::exp(best.first);
}

std::vector<double> recalibrated(std::span<const double> confidence, std::span<const double> correct,
                                 std::span<const double> chance, std::span<const std::size_t> cluster_of,
                                 std::size_t folds) {
  assert(confidence.size() == correct.size() && confidence.size() == chance.size());
  assert(confidence.size() == cluster_of.size() && folds >= 2);
  std::vector<double> result(confidence.begin(), confidence.end());
  std::map<std::size_t, std::size_t> place;
  for (const std::size_t cluster : cluster_of) place.emplace(cluster, 0);
  if (place.size() < 2) return result;
  std::size_t next = 0;
  for (auto& [cluster, fold] : place) fold = next++ % folds;
  for (std::size_t fold = 0; fold < std::min(folds, place.size()); ++fold) {
    std::vector<double> p;
    std::vector<double> y;
    std::vector<double> guess;
    for (std::size_t i = 0; i < confidence.size(); ++i) {
      if (place[cluster_of[i]] == fold) continue;
      p.push_back(confidence[i]);
      y.push_back(correct[i]);
      guess.push_back(chance[i]);
    }
    const auto temperature = fit_temperature(p, y, guess);
    for (std::size_t i = 0; temperature && i < confidence.size(); ++i) {
      if (place[cluster_of[i]] == fold) result[i] = at_temperature(confidence[i], chance[i], *temperature);
    }
  }
  return result;
}

}  // namespace osler::stats
