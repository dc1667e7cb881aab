#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/stats/policy.h"

namespace osler::published {

/// Parses a reliability policy (policies/*.yaml); errors name the line of `file`. Percentages become shares.
[[nodiscard]] Result<stats::Policy> parse_policy(const std::string& text, const std::string& file);

/// A policy by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<stats::Policy> find_policy(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> policy_names();

}  // namespace osler::published
