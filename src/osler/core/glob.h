#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace osler {

/// True if the whole text matches a pattern in which '*' stands for any characters, also none, and {a,b} for one of
/// these (not nested). Every other character stands for itself.
[[nodiscard]] bool glob_matches(std::string_view text, std::string_view pattern);

/// "{a,b}/x-*.csv" as "a/x-*.csv" and "b/x-*.csv": the patterns without braces that a pattern stands for.
[[nodiscard]] std::vector<std::string> glob_alternatives(std::string_view pattern);

/// True if a path's last components match a pattern like "data/test-*.parquet" ('*' within one component).
[[nodiscard]] bool glob_matches_path(const std::filesystem::path& path, std::string_view pattern);

/// The path without the components that a pattern speaks of: where "data/test-*.parquet" starts from.
[[nodiscard]] std::filesystem::path glob_base(const std::filesystem::path& path, std::string_view pattern);

}  // namespace osler
