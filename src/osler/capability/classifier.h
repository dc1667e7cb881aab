#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/capability/evaluation.h"
#include "osler/capability/training.h"
#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/stats/label_errors.h"

namespace osler::capability {

/// What a classifier was trained on.
struct TrainingSource {
  std::string row_set = {};  ///< "medxpertqa-mm:test (hf)".
  std::string row_set_hash = {};
  std::size_t items = 0;
  std::size_t reasoning = 0;
  std::string hash = {};               ///< training_hash().
  std::vector<std::string> seen = {};  ///< Its items: identity_of() each, in order and once.
};

/// Understanding or reasoning, from the features of an item.
struct Classifier {
  std::string embedding = {};  ///< Features::identity of what it was trained on, and takes.
  std::size_t dimensions = 0;
  Fitted fitted = {};
  TrainingOptions options = {};
  TrainingSource source = {};
  Evaluation evaluation = {};  ///< In nested cross-validation.
  std::string hash = {};       ///< SHA-256 of its file; set by write_classifier() and read_classifier().
};

/// SHA-256 over ids, truths, groups and features, in order.
[[nodiscard]] std::string training_hash(const TrainingData& data);

/// What of an item a classifier must not have seen that is judged by it, as 16 digits of a SHA-256: the question, as
/// group_items() compares it; or where folds are of images alone, id, question, options and answer together, since
/// there the same questions are asked of every image.
[[nodiscard]] std::string identity_of(const Item& item, GroupBy group_by);

/// Whether it learned from this item.
[[nodiscard]] bool has_seen(const Classifier& classifier, const Item& item);

/// One JSON file, in one step; sets the hash.
[[nodiscard]] Status write_classifier(const std::filesystem::path& file, Classifier& classifier);

/// A file that is no classifier (other keys, numbers that are none, lists of unequal length) is an error that says
/// what.
[[nodiscard]] Result<Classifier> read_classifier(const std::filesystem::path& file);

/// Fails with ErrorCode::mismatch, naming both, unless the features are of the kind that it was trained on.
[[nodiscard]] Status check_features(const Classifier& classifier, const Features& features);

/// Of every row, in order; the work is shared by all usable threads. Fails, naming the item, where weights and features
/// are so large that no number comes of them. Precondition: check_features().
[[nodiscard]] Result<std::vector<Prediction>> classify(const Classifier& classifier, const Features& features);

/// Sensitivity and specificity of its labels, as well known as their standard errors say.
[[nodiscard]] stats::LabelErrors label_errors(const Evaluation& evaluation);

}  // namespace osler::capability
