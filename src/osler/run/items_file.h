#pragma once

#include <filesystem>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/parallel.h"

namespace osler {

/// items.jsonl: what was asked, so that a run can be graded again without its benchmark. Images are named, not kept.
[[nodiscard]] Status write_items(const std::filesystem::path& folder, const std::vector<Item>& items);
/// The items in the file's order; the work is shared by so many threads.
[[nodiscard]] Result<std::vector<Item>> read_items(const std::filesystem::path& folder,
                                                   unsigned threads = usable_threads());

/// The same, as the parts that the threads made, in the file's order: moving 100,000 items costs time.
[[nodiscard]] Result<std::vector<std::vector<Item>>> read_item_parts(const std::filesystem::path& folder,
                                                                     unsigned threads);

}  // namespace osler
