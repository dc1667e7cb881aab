#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/stats/audit/sizes.h"

namespace osler::published {

/// The numbers of items that the cards in the binary know of the table's benchmarks: of splits but those for training,
/// their kinds and subsets for all items, and of capabilities for strata of the same name. A benchmark of the table is
/// a card's where one name begins with the other, letter case and punctuation aside, and no other card's does.
[[nodiscard]] Result<std::vector<audit::KnownSize>> sizes_of_cards(const audit::Table& table);

/// Those that the user gives: CSV with the columns benchmark, n and perhaps stratum. A benchmark or stratum that the
/// table does not have is an error.
[[nodiscard]] Result<std::vector<audit::KnownSize>> read_sizes(std::string text, const std::string& file,
                                                               const audit::Table& table);

}  // namespace osler::published
