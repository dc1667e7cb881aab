#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/run/manifest.h"

namespace osler {

/// One row of grades.parquet: an item, what was answered and what became of it.
struct GradedResponse {
  Item item;
  Response response;
  Grade grade;
};

/// Writes grades.parquet (columns in docs/results.md) in one step. `graded_by` is the protocol whose rules were used.
[[nodiscard]] Status write_grades(const std::filesystem::path& folder, const Manifest& manifest,
                                  const std::string& graded_by, const std::vector<GradedResponse>& rows);

/// What a report needs of a row of grades.parquet.
struct GradeRow {
  std::string item_id;
  std::string image_cluster;
  Kind kind = Kind::open;
  Capability capability = Capability::unlabeled;
  std::string capability_source;
  Outcome outcome = Outcome::error;
  std::string rule;
  std::string graded_by;
  std::map<std::string, std::string> strata;
  std::optional<double> token_f1;  ///< Of open items; these two are empty in files that an older Osler wrote.
  std::optional<double> token_recall;
};

[[nodiscard]] Result<std::vector<GradeRow>> read_grades(const std::filesystem::path& folder);

}  // namespace osler
