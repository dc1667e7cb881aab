#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// How far a model's confidence in its answers is to be believed. `confidence` is in [0, 1], `correct` 0 or 1 (or a
/// score in between), `cluster_of` the images. Preconditions of all: the spans have equal size, no value is NaN.
namespace osler::stats {

/// One bin of a reliability diagram.
struct CalibrationBin {
  std::size_t n = 0;
  double confidence = 0.0;  ///< Mean.
  double accuracy = 0.0;
};

/// Bins in rising order of confidence. The b-th ends where b / bins of the items are in, or behind the last of equal
/// confidences there: these stay in one bin, and the bins whose place they fill are left out.
[[nodiscard]] std::vector<CalibrationBin> equal_mass_bins(std::span<const double> confidence,
                                                          std::span<const double> correct, std::size_t bins);

struct CalibrationError {
  double ece = 0.0;       ///< Expected calibration error: sum over bins of n_b / n |accuracy_b - confidence_b|.
  double debiased = 0.0;  ///< Root of the debiased squared error; 0 where that is below 0.
  std::vector<CalibrationBin> bins = {};
};

/// M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
/// AAAI; bins of equal mass. Of finite samples that error is too large even for a calibrated model; the debiased one
/// takes off what chance puts into each bin,
///
///     sum over bins of n_b / n ( (accuracy_b - confidence_b)^2 - accuracy_b (1 - accuracy_b) / (n_b - 1) )
///
/// A. Kumar, P. Liang, T. Ma (2019), Verified uncertainty calibration, NeurIPS, definition 5.1, for the squared error;
/// its root is in the unit of the first. Bins of one item are left out of it. nullopt without items. Precondition: bins
/// > 0.
[[nodiscard]] std::optional<CalibrationError> calibration_error(std::span<const double> confidence,
                                                                std::span<const double> correct, std::size_t bins = 15);

/// Brier score, mean of (confidence - correct)^2, and what it is made of over the bins that are given:
///
///     brier = reliability - resolution + uncertainty + within
///
/// A. H. Murphy (1973), A new vector partition of the probability score, J. Applied Meteorology 12, 595-600. Where the
/// confidences within a bin differ, a rest remains: the within-bin variance less twice the within-bin covariance of
/// D. B. Stephenson, C. A. S. Coelho, I. T. Jolliffe (2008), Two extra components in the Brier score decomposition,
/// Weather and Forecasting 23, 752-757.
struct BrierScore {
  double score = 0.0;
  double reliability = 0.0;
  double resolution = 0.0;
  double uncertainty = 0.0;
  double within = 0.0;
};
[[nodiscard]] std::optional<BrierScore> brier_score(std::span<const double> confidence, std::span<const double> correct,
                                                    std::size_t bins = 15);

/// Confidence p in one of k options at a temperature T, as a softmax of the options' log-probabilities over T would
/// have it if the others shared the rest equally:
///
///     logit p' = logit(1 / k) + (logit p - logit(1 / k)) / T
///
/// so that a high T leads to 1 / k, what a guess is right with. `chance` is 1 / k; where it is not in (0, 1) (an open
/// question, options that are not known) the answer is taken as one of two: right or not. 0 and 1 are moved off the
/// ends by 1e-6. Where only two of many options compete, this pulls too far down.
[[nodiscard]] double at_temperature(double confidence, double chance, double temperature);

/// The temperature, between 0.05 and 20, at which the log loss of these confidences is least. C. Guo, G. Pleiss, Y.
/// Sun, K. Q. Weinberger (2017), On calibration of modern neural networks, ICML, of which this is what can be done
/// where only the chosen option's probability is known. nullopt without items. Precondition: as many chances as
/// confidences.
[[nodiscard]] std::optional<double> fit_temperature(std::span<const double> confidence, std::span<const double> correct,
                                                    std::span<const double> chance);

/// Every confidence at the temperature that was fitted on the other folds. Clusters are dealt to the folds in their
/// order, so no image is on both sides. Fewer than two clusters: the confidences as they are.
/// Preconditions: as many chances as confidences, folds >= 2.
[[nodiscard]] std::vector<double> recalibrated(std::span<const double> confidence, std::span<const double> correct,
                                               std::span<const double> chance, std::span<const std::size_t> cluster_of,
                                               std::size_t folds = 5);

}  // namespace osler::stats
