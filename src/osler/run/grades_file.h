#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/grade/metrics.h"
#include "osler/run/manifest.h"

namespace osler {

/// One row of grades.parquet: an item, what was answered and what became of it.
struct GradedResponse {
  const Item* item = nullptr;          ///< Never null; these two belong to the caller.
  const Response* response = nullptr;  ///< Its text is not written.
  Grade grade;
  std::optional<grade::OpenScores> scores;  ///< Of open items.
};

/// Writes grades.parquet (columns in docs/results.md) in one step. `graded_by` is the protocol whose rules were used.
[[nodiscard]] Status write_grades(const std::filesystem::path& folder, const Manifest& manifest,
                                  const std::string& graded_by, std::span<const GradedResponse> rows);

/// What a report needs of a row of grades.parquet.
struct GradeRow {
  std::string item_id;
  std::string image_cluster;
  Kind kind = Kind::open;
  Capability capability = Capability::unlabeled;
  std::string capability_source;
  std::optional<double> capability_probability;  ///< Of reasoning, by the classifier that labelled it.
  std::optional<bool> capability_predicted;      ///< Whether the classifier says reasoning, whoever's label counts.
  std::string answer;
  std::optional<std::size_t> answer_option;
  std::optional<std::size_t> options;  ///< How many the item has; empty in files that an older Osler wrote.
  std::optional<double> probability;   ///< As in Grade.
  Outcome outcome = Outcome::error;
  std::string rule;
  std::string graded_by;
  std::map<std::string, std::string> strata;
  bool conflict = false;
  double score = 0.0;
  bool guessed = false;            ///< As in Grade; false in files that an older Osler wrote.
  std::optional<double> token_f1;  ///< Of open items; these two are empty in files that an older Osler wrote.
  std::optional<double> token_recall;
};

[[nodiscard]] Result<std::vector<GradeRow>> read_grades(const std::filesystem::path& folder);

}  // namespace osler
