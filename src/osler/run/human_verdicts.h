#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// What a person says about the answer to one item.
struct HumanVerdict {
  std::string item;
  bool correct = false;
  std::uint64_t line = 0;  ///< In the file, 1-based.
};

/// Reads a CSV file with the columns `item` (or `item_id`) and `verdict`: correct or incorrect, true or false, yes or
/// no, 1 or 0, in any case. Other columns are passed over. A word that is none of these, an item that stands twice, a
/// missing column and a file without verdicts are errors that name the line.
[[nodiscard]] Result<std::vector<HumanVerdict>> read_human_verdicts(const std::filesystem::path& file);

}  // namespace osler
