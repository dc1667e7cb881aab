#include "osler/report/escape.h"
#include "osler/report/markdown_table.h"
#include "osler/report/reporters.h"

namespace osler::report {
namespace {

std::string table_of(const Sheet& sheet) {
  std::vector<std::string> headers;
  std::vector<bool> right;
  for (const auto& column : sheet.columns) {
    headers.push_back(markdown_text(column.header));
    right.push_back(column.number);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : sheet.rows) {
    auto& cells = rows.emplace_back();
    for (const auto& cell : row) cells.push_back(markdown_text(cell));
  }
  return markdown_table(headers, right, rows);
}

}  // namespace

std::string markdown_report(const Sheet& sheet) {
  std::string report;
  for (const auto& warning : sheet.warnings) report += "> **Warning.** " + markdown_text(warning) + ".\n\n";
  report += markdown_text(sheet.title) + '\n';
  if (!sheet.rows.empty()) report += '\n' + table_of(sheet);
  if (!sheet.notes.empty()) report += '\n';
  for (const auto& note : sheet.notes) report += "- " + markdown_text(note) + '\n';
  return report;
}

}  // namespace osler::report
