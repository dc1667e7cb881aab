#pragma once

#include <filesystem>
#include <vector>

#include "osler/capability/sampling.h"
#include "osler/core/error.h"

namespace osler::cli {

/// Reads a CSV file (commas, semicolons or tabs, as its first line has them) with the columns `item` (or `item_id`) and
/// `label`: understanding or reasoning, in any case, or their first letters. `stratum` and `stratum_items`, as `osler
/// capability sample` writes them, are read where they are there; other columns are passed over, and so are lines
/// without a label. Any other word, an item that stands twice and a stratum of two sizes are errors that name the line.
[[nodiscard]] Result<std::vector<capability::HumanLabel>> read_human_labels(const std::filesystem::path& file);

}  // namespace osler::cli
