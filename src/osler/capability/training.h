#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "osler/capability/features.h"
#include "osler/capability/folds.h"
#include "osler/capability/logistic.h"
#include "osler/core/error.h"

namespace osler::capability {

/// What a classifier learns from. `truth` is 1 for reasoning, 0 for understanding; all three are of the same rows.
struct TrainingData {
  const Features* features = nullptr;  ///< Never null; belongs to the caller.
  std::vector<std::uint8_t> truth = {};
  Groups groups = {};
};

/// The regularisations to choose from: C of fit_path().
inline constexpr std::array<double, 7> kPenalties{0.0625, 0.25, 1.0, 4.0, 16.0, 64.0, 256.0};

struct TrainingOptions {
  std::size_t folds = 5;                           ///< Outer and inner alike; 2 at least.
  GroupBy group_by = GroupBy::image_and_question;  ///< How the groups of the data were made.
  std::uint64_t seed = 1;
};

/// Whoever waits for a training: can end it, and is told how many of its fits are done, by several threads. What was
/// ended fails with ErrorCode::interrupted.
struct TrainingWatch {
  std::stop_token stop = {};
  std::function<void(std::size_t done, std::size_t total)> tell = {};
};

struct Prediction {
  double decision = 0.0;     ///< Above 0: reasoning, the classes' errors counting alike.
  double probability = 0.5;  ///< Of reasoning, calibrated: where reasoning is frequent it is above 0.5 at decision 0.
};

/// A classifier as it was fitted on some rows.
struct Fitted {
  Preprocessing preprocessing = {};
  LinearModel model = {};
  PlattScale scale = {};
  double penalty = 1.0;
  std::array<double, kPenalties.size()> log_losses = {};  ///< Mean over the rows, in inner cross-validation.

  [[nodiscard]] Prediction predict(const Features& features, std::size_t row, std::vector<Term>& scratch) const;
};

/// Fits on each set of rows: in `folds` folds of it that split no group, C is chosen by the log loss of what was not
/// seen (with the classes' frequencies put back, which their weights had evened out), probabilities are fitted to those
/// decisions, and the model then on all rows of the set. All folds of all sets share the threads; the result depends on
/// the seed alone. Fails where a class has too few groups for the folds.
[[nodiscard]] Result<std::vector<Fitted>> fit_each(const TrainingData& data,
                                                   std::span<const std::vector<std::size_t>> row_sets,
                                                   const TrainingOptions& options, const TrainingWatch& watch = {});

/// A classifier on all rows, and what classifiers that were fitted without a row's fold, the choice of C and the
/// probabilities included, say of it.
struct CrossValidated {
  Fitted whole = {};
  std::vector<Fitted> outer = {};            ///< By fold.
  std::vector<std::size_t> fold_of = {};     ///< By row.
  std::vector<Prediction> predictions = {};  ///< By row.
};
[[nodiscard]] Result<CrossValidated> cross_validate(const TrainingData& data, const TrainingOptions& options,
                                                    const TrainingWatch& watch = {});

/// What classifiers come to that learn from a part of the groups: of each outer fold's training rows this share, with
/// that fold's C. By row; probabilities are on the scale of the fold's own classifier. A share too small to hold both
/// classes: nothing.
struct CurvePoint {
  double share = 1.0;
  std::size_t rows = 0;  ///< Mean number of rows learned from.
  std::vector<double> decisions = {};
  std::vector<double> probabilities = {};
};
[[nodiscard]] Result<std::vector<CurvePoint>> learning_curve(const TrainingData& data, const CrossValidated& done,
                                                             std::span<const double> shares,
                                                             const TrainingOptions& options,
                                                             const TrainingWatch& watch = {});

}  // namespace osler::capability
