#pragma once

#include <cstdint>
#include <vector>

#include "osler/stats/audit/averages.h"
#include "osler/stats/audit/claims.h"
#include "osler/stats/audit/parts.h"
#include "osler/stats/audit/spread.h"

namespace osler::audit {

/// All checks of a table.
struct Audit {
  Table table = {};
  std::vector<ColumnSizes> columns = {};
  std::vector<GrimCheck> grim = {};
  std::vector<RangeCheck> ranges = {};
  std::vector<ShareCheck> shares = {};
  std::vector<WeightedCheck> weighted = {};
  std::vector<OrderCheck> orders = {};
  std::vector<AverageCheck> averages = {};
  std::vector<ImpliedInterval> intervals = {};
  std::vector<CloseCheck> close = {};
  std::vector<ClaimCheck> claims = {};
};

/// Fails where a claim names what the table does not have.
[[nodiscard]] Result<Audit> audit_table(Table table, const std::vector<KnownSize>& known,
                                        const std::vector<Claim>& claims, std::uint64_t largest = kSearchedItems);

}  // namespace osler::audit
