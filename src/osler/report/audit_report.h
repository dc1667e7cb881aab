#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "osler/stats/audit/audit.h"

namespace osler::report {

enum class AuditFormat { text, markdown, json };

/// What to say beside the checks.
struct AuditOptions {
  std::string name = {};      ///< Of the table.
  std::string citation = {};  ///< Empty: not known.
  bool percent = false;       ///< How the values were read.
  std::vector<std::string> notes = {};
  bool all = false;         ///< Every finding, not only what fails.
  std::size_t width = 100;  ///< Of lines of text. 0: no limit.
};

/// The audit for people, or for programs: {"table", "citation", "summary": [{check, checked, failed, meaning}],
/// "checks": [{model, benchmark, stratum, check, ok, detail}]}, where what does not apply is null. The checks are those
/// of audit_findings(). Never fails: names may hold any bytes.
[[nodiscard]] std::string render_audit(AuditFormat format, const audit::Audit& audit, const AuditOptions& options);

}  // namespace osler::report
