#include "osler/grade/peers/verdicts.h"

#include <algorithm>
#include <utility>

#include "osler/grade/characters.h"

namespace osler::grade {

std::size_t letters_of(std::size_t options) { return std::min(options, kLetters); }

std::optional<std::size_t> option_of_letter(std::string_view letter, std::size_t options) {
  if (letter.size() != 1 || !is_upper(letter.front())) return std::nullopt;
  const auto option = static_cast<std::size_t>(letter.front() - 'A');
  if (option >= options) return std::nullopt;
  return option;
}

Grade grade_of(const Item& item, const ChosenOption& chosen) {
  if (!chosen.option || *chosen.option >= item.options.size()) return no_answer(chosen.rule);
  const std::size_t option = *chosen.option;
  const bool correct = item.gold_option == option;
  Grade grade = grade_of_text(option_name(item, option), correct, chosen.rule);
  grade.answer_option = option;
  grade.span = chosen.span;
  return grade;
}

Grade grade_of_text(std::string answer, bool correct, std::string_view rule) {
  Grade grade;
  grade.outcome = correct ? Outcome::correct : Outcome::wrong;
  grade.score = correct ? 1.0 : 0.0;
  grade.answer = std::move(answer);
  grade.rule = rule;
  return grade;
}

Grade no_answer(std::string_view rule) {
  Grade grade;
  grade.rule = rule;
  return grade;
}

Grade random_guess(const Item& item) {
  Grade grade = no_answer("random_guess");
  grade.guessed = true;
  const bool can_hit = item.gold_option && *item.gold_option < item.options.size();
  if (can_hit) grade.score = 1.0 / static_cast<double>(item.options.size());
  return grade;
}

}  // namespace osler::grade
