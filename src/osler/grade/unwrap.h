#pragma once

#include <string_view>

namespace osler::grade {

/// Step P3: takes off what only dresses an answer, layer by layer: $...$, \text{...} and its kin, nested boxes,
/// emphasis, quotes, outer brackets, closing punctuation, leading colons. Linear in the length of the text.
[[nodiscard]] std::string_view unwrap(std::string_view text);

/// Whether \name{...} only dresses what it holds: text, textbf, mathrm, boxed, ...
[[nodiscard]] bool is_dressing(std::string_view name);

}  // namespace osler::grade
