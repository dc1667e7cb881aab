#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/hub/listing.h"

namespace osler::cli {

/// Which files of a hub's repository a form needs. `split` is the one asked for; empty: whatever the card fetches.

/// The patterns to ask the hub for: those of the card, and the split's own where the card's leave it out.
[[nodiscard]] std::vector<std::string> patterns_to_fetch(const Form& form, const std::string& split);

/// False for a file that only other splits than the one asked for need.
[[nodiscard]] bool is_needed(const Form& form, const std::string& split, const std::string& path);

/// What is needed and lies in a snapshot folder, if as far as can be told without the hub it is whole: every pattern
/// and every split that they should bring has its files, and of numbered shards none is missing. The sizes are those
/// on disk.
[[nodiscard]] std::optional<std::vector<hub::HubFile>> whole_snapshot(const std::filesystem::path& snapshot,
                                                                      const Form& form, const std::string& split);

}  // namespace osler::cli
