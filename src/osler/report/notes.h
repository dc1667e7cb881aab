#pragma once

#include <span>
#include <string>
#include <vector>

#include "osler/report/sheet.h"

namespace osler::report {

/// "" for a finished run, else one sentence that says how far it got.
[[nodiscard]] std::string unfinished_warning(const RunGrades& run);

/// What a reader must see before any number.
[[nodiscard]] std::vector<std::string> warnings_for(std::span<const RunSummary> runs);

/// The foot of a table: what was measured, on which items, and what the columns mean.
[[nodiscard]] std::vector<std::string> notes_for(std::span<const RunSummary> runs);

}  // namespace osler::report
