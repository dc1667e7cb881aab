#include "osler/dataset/base64_cells.h"

#include <algorithm>

#include "osler/dataset/text.h"

namespace osler {
namespace {

constexpr std::size_t kShortCell = 64;
constexpr std::string_view kSpace = " \t\r\n";

/// Passes over a quote: one sign, or as a file writes it within quotes, doubled or behind a backslash. The sign, or
/// zero if there is none.
char take_quote(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_not_of("'\"\\"), text.size());
  const std::size_t quote = text.substr(0, size).find_last_of("'\"");
  const char sign = quote == std::string_view::npos ? '\0' : text[quote];
  text.remove_prefix(size);
  return sign;
}

void pass_space(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size())); }

bool take(std::string_view& text, char c) {
  pass_space(text);
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// The spans in a list literal, or nothing if it is none. Base64 has no quotes, so the next one ends an element.
std::optional<Json> spans_of_list(const std::string_view list, std::uint64_t offset) {
  Json spans = Json::array();
  std::string_view rest = list;
  if (!take(rest, '[')) return std::nullopt;
  while (!take(rest, ']')) {
    if (!spans.empty() && !take(rest, ',')) return std::nullopt;
    pass_space(rest);
    const char quote = take_quote(rest);
    const std::size_t end = quote == '\0' ? std::string_view::npos : rest.find(quote);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view element = rest.substr(0, end);
    while (element.ends_with('\\')) element.remove_suffix(1);
    spans.push_back(base64_span(element, offset + (list.size() - rest.size())));
    rest.remove_prefix(element.size());
    take_quote(rest);
  }
  if (!rest.empty()) return std::nullopt;
  return spans;
}

}  // namespace

Json base64_span(std::string_view raw, std::uint64_t offset) {
  return Json{{"offset", offset}, {"length", raw.size()}};
}

Result<std::optional<Json>> base64_cell(std::string_view raw, std::uint64_t offset) {
  const std::string_view cell = trim(raw);
  if (cell.empty()) return Json(nullptr);
  offset += static_cast<std::uint64_t>(cell.data() - raw.data());
  if (cell.front() == '[') {
    auto spans = spans_of_list(cell, offset);
    if (spans) return spans;
    return fail(ErrorCode::malformed, "holds a list of images that is none of texts in base64", {},
                "mend the file or fetch it again");
  }
  if (cell.size() <= kShortCell) return std::optional<Json>();
  return Json::array({base64_span(cell, offset)});
}

}  // namespace osler
