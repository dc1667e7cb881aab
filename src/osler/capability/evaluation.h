#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/capability/training.h"
#include "osler/stats/agreement.h"
#include "osler/stats/interval.h"

namespace osler::capability {

/// A measure of a classifier with its standard error and 95% interval, which count groups of items.
struct Measure {
  double value = 0.0;
  double standard_error = 0.0;
  stats::Interval interval = {};
};

/// How good predictions are that were made of items not learned from. "Positive" is reasoning.
struct Evaluation {
  std::size_t items = 0;
  std::size_t groups = 0;
  std::array<std::size_t, 2> groups_of_class = {};  ///< With items of understanding, of reasoning.
  stats::Confusion confusion = {};
  Measure accuracy = {};
  Measure majority = {};  ///< What naming the more frequent class everywhere would get right.
  Measure balanced_accuracy = {};
  Measure sensitivity = {};
  Measure specificity = {};
  Measure auroc = {};
  Measure brier = {};                               ///< Of the calibrated probabilities.
  Measure brier_majority = {};                      ///< Of the classes' frequency as everybody's probability.
  std::optional<Measure> calibration_slope = {};    ///< Of truth on the log odds; 1 is right, below 1 too sure.
  double calibration_error = 0.0;                   ///< stats::calibration_error in 10 bins.
  stats::Interval calibration_error_interval = {};  ///< Percentiles of a bootstrap over groups, less its bias.
};

/// Preconditions: the spans have equal size, both classes occur.
///
/// Means have stats::clustered_error over groups. Balanced accuracy and area under the ROC curve are of two classes,
/// one of which may be small. The interval of the balanced accuracy is put together from those of the two classes
/// (stats::lower_bound): G. Y. Zou, A. Donner (2008), Statistics in Medicine 27, 1693-1702. The area's variance is the
/// sum of the classes' own, with the covariance of groups that have items of both, and Student's t has the degrees of
/// freedom that the two allow. An item's part in the area is the share of the other class on the right side of it, and
/// the interval is made on the logit scale. E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44,
/// 837-845; N. A. Obuchowski (1997), Nonparametric analysis of clustered ROC curve data, Biometrics 53, 567-578; M. S.
/// Pepe (2003), The statistical evaluation of medical tests for classification and prediction, 5.2.5. Intervals are cut
/// to [0, 1]. A mean without any variation has Wilson's interval with the number of groups.
[[nodiscard]] Evaluation evaluate(std::span<const Prediction> predictions, std::span<const std::uint8_t> truth,
                                  std::span<const std::size_t> group_of, std::uint64_t seed);

/// The same of a point of a learning curve, of the decisions and (AUROC) of the probabilities, which are on one scale.
struct CurveMeasures {
  Measure accuracy = {};
  Measure balanced_accuracy = {};
  Measure auroc = {};
};
[[nodiscard]] CurveMeasures evaluate_curve(std::span<const double> decisions, std::span<const double> probabilities,
                                           std::span<const std::uint8_t> truth, std::span<const std::size_t> group_of);

/// Whether labels say no more than the name of the more frequent class would: the interval of the balanced accuracy, or
/// of the AUROC, reaches down to one half.
[[nodiscard]] bool no_better_than_majority(const Measure& balanced_accuracy, const Measure& auroc);

}  // namespace osler::capability
