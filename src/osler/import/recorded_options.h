#pragma once

#include <string>
#include <vector>

#include "osler/storage/json.h"

namespace osler {

/// The options that a cell lists, in the order of their letters and without them: a list of texts ("A. one"), a list of
/// {"letter", "content"}, an object by letter, {"text": [...], "label": [...]}, or a text that spells one of these in
/// JSON or as a Python literal, or has an option with its letter on every line. Empty if the cell lists none.
[[nodiscard]] std::vector<std::string> recorded_options(const Json& cell);

/// Takes "A.", "(A)", "A)" or "A:" off, if every option begins with its own letter.
[[nodiscard]] std::vector<std::string> without_letters(std::vector<std::string> options);

}  // namespace osler
