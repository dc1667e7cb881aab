#pragma once

#include <filesystem>
#include <memory>

#include "osler/core/error.h"
#include "osler/engine/engine.h"

namespace osler {

/// Answers from a JSON Lines file of recorded responses, one object a line: `id` (the item's), `text` (or
/// `text_base64`), and optionally `finish` (stop, length, error), `error`, `option_scores` and `letter_marks`, which
/// are passed on whatever was asked. A journal of Osler's is such a file. When an id comes twice, the later line
/// counts. An item that the file does not have becomes an error.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_replay_engine(const std::filesystem::path& file);

}  // namespace osler
