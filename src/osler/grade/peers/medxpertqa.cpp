#include "osler/grade/peers/medxpertqa.h"

#include <array>

#include "osler/core/item.h"
#include "osler/grade/peers/python_text.h"

namespace osler::grade::medxpertqa {
namespace {

/// text.split(phrase)[1]: between the first phrase and the second, or the end.
std::optional<std::string_view> behind_first(std::string_view text, std::string_view phrase) {
  const auto at = text.find(phrase);
  if (at == std::string_view::npos) return std::nullopt;
  return python::before_first(text.substr(at + phrase.size()), phrase);
}

/// What the tool takes for a repetition of its prompt, cut out; the text itself where there is none.
std::string without_echoes(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kEchoes = {"I understand", "A through J", "A through E",
                                                              "A through D"};
  std::string rest(text);
  for (const auto echo : kEchoes) rest = python::without(rest, echo);
  return rest;
}

}  // namespace

ChosenOption first_letter(std::span<const std::string> options, std::string_view response) {
  const std::size_t letters = letters_of(options.size());
  if (letters == 0) return {"unmatched"};
  std::string_view text = response;
  std::string_view rule = "first_letter";
  const auto trigger = std::string("Therefore, among A through ") + option_letter(letters - 1) + ", the answer is";
  if (const auto behind = behind_first(response, trigger)) {
    text = *behind;
    rule = "after_trigger";
  } else if (const auto tail = behind_first(response, " answer is ")) {
    text = *tail;
    rule = "after_answer_is";
  }
  const std::string cleaned = without_echoes(text);
  for (std::size_t at = 0; at < cleaned.size(); ++at) {
    const auto option = option_of_letter(std::string_view(cleaned).substr(at, 1), letters);
    if (!option || python::word_before(cleaned, at) || python::word_at(cleaned, at + 1)) continue;
    ChosenOption found{rule, option};
    if (cleaned.size() == text.size()) {
      const auto begin = static_cast<std::size_t>(text.data() - response.data()) + at;
      found.span = Span{begin, begin + 1};
    }
    return found;
  }
  return {"unmatched"};
}

}  // namespace osler::grade::medxpertqa
