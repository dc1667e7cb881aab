#include "osler/cli/response_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

/// The place at or after `at` where a character begins.
std::size_t next_character(std::string_view text, std::size_t at) {
  while (at < text.size() && is_continuation(text[at])) ++at;
  return at;
}

std::string left_out(std::size_t bytes) {
  return bytes == 0 ? "" : fmt::format("[... {} bytes not shown, --full shows them ...]", bytes);
}

}  // namespace

std::string indented(const std::string& text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && c != '\n') out += "  ";
    out += c;
    at_start = c == '\n';
  }
  if (!at_start) out += '\n';
  return out;
}

SpanMarks span_marks(bool colour) {
  if (colour) return {"\x1b[7m", "\x1b[0m"};
  return {"⟦", "⟧"};
}

std::string response_view(std::string_view response, const std::optional<Span>& span, const SpanMarks& marks,
                          std::size_t most) {
  const std::size_t size = response.size();
  const Span marked{span ? std::min(span->begin, size) : size, span ? std::min(span->end, size) : size};
  std::size_t from = 0;
  std::size_t until = size;
  if (most > 0 && size > most) {
    const std::size_t length = std::min(marked.end - marked.begin, most);
    const std::size_t around = (most - length) / 2;
    from = marked.begin > 2 * around ? marked.begin - 2 * around : 0;
    if (marked.begin + length + around < size) from = marked.begin > around ? marked.begin - around : 0;
    from = next_character(response, from);
    until = next_character(response, std::min(size, from + most));
  }
  const auto piece = [&](std::size_t begin, std::size_t end) {
    begin = std::clamp(begin, from, until);
    end = std::clamp(end, from, until);
    return printable_text(response.substr(begin, end - begin));
  };
  std::string text = left_out(from) + piece(0, marked.begin);
  if (span) text += marks.before + piece(marked.begin, marked.end) + marks.after;
  text += piece(marked.end, size) + left_out(size - until);
  return indented(text);
}

}  // namespace osler::cli
