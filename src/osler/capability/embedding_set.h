#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler::capability {

/// Vectors of items.
struct EmbeddingSet {
  std::string identity = {};     ///< What the vectors depend on: model, prompt, pooling, limits of pictures.
  bool names_its_maker = false;  ///< The file says the identity; else there is only how many numbers a vector has.
  std::size_t dimensions = 0;
  std::vector<std::string> item_ids = {};
  std::vector<float> values = {};  ///< Row by row, `dimensions` numbers each.
};

/// Reads vectors that were made elsewhere, or by `osler embed`:
///
/// - parquet with the column `id` and either a column for each number (d0, d1, ...) or a list of numbers (`vector`,
///   `embedding` or `values`);
/// - JSON Lines (.jsonl) with `id` and `vector` (or `embedding`, `values`).
///
/// A column or key `identity`, the same everywhere, says what made them; without one, sets of as many numbers are taken
/// for vectors of the same kind. Missing or infinite numbers, vectors of different sizes, ids that come twice and
/// identities that differ are errors that name the record. At most 65,536 numbers a vector and 2^29 numbers in all.
[[nodiscard]] Result<EmbeddingSet> read_embeddings(const std::filesystem::path& file);

}  // namespace osler::capability
