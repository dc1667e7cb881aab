#include "osler/report/markdown_table.h"

namespace osler::report {
namespace {

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + " |";
  return line + '\n';
}

}  // namespace

std::string markdown_table(const std::vector<std::string>& headers, const std::vector<bool>& right,
                           const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> rules;
  for (const bool at_right : right) rules.emplace_back(at_right ? "---:" : "---");
  std::string table = line_of(headers) + line_of(rules);
  for (const auto& row : rows) table += line_of(row);
  return table;
}

}  // namespace osler::report
