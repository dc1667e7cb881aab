#pragma once

#include <filesystem>
#include <string>

#include "osler/capability/embedding_set.h"
#include "osler/core/error.h"

namespace osler::capability {

/// Reads vectors that were made elsewhere: parquet with a column id and a numeric column for each number (as
/// `osler embed` writes it), or JSON Lines of {"id": ..., "vector": [...]}. `identity` names what made them.
/// Errors: no vectors, an id twice, vectors of several lengths, numbers that are not finite, more than 2^29 numbers.
[[nodiscard]] Result<EmbeddingSet> read_embedding_file(const std::filesystem::path& file, const std::string& identity);

}  // namespace osler::capability
