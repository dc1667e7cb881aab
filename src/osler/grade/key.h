#pragma once

#include <string>
#include <string_view>

namespace osler::grade {

/// ASCII, Latin-1 (U+00C0..DE) and Greek (U+0391..A9) capitals become small letters, in place; whatever the locale
/// says.
void lower(std::string& text);

/// A text without its LaTeX and Markdown dress, on one line: \text{...} and its kin opened, `\,` and `\ ` as spaces,
/// `\%` as %, ** and backticks dropped, white space collapsed. Case and punctuation stay. The text is normalised.
[[nodiscard]] std::string plain(std::string_view text);

/// Step P7's key: two texts with equal keys are the same answer. As plain(), but emphasis inside stays, in lower
/// case (see lower()), without quotes, brackets, emphasis and
/// punctuation at both ends. + - and % stay, for they tell options apart.
[[nodiscard]] std::string key(std::string_view text);

/// Letters, digits and non-ASCII bytes alone, in lower case: "E. coli", "E.coli" and "e coli" are the same.
[[nodiscard]] std::string squashed(std::string_view text);

}  // namespace osler::grade
