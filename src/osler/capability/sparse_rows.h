#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "osler/capability/embedding_set.h"

namespace osler::capability {

/// A matrix whose rows name only what is not zero; columns rise within a row.
struct SparseRows {
  std::size_t columns = 0;
  std::vector<std::size_t> begin{0};  ///< Row r is [begin[r], begin[r + 1]) of the others.
  std::vector<std::uint32_t> column;
  std::vector<float> value;

  [[nodiscard]] std::size_t size() const { return begin.size() - 1; }
};

/// What describes the items of a benchmark, before anything is fitted.
struct Features {
  std::string identity;
  bool counts = false;  ///< Counts of terms, to be weighted by TF-IDF; else vectors.
  std::vector<std::string> item_ids;
  SparseRows rows;
};

[[nodiscard]] Features features_of(const EmbeddingSet& set);

}  // namespace osler::capability
