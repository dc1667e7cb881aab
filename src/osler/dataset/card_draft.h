#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// A card to start from.
struct CardDraft {
  std::string text;                ///< YAML with comments; parse_card takes it.
  std::vector<std::string> notes;  ///< What the user should look at.
};

/// The card of a JSON Lines file with paths of images, every key explained.
[[nodiscard]] std::string card_template(const std::string& name);

/// A card for a data file, guessed from its name, its columns and its first records; every guess says what it is
/// guessed from. `name` is the benchmark's.
[[nodiscard]] Result<CardDraft> draft_card(const std::filesystem::path& data_file, const std::string& name);

/// A text as a name that a card may have: other characters as '-'.
[[nodiscard]] std::string card_name(const std::string& text);

}  // namespace osler
