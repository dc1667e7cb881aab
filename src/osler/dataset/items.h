#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/dataset/card.h"
#include "osler/dataset/rows.h"

namespace osler {

/// A row made into an item, and what was odd about it.
struct ItemDraft {
  Item item;
  std::vector<std::string> problems;                  ///< What the file should be mended for.
  std::vector<std::string> remarks;                   ///< What is odd in the benchmark itself, and what was made of it.
  std::vector<std::filesystem::path> missing_images;  ///< Where files that the row names should be.
};

/// Makes an item of a row by the form's columns; literals in it have been read (read_literals). `sequence` is the row's
/// 0-based number over all files of the split, used by `{row}` in the id. Fails when the id cannot be made or the
/// question is not there.
[[nodiscard]] Result<ItemDraft> make_item(const Form& form, const std::string& split, std::uint64_t sequence,
                                          const Row& row, const std::filesystem::path& file);

}  // namespace osler
