#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/grade.h"
#include "osler/core/item.h"

/// Grades in the forms in which the other tools' verdicts are given.
namespace osler::grade {

/// What a tool made of a response to a question with options.
struct ChosenOption {
  std::string_view rule;
  std::optional<std::size_t> option = std::nullopt;  ///< None: no answer was found.
  std::optional<Span> span = std::nullopt;           ///< In the text that was given.
};

/// How many options have a letter.
[[nodiscard]] std::size_t letters_of(std::size_t options);

/// The option that is this capital letter, if there are that many.
[[nodiscard]] std::optional<std::size_t> option_of_letter(std::string_view letter, std::size_t options);

/// The verdict as a grade: unparsed without an option.
[[nodiscard]] Grade grade_of(const Item& item, const ChosenOption& chosen);

/// A verdict on the text itself, of an open item.
[[nodiscard]] Grade grade_of_text(std::string answer, bool correct, std::string_view rule);

/// No answer was found, or none is looked for.
[[nodiscard]] Grade no_answer(std::string_view rule);

/// A draw among all options: the chance that it hits the gold one.
[[nodiscard]] Grade random_guess(const Item& item);

}  // namespace osler::grade
