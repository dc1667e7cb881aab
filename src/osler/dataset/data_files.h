#pragma once

#include <filesystem>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"

namespace osler {

/// Every file under `root` that one of the card's patterns may mean by its own name, members of the zips that the card
/// names included. Folders behind symbolic links are entered (a hub's cache is made of links), each real folder once,
/// and level by level, so that a link never hides a shorter way; folders that only hold a form's images are not. What
/// is wrong with a zip is put into `unreadable`.
[[nodiscard]] Result<std::vector<std::filesystem::path>> data_files(const Card& card, const std::filesystem::path& root,
                                                                    std::vector<Error>& unreadable);

}  // namespace osler
