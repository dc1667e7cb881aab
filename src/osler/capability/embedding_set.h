#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace osler::capability {

/// Vectors of items.
struct EmbeddingSet {
  std::string identity;  ///< Of what the vectors depend on: those of equal identity can be compared, others cannot.
  std::size_t dimensions = 0;
  std::vector<std::string> item_ids;
  std::vector<float> values;  ///< Row-major, item_ids.size() * dimensions.
};

}  // namespace osler::capability
