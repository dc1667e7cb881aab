#pragma once

#include <cstddef>
#include <optional>

#include "osler/stats/interval.h"

/// How far a rater (a judge) is to be trusted, from items on which a reference (people) has spoken too, and what that
/// means for what the rater measured. "Positive" is one of the two verdicts, for a judge: the answer is correct.
namespace osler::stats {

/// The items by what rater and reference say.
struct Confusion {
  std::size_t true_positives = 0;   ///< Both positive.
  std::size_t false_positives = 0;  ///< The rater positive, the reference negative.
  std::size_t false_negatives = 0;  ///< The rater negative, the reference positive.
  std::size_t true_negatives = 0;   ///< Both negative.

  void add(bool rater, bool reference);
  [[nodiscard]] std::size_t n() const;
  [[nodiscard]] std::size_t positives() const;  ///< By the reference.
  [[nodiscard]] std::size_t negatives() const;  ///< By the reference.
};

/// successes / n with wilson_interval(). Without trials nothing is known: no value, and [0, 1].
struct Proportion {
  std::size_t successes = 0;
  std::size_t n = 0;
  std::optional<double> value;
  Interval interval;
};

/// Precondition of all functions here: 0 < confidence < 1.
[[nodiscard]] Proportion proportion(std::size_t successes, std::size_t n, double confidence);
/// Of what the reference calls positive, how much the rater calls positive.
[[nodiscard]] Proportion sensitivity(const Confusion& table, double confidence);
/// Of what the reference calls negative, how much the rater calls negative.
[[nodiscard]] Proportion specificity(const Confusion& table, double confidence);
/// How often the two say the same.
[[nodiscard]] Proportion agreement(const Confusion& table, double confidence);

struct Kappa {
  double value = 0.0;
  double standard_error = 0.0;
  std::optional<Interval> interval;  ///< value -+ z standard_error, cut to [-1, 1]; none where that error is 0.
};

/// Cohen's kappa: agreement beyond what two raters with the same margins would have by chance. With p_ij the share of
/// items that the one puts into i and the other into j, p_i. and p_.j its sums, po = sum p_ii, pe = sum p_i. p_.i:
///
///     kappa = (po - pe) / (1 - pe)
///
/// J. Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.
/// Its variance for large samples, n (1 - pe)^2 times which is
///
///     sum_i p_ii (1 - (p_i. + p_.i)(1 - kappa))^2  +  (1 - kappa)^2 sum_{i != j} p_ij (p_.i + p_j.)^2
///     - (kappa - pe (1 - kappa))^2
///
/// J. L. Fleiss, J. Cohen, B. S. Everitt (1969), Large sample standard errors of kappa and weighted kappa,
/// Psychological Bulletin 72, 323-327. It is 0 where the two never differ, which is no certainty.
/// nullopt where kappa is not defined: no items, or both put all into the same one.
[[nodiscard]] std::optional<Kappa> cohens_kappa(const Confusion& table, double confidence);

/// A share that an imperfect rater measured, as it would be without the rater's errors.
struct Corrected {
  double value = 0.0;
  Interval interval;
};

/// Of `n` items the rater calls `positives` positive; `table` says how it errs. With AP = positives / n, Se and Sp:
///
///     (AP + Sp - 1) / (Se + Sp - 1),  cut to [0, 1]
///
/// W. J. Rogan, B. Gladen (1978), Estimating prevalence from the results of a screening test, American Journal of
/// Epidemiology 107, 71-76. The interval counts that Se and Sp are themselves estimates from few items: with z the
/// two-sided normal critical value, all three shares are moved towards the middle,
///
///     AP' = (n AP + z^2 / 2) / (n + z^2)      n'  = n + z^2
///     Se' = (n_Se Se + 1) / (n_Se + 2)        n_Se' = n_Se + 2, and likewise Sp'
///
/// and with P' = (AP' + Sp' - 1) / (Se' + Sp' - 1), V_Se = Se' (1 - Se') / n_Se' and V_Sp likewise:
///
///     P' + 2 z^2 (P' V_Se - (1 - P') V_Sp)
///         -+ z sqrt( AP' (1 - AP') / n' + P'^2 V_Se + (1 - P')^2 V_Sp ) / (Se' + Sp' - 1),  cut to [0, 1]
///
/// Z. Lang, J. Reiczigel (2014), Confidence limits for prevalence of disease adjusted for estimated sensitivity and
/// specificity, Preventive Veterinary Medicine 113, 13-22. It takes the three samples as independent,
/// and because it moves the shares, it can miss the estimate itself where few items tell Se or Sp.
/// Where Se' + Sp' <= 1 nothing is known: [0, 1]. nullopt where the estimate is not defined: no items, a reference
/// with one verdict only, or Se + Sp <= 1, a rater that is no better than a coin.
/// Precondition: positives <= n.
[[nodiscard]] std::optional<Corrected> corrected_share(std::size_t positives, std::size_t n, const Confusion& table,
                                                       double confidence);

}  // namespace osler::stats
