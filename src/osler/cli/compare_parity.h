#pragma once

#include <filesystem>

#include "osler/core/error.h"
#include "osler/report/parity.h"

namespace osler::cli {

/// Runs of models with one name become NAME (a) and NAME (b).
void name_apart(report::RunGrades& a, report::RunGrades& b);

/// Compares two runs of one model through two engines. Refused (ErrorCode::mismatch), with every reason, unless both
/// were asked the same items in the same way and graded by the same rules. The result is also written to parity.json in
/// the second run's folder.
[[nodiscard]] Result<report::Parity> compare_parity(const std::filesystem::path& folder_a,
                                                    const std::filesystem::path& folder_b);

}  // namespace osler::cli
