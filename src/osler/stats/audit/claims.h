#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/stats/audit/table.h"

namespace osler::audit {

/// What a text says about its table: that one thing scores lower than another.
struct Claim {
  std::string lower = {};
  std::string higher = {};
  std::string text = {};  ///< Where it is said; may be empty.
};

/// Of "A < B" or "B > A"; anything else is a usage error.
[[nodiscard]] Result<Claim> parse_claim(std::string_view text);

enum class ClaimAbout { strata, models, benchmarks };

/// A claim held against every pair of cells that differ in nothing else.
struct ClaimCheck {
  Claim claim = {};
  ClaimAbout about = ClaimAbout::strata;
  std::size_t holds = 0;
  std::size_t reversed = 0;
  std::size_t equal = 0;
  double mean_difference = 0.0;           ///< Of higher - lower, over all pairs.
  std::vector<std::size_t> against = {};  ///< Cells of `higher` in the fewer pairs: those that hold, or are reversed.

  [[nodiscard]] std::size_t pairs() const { return holds + reversed + equal; }
  /// The table speaks for the claim more often than against it.
  [[nodiscard]] bool supported() const { return holds > reversed; }
};

/// Both sides are strata, or both models, or both benchmarks, in this order of preference; models and benchmarks are
/// compared on the values for all items. A name that the table does not have, or no pair at all, is a usage error.
[[nodiscard]] Result<ClaimCheck> check_claim(const Grid& grid, const Claim& claim);

}  // namespace osler::audit
