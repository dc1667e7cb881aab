#pragma once

#include <string>
#include <string_view>

namespace osler::grade {

/// A text without its LaTeX and Markdown dress, on one line: \text{...} and its kin opened, `\,` and `\ ` as spaces,
/// `\%` as %, ** and backticks dropped, white space collapsed. Case and punctuation stay. The text is normalised.
[[nodiscard]] std::string plain(std::string_view text);

/// Step P7's key: two texts with equal keys are the same answer. As plain(), but emphasis inside stays, in lower
/// case (ASCII, Latin-1 and Greek letters; independent of the locale), without quotes, brackets, emphasis and
/// punctuation at both ends. + - and % stay, for they tell options apart.
[[nodiscard]] std::string key(std::string_view text);

/// Letters, digits and non-ASCII bytes alone, in lower case: "E. coli", "E.coli" and "e coli" are the same.
[[nodiscard]] std::string squashed(std::string_view text);

}  // namespace osler::grade
