#include "osler/dataset/choices.h"

#include <algorithm>

#include "osler/dataset/fields.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

std::optional<std::size_t> index_of_letter(std::string_view letter) {
  if (letter.size() != 1) return std::nullopt;
  const char upper = letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 'a' + 'A') : letter[0];
  if (upper < 'A' || upper > 'Z') return std::nullopt;
  return static_cast<std::size_t>(upper - 'A');
}

/// Spaces as the data has them: ASCII, no-break and ideographic ones.
std::string_view trim_wide(std::string_view text) {
  constexpr std::string_view kWide[] = {"\u00a0", "\u3000", "\u2009", "\u200b"};
  while (true) {
    const std::size_t before = text.size();
    text = trim(text);
    for (const auto space : kWide) {
      if (text.starts_with(space)) text.remove_prefix(space.size());
      if (text.ends_with(space)) text.remove_suffix(space.size());
    }
    if (text.size() == before) return text;
  }
}

std::vector<std::string> texts_from_question(const OptionColumns& options, const std::string& question) {
  const auto listed = options.listed.find(question_key(question));
  return listed == options.listed.end() ? options_in_question(question) : listed->second;
}

/// How many of the columns a question uses. A table has no way but empty cells at the end to say that a question has
/// fewer options than there are columns.
std::size_t used_columns(const std::vector<std::string>& columns, const Json& fields) {
  std::size_t used = columns.size();
  if (used < 2) return used;
  while (used > 0 && trim(text_of(fields, columns[used - 1])).empty()) --used;
  return used;
}

std::string without_full_stop(std::string text) {
  while (text.ends_with('.')) text.pop_back();
  return text;
}

/// The only choice whose text is the answer after both went through `fold`.
template <class Fold>
std::optional<std::size_t> only_match(const std::string& answer, const std::vector<Choice>& choices, const Fold& fold) {
  const std::string wanted = fold(answer);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (fold(choices[i].text) != wanted) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace

std::string without_letter(std::string_view option) {
  std::string_view text = trim_wide(option);
  std::string_view rest = text;
  if (rest.starts_with('"') || rest.starts_with('\'')) rest = trim_wide(rest.substr(1));
  if (rest.empty() || rest.front() < 'A' || rest.front() > 'D') return std::string(text);
  rest = trim_wide(rest.substr(1));
  if (!rest.starts_with(':')) return std::string(text);
  return std::string(trim_wide(rest.substr(1)));
}

std::vector<std::string> options_in_question(std::string_view question) {
  const std::string whole = collapse_space(question);
  std::string_view text = whole;
  while (text.ends_with('?') || text.ends_with(' ')) text.remove_suffix(1);
  constexpr std::string_view kOr = " or ";
  const auto cut = text.rfind(kOr);
  if (cut == std::string_view::npos) return {};
  const std::string_view left = text.substr(0, cut);
  std::vector<std::string> options;
  std::size_t comma = left.find(',');
  while (comma != std::string_view::npos) {
    const std::size_t begin = comma + 1;
    comma = left.find(',', begin);
    const auto option = trim(left.substr(begin, comma == std::string_view::npos ? comma : comma - begin));
    if (!option.empty()) options.emplace_back(option);
  }
  if (options.empty()) return {};
  const auto last = trim(text.substr(cut + kOr.size()));
  if (!last.empty()) options.emplace_back(last);
  return options;
}

std::vector<Choice> choices_of(const OptionColumns& options, const Json& fields, const std::string& question) {
  std::vector<Choice> choices;
  std::size_t position = 0;
  const auto add = [&](const Json& value, const std::string& key) {
    const bool pair = value.is_object() && value.contains("content");
    const std::string letter = pair ? text_of(value, "letter") : key;
    const Json& content = pair ? value["content"] : value;
    const std::size_t here = position++;
    if (content.is_null()) return;
    const std::string text = text_of_value(content);
    choices.push_back({index_of_letter(trim(letter)).value_or(here),
                       options.strip_letters ? without_letter(text) : std::string(trim(text)),
                       !content.is_structured()});
  };
  const std::size_t used = used_columns(options.columns, fields);
  for (std::size_t i = 0; i < used; ++i) {
    const Json* found = field_of(fields, options.columns[i]);
    if (found != nullptr && found->is_object()) {
      for (const auto& [key, value] : found->items()) add(value, key);
    } else if (found != nullptr && found->is_array()) {
      for (const auto& value : *found) add(value, {});
    } else {
      add(found == nullptr ? Json() : *found, {});
    }
  }
  if (options.from_question) {
    for (auto& text : texts_from_question(options, question)) add(text, {});
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.letter < b.letter; });
  return choices;
}

std::optional<std::size_t> choice_by_letter(std::string_view answer, const std::vector<Choice>& choices) {
  const auto letter = index_of_letter(answer);
  if (!letter) return std::nullopt;
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&letter](const Choice& c) { return c.letter == *letter; });
  return found == choices.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - choices.begin()));
}

std::optional<std::size_t> choice_by_text(const std::string& answer, const std::vector<Choice>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].text == answer) return i;
  }
  const auto folded = [](const std::string& text) { return to_lower(collapse_space(text)); };
  if (const auto found = only_match(answer, choices, folded)) return found;
  return only_match(answer, choices, [&](const std::string& text) { return without_full_stop(folded(text)); });
}

}  // namespace osler
