#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "osler/stats/audit/audit.h"

namespace osler::report {

/// One result of a check in words.
struct AuditFinding {
  std::string check = {};
  std::string model = {};      ///< Empty where it is about a whole column.
  std::string benchmark = {};  ///< Empty where it is about the table.
  std::string stratum = {};
  std::optional<bool> ok = {};  ///< Empty where there is nothing to hold: intervals, sizes, pairs.
  std::string detail = {};
};

/// Every check of the audit, in the order grim, range, share, weighted, order, average, claim, size, difference,
/// interval.
[[nodiscard]] std::vector<AuditFinding> audit_findings(const audit::Audit& audit);

/// A check over the whole table.
struct AuditSummary {
  std::string check = {};
  std::size_t checked = 0;
  std::size_t failed = 0;
  std::string meaning = {};  ///< What fails where it fails.
};
/// Checks that hold or fail and for which the table has something.
[[nodiscard]] std::vector<AuditSummary> audit_summary(const std::vector<AuditFinding>& findings);

/// "61.40%" as printed: as many decimals as the table has.
[[nodiscard]] std::string printed_percent(audit::Printed printed);

}  // namespace osler::report
