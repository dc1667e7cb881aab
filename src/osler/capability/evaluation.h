#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "osler/capability/classifier.h"
#include "osler/core/error.h"
#include "osler/stats/agreement.h"
#include "osler/stats/interval.h"

namespace osler::capability {

struct Estimate {
  double value = 0.0;
  stats::Interval interval;
};

/// One point of the learning curve.
struct LearningPoint {
  double share = 1.0;  ///< Of the groups that were learned from.
  double items = 0.0;  ///< Learned from, on average over folds.
  double balanced_accuracy = 0.0;
  double auroc = 0.0;
};

/// How good a classifier is on items that it has not seen, nor any that share their image or question.
struct Evaluation {
  std::size_t items = 0;
  std::size_t groups = 0;
  double majority = 0.0;  ///< Accuracy of always naming the more frequent label.
  Estimate accuracy;
  Estimate balanced_accuracy;
  Estimate auroc;
  Estimate brier;
  Estimate calibration_slope;  ///< Of the logit of the probability: 1 if it means what it says, less if overconfident.
  double ece = 0.0;            ///< Over 15 bins of equal mass; no interval, as resampling biases it.
  stats::Confusion confusion;  ///< Positive is reasoning.
  std::vector<LearningPoint> curve;
  std::vector<double> probability;  ///< Of each item of the training set, by a model that has not seen it.
  std::vector<bool> predicted;

  /// Where the lower bound of balanced accuracy or of AUROC is no more than 1/2.
  [[nodiscard]] bool no_better_than_majority() const;
};

struct EvaluationOptions {
  TrainingOptions training;
  std::size_t folds = 5;
  std::size_t replicates = 1'000;
  double confidence = 0.95;
  std::vector<double> shares = {0.25, 0.5, 0.75};
};

/// Nested cross-validation: everything that is fitted, C and calibration included, is fitted without the fold that it
/// is measured on. Intervals are percentiles of a bootstrap of groups; they do not count that another deal of folds
/// would give other models. The same for the same seed on any number of threads.
[[nodiscard]] Result<Evaluation> evaluate_classifier(const TrainingSet& set, const EvaluationOptions& options);

/// Area under the ROC curve, by ranks: the chance that a true item has the larger value than a false one, ties half.
/// `weight` counts the items. nullopt where one of the labels is missing.
[[nodiscard]] std::optional<double> auroc(std::span<const double> values, const std::vector<bool>& labels,
                                          std::span<const double> weight = {});

}  // namespace osler::capability
