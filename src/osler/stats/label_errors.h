#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/stats/interval.h"

/// Means of scores in two classes, where the class of an item is known only by a label that errs. "Positive" is one of
/// the classes.
namespace osler::stats {

/// Items that a labeller gave one label, and what those of them are that somebody checked.
struct CheckedStratum {
  bool labelled_positive = false;
  double items = 0.0;     ///< All, those that were checked included.
  double checked = 0.0;   ///< Drawn at random; 0 < checked <= items.
  double positive = 0.0;  ///< Of those checked, the ones that are.

  bool operator==(const CheckedStratum&) const = default;
};

/// How a labeller errs, and how well that is known.
struct LabelErrors {
  double sensitivity = 1.0;         ///< Share of the positive class that it labels positive.
  double sensitivity_trials = 0.0;  ///< As well known as from so many independent items; 0: not known.
  double specificity = 1.0;         ///< Share of the other class that it labels negative.
  double specificity_trials = 0.0;
  double correlation = 0.0;  ///< Of the two estimates, in [-1, 1]; 0 where they are of different items.
  /// Where the errors were seen in a sample of the labelled items themselves: they say how the two shares vary, of
  /// which the trials and the correlation are a summary. Empty where they were seen elsewhere.
  std::vector<CheckedStratum> strata = {};

  bool operator==(const LabelErrors&) const = default;
};

/// The errors of a labeller as a sample of its items tells them, with intervals.
struct SampledErrors {
  LabelErrors errors = {};
  Interval sensitivity = {};
  Interval specificity = {};
  Interval balanced = {};  ///< Of the mean of the two.
  double balanced_error = 0.0;
};

/// The two shares are those of all items that the strata hold, each stratum by the share that was seen in it; intervals
/// are percentiles of draws (error_draws.h). nullopt where one of the classes was not seen.
[[nodiscard]] std::optional<SampledErrors> errors_of_sample(std::vector<CheckedStratum> strata, double confidence);

/// Whether a labeller with these errors can have called so many of its items positive: their share lies within 1 - Sp
/// to Se, whatever the items are, or no more than two standard errors of both outside. True where nothing is known.
[[nodiscard]] bool errors_allow(double positive, double labelled, const LabelErrors& errors);

/// An item that was scored and labelled.
struct LabelledScore {
  double score = 0.0;        ///< In [0, 1].
  bool positive = false;     ///< Its label.
  bool known = false;        ///< The label is the truth.
  double probability = 0.5;  ///< Of being positive; of a known item it is 0 or 1, whatever stands here.
  std::size_t cluster = 0;
  /// What the labeller says whose errors are given, also of an item that somebody else labelled. The errors are those
  /// of all the items that it labelled; without those that were checked, the others are not like that.
  std::optional<bool> labeller = {};
};

/// No value where it is not defined; the interval is then all that is possible.
struct PartMean {
  std::optional<double> value = {};
  Interval interval = {};
};

struct ClassMeans {
  PartMean positive = {};
  PartMean negative = {};
  PartMean difference = {};  ///< Positive less negative.
  PartMean share = {};       ///< Of the positive class.
};

/// As if labels were the truth: means with stats::clustered_error, cut to [0, 1] (differences to [-1, 1]).
/// The preconditions here and below: scores and probabilities are in [0, 1], 0 < confidence < 1.
[[nodiscard]] ClassMeans means_by_label(std::span<const LabelledScore> items, double confidence);

/// Every item counts in both classes, by its probability p:  sum p_i s_i / sum p_i,  and with 1 - p_i. True where
/// probabilities are calibrated and a score does not depend on the class once the probability is given; intervals from
/// the ratio's first-order error over clusters, of the scores alone.
[[nodiscard]] ClassMeans means_by_probability(std::span<const LabelledScore> items, double confidence);

struct CorrectionOptions {
  double confidence = 0.95;
  std::size_t replicates = 4000;
  std::uint64_t seed = 1;
};

/// What the means were if labels did not err. With n1, n0 the items labelled positive and negative, S1, S0 the sums of
/// their scores, Se, Sp and J = Se + Sp - 1, items and scores of the positive class are
///
///     n+ = (Sp n1 - (1 - Sp) n0) / J        S+ = (Sp S1 - (1 - Sp) S0) / J
///     n- = (Se n0 - (1 - Se) n1) / J        S- = (Se S0 - (1 - Se) S1) / J
///
/// to which those of known items are added that the labeller did not label; the means S+ / n+ and S- / n- are cut to
/// [0, 1]. The first line is the estimate of W. J. Rogan, B. Gladen (1978), American Journal of Epidemiology 107,
/// 71-76, and both solve the mixture of the two classes in what each label holds. Assumed: given the true class,
/// whether an item is labelled wrongly has nothing to do with its score; and Se and Sp are the same where they were
/// measured.
///
/// The interval is of a parametric bootstrap, percentiles of `replicates` draws by seed: the sums from the normal
/// distribution with their covariance over clusters, Se and Sp as draw_errors() has them where a sample of these items
/// told them, else, correlated as given, from logit-normal distributions with the smoothed shares (k + 1/2) / (n + 1)
/// and the variance 1 / (k + 1/2) + 1 / (n - k + 1/2), k and n as known from `trials`. A draw with J <= 0 or without
/// items in the class says nothing: it counts at both ends.
/// Without a value: J <= 0, no items in the class, or errors of unknown size.
[[nodiscard]] ClassMeans corrected_means(std::span<const LabelledScore> items, const LabelErrors& errors,
                                         const CorrectionOptions& options);

}  // namespace osler::stats
