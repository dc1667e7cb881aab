#include "osler/stats/agreement.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "osler/stats/critical.h"

namespace osler::stats {
namespace {

double share(std::size_t part, std::size_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

double square(double x) { return x * x; }

double in_unit(double x) { return std::clamp(x, 0.0, 1.0); }

/// A share after so many more trials, half of them successes, and its variance.
struct Adjusted {
  double value = 0.0;
  double variance = 0.0;
};

Adjusted adjusted(std::size_t successes, std::size_t n, double more_trials) {
  const double trials = static_cast<double>(n) + more_trials;
  const double value = (static_cast<double>(successes) + more_trials / 2.0) / trials;
  return {value, value * (1.0 - value) / trials};
}

Interval lang_reiczigel(std::size_t positives, std::size_t n, const Confusion& table, double confidence) {
  const double z = normal_critical(confidence);
  const Adjusted apparent = adjusted(positives, n, z * z);
  const Adjusted se = adjusted(table.true_positives, table.positives(), 2.0);
  const Adjusted sp = adjusted(table.true_negatives, table.negatives(), 2.0);
  const double youden = se.value + sp.value - 1.0;
  if (youden <= 0.0) return {0.0, 1.0};
  const double p = (apparent.value + sp.value - 1.0) / youden;
  const double shift = 2.0 * z * z * (p * se.variance - (1.0 - p) * sp.variance);
  const double reach =
      z * std::sqrt(apparent.variance + square(p) * se.variance + square(1.0 - p) * sp.variance) / youden;
  return {in_unit(p + shift - reach), in_unit(p + shift + reach)};
}

}  // namespace

void Confusion::add(bool rater, bool reference) {
  if (reference) {
    ++(rater ? true_positives : false_negatives);
  } else {
    ++(rater ? false_positives : true_negatives);
  }
}

std::size_t Confusion::n() const { return positives() + negatives(); }
std::size_t Confusion::positives() const { return true_positives + false_negatives; }
std::size_t Confusion::negatives() const { return true_negatives + false_positives; }

Proportion proportion(std::size_t successes, std::size_t n, double confidence) {
  Proportion found{successes, n, std::nullopt, wilson_interval(successes, n, confidence)};
  if (n > 0) found.value = share(successes, n);
  return found;
}

Proportion sensitivity(const Confusion& table, double confidence) {
  return proportion(table.true_positives, table.positives(), confidence);
}

Proportion specificity(const Confusion& table, double confidence) {
  return proportion(table.true_negatives, table.negatives(), confidence);
}

Proportion agreement(const Confusion& table, double confidence) {
  return proportion(table.true_positives + table.true_negatives, table.n(), confidence);
}

std::optional<Kappa> cohens_kappa(const Confusion& table, double confidence) {
  const std::size_t n = table.n();
  if (n == 0) return std::nullopt;
  const std::size_t called_positive = table.true_positives + table.false_positives;
  const bool one_verdict =
      (table.positives() == 0 && called_positive == 0) || (table.negatives() == 0 && called_positive == n);
  if (one_verdict) return std::nullopt;
  using Pair = std::array<double, 2>;
  const std::array<Pair, 2> p{Pair{share(table.true_positives, n), share(table.false_positives, n)},
                              Pair{share(table.false_negatives, n), share(table.true_negatives, n)}};
  const Pair row{p[0][0] + p[0][1], p[1][0] + p[1][1]};     // the rater's margin
  const Pair column{p[0][0] + p[1][0], p[0][1] + p[1][1]};  // the reference's
  const double observed = p[0][0] + p[1][1];
  const double expected = row[0] * column[0] + row[1] * column[1];
  Kappa kappa;
  kappa.value = std::clamp((observed - expected) / (1.0 - expected), -1.0, 1.0);
  const double rest = 1.0 - kappa.value;
  double sum = 0.0;
  for (std::size_t i = 0; i < 2; ++i) {
    sum += p[i][i] * square(1.0 - (row[i] + column[i]) * rest);
    sum += square(rest) * p[i][1 - i] * square(column[i] + row[1 - i]);
  }
  sum -= square(kappa.value - expected * rest);
  kappa.standard_error = std::sqrt(std::max(0.0, sum) / static_cast<double>(n)) / (1.0 - expected);
  const double reach = normal_critical(confidence) * kappa.standard_error;
  if (reach > 0.0) kappa.interval = Interval{std::max(-1.0, kappa.value - reach), std::min(1.0, kappa.value + reach)};
  return kappa;
}

std::optional<Corrected> corrected_share(std::size_t positives, std::size_t n, const Confusion& table,
                                         double confidence) {
  assert(positives <= n);
  if (n == 0 || table.positives() == 0 || table.negatives() == 0) return std::nullopt;
  const double sp = share(table.true_negatives, table.negatives());
  // In whole numbers, Se > 1 - Sp: a coin must not pass by rounding.
  if (table.true_positives * table.negatives() <= table.false_positives * table.positives()) return std::nullopt;
  const double youden = share(table.true_positives, table.positives()) + sp - 1.0;
  Corrected corrected;
  corrected.value = in_unit((share(positives, n) + sp - 1.0) / youden);
  corrected.interval = lang_reiczigel(positives, n, table, confidence);
  return corrected;
}

}  // namespace osler::stats
