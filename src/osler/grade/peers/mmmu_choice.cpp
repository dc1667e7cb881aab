#include <string>
#include <vector>

#include "osler/grade/peers/mmmu.h"
#include "osler/grade/peers/python_text.h"

namespace osler::grade::mmmu {
namespace {

constexpr std::size_t kWordsOfALetterAnswer = 5;

/// The letter that stands last between these two characters; the span is its place in the text.
ChosenOption last_letter(std::string_view rule, std::string_view text, char before, char after, std::size_t options) {
  ChosenOption found{rule};
  for (std::size_t i = 0; i < letters_of(options); ++i) {
    const char letter[] = {before, option_letter(i), after};
    const auto at = text.rfind(std::string_view(letter, sizeof letter));
    if (at == std::string_view::npos || (found.span && found.span->begin > at + 1)) continue;
    found.option = i;
    found.span = Span{at + 1, at + 2};
  }
  return found;
}

bool has_many_words(std::string_view text) {
  std::size_t words = 0;
  python::for_each_word(text, [&words](std::string_view) { ++words; });
  return words > kWordsOfALetterAnswer;
}

/// The option whose last mention begins furthest to the right, the first of equals.
ChosenOption last_mention(std::span<const std::string> options, std::string_view text) {
  ChosenOption found{"mentioned_option"};
  const std::string small = python::lower(text);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string option = python::lower(options[i]);
    const auto mentions = python::occurrences(small, option);
    if (!mentions || (found.span && mentions->last <= found.span->begin)) continue;
    found.option = i;
    found.span = Span{mentions->last, mentions->last + option.size()};
  }
  if (small.size() != text.size()) found.span.reset();
  return found;
}

/// From the padded text to the response, of which it is a part with a space at each side.
Span unpadded(Span span, std::size_t offset, std::size_t size) {
  const auto place = [&](std::size_t at) { return offset + std::min(at == 0 ? 0 : at - 1, size); };
  return {place(span.begin), place(span.end)};
}

}  // namespace

ChosenOption parse_multi_choice_response(std::span<const std::string> options, std::string_view response) {
  std::string_view text = response;
  for (const char mark : {',', '.', '!', '?', ';', ':', '\''}) text = python::strip(text, mark);
  const std::string padded = " " + std::string(text) + " ";
  ChosenOption found = last_letter("bracket_letter", padded, '(', ')', options.size());
  if (!found.option) found = last_letter("spaced_letter", padded, ' ', ' ', options.size());
  if (!found.option && has_many_words(padded)) found = last_mention(options, padded);
  if (!found.option) return {"random_guess"};
  if (found.span) {
    found.span = unpadded(*found.span, static_cast<std::size_t>(text.data() - response.data()), text.size());
  }
  return found;
}

Grade grade_choice(const Item& item, std::string_view response) {
  const ChosenOption chosen = parse_multi_choice_response(item.options, response);
  return chosen.option ? grade_of(item, chosen) : random_guess(item);
}

}  // namespace osler::grade::mmmu
