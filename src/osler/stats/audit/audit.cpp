#include "osler/stats/audit/audit.h"

#include <utility>

namespace osler::audit {

Result<Audit> audit_table(Table table, const std::vector<KnownSize>& known, const std::vector<Claim>& claims,
                          std::uint64_t largest) {
  Audit audit{.table = std::move(table)};
  const Grid grid(audit.table);
  for (const auto& claim : claims) {
    auto check = check_claim(grid, claim);
    if (!check) return pass(check);
    audit.claims.push_back(std::move(*check));
  }
  audit.columns = infer_sizes(grid, known, largest);
  audit.grim = check_grim(audit.table, audit.columns);
  audit.ranges = check_ranges(grid);
  audit.shares = check_shares(grid);
  audit.weighted = check_weighted(grid, audit.columns);
  audit.orders = check_orders(grid);
  audit.averages = check_averages(grid, audit.columns);
  audit.intervals = implied_intervals(audit.table, audit.columns);
  audit.close = close_pairs(grid, audit.columns);
  return audit;
}

}  // namespace osler::audit
