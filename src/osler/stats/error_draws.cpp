#include "osler/stats/error_draws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace osler::stats {
namespace {

constexpr std::size_t kDraws = 4000;
constexpr std::uint64_t kSeed = 1;
/// More trials than this are certainty.
constexpr double kMostTrials = 1e6;

/// G. Marsaglia, W. W. Tsang (2000), A simple method for generating gamma variables, ACM Transactions on Mathematical
/// Software 26, 363-372; for shapes below 1 by the power of a uniform number, as they say.
double draw_gamma(double shape, Normals& normal) {
  if (shape < 1.0) {
    const double power = std::pow(normal.uniform(), 1.0 / shape);
    return draw_gamma(shape + 1.0, normal) * power;
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal();
    const double root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    if (std::log(normal.uniform()) < x * x / 2.0 + d - d * v + d * std::log(v)) return d * v;
  }
}

double draw_beta(double a, double b, Normals& normal) {
  const double first = draw_gamma(a, normal);
  const double sum = first + draw_gamma(b, normal);
  return sum > 0.0 ? first / sum : 0.5;
}

/// How many of so many items; of many by the normal distribution.
double draw_count(double items, double share, Normals& normal) {
  constexpr double kFew = 50.0;
  if (items > kFew) {
    const double drawn = items * share + std::sqrt(items * share * (1.0 - share)) * normal();
    return std::clamp(std::round(drawn), 0.0, items);
  }
  double count = 0.0;
  const auto whole = std::lround(items);
  for (long i = 0; i < whole; ++i) count += normal.uniform() <= share ? 1.0 : 0.0;
  return std::min(count, items);
}

/// Items by what the labeller says, then by what they are.
struct Table {
  std::array<std::array<double, 2>, 2> count{};

  void add(const CheckedStratum& stratum, double positive) {
    auto& row = count.at(stratum.labelled_positive ? 1 : 0);
    row[1] += positive;
    row[0] += stratum.items - positive;
  }
  [[nodiscard]] double of_class(std::size_t truth) const { return count[0].at(truth) + count[1].at(truth); }
  /// Of a class without items one half.
  [[nodiscard]] ErrorDraw shares() const {
    const auto share = [&](std::size_t truth) {
      const double all = of_class(truth);
      return all > 0.0 ? count.at(truth).at(truth) / all : 0.5;
    };
    return {share(1), share(0)};
  }
};

/// Mean and variance of draws of both, and their covariance.
struct Moments {
  std::array<double, 2> mean{};
  std::array<double, 2> variance{};
  double covariance = 0.0;

  explicit Moments(const std::vector<ErrorDraw>& draws) {
    const auto n = static_cast<double>(draws.size());
    for (const auto& draw : draws) {
      mean[0] += draw.sensitivity / n;
      mean[1] += draw.specificity / n;
    }
    for (const auto& draw : draws) {
      const double a = draw.sensitivity - mean[0];
      const double b = draw.specificity - mean[1];
      variance[0] += a * a / n;
      variance[1] += b * b / n;
      covariance += a * b / n;
    }
  }
  [[nodiscard]] double trials(std::size_t which) const {
    const double p = mean.at(which);
    constexpr double kRounding = 1e-15;
    return variance.at(which) > kRounding ? std::min(kMostTrials, p * (1.0 - p) / variance.at(which)) : kMostTrials;
  }
  [[nodiscard]] double correlation() const {
    const double scale = std::sqrt(variance[0] * variance[1]);
    return scale > 0.0 ? std::clamp(covariance / scale, -1.0, 1.0) : 0.0;
  }
};

Interval percentiles(std::vector<double> values, double confidence) {
  std::ranges::sort(values);
  const auto tail = static_cast<std::size_t>((1.0 - confidence) / 2.0 * static_cast<double>(values.size()));
  return {values[tail], values[values.size() - 1 - tail]};
}

}  // namespace

double Normals::operator()() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * random_.uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

ErrorDraw draw_errors(const std::vector<CheckedStratum>& strata, Normals& normal) {
  constexpr double kPrior = 1.0 / 3.0;
  Table table;
  for (const auto& stratum : strata) {
    double positive = stratum.positive;
    if (const double rest = stratum.items - stratum.checked; rest > 0.0) {
      const double share = draw_beta(stratum.positive + kPrior, stratum.checked - stratum.positive + kPrior, normal);
      positive += draw_count(rest, share, normal);
    }
    table.add(stratum, positive);
  }
  return table.shares();
}

std::optional<SampledErrors> errors_of_sample(std::vector<CheckedStratum> strata, double confidence) {
  Table table;
  for (const auto& stratum : strata) table.add(stratum, stratum.items * stratum.positive / stratum.checked);
  if (table.of_class(0) <= 0.0 || table.of_class(1) <= 0.0) return std::nullopt;
  Normals normal{Random(kSeed)};
  std::vector<ErrorDraw> draws;
  std::array<std::vector<double>, 3> values;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const auto draw = draws.emplace_back(draw_errors(strata, normal));
    values[0].push_back(draw.sensitivity);
    values[1].push_back(draw.specificity);
    values[2].push_back((draw.sensitivity + draw.specificity) / 2.0);
  }
  const Moments moments(draws);
  const auto seen = table.shares();
  SampledErrors found;
  found.errors = {seen.sensitivity,  moments.trials(0),     seen.specificity,
                  moments.trials(1), moments.correlation(), std::move(strata)};
  found.sensitivity = percentiles(std::move(values[0]), confidence);
  found.specificity = percentiles(std::move(values[1]), confidence);
  found.balanced = percentiles(std::move(values[2]), confidence);
  found.balanced_error =
      std::sqrt(std::max(0.0, moments.variance[0] + moments.variance[1] + 2.0 * moments.covariance)) / 2.0;
  return found;
}

ErrorDraws::LogitShare::LogitShare(double share, double trials) {
  const double hits = share * trials + 0.5;
  const double misses = (1.0 - share) * trials + 0.5;
  centre = std::log(hits / misses);
  deviation = std::sqrt(1.0 / hits + 1.0 / misses);
}

double ErrorDraws::LogitShare::at(double normal) const {
  return 1.0 / (1.0 + std::exp(-(centre + deviation * normal)));
}

ErrorDraws::ErrorDraws(const LabelErrors& errors)
    : errors_(errors),
      sensitivity_(errors.sensitivity, errors.sensitivity_trials),
      specificity_(errors.specificity, errors.specificity_trials) {}

ErrorDraw ErrorDraws::draw(Normals& normal) const {
  if (!errors_.strata.empty()) return draw_errors(errors_.strata, normal);
  const double apart = std::sqrt(std::max(0.0, 1.0 - errors_.correlation * errors_.correlation));
  const double first = normal();
  const double second = errors_.correlation * first + apart * normal();
  return {sensitivity_.at(first), specificity_.at(second)};
}

}  // namespace osler::stats
