#include "osler/report/escape.h"
#include "osler/report/reporters.h"

namespace osler::report {
namespace {

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + " |";
  return line + '\n';
}

std::string table_of(const Sheet& sheet) {
  std::vector<std::string> headers;
  std::vector<std::string> rules;
  for (const auto& column : sheet.columns) {
    headers.push_back(markdown_text(column.header));
    rules.emplace_back(column.number ? "---:" : "---");
  }
  std::string table = line_of(headers) + line_of(rules);
  for (const auto& row : sheet.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(markdown_text(cell));
    table += line_of(cells);
  }
  return table;
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
