#include "osler/report/audit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "osler/report/audit_findings.h"
#include "osler/report/reporters.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownFailures = 5;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string json_audit(const std::vector<AuditFinding>& findings, const AuditOptions& options) {
  Json summary = Json::array();
  for (const auto& row : audit_summary(findings)) {
    summary.push_back(
        {{"check", row.check}, {"checked", row.checked}, {"failed", row.failed}, {"meaning", row.meaning}});
  }
  Json checks = Json::array();
  for (const auto& finding : findings) {
    checks.push_back({{"model", text_or_null(finding.model)},
                      {"benchmark", text_or_null(finding.benchmark)},
                      {"stratum", text_or_null(finding.stratum)},
                      {"check", finding.check},
                      {"ok", finding.ok ? Json(*finding.ok) : Json(nullptr)},
                      {"detail", finding.detail}});
  }
  const Json report{{"table", options.name},         {"citation", text_or_null(options.citation)},
                    {"percent", options.percent},    {"notes", options.notes},
                    {"summary", std::move(summary)}, {"checks", std::move(checks)}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Sheet summary_sheet(const audit::Audit& audit, const std::vector<AuditFinding>& findings, const AuditOptions& options) {
  const auto& table = audit.table;
  Sheet sheet{.title = fmt::format("Audit of {}: {} values of {} models on {} benchmarks, read as {}", options.name,
                                   table.cells.size(), table.models.size(), table.benchmarks.size(),
                                   options.percent ? "per cent" : "fractions")};
  if (!options.citation.empty()) sheet.title += ". " + options.citation;
  sheet.columns = {{.header = "check", .number = false},
                   {.header = "checked"},
                   {.header = "failed"},
                   {.header = "what fails", .number = false}};
  for (const auto& row : audit_summary(findings)) {
    sheet.rows.push_back({row.check, fmt::format("{}", row.checked), fmt::format("{}", row.failed), row.meaning});
  }
  sheet.notes = options.notes;
  return sheet;
}

std::string line_of(const AuditFinding& finding) {
  std::string line = finding.check;
  if (finding.ok) line += *finding.ok ? " (holds)" : " (fails)";
  for (const auto* part : {&finding.model, &finding.benchmark, &finding.stratum}) {
    if (!part->empty() && *part != "overall") line += ", " + *part;
  }
  return line + ": " + finding.detail;
}

/// Claims, and the first few failures of each check; or everything. One line each, as details are long.
Sheet findings_sheet(const std::vector<AuditFinding>& findings, bool all) {
  Sheet sheet{.title = all ? "Every check:" : "What does not hold, and claims:"};
  std::map<std::string, std::size_t> failures;
  for (const auto& finding : findings) {
    const bool failed = finding.ok && !*finding.ok;
    const bool claim = finding.check == "claim";
    if (!all && !claim && (!failed || ++failures[finding.check] > kShownFailures)) continue;
    sheet.notes.push_back(line_of(finding));
  }
  for (const auto& [check, count] : failures) {
    if (count <= kShownFailures) continue;
    sheet.notes.push_back(fmt::format("{}: and {} more; --all shows them", check, count - kShownFailures));
  }
  return sheet;
}

std::string fits(const audit::SizeFit& fit) { return fmt::format("{} ({:.1f})", fit.rounded, fit.by_chance); }

Sheet sizes_sheet(const audit::Audit& audit) {
  Sheet sheet{.title = "How many items: which n the values of a column are shares of, by rounding"};
  sheet.columns = {{.header = "benchmark", .number = false},
                   {.header = "stratum", .number = false},
                   {.header = "values"},
                   {.header = "n taken"},
                   {.header = "fit (by chance)"},
                   {.header = "least n'"},
                   {.header = "other n", .number = false, .spare = 1},
                   {.header = "known as", .number = false, .spare = 2}};
  for (const auto& column : audit.columns) {
    std::string others;
    for (const auto& found : column.likeliest) {
      if (column.taken && column.taken->n == found.n) continue;
      others += fmt::format("{}{}: {}", others.empty() ? "" : ", ", found.n, fits(found));
    }
    std::uint64_t least = column.taken ? column.taken->n : 0;
    for (const auto& fraction : column.fractions) least = fraction ? std::min(least, fraction->n) : least;
    sheet.rows.push_back({audit.table.benchmarks[column.benchmark], audit.table.strata[column.stratum],
                          fmt::format("{}", column.cells.size()),
                          column.taken ? fmt::format("{}", column.taken->n) : "not known",
                          column.taken ? fits(*column.taken) : "", column.taken ? fmt::format("{}", least) : "",
                          others.empty() ? "none" : others, column.taken ? column.taken->name : ""});
  }
  sheet.notes = {
      "n taken: given, else the known size that the values speak for, else the likeliest of all n (each p < 5% after "
      "Bonferroni's correction, and at least half the values fit). By chance: how many would fit an n that they have "
      "nothing to do with. least n': "
      "where a value is no share of n, the largest smaller number that it is a share of, as where answers were "
      "dropped; the smallest of these over the column. Small steps down are easily chance."};
  return sheet;
}

Sheet spread_sheet(const audit::Audit& audit) {
  Sheet sheet{.title = "What the values can say: 95% intervals of n independent items (Wilson), and pairs of models"};
  sheet.columns = {{.header = "benchmark", .number = false},
                   {.header = "n"},
                   {.header = "widest interval"},
                   {.header = "pairs"},
                   {.header = "within the error"}};
  for (const auto& check : audit.close) {
    std::uint64_t n = 0;
    stats::Interval widest;
    for (const auto& implied : audit.intervals) {
      const auto& cell = audit.table.cells[implied.cell];
      const bool overall = audit::names_all_items(audit.table.strata[cell.stratum]);
      if (cell.benchmark != check.benchmark || !overall) continue;
      const bool wider = implied.interval.high - implied.interval.low > widest.high - widest.low;
      if (wider) widest = implied.interval;
      n = std::max(n, implied.n);
    }
    sheet.rows.push_back({audit.table.benchmarks[check.benchmark], fmt::format("{}", n),
                          fmt::format("± {:.1f} points", 50.0 * (widest.high - widest.low)),
                          fmt::format("{}", check.pairs), fmt::format("{}", check.close)});
  }
  sheet.notes = {
      "Within the error: the difference is smaller than 1.96 standard errors of a difference of two independent "
      "samples. The models answered the same items, which a table does not show item by item; with the responses at "
      "hand, osler compare says more."};
  return sheet;
}

}  // namespace

std::string render_audit(AuditFormat format, const audit::Audit& audit, const AuditOptions& options) {
  const auto findings = audit_findings(audit);
  if (format == AuditFormat::json) return json_audit(findings, options);
  std::vector<Sheet> sheets{summary_sheet(audit, findings, options), findings_sheet(findings, options.all),
                            sizes_sheet(audit), spread_sheet(audit)};
  if (sheets[1].notes.empty()) sheets[1].title = "Nothing fails.";
  if (sheets[3].rows.empty()) sheets.pop_back();
  std::string report;
  for (const auto& sheet : sheets) {
    if (!report.empty()) report += '\n';
    report += format == AuditFormat::text ? text_report(sheet, options.width) : markdown_report(sheet);
  }
  return report;
}

}  // namespace osler::report
