#pragma once

#include <nlohmann/json.hpp>

#include "osler/capability/evaluation.h"
#include "osler/core/error.h"

namespace osler::capability {

/// {"value", "standard_error", "low", "high"}.
[[nodiscard]] nlohmann::json measure_json(const Measure& measure);
/// Fails when a number is missing or none.
[[nodiscard]] Result<Measure> measure_from(const nlohmann::json& json);

/// All of it by the names of its members.
[[nodiscard]] nlohmann::json evaluation_json(const Evaluation& evaluation);
[[nodiscard]] Result<Evaluation> evaluation_from(const nlohmann::json& json);

}  // namespace osler::capability
