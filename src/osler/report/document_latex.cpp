#include <array>
#include <string_view>
#include <utility>

#include "osler/report/document.h"
#include "osler/report/escape.h"

namespace osler::report {
namespace {

/// What LaTeX takes for a command, or does not have in every font.
constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kLatex = {{
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"$", "\\$"},
    {"&", "\\&"},
    {"#", "\\#"},
    {"%", "\\%"},
    {"_", "\\_"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\textquotedbl{}"},
    {"±", "$\\pm$"},
    {"−", "$-$"},
    {"×", "$\\times$"},
    {"≥", "$\\geq$"},
    {"≤", "$\\leq$"},
    {"—", "---"},
    {"–", "--"},
}};

std::string latex_cell(const DocumentCell& cell) {
  std::string text = latex_text(cell.text);
  if (cell.mark == Mark::strong) return "\\textbf{" + text + "}";
  if (cell.mark == Mark::tied) return text + "$^{=}$";
  return text;
}

/// A row that begins with "[" would be taken for the argument of the line break before it.
std::string latex_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += " & ";
    line += cells[i].starts_with('[') ? "{}" + cells[i] : cells[i];
  }
  return line + " \\\\\n";
}

std::string latex_table(const DocumentTable& table, const std::vector<std::string>& notes) {
  std::string columns;
  std::vector<std::string> headers;
  for (const auto& column : table.columns) {
    columns += column.number ? 'r' : 'l';
    headers.push_back(latex_text(column.header));
  }
  std::string text = "\\begin{table}[htbp]\n\\centering\n\\caption{" + latex_text(table.title) + "}\n";
  if (!table.label.empty()) text += "\\label{" + table.label + "}\n";
  text += "\\begin{tabular}{" + columns + "}\n\\toprule\n" + latex_line(headers) + "\\midrule\n";
  for (const auto& row : table.rows) {
    if (row.rule_above) text += "\\midrule\n";
    std::vector<std::string> cells;
    for (const auto& cell : row.cells) cells.push_back(latex_cell(cell));
    text += latex_line(cells);
  }
  text += "\\bottomrule\n\\end{tabular}\n";
  if (!table.notes.empty() || !notes.empty()) {
    text += "\\par\\smallskip\n\\begin{minipage}{\\linewidth}\\footnotesize\n";
    for (const auto& note : table.notes) text += latex_text(note) + "\n";
    for (const auto& note : notes) text += latex_text(note) + "\n";
    text += "\\end{minipage}\n";
  }
  return text + "\\end{table}\n";
}

}  // namespace

std::string latex_text(std::string_view bytes) {
  const std::string text = printable(bytes);
  std::string latex;
  for (std::size_t at = 0; at < text.size();) {
    bool found = false;
    for (const auto& [from, to] : kLatex) {
      if (text.compare(at, from.size(), from) != 0) continue;
      latex += to;
      at += from.size();
      found = true;
      break;
    }
    if (!found) latex += text[at++];
  }
  return latex;
}

std::string latex_document(const Document& document) {
  // A line feed would end a comment, and printable() leaves none.
  std::string text = "% " + printable(document.title) + "\n% Needs \\usepackage{booktabs}.\n";
  for (const auto& warning : document.warnings) text += "% WARNING: " + printable(warning) + "\n";
  for (const auto& paragraph : document.paragraphs) text += "% " + printable(paragraph) + "\n";
  for (const auto& table : document.tables) text += '\n' + latex_table(table, document.notes);
  return text;
}

}  // namespace osler::report
