#include "osler/report/text_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "osler/report/escape.h"

namespace osler::report {

TextTable::TextTable(std::vector<std::string> headers, std::vector<bool> right) : right_(std::move(right)) {
  right_.resize(headers.size());
  lines_.push_back(std::move(headers));
}

TextTable TextTable::of_numbers(std::vector<std::string> headers) {
  std::vector<bool> right(headers.size(), true);
  if (!right.empty()) right.front() = false;
  return TextTable(std::move(headers), std::move(right));
}

void TextTable::add(std::vector<std::string> cells) {
  assert(cells.size() == lines_.front().size());
  lines_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(lines_.front().size());
  for (const auto& line : lines_) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - display_width(cells[i]), ' ');
      if (i > 0) line += "  ";
      line += right_[i] ? padding + cells[i] : cells[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add_line(lines_.front());
  std::vector<std::string> rule;
  for (const auto width : widths) rule.emplace_back(width, '-');
  add_line(rule);
  for (std::size_t i = 1; i < lines_.size(); ++i) add_line(lines_[i]);
  return text;
}

std::string wrapped(const std::string& text, std::size_t width) {
  std::string lines;
  std::size_t used = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find(' ', begin), text.size());
    const auto word = text.substr(begin, end - begin);
    const auto length = display_width(word);
    if (used > 0 && width > 0 && used + 1 + length > width) {
      lines += '\n';
      used = 0;
    }
    if (used > 0) lines += ' ';
    lines += word;
    used += length + (used > 0 ? 1 : 0);
    begin = end + 1;
  }
  return lines + '\n';
}

}  // namespace osler::report
