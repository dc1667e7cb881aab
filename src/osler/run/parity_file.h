#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/run/manifest.h"

namespace osler {

/// What a run's answers came from: a hash over the engine's kind and its part of the identity, without the model's
/// name, and without what only rounds (context, batching), which --verify-sharing measures. Runs on any benchmark under
/// any protocol have the same where the same engine and files answered. Of recorded answers only the kind is known.
[[nodiscard]] std::string engine_id(const Manifest& manifest);

/// parity.json: which engines a run was compared with, item by item.
struct ParityRecord {
  std::string engine;  ///< engine_id of the run in whose folder it lies.
  std::string other_engine;
  std::string other_model;  ///< Name and folder of the run that it was compared with.
  std::string other_run;
  std::string benchmark;
  std::uint64_t n = 0;
  std::uint64_t equal_answers = 0;
  double difference = 0.0;  ///< Accuracy of the other less that of this one.
  double p_exact = 1.0;
  std::string made;  ///< UTC, ISO 8601.
};

/// The records in a run's folder; none without a file.
[[nodiscard]] Result<std::vector<ParityRecord>> read_parity(const std::filesystem::path& folder);

/// Adds a record, in place of an earlier one about the same engines.
[[nodiscard]] Status add_parity(const std::filesystem::path& folder, const ParityRecord& record);

}  // namespace osler
