#pragma once

#include <filesystem>
#include <string_view>

namespace osler {

/// True if the whole text matches a pattern in which '*' stands for any characters, also none. Every other character
/// stands for itself.
[[nodiscard]] bool glob_matches(std::string_view text, std::string_view pattern);

/// True if a path's last components match a pattern like "data/test-*.parquet" ('*' within one component).
[[nodiscard]] bool glob_matches_path(const std::filesystem::path& path, std::string_view pattern);

}  // namespace osler
