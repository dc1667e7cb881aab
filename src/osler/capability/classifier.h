#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "osler/capability/logistic.h"
#include "osler/capability/sparse_rows.h"
#include "osler/core/error.h"
#include "osler/core/item.h"

namespace osler::capability {

/// What a classifier learns from. "True" is reasoning, everywhere in this room.
struct TrainingSet {
  Features features;
  std::vector<bool> labels;
  std::vector<std::size_t> groups;  ///< Items of one group never straddle folds.
};

/// The items that have a gold label and features, in the items' order. Errors: none of one of the labels, or no more
/// than one group of it.
[[nodiscard]] Result<TrainingSet> training_set(const std::vector<Item>& items, const Features& features);

/// SHA-256 over ids, labels and features.
[[nodiscard]] std::string training_hash(const TrainingSet& set);

/// J. C. Platt (1999), Probabilistic outputs for support vector machines: 1 / (1 + exp(-(slope * score + intercept))).
struct Calibration {
  double slope = 1.0;
  double intercept = 0.0;

  [[nodiscard]] double probability(double score) const;
};

/// Fits it to scores of items that the scoring model had not seen, by Newton's method, with Platt's targets
/// (n_true + 1) / (n_true + 2) and 1 / (n_false + 2). `weight` counts the items, once each where it is empty.
[[nodiscard]] Calibration fit_calibration(std::span<const double> scores, const std::vector<bool>& labels,
                                          std::span<const double> weight = {});

/// Understanding or reasoning, from features.
struct Classifier {
  std::string identity;  ///< Of the features.
  bool counts = false;
  std::vector<float> idf;  ///< Empty unless `counts`.
  Weights weights;
  Calibration calibration;
  /// An item is reasoning where its probability is at least this: the share of reasoning that was learned from, so that
  /// neither label wins by being frequent.
  double threshold = 0.5;
  double cost = 1.0;  ///< LIBLINEAR's C.
};

struct TrainingOptions {
  std::size_t folds = 3;  ///< Of the inner cross-validation.
  std::uint64_t seed = 1;
  std::vector<double> costs = {0.03, 0.3, 3.0, 30.0, 300.0};
};

/// Learns from the rows `of`. C is the one with the least log loss of calibrated scores over grouped inner folds; the
/// scores of these folds calibrate as well. The result depends on nothing but the arguments.
/// Error: one of the labels is missing from a fold, for want of items.
[[nodiscard]] Result<Classifier> train_classifier(const TrainingSet& set, std::span<const std::size_t> of,
                                                  const TrainingOptions& options);

/// The probability that each row is reasoning. Error: features of another identity, or of another size.
[[nodiscard]] Result<std::vector<double>> probabilities(const Classifier& classifier, const Features& features);

}  // namespace osler::capability
