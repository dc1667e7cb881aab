#include "osler/grade/peers/vlmevalkit.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "osler/grade/peers/python_text.h"

namespace osler::grade::vlmevalkit {
namespace {

constexpr std::size_t kLastTokens = 4;

bool says_refusal(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kRefusals = {
      "Sorry, I can't help with images of people yet.", "I can't process this file.",
      "I'm sorry, but without the image provided", "Cannot determine the answer"};
  return std::ranges::any_of(kRefusals, [text](auto phrase) { return text.find(phrase) != std::string_view::npos; });
}

/// The letters that stand as words of their own, where these marks part words as spaces do.
class LetterTokens {
 public:
  LetterTokens(std::string_view text, std::size_t options) : options_(options) {
    static constexpr std::string_view kMarks = ".()[],:;!*#{}";
    std::string spaced(text);
    for (char& c : spaced) {
      if (kMarks.find(c) != std::string_view::npos) c = ' ';
    }
    python::for_each_word(spaced, [&](std::string_view word) {
      if (const auto letter = option_of_letter(word, kLetters); letter && first_[*letter] == kNone) {
        first_[*letter] = count_;
        place_[*letter] = static_cast<std::size_t>(word.data() - spaced.data());
        if (*letter < options_) ++distinct_;
      }
      ++count_;
    });
  }

  [[nodiscard]] std::size_t distinct() const { return distinct_; }  ///< How many of the options' letters occur.
  [[nodiscard]] bool has_z() const { return first_.back() != kNone; }

  /// Precondition: exactly one option's letter occurs.
  [[nodiscard]] ChosenOption only() const {
    std::size_t option = 0;
    while (option < options_ && first_[option] == kNone) ++option;
    if (option == options_ || first_[option] + kLastTokens < count_) return {"unmatched"};
    return {"last_tokens", option, Span{place_[option], place_[option] + 1}};
  }

 private:
  static constexpr std::size_t kNone = std::string_view::npos;

  static constexpr std::array<std::size_t, kLetters> nowhere() {
    std::array<std::size_t, kLetters> places{};
    places.fill(kNone);
    return places;
  }

  std::array<std::size_t, kLetters> first_ = nowhere();  ///< In words.
  std::array<std::size_t, kLetters> place_{};            ///< In bytes.
  std::size_t options_ = 0;
  std::size_t count_ = 0;
  std::size_t distinct_ = 0;
};

ChosenOption answer_is(std::string_view text, std::size_t options) {
  // Python's \s: RE2's knows ASCII spaces only.
  static const RE2 pattern(
      "(?i)answer(?:[\\s\\x0B\\x1C-\\x1F\\x{85}]|\\p{Z})+is(?:[\\s\\x0B\\x1C-\\x1F\\x{85}]|\\p{Z})+\\**([ABCD])");
  re2::StringPiece letter;
  if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern, &letter)) return {"unmatched"};
  const auto option = static_cast<std::size_t>((letter[0] | 0x20) - 'a');
  if (option >= options) return {"unmatched"};
  const auto begin = static_cast<std::size_t>(letter.data() - text.data());
  return {"answer_is", option, Span{begin, begin + 1}};
}

ChosenOption only_mention(std::span<const std::string> options, std::string_view response) {
  std::size_t characters = 0;
  for (const auto& option : options) characters += python::length(option);
  const std::string text = python::lower(response);
  if (python::length(text) > 2 * characters) return {"unmatched"};
  ChosenOption found{"mentioned_option"};
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string option = python::lower(options[i]);
    const auto places = python::occurrences(text, option);
    if (!places) continue;
    if (found.option) return {"unmatched"};
    found.option = i;
    found.span = python::span_of(std::string_view(text).substr(places->first, option.size()), text, response);
  }
  return found.option ? found : ChosenOption{"unmatched"};
}

/// can_infer_option.
ChosenOption by_letter(std::size_t options, std::string_view response) {
  if (response.find("Failed to obtain answer via API") != std::string_view::npos) return {"unmatched"};
  if (says_refusal(response)) return {"refusal_text"};
  const LetterTokens letters(response, options);
  if (letters.distinct() == 1) {
    if (const auto found = letters.only(); found.option) return found;
  }
  if (letters.distinct() == 0 && letters.has_z()) return {"letter_z"};
  return answer_is(response, options);
}

}  // namespace

ChosenOption can_infer(std::span<const std::string> options, std::string_view response) {
  const auto lettered = options.first(letters_of(options.size()));
  const ChosenOption found = by_letter(lettered.size(), response);
  if (found.option || found.rule != "unmatched") return found;
  return only_mention(lettered, response);
}

Grade grade_choice(const Item& item, std::string_view response) {
  return grade_of(item, can_infer(item.options, response));
}

Grade grade_mmmu_open(const Item& item, std::string_view response) {
  const std::vector<std::string> options = {item.gold, "Other Answers"};
  const auto gold_letter = option_of_letter(item.gold, kLetters);
  const ChosenOption chosen = can_infer(options, response);
  if (!chosen.option) return no_answer(chosen.rule);
  Grade grade = grade_of_text(options[*chosen.option], *chosen.option == gold_letter.value_or(0), chosen.rule);
  grade.span = chosen.span;
  return grade;
}

}  // namespace osler::grade::vlmevalkit
