#include "osler/import/recorded_options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "osler/core/item.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/text.h"
#include "osler/storage/python_literal.h"

namespace osler {
namespace {

/// Where the text of option number `option` begins behind its letter; nothing if the letter is not there.
std::optional<std::size_t> end_of_letter(std::string_view text, std::size_t option) {
  if (option >= kLetters) return std::nullopt;
  std::size_t at = text.starts_with('(') ? 1 : 0;
  if (at >= text.size() || text[at] != static_cast<char>('A' + option)) return std::nullopt;
  if (++at >= text.size() || std::string_view(".):").find(text[at]) == std::string_view::npos) return std::nullopt;
  return at + 1;
}

std::string text_of_option(const Json& option) {
  if (!option.is_object()) return std::string(trim(text_of_value(option)));
  for (const char* key : {"content", "text", "value", "option"}) {
    const auto found = option.find(key);
    if (found != option.end()) return std::string(trim(text_of_value(*found)));
  }
  return dump_json(option);
}

std::vector<std::string> texts_of(const Json& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(text_of_option(value));
  return texts;
}

/// One option per line, each with its letter.
std::vector<std::string> options_in_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    if (!line.empty()) lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!end_of_letter(lines[i], i)) return {};
  }
  return lines;
}

std::vector<std::string> listed(const Json& cell, bool may_be_spelled) {
  if (cell.is_array()) return texts_of(cell);
  if (cell.is_object()) {
    const auto text = cell.find("text");
    return texts_of(text != cell.end() && text->is_array() ? *text : cell);
  }
  if (!cell.is_string() || !may_be_spelled) return {};
  const auto text = trim(cell.get_ref<const std::string&>());
  if (text.starts_with('[') || text.starts_with('{')) {
    auto value = parse_json(text, {});
    if (!value) value = parse_python_literal(text, {});
    return value ? listed(*value, false) : std::vector<std::string>();
  }
  return options_in_lines(text);
}

}  // namespace

std::vector<std::string> without_letters(std::vector<std::string> options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (!end_of_letter(options[i], i)) return options;
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    options[i] = trim(std::string_view(options[i]).substr(*end_of_letter(options[i], i)));
  }
  return options;
}

std::vector<std::string> recorded_options(const Json& cell) { return without_letters(listed(cell, true)); }

}  // namespace osler
