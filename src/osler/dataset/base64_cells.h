#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "osler/storage/json.h"

namespace osler {

/// What stands in a row for a cell that embeds images in base64, as VLMEvalKit's TSV files do: null for an empty cell,
/// else an array of {"offset": n, "length": n}, where the base64 of each image stands in the file. A cell may hold one
/// text or a list of them, as Python or JSON writes it. `raw` is the cell as the file has it, with doubled quotes or
/// backslashes; `offset` is where. Nothing if the cell is a short text, of at most 64 characters and no list: no image
/// is that small, so it names one elsewhere. An error without a place if it begins like a list and is none.
[[nodiscard]] Result<std::optional<Json>> base64_cell(std::string_view raw, std::uint64_t offset);

/// The same for one text that is an element of a list; never a short text.
[[nodiscard]] Json base64_span(std::string_view raw, std::uint64_t offset);

}  // namespace osler
