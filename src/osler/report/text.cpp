#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/report/escape.h"
#include "osler/report/reporters.h"
#include "osler/report/text_table.h"

namespace osler::report {
namespace {

constexpr std::string_view kGap = "  ";

using Widths = std::vector<std::size_t>;

// Escaped first: a width is that of what is printed.
Sheet printable_sheet(Sheet sheet) {
  for (auto& row : sheet.rows) {
    for (auto& cell : row) cell = printable(cell);
  }
  return sheet;
}

Widths widths_of(const Sheet& sheet) {
  Widths widths;
  for (std::size_t column = 0; column < sheet.columns.size(); ++column) {
    std::size_t width = display_width(sheet.columns[column].header);
    for (const auto& row : sheet.rows) width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }
  return widths;
}

// Takes spare columns out until the table fits, or none is left; returns their headers.
std::vector<std::string> fit(Sheet& sheet, std::size_t limit) {
  std::vector<std::string> left_out;
  for (;;) {
    const auto widths = widths_of(sheet);
    std::size_t total = widths.empty() ? 0 : kGap.size() * (widths.size() - 1);
    for (const auto width : widths) total += width;
    const Column* next = nullptr;
    for (const auto& column : sheet.columns) {
      if (column.spare > 0 && (next == nullptr || column.spare < next->spare)) next = &column;
    }
    if (limit == 0 || total <= limit || next == nullptr) return left_out;
    left_out.push_back(next->header);
    const auto at = next - sheet.columns.data();
    sheet.columns.erase(sheet.columns.begin() + at);
    for (auto& row : sheet.rows) row.erase(row.begin() + at);
  }
}

// A run's name is printed once, beside its first row.
void blank_repeats(Sheet& sheet) {
  for (std::size_t r = sheet.rows.size(); r-- > 1;) {
    for (std::size_t c = 0; c < sheet.columns.size() && sheet.columns[c].names_run; ++c) {
      if (sheet.rows[r][c] != sheet.rows[r - 1][c]) break;
      sheet.rows[r][c].clear();
    }
  }
}

std::string table_of(const Sheet& sheet) {
  if (sheet.columns.empty()) return "";
  std::vector<std::string> headers;
  std::vector<bool> right;
  for (const auto& column : sheet.columns) {
    headers.push_back(column.header);
    right.push_back(column.number);
  }
  TextTable table(std::move(headers), std::move(right));
  for (const auto& row : sheet.rows) table.add(row);
  return table.text();
}

}  // namespace

std::string text_report(const Sheet& original, std::size_t width) {
  auto sheet = printable_sheet(original);
  const auto left_out = fit(sheet, width);
  blank_repeats(sheet);

  std::string report;
  for (const auto& warning : sheet.warnings) report += wrapped("!!! " + printable(warning), width);
  if (!sheet.warnings.empty()) report += '\n';
  report += wrapped(printable(sheet.title), width);
  if (!sheet.rows.empty()) report += '\n' + table_of(sheet);
  if (!sheet.notes.empty()) report += '\n';
  if (!left_out.empty()) {
    report += wrapped(fmt::format("Left out to fit {} columns: {}. The other formats have them, as --format markdown.",
                                  width, fmt::join(left_out, ", ")),
                      width);
  }
  for (const auto& note : sheet.notes) report += wrapped(printable(note), width);
  return report;
}

}  // namespace osler::report
