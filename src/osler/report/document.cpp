#include "osler/report/document.h"

#include "osler/report/escape.h"
#include "osler/report/markdown_table.h"
#include "osler/report/text_table.h"

namespace osler::report {
namespace {

std::string markdown_cell(const DocumentCell& cell) {
  const std::string text = markdown_text(cell.text);
  if (cell.mark == Mark::strong) return "**" + text + "**";
  return cell.mark == Mark::tied ? text + " =" : text;
}

std::string text_cell(const DocumentCell& cell) {
  std::string text = printable(cell.text);
  if (cell.mark == Mark::none) return text;
  return text + (cell.mark == Mark::strong ? " *" : " =");
}

std::string markdown_table(const DocumentTable& table) {
  std::vector<std::string> headers;
  std::vector<bool> right;
  for (const auto& column : table.columns) {
    headers.push_back(markdown_text(column.header));
    right.push_back(column.number);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : table.rows) {
    auto& cells = rows.emplace_back();
    for (const auto& cell : row.cells) cells.push_back(markdown_cell(cell));
  }
  return report::markdown_table(headers, right, rows);
}

std::string text_table(const DocumentTable& table) {
  std::vector<std::string> headers;
  std::vector<bool> right;
  bool marks = false;
  for (const auto& column : table.columns) {
    headers.push_back(printable(column.header));
    right.push_back(column.number);
  }
  for (const auto& row : table.rows) {
    for (const auto& cell : row.cells) marks = marks || cell.mark != Mark::none;
  }
  TextTable lines(std::move(headers), right);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      std::string cell = text_cell(row.cells[i]);
      // Figures with a mark and without one stand below each other.
      if (marks && right[i] && row.cells[i].mark == Mark::none) cell += "  ";
      cells.push_back(std::move(cell));
    }
    lines.add(std::move(cells));
  }
  return lines.text();
}

}  // namespace

std::string text_document(const Document& document, std::size_t width) {
  std::string text;
  for (const auto& warning : document.warnings) text += wrapped("!!! " + printable(warning), width);
  if (!document.warnings.empty()) text += '\n';
  text += wrapped(printable(document.title), width);
  for (const auto& paragraph : document.paragraphs) text += wrapped(printable(paragraph), width);
  for (const auto& table : document.tables) {
    text += '\n' + wrapped(printable(table.title), width) + '\n' + text_table(table);
    for (const auto& note : table.notes) text += wrapped(printable(note), width);
  }
  if (!document.notes.empty()) text += '\n';
  for (const auto& note : document.notes) text += wrapped(printable(note), width);
  return text;
}

std::string markdown_document(const Document& document) {
  std::string text = "# " + markdown_text(document.title) + "\n\n";
  for (const auto& warning : document.warnings) text += "> **Warning.** " + markdown_text(warning) + ".\n\n";
  for (const auto& paragraph : document.paragraphs) text += markdown_text(paragraph) + "\n\n";
  for (const auto& table : document.tables) {
    text += "## " + markdown_text(table.title) + "\n\n" + markdown_table(table) + '\n';
    for (const auto& note : table.notes) text += "- " + markdown_text(note) + '\n';
    if (!table.notes.empty()) text += '\n';
  }
  for (const auto& note : document.notes) text += "- " + markdown_text(note) + '\n';
  return text;
}

std::string csv_document(const Document& document) {
  std::string text;
  for (const auto& table : document.tables) {
    if (!text.empty()) text += '\n';
    std::string line;
    for (const auto& column : table.columns) line += (line.empty() ? "" : ",") + csv_field(column.header);
    text += line + '\n';
    for (const auto& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(row.cells[i].text);
      text += '\n';
    }
  }
  return text;
}

}  // namespace osler::report
