#pragma once

#include <filesystem>
#include <string>

#include "osler/capability/classifier.h"
#include "osler/capability/evaluation.h"
#include "osler/core/error.h"
#include "osler/storage/json.h"

namespace osler::capability {

/// A classifier with what is known of it.
struct StoredClassifier {
  Classifier classifier;
  std::string trained_on;     ///< Name of the row set.
  std::string training_hash;  ///< See training_hash().
  std::uint64_t seed = 1;
  stats::Confusion confusion;  ///< Cross-validated.
  bool no_better_than_majority = false;
  Json metrics;      ///< As evaluation_json() has it; for people.
  std::string hash;  ///< SHA-256 of the file; set by reading.
};

/// All measures, with their intervals.
[[nodiscard]] Json evaluation_json(const Evaluation& evaluation);

/// Writes it as JSON, in one step; only columns that were seen in training are written.
[[nodiscard]] Status write_classifier(const std::filesystem::path& file, const StoredClassifier& stored);

/// Errors: a file that is no classifier, of another version, or whose numbers cannot be.
[[nodiscard]] Result<StoredClassifier> read_classifier(const std::filesystem::path& file);

/// {"true_positives": ...} and back. Error: counts that are missing, negative, or beyond 10^9.
[[nodiscard]] Json confusion_json(const stats::Confusion& confusion);
[[nodiscard]] Result<stats::Confusion> confusion_from(const Json& json, const std::string& file);

}  // namespace osler::capability
