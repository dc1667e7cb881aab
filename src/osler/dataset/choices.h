#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/storage/json.h"

namespace osler {

/// An option as the data file has it. Its letter there counts for the gold answer: an option that is null or left
/// out must not shift the letters of those behind it.
struct Choice {
  std::size_t letter = 0;  ///< 0 for A.
  std::string text;
  bool is_text = true;  ///< False for a list or an object in an option's place; `text` is its JSON then.
};

/// The options of a row by the form: from one column that holds a list of texts, a list of {letter, content} or an
/// object by letter; from one column per option, of which those that are empty at the end are none; or from the
/// question. In the order of their letters.
[[nodiscard]] std::vector<Choice> choices_of(const OptionColumns& options, const Json& fields,
                                             const std::string& question);

/// The options that a question lists itself: "Which is bigger, liver, kidney or spleen?" What stands before the first
/// comma asks, what stands between commas and behind the last " or " are the options. Empty if the question has no
/// comma or no " or ".
[[nodiscard]] std::vector<std::string> options_in_question(std::string_view question);

/// Without spaces (no-break spaces included), a letter with a colon in front (also behind a stray quote), and spaces
/// again: " A: Green " is "Green".
[[nodiscard]] std::string without_letter(std::string_view option);

[[nodiscard]] std::optional<std::size_t> choice_by_letter(std::string_view answer, const std::vector<Choice>& choices);

/// The option that an answer repeats: to the letter (the first of equal ones), else without regard to case and spaces,
/// else to a final full stop as well. Of the last two only a single hit counts.
[[nodiscard]] std::optional<std::size_t> choice_by_text(const std::string& answer, const std::vector<Choice>& choices);

}  // namespace osler
