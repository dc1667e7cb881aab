#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "osler/core/item.h"

namespace osler::capability {

/// What keeps items on one side of a fold.
enum class GroupBy {
  image,               ///< A shared image, by its name in the benchmark.
  image_and_question,  ///< Also the same question, case and spaces aside: a text that was seen is no test.
};

/// Which items must not be on both sides of a fold: those that share something, and those that are linked by others.
/// Groups in 0 .. groups - 1 by first appearance.
struct Groups {
  std::vector<std::size_t> group_of;
  std::size_t groups = 0;
};
[[nodiscard]] Groups group_items(std::span<const Item> items, GroupBy by = GroupBy::image_and_question);

/// The question without case (ASCII) and with single spaces: what is the same by it is the same question.
[[nodiscard]] std::string plain_question(const std::string& question);

/// Deals rows to folds: whole groups, the largest first and those of equal size in an order by seed, each to the fold
/// that has fewest of its labels so far. `truth` and `group_of` are of all rows, `rows` those to deal; the result is
/// the fold of each of these. The same on every machine for the same seed. Preconditions: folds > 0, rows are in range.
[[nodiscard]] std::vector<std::size_t> deal_folds(std::span<const std::size_t> rows,
                                                  std::span<const std::uint8_t> truth,
                                                  std::span<const std::size_t> group_of, std::size_t folds,
                                                  std::uint64_t seed);

/// Whole groups of the rows, drawn by seed until at least this share of the rows is there; the rows rise.
/// Precondition: 0 < share <= 1.
[[nodiscard]] std::vector<std::size_t> draw_groups(std::span<const std::size_t> rows,
                                                   std::span<const std::size_t> group_of, double share,
                                                   std::uint64_t seed);

}  // namespace osler::capability
