#pragma once

#include <string>

#include "osler/run/plan.h"

namespace osler::cli {

/// A plan for people; ends in a line break.
[[nodiscard]] std::string plan_text(const RunPlan& plan);

/// A plan for programs: one JSON object. Times are in seconds, sizes in bytes.
[[nodiscard]] std::string plan_json(const RunPlan& plan);

}  // namespace osler::cli
