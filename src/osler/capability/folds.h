#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "osler/core/item.h"

namespace osler::capability {

/// A number for each item; items that share an image, or ask the identical question, share it, also over others that do
/// (connected components).
[[nodiscard]] std::vector<std::size_t> groups_of(const std::vector<Item>& items);

/// The fold of each of the rows `of`: whole groups, large ones first, each into the fold that then departs least from
/// an equal share of both labels; ties are broken by chance from the seed. Preconditions: folds > 0; groups and labels
/// have an entry for each row.
[[nodiscard]] std::vector<std::size_t> deal_folds(std::span<const std::size_t> of,
                                                  const std::vector<std::size_t>& groups,
                                                  const std::vector<bool>& labels, std::size_t folds,
                                                  std::uint64_t seed);

}  // namespace osler::capability
